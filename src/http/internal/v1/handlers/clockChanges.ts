/**
 * When clocks change within a span of time: found by looking at them every six hours, and then closer.
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import type { Timeline } from "../schedules.ts"

type ClockChange = typeof Timeline.Type["clockChanges"][number]

const step = 6 * 3_600_000

const second = 1_000

/** The offset of a zone at an instant, in milliseconds. */
const offsets = (timezone: string) => {
  const zone = Option.getOrUndefined(DateTime.zoneFromString(timezone))
  return (at: number): number =>
    zone === undefined ? 0 : DateTime.zonedOffset(DateTime.makeZonedUnsafe(at, { timeZone: zone }))
}

/** The first whole second after `from`, up to `to`, at which the offset is another one. */
const between = (offsetAt: (at: number) => number, from: number, to: number): number => {
  const before = offsetAt(from)
  let low = Math.floor(from / second)
  let high = Math.ceil(to / second)
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offsetAt(middle * second) === before) low = middle
    else high = middle
  }
  return high * second
}

const ofZone = (timezone: string, from: number, to: number): ReadonlyArray<ClockChange> => {
  const offsetAt = offsets(timezone)
  const found: Array<ClockChange> = []
  for (let at = from; at < to; at += step) {
    const end = Math.min(at + step, to)
    const offsetBefore = offsetAt(at)
    const offsetAfter = offsetAt(end)
    if (offsetBefore === offsetAfter) continue
    found.push({ timezone, at: DateTime.makeUnsafe(between(offsetAt, at, end)), offsetBefore, offsetAfter })
  }
  return found
}

/** The changes of the zones, zone by zone. */
export const clockChanges = (
  timezones: Iterable<string>,
  from: DateTime.Utc,
  to: DateTime.Utc
): ReadonlyArray<ClockChange> =>
  Array.from(timezones).flatMap((timezone) => ofZone(timezone, from.epochMilliseconds, to.epochMilliseconds))
