/**
 * Instants and counts as words of a sentence.
 */
import * as DateTime from "effect/DateTime"

/** `2026-01-01T02:00:00Z`, with milliseconds only if there are any. */
export const iso = (instant: DateTime.DateTime): string => DateTime.formatIso(instant).replace(".000Z", "Z")

/** A date and time without its date, if the other one is on the same day. */
export const withoutSameDate = (text: string, other: string): string =>
  text.slice(0, 11) === other.slice(0, 11) ? text.slice(11) : text

/** `1 run`, `2 runs`. */
export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`
