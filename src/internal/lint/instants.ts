/**
 * Instants and lists of occurrences, as the rules of the linter use them.
 */
import * as DateTime from "effect/DateTime"

/** An instant from epoch milliseconds. */
export const instant = (millis: number): DateTime.Utc => DateTime.makeUnsafe(millis)

/** A year and a bit, so that it contains every date. In milliseconds. */
export const year = 366 * 86_400_000

type Next = (after: number) => number | undefined

/** Occurrences after an instant, at most `count` and none after `upTo`. */
export const list = (next: Next, after: number, count: number, upTo = Infinity): ReadonlyArray<number> => {
  const found: Array<number> = []
  let at = next(after)
  while (at !== undefined && at <= upTo && found.length < count) {
    found.push(at)
    at = next(at)
  }
  return found
}
