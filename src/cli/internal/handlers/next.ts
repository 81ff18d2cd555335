/**
 * `brinjal next`: the next occurrences of a recurrence.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Recurrence from "../../../Recurrence.ts"
import * as format from "../format.ts"
import { Screen } from "../Screen.ts"
import * as When from "../when.ts"

/** The flags and arguments. */
export interface Input extends When.When {
  readonly cron: string
  readonly after: string
  readonly count: number
  readonly json: boolean
}

/** Prints the next occurrences. */
export const next = Effect.fnUntraced(function*(input: Input) {
  const screen = yield* Screen
  const recurrence = yield* When.read(input.cron, input)
  const timezone = When.zoneOf(recurrence, input.timezone)
  const after = yield* When.instant("--after", input.after, timezone)
  const upcoming = Recurrence.upcoming(recurrence, { after, count: input.count })
  if (input.json) {
    return yield* screen.json({
      cron_expression: recurrence._tag === "Cron" ? recurrence.expression : null,
      timezone,
      description: Recurrence.describe(recurrence),
      upcoming: upcoming.map(DateTime.formatIso)
    })
  }
  if (!screen.isTerminal) return yield* screen.print(upcoming.map(format.iso).join("\n"))
  yield* screen.hint(Recurrence.describe(recurrence))
  if (upcoming.length === 0) return yield* screen.hint(`Nothing is due after ${format.iso(after)}.`)
  const now = yield* DateTime.now
  yield* screen.table(
    [{ title: "UTC" }, { title: timezone }, { title: "from now" }],
    upcoming.map((at) => [format.iso(at), format.local(at, timezone), { text: format.away(at, now), tone: "quiet" }])
  )
})
