/**
 * Makes the recurrences that are not made of others: cron expressions, periods and lists of instants. Each function is
 * that of `Recurrence` with its name.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { InvalidRecurrence, NeverFires } from "../../TaskError.ts"
import { cut } from "../texts.ts"
import { type Expression, parse } from "./cron.ts"
import * as days from "./days.ts"
import { millisOption } from "./duration.ts"
import { readInstant } from "./instant.ts"
import { checked, intern, known, type Made, type Parts } from "./intern.ts"
import type { At, Cron, DstPolicy, Every } from "./model.ts"
import * as periodic from "./periodic.ts"
import { type Reading, timeline } from "./pieces.ts"
import * as stepper from "./stepper.ts"
import * as time from "./time.ts"
import * as zone from "./zone.ts"

const invalid = (input: string, field: string, reason: string, expected: string) =>
  new InvalidRecurrence({ input, field, reason, expected })

/** The options of a cron expression. */
export interface CronOptions {
  readonly timezone?: string | undefined
  readonly dst?: DstPolicy | undefined
  readonly seed?: string | undefined
}

/** The zone with this name, or an error that says what a zone is. */
export const zoneNamed = (name: string): Result.Result<zone.Zone, InvalidRecurrence> => {
  const found = zone.get(name)
  return found === undefined
    ? Result.fail(invalid(
      cut(name, 120),
      "timezone",
      "there is no such time zone",
      "an IANA name such as Europe/London, UTC, or an offset such as +05:30"
    ))
    : Result.succeed(found)
}

/** How a policy reads clock changes. `vixie` distinguishes jobs that follow real time from jobs at fixed times. */
const readingOf = (dst: DstPolicy, { isInterval }: Expression): Reading => {
  switch (dst) {
    case "vixie":
      return isInterval ? "literal" : "collapse"
    case "ocps":
      return "once"
    default:
      return dst
  }
}

const keyOf = (expression: string, timezone: string, dst: DstPolicy, seed?: string) =>
  `Cron ${JSON.stringify([expression, timezone, dst, seed])}`

/** The last key without a seed: a program that adds many recurring tasks mostly asks for the same one again. */
let last = { expression: "", timezone: "", dst: "vixie" as DstPolicy, key: "" }

const unseededKeyOf = (expression: string, timezone: string, dst: DstPolicy): string => {
  if (last.expression !== expression || last.timezone !== timezone || last.dst !== dst) {
    last = { expression, timezone, dst, key: keyOf(expression, timezone, dst) }
  }
  return last.key
}

const never = (expression: string) =>
  new NeverFires({ recurrence: `"${expression}"`, reason: "no month and year that it allows has such a day" })

export const cron = (expression: string, options: CronOptions = {}): Made<Cron> => {
  const { dst = "vixie", seed, timezone = "UTC" } = options
  // without H, the seed does not matter; with H, the expression is interned under its seed
  const alive = known<Cron>(unseededKeyOf(expression, timezone, dst)) ??
    known<Cron>(keyOf(expression, timezone, dst, seed))
  if (alive !== undefined) return Result.succeed(alive)
  return Result.flatMap(Result.all([parse(expression, seed), zoneNamed(timezone)]), ([parsed, zone]) => {
    if (!days.isPossible(parsed.days)) return Result.fail(never(expression))
    const placedBy = parsed.isHashed ? seed : undefined
    const parts: Parts<Cron> = {
      key: keyOf(expression, timezone, dst, placedBy),
      fields: { _tag: "Cron", expression, timezone, dst, seed: Option.fromUndefinedOr(placedBy) },
      timetable: () =>
        stepper.make({ days: days.make(parsed.days), times: parsed.times }, timeline(zone, readingOf(dst, parsed)))
    }
    return parsed.days.years === undefined ? Result.succeed(intern(parts)) : checked(parts)
  })
}

const wholeMillis = (input: Duration.Input): number | undefined => {
  const millis = Option.getOrUndefined(millisOption(input))
  return Number.isSafeInteger(millis) ? millis : undefined
}

export const every = (
  duration: Duration.Input,
  options: { readonly phase?: Duration.Input | undefined } = {}
): Made<Every> => {
  const period = wholeMillis(duration)
  const phase = wholeMillis(options.phase ?? 0)
  if (period === undefined || period <= 0) {
    return Result.fail(invalid(
      String(duration),
      "duration",
      "it is not a whole number of milliseconds above 0",
      "a duration such as \"5 minutes\""
    ))
  }
  if (phase === undefined) {
    const reason = "it is not a whole number of milliseconds"
    return Result.fail(invalid(String(options.phase), "phase", reason, "a duration such as \"30 seconds\""))
  }
  const rest = ((phase % period) + period) % period
  return checked<Every>({
    key: `Every ${period} ${rest}`,
    fields: { _tag: "Every", period: Duration.millis(period), phase: Duration.millis(rest) },
    timetable: () => periodic.every(period, rest)
  })
}

export const at = (instants: Iterable<DateTime.DateTime.Input>): Made<At> =>
  Result.flatMap(Result.all(Array.from(instants, readInstant)), (read) => atAll(read.map(DateTime.toEpochMillis)))

const atAll = (instants: ReadonlyArray<number>): Made<At> => {
  const millis = [...new Set(instants)].sort((a, b) => a - b)
  const outside = millis.find((instant) => !time.isInRange(instant))
  if (outside !== undefined) {
    return Result.fail(invalid(String(outside), "instant", "it is out of range", "instants in the years 1 to 9999"))
  }
  if (millis.length === 0) {
    return Result.fail(new NeverFires({ recurrence: "at([])", reason: "the list of instants is empty" }))
  }
  return Result.succeed(intern<At>({
    key: `At ${millis.join()}`,
    fields: { _tag: "At", instants: Object.freeze(millis.map((instant) => DateTime.makeUnsafe(instant))) },
    timetable: () => periodic.at(millis)
  }))
}
