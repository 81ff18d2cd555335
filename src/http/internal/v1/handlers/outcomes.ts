/**
 * Pages of outcomes, newest first. A page begins after the outcome where the last one ended.
 */
import * as Effect from "effect/Effect"
import type { OccurrenceOutcome } from "../../../../RecurringTaskInfo.ts"
import type { RecurringTaskNotFound, TaskStoreError } from "../../../../TaskError.ts"
import type { TaskManager } from "../../../../TaskManager.ts"
import type { OutcomePage, OutcomeQuery } from "../recurring.ts"

type Manager = typeof TaskManager.Service

const defaultLimit = 100

const chunk = 200

/** What tells an outcome from all others of its recurring task. */
const cursorOf = ({ decidedAt, from, outcome, taskId, to }: OccurrenceOutcome): string =>
  [
    decidedAt.epochMilliseconds,
    from.epochMilliseconds,
    to.epochMilliseconds,
    outcome,
    taskId._tag === "Some" ? taskId.value : ""
  ].join("_")

const decidedAtOf = (cursor: string): number => Number.parseInt(cursor, 10)

/** Whether an outcome comes before the page, given whether the cursor's own has been passed. */
const isTooNew = (outcome: OccurrenceOutcome, before: string): boolean =>
  outcome.decidedAt.epochMilliseconds >= decidedAtOf(before)

/** Calls `take` with every outcome, newest first, until it answers false. */
export const forEach = Effect.fnUntraced(function*(
  manager: Manager,
  recurringId: string,
  take: (outcome: OccurrenceOutcome) => boolean
): Effect.fn.Return<void, RecurringTaskNotFound | TaskStoreError> {
  for (let offset = 0;; offset += chunk) {
    const outcomes = yield* manager.outcomes(recurringId, { offset, limit: chunk })
    if (!outcomes.every(take) || outcomes.length < chunk) return
  }
})

/** One page. */
export const page = Effect.fnUntraced(function*(
  manager: Manager,
  recurringId: string,
  { before, limit = defaultLimit, outcome: wanted }: typeof OutcomeQuery.Type
): Effect.fn.Return<typeof OutcomePage.Type, RecurringTaskNotFound | TaskStoreError> {
  const items: Array<OccurrenceOutcome> = []
  let passed = before === undefined
  yield* forEach(manager, recurringId, (outcome) => {
    if (!passed) {
      if (cursorOf(outcome) === before) {
        passed = true
        return true
      }
      // the one where the last page ended may be gone, with all that are older
      passed = !isTooNew(outcome, before!)
    }
    if (passed && (wanted === undefined || outcome.outcome === wanted)) items.push(outcome)
    return items.length <= limit
  })
  const shown = items.slice(0, limit)
  return { items: shown, next: items.length > limit ? cursorOf(shown.at(-1)!) : null }
})
