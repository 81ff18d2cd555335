/**
 * Validates the options of callers before anything is done with them: stores do not agree on what a negative limit
 * means.
 *
 * An invalid option is a mistake in the program and not an expected failure, so it throws, with a sentence that says
 * what to give instead.
 */
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import { millisOption } from "./recurrence/duration.ts"
import { instantOption } from "./recurrence/instant.ts"

const shown = (value: unknown): string => typeof value === "string" ? JSON.stringify(value) : String(value)

/** How many characters the name of a type may have that is paused: databases index it. */
const longestType = 500

/** What is wrong with a text that is to name a task type; `undefined` if nothing is. */
export const typeIssue = (taskType: string): string | undefined => {
  if (taskType.trim() === "") return "is empty"
  if (/\p{Surrogate}/u.test(taskType)) return "has half of a surrogate pair"
  return taskType.length > longestType ? `has more than ${longestType} characters` : undefined
}

/** A number of things: whole and not negative. */
export const count = (option: string, value: number): number => {
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw new RangeError(`The option "${option}" is ${shown(value)}: give a whole number, 0 or more.`)
}

/** A number of things that may be used at the same time: at least one. */
export const places = (option: string, value: number): number => {
  if (Number.isSafeInteger(value) && value >= 1) return value
  throw new RangeError(`The option "${option}" is ${shown(value)}: give a whole number, 1 or more.`)
}

/** A number in an order, whether there is anything with that number or not. */
export const ordinal = (option: string, value: number): number => {
  if (Number.isSafeInteger(value)) return value
  throw new RangeError(`The option "${option}" is ${shown(value)}: give a whole number, the ordinal of an outcome.`)
}

/** How many things at most: a number of them, or `Infinity` for all. */
export const limit = (option: string, value: number): number => value === Infinity ? value : count(option, value)

/** An instant, in epoch milliseconds. */
export const instant = (option: string, value: DateTime.DateTime.Input): number => {
  const found = instantOption(value)
  if (Option.isSome(found)) return DateTime.toEpochMillis(found.value)
  throw new RangeError(
    `The option "${option}" is ${shown(value)}, which is not an instant: give one such as "2026-01-31T09:00:00Z".`
  )
}

/** An instant that is not in the future, in epoch milliseconds. */
export const instantUntil = (option: string, now: number, value: DateTime.DateTime.Input): number => {
  const at = instant(option, value)
  if (at <= now) return at
  throw new RangeError(`The option "${option}" is ${shown(value)}, which is in the future: give a time that has come.`)
}

/** A duration, in milliseconds. */
export const duration = (option: string, value: Duration.Input): number => {
  const millis = Option.getOrElse(millisOption(value), () => -1)
  if (millis >= 0) return millis
  throw noDuration(option, value)
}

/** A limit of time, in milliseconds: nothing keeps to one of 0. */
export const limitOfTime = (option: string, value: Duration.Input): number => {
  const millis = duration(option, value)
  if (millis > 0) return millis
  throw noDuration(option, value)
}

const noDuration = (option: string, value: unknown): RangeError =>
  new RangeError(`The option "${option}" is ${shown(value)}: give a duration such as "5 minutes".`)

/** The first whole millisecond after a duration. A negative one is over. */
export const instantAfter = (option: string, now: number, value: Duration.Input): number => {
  const millis = Option.getOrElse(millisOption(value), () => NaN)
  const at = Math.ceil(now + Math.max(0, millis))
  if (Option.isSome(instantOption(at))) return at
  throw noDuration(option, value)
}
