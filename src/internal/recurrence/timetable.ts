/**
 * When something occurs, in epoch milliseconds: the two primitives (the next occurrence, the one before) and a count.
 *
 * A search through a combination of recurrences can be long, so that every search has a budget of steps, which it shares
 * with the searches that it starts.
 */
import { type Recurrence, recurrences } from "./model.ts"

/** How many steps a search may still take; below zero once it has been cut short. */
export interface Budget {
  left: number
}

export interface Timetable {
  /** The first occurrence strictly after an instant. */
  readonly next: (after: number, budget?: Budget) => number | undefined
  /** The last occurrence strictly before an instant. */
  readonly prev: (before: number, budget?: Budget) => number | undefined
  /**
   * How many occurrences are after `after` and not after `upTo`. It is calculated where it can be; where it has to be
   * counted it takes at most `limit` steps, and the `upTo` that it returns says how far it got.
   */
  readonly count: (after: number, upTo: number, limit: number) => Count
}

export interface Count {
  readonly count: number
  readonly upTo: number
}

/** The timetable of a recurrence; equal recurrences have the same one. */
export const timetable = (recurrence: Recurrence): Timetable => recurrences.compiledOf(recurrence).timetable
