/**
 * Why something did or did not run: what has been decided from the record, what has not from the decision itself.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as Explanation from "../Explanation.ts"
import { RecurringTaskNotFound, type TaskStoreError } from "../TaskError.ts"
import { forecast } from "./explainForecast.ts"
import { recall } from "./explainRecord.ts"
import type { State } from "./state.ts"

/** The explanation for an instant. An input that is no instant is a defect. */
export const explain = (
  state: State,
  recurringId: string,
  input: DateTime.DateTime.Input
): Effect.Effect<Explanation.Explanation, RecurringTaskNotFound | TaskStoreError> =>
  Effect.suspend((): Effect.Effect<Explanation.Explanation, RecurringTaskNotFound | TaskStoreError> => {
    const config = state.configs.get(recurringId)
    if (config === undefined) return Effect.fail(new RecurringTaskNotFound({ recurringId }))
    const at = DateTime.toEpochMillis(DateTime.makeUnsafe(input))
    return at > config.record.lastDecided
      ? Effect.succeed(forecast(state, config, at))
      : recall(state, config, at)
  })
