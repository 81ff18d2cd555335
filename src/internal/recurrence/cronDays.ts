/**
 * The day fields of a cron expression: the parts that Effect's `Cron.parse` does not know, as rules, and what is left
 * for it to read.
 */
import * as Result from "effect/Result"
import type { InvalidRecurrence } from "../../TaskError.ts"
import { dayOfWeek, type Field, type Fields, invalidField } from "./cronFields.ts"
import * as rules from "./monthDays.ts"

/** One of the two day fields, split into these parts. */
export interface DayField {
  /** What Effect reads; absent if nothing is left. */
  readonly plain: Field | undefined
  /** What it does not know. */
  readonly special: ReadonlyArray<rules.DayRule>
  readonly startsWithStar: boolean
}

/** Both day fields. */
export interface DayFields {
  readonly dayOfMonth: DayField
  readonly dayOfWeek: DayField
  /** Whether the day of week starts with `+`, so that both fields have to match. */
  readonly isAnd: boolean
}

const parts = (field: Field, text: string, special: (item: string) => rules.DayRule | undefined): DayField => {
  const items = text.split(",").map((item) => ({ item, rule: special(item) }))
  const plain = items.filter(({ rule }) => rule === undefined).map(({ item }) => item)
  return {
    plain: plain.length === 0 ? undefined : { ...field, text: plain.join() },
    special: items.flatMap(({ rule }) => rule ?? []),
    startsWithStar: text.startsWith("*")
  }
}

const fromLast = /^L-([1-9]|[12]\d|30)$/i
const workday = /^(0?[1-9]|[12]\d|3[01])W$/i

const dateRule = (item: string): rules.DayRule | undefined => {
  if (/^L$/i.test(item)) return rules.fromLast(0)
  if (/^LW$/i.test(item)) return rules.lastWorkday
  const offset = fromLast.exec(item)
  if (offset !== null) return rules.fromLast(Number(offset[1]))
  const date = workday.exec(item)
  return date === null ? undefined : rules.nearestWorkday(Number(date[1]))
}

const nthWeekday = /^([0-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(?:#([1-5]|L)|L)$/i

const weekdayRule = (item: string): rules.DayRule | undefined => {
  const match = nthWeekday.exec(item)
  if (match === null) return undefined
  const named = dayOfWeek.names.indexOf(match[1]!.toUpperCase())
  const weekday = named >= 0 ? named : Number(match[1]) % 7
  const nth = Number(match[2])
  return Number.isNaN(nth) ? rules.last(weekday) : rules.nth(weekday, nth)
}

/** A range that ends with Sunday ends with day 7. */
const endOnSunday = (text: string) => text.replaceAll(/(?<=(?:^|,)(?!sun)[^,-]+-)sun(?=$|[,/])/gi, "7")

const starFor = (text: string) => text === "?" ? "*" : text

/** Splits both day fields. */
export const readDays = (fields: Fields): Result.Result<DayFields, InvalidRecurrence> => {
  const { dayOfMonth, dayOfWeek, input } = fields
  const dates = dayOfMonth.text.split(",")
  if (dates.length > 1 && dates.some((date) => workday.test(date))) {
    const expected = "one day with W, or LW, or days without W"
    return Result.fail(invalidField(input, dayOfMonth, "a day with W stands alone in its field", expected))
  }
  const isAnd = dayOfWeek.text.startsWith("+")
  const weekdays = starFor(isAnd ? dayOfWeek.text.slice(1) : dayOfWeek.text)
  return Result.succeed({
    dayOfMonth: parts(dayOfMonth, starFor(dayOfMonth.text), dateRule),
    dayOfWeek: parts(dayOfWeek, endOnSunday(weekdays), weekdayRule),
    isAnd
  })
}
