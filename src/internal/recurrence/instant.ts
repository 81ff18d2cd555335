/**
 * Reads instants in any form that people may have them in. Texts are ISO 8601 and nothing else: `Date.parse` also
 * reads `5`, takes `24 Dec` for a day of 2001 in the zone of the host, and 30 February for 2 March.
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { InvalidRecurrence } from "../../TaskError.ts"
import { cut } from "../texts.ts"

/** The last instant, in epoch milliseconds: no date and no store knows infinity. */
export const endOfTime = 8_640_000_000_000_000

const iso = /^((?:[+-]\d{6}|\d{4})-\d\d-(\d\d))(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?$/

const isIso = (text: string): boolean => {
  const [, date, day] = iso.exec(text) ?? []
  return date !== undefined && new Date(date).getUTCDate() === Number(day)
}

const unreadable = (input: DateTime.DateTime.Input) =>
  new InvalidRecurrence({
    input: cut(String(input), 120),
    field: "instant",
    reason: "it is not an instant",
    expected: "an ISO 8601 date and time such as 2026-01-31T09:00:00Z"
  })

/** The instant, if it is one. A text without an offset is in UTC, as everything is that names no time zone. */
export const instantOption = (input: DateTime.DateTime.Input): Option.Option<DateTime.Utc> =>
  typeof input === "string" && !isIso(input)
    ? Option.none()
    : Option.map(DateTime.make(input), (found) => DateTime.makeUnsafe(found.epochMilliseconds))

/** The instant that a recurrence or a calendar is made with. */
export const readInstant = (input: DateTime.DateTime.Input): Result.Result<DateTime.Utc, InvalidRecurrence> =>
  Result.fromOption(instantOption(input), () => unreadable(input))
