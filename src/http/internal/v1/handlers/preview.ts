/**
 * Previews a cron expression while somebody is writing it. That it cannot be read is an answer too.
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Lint from "../../../../Lint.ts"
import * as Recurrence from "../../../../Recurrence.ts"
import type { InvalidRecurrence, NeverFires } from "../../../../TaskError.ts"
import type { Preview, PreviewRequest } from "../schedules.ts"

type Request = typeof PreviewRequest.Type
type Shown = typeof Preview.Type

const problem = (error: InvalidRecurrence | NeverFires): Shown => {
  const field = error._tag === "InvalidRecurrence" ? error : undefined
  return {
    description: Option.none(),
    upcoming: [],
    warnings: [],
    error: Option.some({
      error: error._tag,
      message: error.message,
      reason: error.reason,
      field: Option.fromUndefinedOr(field?.field),
      position: Option.fromUndefinedOr(field?.position),
      expected: Option.fromUndefinedOr(field?.expected)
    })
  }
}

const meaning = Effect.fnUntraced(function*(request: Request, recurrence: Recurrence.Recurrence, after: DateTime.Utc) {
  const { count = 5, cronExpression, dst, recurringId = "preview", timezone } = request
  const warnings = yield* Lint.lint([{ recurringId, cronExpression, timezone, dst }], { now: after })
  const shown: Shown = {
    description: Option.some(Recurrence.describe(recurrence)),
    upcoming: Recurrence.upcoming(recurrence, { after, count }),
    warnings: warnings.map(({ _tag, message }) => ({ warning: _tag, message })),
    error: Option.none()
  }
  return shown
})

/** What a cron expression means, or why it cannot be read. */
export const preview = Effect.fnUntraced(function*(request: Request): Effect.fn.Return<Shown> {
  const after = request.after ?? DateTime.makeUnsafe(yield* Clock.currentTimeMillis)
  const { cronExpression, dst, recurringId, timezone } = request
  const recurrence = Recurrence.cron(cronExpression, { timezone, dst, seed: recurringId ?? "preview" })
  return Result.isFailure(recurrence)
    ? problem(recurrence.failure)
    : yield* meaning(request, recurrence.success, after)
})
