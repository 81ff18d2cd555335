/**
 * Pages of tasks, newest first. A page begins after the last task of the one before, so that tasks that come or go
 * meanwhile are neither repeated nor hidden.
 */
import * as Effect from "effect/Effect"
import type { TaskStoreError } from "../../../../TaskError.ts"
import type { TaskManager } from "../../../../TaskManager.ts"
import type { TaskPage, TaskQuery } from "../tasks.ts"

const defaultLimit = 100

/** One page. */
export const list = (
  manager: typeof TaskManager.Service,
  { limit = defaultLimit, parentId, q, recurringId, ...rest }: typeof TaskQuery.Type
): Effect.Effect<typeof TaskPage.Type, TaskStoreError> =>
  Effect.map(
    // one more than a page, to know whether there is another page
    manager.searchTasks({ ...rest, parentId: recurringId ?? parentId, text: q || undefined, limit: limit + 1 }),
    (found) => {
      const items = found.slice(0, limit)
      return { items, next: found.length > limit ? items.at(-1)!.taskId : null }
    }
  )
