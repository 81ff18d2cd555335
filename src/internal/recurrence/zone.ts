/**
 * The offsets of time zones, read from `Intl` as far as they are needed.
 *
 * Time is divided into blocks of six days (UTC), and a block is read when it is first needed. Equal offsets at both of
 * its ends mean that nothing changed in between, because since 1970 no zone has changed its offset twice within six
 * days.
 */
import * as time from "./time.ts"

/** The offset becomes `after` at the instant `at`. Offsets are milliseconds east of UTC. */
export interface Change {
  readonly at: number
  readonly before: number
  readonly after: number
}

/** The days (UTC, counted from 1970-01-01) from `from` (included) to `until` (excluded). */
export interface Block {
  readonly from: number
  readonly until: number
  /** The offset at its start. */
  readonly offset: number
  /** The change after its start, up to and including its end. */
  readonly change: Change | undefined
}

/** A time zone. */
export interface Zone {
  /** The offset, if it never changes. */
  readonly fixed: number | undefined
  /** The block that contains a day. */
  readonly blockOf: (day: number) => Block
}

const blockDays = 6

/** How many blocks a zone remembers before its memory is cleared: about 60 years. */
const remembered = 4_096

const offsetPattern = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/

/** Reads the offset at an instant from `Intl`, to the second. */
const reader = (format: Intl.DateTimeFormat) => (instant: number): number => {
  const [, sign, hours = 0, minutes = 0, seconds = 0] = offsetPattern.exec(format.format(instant))!
  const size = +hours * time.hour + +minutes * time.minute + +seconds * time.second
  return sign === "-" ? -size : size
}

/** The first whole second after `from`, up to and including `to`, at which the offset is not that at `from`. */
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
  const blocks = new Map<number, Block>()
  const offsetAtStart = (index: number): number => {
    const known = offsets.get(index)
    if (known !== undefined) return known
    if (offsets.size >= remembered) offsets.clear()
    const offset = offsetAt(index * blockDays * time.day)
    offsets.set(index, offset)
    return offset
  }
  const read = (index: number): Block => {
    const from = index * blockDays
    const until = from + blockDays
    const before = offsetAtStart(index)
    const after = offsetAtStart(index + 1)
    const change = before === after
      ? undefined
      : { at: findChange(offsetAt, from * time.day, until * time.day), before, after }
    return { from, until, offset: before, change }
  }
  const blockOf = (day: number): Block => {
    const index = Math.floor(day / blockDays)
    const known = blocks.get(index)
    if (known !== undefined) return known
    if (blocks.size >= remembered) blocks.clear()
    const block = read(index)
    blocks.set(index, block)
    return block
  }
  return { fixed: undefined, blockOf }
}

const fixed = (offset: number): Zone => {
  const always: Block = { from: -Infinity, until: Infinity, offset, change: undefined }
  return { fixed: offset, blockOf: () => always }
}

const fixedPattern = /^([+-])(\d\d):?(\d\d)$/

/** The zone of an offset such as `+05:30`. As in ISO 8601, offsets go up to 23:59. */
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

/** The zones in use. There are about 600 names; the bound below is for their spellings. */
const zones = new Map<string, Zone>()

/** The zone with this IANA name (in any case) or fixed offset; `undefined` if there is none. */
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

/** The changes of a zone after one instant, up to and including another, within the range of recurrences. */
export const changesBetween = (timezone: string, after: number, upTo: number): ReadonlyArray<Change> => {
  const zone = get(timezone)
  const found: Array<Change> = []
  if (zone === undefined || zone.fixed !== undefined) return found
  const end = Math.ceil(Math.min(upTo, time.latest) / time.day)
  let block = zone.blockOf(Math.floor(Math.max(after, time.earliest) / time.day))
  for (; block.from < end; block = zone.blockOf(block.until)) {
    if (block.change !== undefined) found.push(block.change)
  }
  return found.filter(({ at }) => at > after && at <= upTo)
}
