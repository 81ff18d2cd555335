/**
 * Reads a cron expression. Plain fields are read by Effect's `Cron.parse`; what it does not know (`L`, `W`, `#`, `?`, `+`,
 * `H`, nicknames, ranges up to Sunday, the year) is taken out before, each with the meaning that most daemons and
 * libraries give it.
 */
import * as EffectCron from "effect/Cron"
import * as Result from "effect/Result"
import type { InvalidRecurrence } from "../../TaskError.ts"
import { type Field, type Fields, invalidField, split } from "./cronFields.ts"
import { placeHashes } from "./cronHash.ts"
import { explain } from "./cronProblem.ts"
import * as days from "./days.ts"
import * as rules from "./monthDays.ts"
import * as times from "./times.ts"
import type { WallClock } from "./wallClock.ts"

export interface Expression {
  readonly clock: WallClock
  readonly daySpec: days.DaySpec
  /** Whether the second, minute or hour starts with `*`: the job follows real time, and not the clock on the wall. */
  readonly isInterval: boolean
  /** Whether `H` was placed by the seed. */
  readonly isHashed: boolean
}

/** A field of days, in two parts: what Effect reads, and the rules that it does not know. */
interface DayField {
  readonly plain: Field | undefined
  readonly special: ReadonlyArray<rules.DayRule>
  readonly startsWithStar: boolean
}

const dayField = (field: Field, text: string, special: (item: string) => rules.DayRule | undefined): DayField => {
  const plain: Array<string> = []
  const found: Array<rules.DayRule> = []
  for (const item of text.split(",")) {
    const rule = special(item)
    if (rule === undefined) plain.push(item)
    else found.push(rule)
  }
  return {
    plain: plain.length === 0 ? undefined : { ...field, text: plain.join() },
    special: found,
    startsWithStar: text.startsWith("*")
  }
}

const fromLast = /^L-([1-9]|[12]\d|30)$/i
const workday = /^(0?[1-9]|[12]\d|3[01])W$/i

const dayOfMonthRule = (item: string): rules.DayRule | undefined => {
  if (/^L$/i.test(item)) return rules.fromLast(0)
  if (/^LW$/i.test(item)) return rules.lastWorkday
  const offset = fromLast.exec(item)
  if (offset !== null) return rules.fromLast(Number(offset[1]))
  const date = workday.exec(item)
  return date === null ? undefined : rules.nearestWorkday(Number(date[1]))
}

const weekdayNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
const nthWeekday = /^([0-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(?:#([1-5]|L)|L)$/i

const dayOfWeekRule = (item: string): rules.DayRule | undefined => {
  const match = nthWeekday.exec(item)
  if (match === null) return undefined
  const named = weekdayNames.indexOf(match[1]!.toUpperCase())
  const weekday = named >= 0 ? named : Number(match[1]) % 7
  const nth = Number(match[2])
  return Number.isNaN(nth) ? rules.last(weekday) : rules.nth(weekday, nth)
}

/** Sunday is the last day of a range that ends with it. */
const endOnSunday = (text: string) => text.replaceAll(/(?<=(?:^|,)(?!sun)[^,-]+-)sun(?=$|[,/])/gi, "7")

const starFor = (text: string) => text === "?" ? "*" : text

const readYears = ({ input, year }: Fields): Result.Result<ReadonlySet<number> | undefined, InvalidRecurrence> => {
  if (year.text === "*") return Result.succeed(undefined)
  const years = new Set<number>()
  for (const item of year.text.split(",")) {
    const match = /^(?:\*|(\d{4})(?:-(\d{4}))?)(?:\/(\d{1,3}))?$/.exec(item)
    const first = Number(match?.[1] ?? year.kind.min)
    const last = Number(match?.[2] ?? (match?.[1] !== undefined && match[3] === undefined ? first : year.kind.max))
    const step = Number(match?.[3] ?? 1)
    if (match === null || first < year.kind.min || last > year.kind.max || first > last || step === 0) {
      return Result.fail(explain(input, [year], "it cannot be read"))
    }
    for (let value = first; value <= last; value += step) years.add(value)
  }
  return Result.succeed(years)
}

const range = (from: number, to: number): ReadonlySet<number> =>
  new Set(Array.from({ length: to - from + 1 }, (_, index) => from + index))

const all = {
  sixty: range(0, 59),
  hours: range(0, 23),
  dates: range(1, 31),
  months: range(1, 12),
  weekdays: range(0, 6)
}

/** Effect has an empty set for a field that allows everything. */
const orAll = (given: ReadonlySet<number>, everything: ReadonlySet<number>) => given.size === 0 ? everything : given

const weekdayRule = (given: ReadonlySet<number>) => given.size === 7 ? rules.everyDay : rules.weekdays(given)

const read = (fields: Fields): Result.Result<Omit<Expression, "isHashed">, InvalidRecurrence> => {
  const { hour, input, minute, month, second } = fields
  const isAnd = fields.dayOfWeek.text.startsWith("+")
  const dates = dayField(fields.dayOfMonth, starFor(fields.dayOfMonth.text), dayOfMonthRule)
  const dayText = starFor(isAnd ? fields.dayOfWeek.text.slice(1) : fields.dayOfWeek.text)
  const weekdays = dayField(fields.dayOfWeek, endOnSunday(dayText), dayOfWeekRule)
  if (fields.dayOfMonth.text.includes(",") && fields.dayOfMonth.text.split(",").some((item) => workday.test(item))) {
    return Result.fail(
      invalidField(
        input,
        fields.dayOfMonth,
        "a day with W stands alone in its field",
        "one day with W, or LW, or days without W"
      )
    )
  }
  const plain = [second, minute, hour, dates.plain, month, weekdays.plain]
  const parsed = EffectCron.parse(plain.map((field) => field?.text ?? "1").join(" "), "UTC")
  if (Result.isFailure(parsed)) {
    return Result.fail(explain(input, plain.filter((field) => field !== undefined), parsed.failure.message))
  }
  const cron = parsed.success
  return Result.map(readYears(fields), (years) => {
    const dateRules = dates.plain === undefined
      ? dates.special
      : [rules.dates(orAll(cron.days, all.dates)), ...dates.special]
    const weekdayRules = weekdays.plain === undefined
      ? weekdays.special
      : [weekdayRule(orAll(cron.weekdays, all.weekdays)), ...weekdays.special]
    const combine = isAnd || dates.startsWithStar || weekdays.startsWithStar ? rules.both : rules.either
    const daySpec: days.DaySpec = {
      rule: combine(rules.either(...dateRules), rules.either(...weekdayRules)),
      months: orAll(cron.months, all.months),
      years
    }
    return {
      daySpec,
      clock: {
        days: days.make(daySpec),
        times: times.make(
          orAll(cron.hours, all.hours),
          orAll(cron.minutes, all.sixty),
          orAll(cron.seconds, all.sixty)
        )
      },
      isInterval: [second, minute, hour].some(({ text }) => text.startsWith("*"))
    }
  })
}

/** Reads an expression of 5, 6 or 7 fields or a nickname. */
export const parse = (input: string, seed: string | undefined): Result.Result<Expression, InvalidRecurrence> =>
  Result.flatMap(
    split(input),
    (written) =>
      Result.flatMap(
        placeHashes(written, seed),
        ({ fields, hashed }) => Result.map(read(fields), (expression) => ({ ...expression, isHashed: hashed }))
      )
  )
