/**
 * Time zones by their offsets, read from `Intl` once per day that is looked at.
 *
 * A zone is described day by day (UTC): its offset at the start of the day, and the change in it, if there is one. No
 * zone has ever changed twice within three days, so that two equal offsets around a day mean a quiet day.
 */
import * as time from "./time.ts"

/** The offset becomes `after` at the instant `at`. Offsets are milliseconds east of UTC. */
export interface Change {
  readonly at: number
  readonly before: number
  readonly after: number
}

export interface Zone {
  /** The offset that never changes; absent for zones that may change it. */
  readonly fixed: number | undefined
  /** The offset in force when a day (UTC, counted from 1970-01-01) starts. */
  readonly offsetAtStart: (day: number) => number
  /** The change after the start of a day, up to and including the start of the next. */
  readonly changeOn: (day: number) => Change | undefined
}

/** How many days a zone remembers before it starts anew. */
const remembered = 4_096

const offsetPattern = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/

/** Reads the offset at an instant from `Intl`, to the second. */
const reader = (format: Intl.DateTimeFormat) => (instant: number): number => {
  const [, sign, hours = 0, minutes = 0, seconds = 0] = offsetPattern.exec(format.format(instant))!
  const size = +hours * time.hour + +minutes * time.minute + +seconds * time.second
  return sign === "-" ? -size : size
}

/** The first whole second in (`from`, `to`] at which the offset is not what it was at `from`. */
const findChange = (offsetAt: (instant: number) => number, from: number, to: number): number => {
  const before = offsetAt(from)
  let low = from
  let high = to
  while (high - low > time.second) {
    const middle = low + Math.floor((high - low) / (2 * time.second)) * time.second
    if (offsetAt(middle) === before) low = middle
    else high = middle
  }
  return high
}

const named = (format: Intl.DateTimeFormat): Zone => {
  const offsetAt = reader(format)
  const offsets = new Map<number, number>()
  const changes = new Map<number, Change>()
  const offsetAtStart = (day: number): number => {
    const known = offsets.get(day)
    if (known !== undefined) return known
    if (offsets.size >= remembered) offsets.clear()
    const offset = offsetAt(day * time.day)
    offsets.set(day, offset)
    return offset
  }
  const changeOn = (day: number): Change | undefined => {
    const before = offsetAtStart(day)
    const after = offsetAtStart(day + 1)
    if (before === after) return undefined
    const known = changes.get(day)
    if (known !== undefined) return known
    if (changes.size >= remembered) changes.clear()
    const change = { at: findChange(offsetAt, day * time.day, (day + 1) * time.day), before, after }
    changes.set(day, change)
    return change
  }
  return { fixed: undefined, offsetAtStart, changeOn }
}

const fixed = (offset: number): Zone => ({ fixed: offset, offsetAtStart: () => offset, changeOn: () => undefined })

const fixedPattern = /^([+-])(\d\d):?(\d\d)$/

/** The zone of an offset such as `+05:30`; offsets go up to 23:59 as in ISO 8601. */
const parseFixed = (name: string): Zone | undefined => {
  const [, sign, hours, minutes] = fixedPattern.exec(name) ?? []
  if (hours === undefined || minutes === undefined || +hours > 23 || +minutes > 59) return undefined
  const size = +hours * time.hour + +minutes * time.minute
  return fixed(sign === "-" ? -size : size)
}

const load = (name: string): Zone | undefined => {
  if (/^[+-]/.test(name)) return parseFixed(name)
  try {
    const format = new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "longOffset", day: "numeric" })
    return format.resolvedOptions().timeZone === "UTC" ? fixed(0) : named(format)
  } catch {
    return undefined // `Intl` throws for a name that it does not know, and has no other way to ask
  }
}

/** There are about 600 names; the bound is for spellings. */
const zones = new Map<string, Zone>()

/** The zone of an IANA name (in any case) or a fixed offset, or none if there is no such zone. */
export const get = (name: string): Zone | undefined => {
  const key = name.toLowerCase()
  const known = zones.get(key)
  if (known !== undefined) return known
  const zone = load(name)
  if (zone !== undefined) {
    if (zones.size >= 4_096) zones.clear()
    zones.set(key, zone)
  }
  return zone
}
