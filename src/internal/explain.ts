/**
 * Explains why something did or did not run: from the record if it was decided, and otherwise by deciding it.
 */
import * as Effect from "effect/Effect"
import type { Explanation } from "../Explanation.ts"
import { RecurringTaskNotFound, type TaskStoreError } from "../TaskError.ts"
import { forecast } from "./explainForecast.ts"
import { recall, unrecorded } from "./explainRecord.ts"
import { type Config, now, type State } from "./state.ts"

/** The explanation for an instant, in epoch milliseconds. */
export const explain = (
  state: State,
  recurringId: string,
  at: number
): Effect.Effect<Explanation, RecurringTaskNotFound | TaskStoreError> =>
  Effect.suspend((): Effect.Effect<Explanation, RecurringTaskNotFound | TaskStoreError> => {
    const config = state.configs.get(recurringId)
    if (config === undefined) return Effect.fail(new RecurringTaskNotFound({ recurringId }))
    return at > Math.max(now(state), config.record.lastDecided)
      ? Effect.succeed(forecast(state, config, at))
      : past(state, config, at)
  })

/** A past instant may be recorded, but it may also be still undecided. */
const past = (state: State, config: Config, at: number): Effect.Effect<Explanation, TaskStoreError> => {
  const limit = state.settings.retention.outcomes
  const rows = state.store.outcomes(config.record.recurringId, { offset: 0, limit })
  return Effect.flatMap(rows, (rows) =>
    Effect.map(recall(state, config, rows, at), (recorded) => {
      if (recorded !== undefined) return recorded
      return at > config.record.lastDecided ? forecast(state, config, at) : unrecorded(config, rows, limit, at)
    }))
}
