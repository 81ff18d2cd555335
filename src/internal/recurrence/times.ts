/**
 * Times of day as the product of a set of hours, a set of minutes and a set of seconds. A time is in milliseconds since
 * midnight on the wall clock.
 */
import * as time from "./time.ts"

/** A set of times of day. */
export interface Times {
  readonly first: number
  readonly last: number
  /** How many times there are in a day. */
  readonly size: number
  /** The first time at or after `tod`. */
  readonly next: (tod: number) => number | undefined
  /** The last time at or before `tod`. */
  readonly prev: (tod: number) => number | undefined
  /** How many times are before `tod`. */
  readonly before: (tod: number) => number
}

/** Small numbers in order, with lookup tables. */
interface Field {
  readonly first: number
  readonly last: number
  readonly size: number
  /** The smallest member that is at least `n`, for `n` from 0 to 60; -1 if there is none. */
  readonly up: ReadonlyArray<number>
  /** The largest member that is at most `n`, at the index `n + 1`; -1 if there is none. */
  readonly down: ReadonlyArray<number>
  /** How many members are below `n`. */
  readonly below: ReadonlyArray<number>
}

const tables = (members: ReadonlyArray<number>): Field => {
  const up = Array.from({ length: 61 }, (_, n) => members.find((member) => member >= n) ?? -1)
  const down = Array.from({ length: 61 }, (_, n) => members.findLast((member) => member < n) ?? -1)
  const below = Array.from({ length: 61 }, (_, n) => members.filter((member) => member < n).length)
  return { first: members[0]!, last: members.at(-1)!, size: members.length, up, down, below }
}

/** The same few fields are used again and again: every hour, on the hour, at midnight. */
const known = new Map<string, Field>()

const field = (members: ReadonlySet<number>): Field => {
  const sorted = [...members].sort((a, b) => a - b)
  const key = sorted.join()
  const found = known.get(key)
  if (found !== undefined) return found
  const made = tables(sorted)
  if (known.size < 1_024) known.set(key, made)
  return made
}

const timeOf = (hour: number, minute: number, second: number) =>
  hour * time.hour + minute * time.minute + second * time.second

/** The times of day that these sets make. */
export const make = (
  hourSet: ReadonlySet<number>,
  minuteSet: ReadonlySet<number>,
  secondSet: ReadonlySet<number>
): Times => {
  const hours = field(hourSet)
  const minutes = field(minuteSet)
  const seconds = field(secondSet)

  const next = (tod: number): number | undefined => {
    const rounded = Math.ceil(tod / time.second)
    const h = Math.floor(rounded / 3_600)
    const m = Math.floor(rounded / 60) % 60
    if (hours.up[h] === h) {
      const s = minutes.up[m] === m ? seconds.up[rounded % 60]! : -1
      if (s >= 0) return timeOf(h, m, s)
      const laterMinute = minutes.up[m + 1]!
      if (laterMinute >= 0) return timeOf(h, laterMinute, seconds.first)
    }
    const laterHour = hours.up[h + 1]!
    return laterHour >= 0 ? timeOf(laterHour, minutes.first, seconds.first) : undefined
  }

  const prev = (tod: number): number | undefined => {
    const rounded = Math.floor(tod / time.second)
    const h = Math.floor(rounded / 3_600)
    const m = Math.floor(rounded / 60) % 60
    if (hours.up[h] === h) {
      const s = minutes.up[m] === m ? seconds.down[(rounded % 60) + 1]! : -1
      if (s >= 0) return timeOf(h, m, s)
      const earlierMinute = minutes.down[m]!
      if (earlierMinute >= 0) return timeOf(h, earlierMinute, seconds.last)
    }
    const earlierHour = hours.down[h]!
    return earlierHour >= 0 ? timeOf(earlierHour, minutes.last, seconds.last) : undefined
  }

  const before = (tod: number): number => {
    const rounded = Math.ceil(tod / time.second)
    const h = Math.floor(rounded / 3_600)
    const m = Math.floor(rounded / 60) % 60
    const inMinute = minutes.up[m] === m ? seconds.below[rounded % 60]! : 0
    const inHour = hours.up[h] === h ? minutes.below[m]! * seconds.size + inMinute : 0
    return hours.below[h]! * minutes.size * seconds.size + inHour
  }

  return {
    first: timeOf(hours.first, minutes.first, seconds.first),
    last: timeOf(hours.last, minutes.last, seconds.last),
    size: hours.size * minutes.size * seconds.size,
    next,
    prev,
    before
  }
}
