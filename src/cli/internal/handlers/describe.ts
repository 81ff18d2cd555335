/**
 * `brinjal describe`: a recurrence in words.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Recurrence from "../../../Recurrence.ts"
import * as format from "../format.ts"
import { Screen } from "../Screen.ts"
import * as When from "../when.ts"

/** The flags and arguments. */
export interface Input extends When.When {
  readonly cron: string
  readonly json: boolean
}

/** Prints a recurrence in words. */
export const describe = Effect.fnUntraced(function*(input: Input) {
  const screen = yield* Screen
  const recurrence = yield* When.read(input.cron, input)
  const description = Recurrence.describe(recurrence)
  const now = yield* DateTime.now
  const next = Recurrence.next(recurrence, now)
  if (input.json) {
    return yield* screen.json({
      cron_expression: recurrence._tag === "Cron" ? recurrence.expression : null,
      timezone: When.zoneOf(recurrence, input.timezone),
      description,
      next: Option.getOrNull(Option.map(next, DateTime.formatIso))
    })
  }
  yield* screen.print(description)
  yield* screen.hint(Option.match(next, {
    onNone: () => "It is not due again.",
    onSome: (at) => `Next at ${format.appointment(at, now)}.`
  }))
})
