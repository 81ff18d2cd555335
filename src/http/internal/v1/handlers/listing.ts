/**
 * Pages of tasks, newest first. A page begins after the last task of the one before, so that tasks that come or go
 * meanwhile are neither repeated nor hidden. It ends early where its tasks are large.
 */
import * as Effect from "effect/Effect"
import type { TaskStoreError } from "../../../../TaskError.ts"
import type { TaskInfo } from "../../../../TaskInfo.ts"
import type { TaskManager } from "../../../../TaskManager.ts"
import type { TaskPage, TaskQuery } from "../tasks.ts"
import * as weight from "../weight.ts"

const defaultLimit = 100

/** How many tasks are read before it is known how large they are. */
const probe = 25

type Read = (before: string | undefined, limit: number) => Effect.Effect<ReadonlyArray<TaskInfo>, TaskStoreError>

/**
 * At most so many tasks, and fewer if they are large: it is not read what does not fit. `isMore` says whether there are
 * others after them, for which one more is looked for.
 */
const fitting = Effect.fnUntraced(function*(
  read: Read,
  before: string | undefined,
  limit: number
): Effect.fn.Return<{ readonly items: ReadonlyArray<TaskInfo>; readonly isMore: boolean }, TaskStoreError> {
  const items: Array<TaskInfo> = []
  let bytes = 0
  let next = Math.min(probe, limit + 1)
  while (true) {
    const part = yield* read(items.at(-1)?.taskId ?? before, next)
    for (const task of part) {
      bytes += weight.of(task)
      if (items.length === limit || (items.length > 0 && bytes > weight.most)) return { items, isMore: true }
      items.push(task)
    }
    if (part.length < next) return { items, isMore: false }
    const room = Math.ceil((weight.most - bytes) * items.length / bytes)
    next = Math.min(Math.max(room, 1), limit + 1 - items.length)
  }
})

/** One page. */
export const list = (
  manager: typeof TaskManager.Service,
  { before, limit = defaultLimit, parentId, q, recurringId, ...rest }: typeof TaskQuery.Type
): Effect.Effect<typeof TaskPage.Type, TaskStoreError> => {
  const search = { ...rest, parentId: recurringId ?? parentId, text: q || undefined }
  const read: Read = (before, limit) => manager.searchTasks({ ...search, before, limit })
  return Effect.map(
    fitting(read, before, limit),
    ({ isMore, items }) => ({ items, next: isMore ? items.at(-1)!.taskId : null })
  )
}
