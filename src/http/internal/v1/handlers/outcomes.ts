/**
 * Pages of outcomes, newest first. A page begins after the last outcome of the one before.
 */
import * as Effect from "effect/Effect"
import type { OccurrenceOutcome } from "../../../../RecurringTaskInfo.ts"
import type { RecurringTaskNotFound, TaskStoreError } from "../../../../TaskError.ts"
import type { TaskManager } from "../../../../TaskManager.ts"
import type { OutcomePage, OutcomeQuery } from "../recurring.ts"

type Manager = typeof TaskManager.Service

const defaultLimit = 100

const chunk = 200

/** Calls `take` with every outcome, newest first, until it returns `false`. */
export const forEach = Effect.fnUntraced(function*(
  manager: Manager,
  recurringId: string,
  take: (outcome: OccurrenceOutcome) => boolean
): Effect.fn.Return<void, RecurringTaskNotFound | TaskStoreError> {
  let before: number | undefined
  while (true) {
    const outcomes = yield* manager.outcomes(recurringId, { before, limit: chunk })
    if (!outcomes.every(take) || outcomes.length < chunk) return
    before = outcomes.at(-1)!.ordinal
  }
})

/** One page. */
export const page = (
  manager: Manager,
  recurringId: string,
  { limit = defaultLimit, ...rest }: typeof OutcomeQuery.Type
): Effect.Effect<typeof OutcomePage.Type, RecurringTaskNotFound | TaskStoreError> =>
  Effect.map(
    // one more than a page, to know whether there is another page
    manager.outcomes(recurringId, { ...rest, limit: limit + 1 }),
    (found) => {
      const items = found.slice(0, limit)
      return { items, next: found.length > limit ? items.at(-1)!.ordinal : null }
    }
  )
