/**
 * Times and durations as people and programs read them in a terminal. Pure.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import { iso } from "../../internal/format.ts"

export { iso, plural as count } from "../../internal/format.ts"

/** The day and the time in UTC without the year: `11-24 08:35:10`. */
export const day = (instant: DateTime.DateTime): string => iso(instant).slice(5, 19).replace("T", " ")

const units = [["d", 86_400_000], ["h", 3_600_000], ["m", 60_000], ["s", 1_000]] as const

/** A duration in its two largest units, such as `3h 20m`, or in milliseconds below a second. */
export const duration = (input: Duration.Duration): string => {
  const millis = Math.round(Duration.toMillis(input))
  const first = units.findIndex(([, size]) => millis >= size)
  if (first === -1) return `${millis}ms`
  let left = millis
  return units.slice(first, first + 2).flatMap(([unit, size]) => {
    const count = Math.floor(left / size)
    left -= count * size
    return count === 0 ? [] : [`${count}${unit}`]
  }).join(" ")
}

/** How far away an instant is: `in 3h 20m`, `5s ago`, `now`. */
export const away = (instant: DateTime.DateTime, now: DateTime.DateTime): string => {
  const millis = instant.epochMilliseconds - now.epochMilliseconds
  if (Math.abs(millis) < 1_000) return "now"
  const far = duration(Duration.millis(Math.abs(millis)))
  return millis > 0 ? `in ${far}` : `${far} ago`
}

/** An instant and how far away it is: `2026-11-27T08:00:00Z, in 3d`. */
export const appointment = (instant: DateTime.DateTime, now: DateTime.DateTime): string =>
  `${iso(instant)}, ${away(instant, now)}`

/** What the clock of a time zone shows: `Wed 2026-11-25 02:00:00 +00:00`. */
export const local = (instant: DateTime.DateTime, timezone: string): string => {
  const zone = Option.getOrElse(DateTime.zoneFromString(timezone), () => DateTime.zoneMakeOffset(0))
  const zoned = DateTime.setZone(instant, zone)
  const day = DateTime.format(zoned, { locale: "en-GB", weekday: "short" })
  const [date, time] = DateTime.formatIsoOffset(zoned).split("T") as [string, string]
  return `${day} ${date} ${time.replace(/^([\d:]+)(\.\d+)?/, "$1 ")}`
}
