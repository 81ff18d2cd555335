/**
 * Parses cron expressions. Effect's `Cron.parse` reads plain fields; what it does not know (`L`, `W`, `#`, `?`, `+`,
 * `H`, nicknames, ranges that end on Sunday, the year) is taken out first, and means here what it means to most daemons
 * and libraries.
 */
import * as EffectCron from "effect/Cron"
import * as Result from "effect/Result"
import type { InvalidRecurrence } from "../../TaskError.ts"
import { type DayFields, readDays } from "./cronDays.ts"
import { type Field, type Fields, split } from "./cronFields.ts"
import { placeHashes } from "./cronHash.ts"
import { explain } from "./cronProblem.ts"
import type { DaySpec } from "./days.ts"
import * as rules from "./monthDays.ts"
import * as times from "./times.ts"

/** A parsed expression. */
export interface Expression {
  readonly days: DaySpec
  readonly times: times.Times
  /** Whether the second, minute or hour starts with `*`, so that the job follows real time and not the wall clock. */
  readonly isInterval: boolean
  /** Whether it had an `H`, which the seed has replaced. */
  readonly isHashed: boolean
}

/** The years that are allowed, or `undefined` if all are. Effect has no such field. */
const readYears = ({ input, year }: Fields): Result.Result<ReadonlySet<number> | undefined, InvalidRecurrence> => {
  if (year.text === "*") return Result.succeed(undefined)
  const years = new Set<number>()
  for (const item of year.text.split(",")) {
    const match = /^(?:\*|(\d{4})(?:-(\d{4}))?)(?:\/(\d{1,3}))?$/.exec(item)
    const first = Number(match?.[1] ?? year.kind.min)
    const isOne = match?.[1] !== undefined && match[2] === undefined && match[3] === undefined
    const last = isOne ? first : Number(match?.[2] ?? year.kind.max)
    const step = Number(match?.[3] ?? 1)
    if (match === null || first < year.kind.min || last > year.kind.max || first > last || step === 0) {
      return Result.fail(explain(input, [year], "it cannot be read"))
    }
    for (let value = first; value <= last; value += step) years.add(value)
  }
  return Result.succeed(years)
}

/** What Effect reads instead of a day field that was taken out completely. */
const standIn = "1"

const readPlain = (fields: Fields, days: DayFields): Result.Result<EffectCron.Cron, InvalidRecurrence> => {
  const { hour, input, minute, month, second } = fields
  const plain = [second, minute, hour, days.dayOfMonth.plain, month, days.dayOfWeek.plain]
  return Result.mapError(
    EffectCron.parse(plain.map((field) => field?.text ?? standIn).join(" "), "UTC"),
    (error) => explain(input, plain.filter((field) => field !== undefined), error.message)
  )
}

const range = (from: number, to: number): ReadonlySet<number> =>
  new Set(Array.from({ length: to - from + 1 }, (_, index) => from + index))

const everything = { sixty: range(0, 59), hours: range(0, 23), dates: range(1, 31), months: range(1, 12) }

/** Effect represents a field that allows everything by an empty set. */
const orAll = (given: ReadonlySet<number>, all: ReadonlySet<number>) => given.size === 0 ? all : given

const daySpec = (cron: EffectCron.Cron, fields: DayFields, years: ReadonlySet<number> | undefined): DaySpec => {
  const { dayOfMonth, dayOfWeek, isAnd } = fields
  const dates = dayOfMonth.plain === undefined ? [] : [rules.dates(orAll(cron.days, everything.dates))]
  const weekdays = dayOfWeek.plain === undefined
    ? []
    : [cron.weekdays.size === 0 ? rules.everyDay : rules.weekdays(cron.weekdays)]
  const combine = isAnd || dayOfMonth.startsWithStar || dayOfWeek.startsWithStar ? rules.both : rules.either
  return {
    rule: combine(
      rules.either(...dates, ...dayOfMonth.special),
      rules.either(...weekdays, ...dayOfWeek.special)
    ),
    months: orAll(cron.months, everything.months),
    years
  }
}

const timesOf = ({ hours, minutes, seconds }: EffectCron.Cron): times.Times =>
  times.make(orAll(hours, everything.hours), orAll(minutes, everything.sixty), orAll(seconds, everything.sixty))

const startsWithStar = ({ text }: Field) => text.startsWith("*")

/** Parses an expression of 5, 6 or 7 fields, or a nickname. */
export const parse = (input: string, seed: string | undefined): Result.Result<Expression, InvalidRecurrence> =>
  Result.gen(function*() {
    const { fields, isHashed } = yield* placeHashes(yield* split(input), seed)
    const days = yield* readDays(fields)
    const cron = yield* readPlain(fields, days)
    const years = yield* readYears(fields)
    return {
      days: daySpec(cron, days, years),
      times: timesOf(cron),
      isInterval: [fields.second, fields.minute, fields.hour].some(startsWithStar),
      isHashed
    }
  })
