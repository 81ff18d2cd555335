/**
 * Reads a recurrence from the command line: a cron expression, or the JSON of a recurrence.
 */
import type { CliError } from "effect/cli"
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Recurrence from "../../Recurrence.ts"
import type { InvalidRecurrence, NeverFires } from "../../TaskError.ts"
import { fail } from "./failure.ts"
import * as parse from "./parse.ts"

/** How a cron expression is read. */
export interface When {
  readonly timezone: string
  readonly dst: Recurrence.DstPolicy
  /** The id of the recurring task, which is the seed of `H`. */
  readonly id: string
}

/** Underlines the part of an expression that cannot be read. */
const pointed = (error: InvalidRecurrence | NeverFires): string => {
  if (error._tag !== "InvalidRecurrence" || error.position === undefined) return error.message
  const part = error.input.slice(error.position).match(/^\S+/)?.[0] ?? " "
  return `${error.message}\n\n    ${error.input}\n    ${" ".repeat(error.position)}${"^".repeat(part.length)}`
}

const parseJson = Schema.decodeUnknownEffect(Schema.fromJsonString(Recurrence.Recurrence))

const fromJson = (text: string) =>
  Effect.catch(parseJson(text), (error) => fail(`This is not the JSON of a recurrence. ${error.message}`, error))

const fromCron = (text: string, { dst, id, timezone }: When) =>
  Effect.catch(
    Effect.fromResult(Recurrence.cron(text, { timezone, dst, seed: id })),
    (error) => fail(pointed(error), error)
  )

/** Reads a recurrence, or fails with what is wrong and where. */
export const read = (text: string, when: When): Effect.Effect<Recurrence.Recurrence, CliError.UserError> =>
  text.trimStart().startsWith("{") ? fromJson(text) : fromCron(text, when)

/** The time zone in which the occurrences of a recurrence are shown. */
export const zoneOf = (recurrence: Recurrence.Recurrence, fallback: string): string =>
  recurrence._tag === "Cron" ? recurrence.timezone : fallback

/** Reads an instant, or fails with how to write one. */
export const instantFrom = (flag: string, text: string, options: parse.Base) =>
  Option.match(parse.instant(text, options), {
    onNone: () => fail(`"${text}" is not a valid value for ${flag}. Write ${parse.instantExample}.`),
    onSome: Effect.succeed
  })

/** Reads an instant relative to the clock, or fails with how to write one. */
export const instant = (flag: string, text: string, timezone: string) =>
  Effect.flatMap(DateTime.now, (now) => instantFrom(flag, text, { now, timezone }))

const durationFrom = (flag: string, text: string, found: Option.Option<Duration.Duration>) =>
  Option.match(found, {
    onNone: () => fail(`"${text}" is not a valid value for ${flag}. Write ${parse.durationExample}.`),
    onSome: Effect.succeed
  })

/** Reads a duration, or fails with how to write one. */
export const duration = (flag: string, text: string) => durationFrom(flag, text, parse.duration(text))

/** Reads a delay, or fails with how to write one. */
export const delay = (flag: string, text: string) => durationFrom(flag, text, parse.delay(text))
