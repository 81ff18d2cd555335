/**
 * Reads durations and instants as people type them. An instant without an offset is in the time zone that the command
 * works in, never in that of the machine. Pure.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Delay } from "../../http/internal/v1/wire.ts"
import { instantOption } from "../../internal/recurrence/instant.ts"

const short: Record<string, string> = { ms: "millis", s: "seconds", m: "minutes", h: "hours", d: "days", w: "weeks" }

/** A duration such as `90s`, `5 minutes`, `1h` or `Infinity`. */
export const duration = (text: string): Option.Option<Duration.Duration> => {
  const [, value, unit] = /^(\d+(?:\.\d+)?)\s*(\w+)$/.exec(text.trim()) ?? []
  const input = value === undefined ? text.trim() : `${value} ${short[unit!] ?? unit}`
  return Duration.fromInput(input as Duration.Input)
}

const encodeDelay = Schema.encodeOption(Delay)

/** A duration that the API takes as a delay: one that ends and is not negative, in whole milliseconds. */
export const delay = (text: string): Option.Option<Duration.Duration> =>
  duration(text).pipe(
    Option.map((given) => Duration.millis(Math.round(Duration.toMillis(given)))),
    Option.filter((given) => Option.isSome(encodeDelay(given)))
  )

/** An example of a duration, for messages. */
export const durationExample = "a duration such as 90s, 20m, 1h or \"2 days\""

/** Examples of instants, for messages. */
export const instantExample =
  "a time such as 2026-03-29T00:30Z, \"2026-03-29 02:30\" (in the time zone of the command), " +
  "now, +2h or \"2h ago\""

const written = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2}(?:\.\d{1,3})?)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/i

const inZone = (text: string, timezone: string): Option.Option<DateTime.Utc> =>
  Option.flatMap(
    instantOption(`${text}Z`),
    (local) =>
      Option.flatMap(DateTime.zoneFromString(timezone), (zone) =>
        Option.map(DateTime.makeZoned(local, { timeZone: zone, adjustForTimeZone: true }), DateTime.toUtc))
  )

const apart = (text: string, now: DateTime.Utc): Option.Option<DateTime.Utc> => {
  const isPast = text.startsWith("-") || text.endsWith("ago")
  return Option.map(
    duration(text.replace(/^[+-]|ago$/g, "")),
    (apart) => isPast ? DateTime.subtractDuration(now, apart) : DateTime.addDuration(now, apart)
  )
}

/** What relative instants are counted from, and the time zone of local times. */
export interface Base {
  readonly now: DateTime.Utc
  readonly timezone: string
}

/** An instant: ISO 8601, a local time in the time zone, or relative to now. */
export const instant = (text: string, options: Base): Option.Option<DateTime.Utc> => {
  const trimmed = text.trim()
  if (trimmed === "now") return Option.some(options.now)
  if (/^([+-].+|\d.* ago)$/.test(trimmed)) return apart(trimmed, options.now)
  const [, date, time = "00:00", seconds = ":00", offset] = written.exec(trimmed) ?? []
  if (date === undefined) return Option.none()
  const local = `${date}T${time}${seconds}`
  return offset === undefined
    ? inZone(local, options.timezone)
    : instantOption(`${local}${offset.toUpperCase().replace(/^(...)(\d\d)$/, "$1:$2")}`)
}
