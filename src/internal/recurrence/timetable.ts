/**
 * When something occurs, in epoch milliseconds: the two primitives (the next occurrence, the previous one) and a count.
 *
 * A search through a combination of recurrences can be long, so every search has a budget of steps, which it shares
 * with the searches that it starts.
 */
import { type Recurrence, recurrences } from "./model.ts"

/** How many steps a search may still take; below zero once it has been cut short. */
export interface Budget {
  left: number
}

/** When something occurs. */
export interface Timetable {
  /** The first occurrence strictly after an instant. */
  readonly next: (after: number, budget?: Budget) => number | undefined
  /** The last occurrence strictly before an instant. */
  readonly prev: (before: number, budget?: Budget) => number | undefined
  /**
   * How many occurrences are after `after` and at or before `upTo`. The number is computed where possible; where
   * occurrences have to be counted, at most `limit` are, and the `upTo` of the result says how far the count got.
   */
  readonly count: (after: number, upTo: number, limit: number) => Count
}

/** A number of occurrences, and up to which instant they were counted. */
export interface Count {
  readonly count: number
  readonly upTo: number
}

/** The timetable of a recurrence; equal recurrences share it. */
export const timetable = (recurrence: Recurrence): Timetable => recurrences.compiledOf(recurrence).timetable
