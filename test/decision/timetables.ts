/**
 * Hand-made timetables: nothing of cron comes near the tests of the decision.
 */
import type { Timetable } from "../../src/internal/recurrence/timetable.ts"

/** A timetable whose occurrences can also be listed, from one instant to another, both included. */
export interface Listed {
  readonly timetable: Timetable
  readonly instants: (from: number, to: number) => ReadonlyArray<number>
}

/** Every `period` milliseconds since the epoch, for ever. */
export const every = (period: number): Listed => ({
  timetable: {
    next: (after) => (Math.floor(after / period) + 1) * period,
    prev: (before) => (Math.ceil(before / period) - 1) * period,
    count: (after, upTo) => ({
      count: Math.max(0, Math.floor(upTo / period) - Math.floor(after / period)),
      upTo
    })
  },
  instants: (from, to) => {
    const found: Array<number> = []
    for (let at = Math.ceil(from / period) * period; at <= to; at += period) found.push(at)
    return found
  }
})

/** These instants and no others, in ascending order. */
export const instants = (all: ReadonlyArray<number>): Listed => ({
  timetable: {
    next: (after) => all.find((at) => at > after),
    prev: (before) => all.findLast((at) => at < before),
    count: (after, upTo) => ({ count: all.filter((at) => at > after && at <= upTo).length, upTo })
  },
  instants: (from, to) => all.filter((at) => at >= from && at <= to)
})

/** The same occurrences, but at most `most` of them are counted in one go. */
export const countingAtMost = (most: number, listed: Listed): Listed => ({
  ...listed,
  timetable: {
    ...listed.timetable,
    count: (after, upTo) => {
      const counted = listed.instants(after + 1, upTo).slice(0, most + 1)
      return counted.length <= most ? { count: counted.length, upTo } : { count: most, upTo: counted[most - 1]! }
    }
  }
})
