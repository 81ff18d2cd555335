/**
 * Timetables of a fixed period, and of a list of instants.
 */
import { rank } from "./sorted.ts"
import * as time from "./time.ts"
import type { Timetable } from "./timetable.ts"

const inRange = (instant: number) => time.isInRange(instant) ? instant : undefined

/** Every `period` milliseconds, so that one occurrence is `phase` after 1970-01-01T00:00:00Z. */
export const every = (period: number, phase: number): Timetable => {
  const indexOf = (instant: number) => Math.floor((instant - phase) / period)
  const atIndex = (index: number) => phase + index * period
  const firstIndex = indexOf(time.earliest - 1) + 1
  const lastIndex = indexOf(time.latest)
  const clamp = (index: number) => Math.min(Math.max(index, firstIndex - 1), lastIndex)
  return {
    next: (after) => inRange(atIndex(Math.max(indexOf(after) + 1, firstIndex))),
    prev: (before) => inRange(atIndex(Math.min(indexOf(Math.ceil(before) - 1), lastIndex))),
    count: (after, upTo) => ({ count: Math.max(clamp(indexOf(upTo)) - clamp(indexOf(after)), 0), upTo })
  }
}

/** At the instants given, in order and without duplicates. */
export const at = (instants: ReadonlyArray<number>): Timetable => ({
  next: (after) => instants[rank(instants, after)],
  prev: (before) => instants[rank(instants, Math.ceil(before) - 1) - 1],
  count: (after, upTo) => ({ count: Math.max(rank(instants, upTo) - rank(instants, after), 0), upTo })
})
