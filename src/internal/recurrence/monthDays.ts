/**
 * Rules that pick days of a month. A month has one of 28 shapes (28 to 31 days, starting on one of 7 weekdays), and
 * every rule of cron depends on nothing else. So a rule is a function from a shape to a set of days, which is a number
 * whose bit `i` stands for date `i + 1`.
 */

/** The days that a rule picks in a month of `length` days whose first day is the weekday `first` (Sunday is 0). */
export type DayRule = (length: number, first: number) => number

const bit = (index: number) => 1 << index

const upTo = (length: number) => 2 ** length - 1

const weekdayAt = (index: number, first: number) => (first + index) % 7

/** The dates given. */
export const dates = (given: Iterable<number>): DayRule => {
  let bits = 0
  for (const date of given) bits |= bit(date - 1)
  return (length) => bits & upTo(length)
}

/** All days that fall on one of the weekdays given. */
export const weekdays = (given: ReadonlySet<number>): DayRule => (length, first) => {
  let bits = 0
  for (let index = 0; index < length; index++) {
    if (given.has(weekdayAt(index, first))) bits |= bit(index)
  }
  return bits
}

/** The day that is `offset` days before the last, if the month is that long. */
export const fromLast = (offset: number): DayRule => (length) => offset < length ? bit(length - 1 - offset) : 0

/** The day from Monday to Friday that is nearest to a date and in the same month, if the month has that date. */
export const nearestWorkday = (date: number): DayRule => (length, first) => {
  if (date > length) return 0
  const index = date - 1
  const weekday = weekdayAt(index, first)
  if (weekday === 6) return bit(index === 0 ? 2 : index - 1)
  if (weekday === 0) return bit(date === length ? index - 2 : index + 1)
  return bit(index)
}

/** The last day from Monday to Friday. */
export const lastWorkday: DayRule = (length, first) => nearestWorkday(length)(length, first)

/** The `nth` occurrence of a weekday in the month, if there are so many. */
export const nth = (weekday: number, nth: number): DayRule => (length, first) => {
  const index = ((weekday - first + 7) % 7) + 7 * (nth - 1)
  return index < length ? bit(index) : 0
}

/** The last occurrence of a weekday in the month. */
export const last = (weekday: number): DayRule => (length, first) => {
  const back = (weekdayAt(length - 1, first) - weekday + 7) % 7
  return bit(length - 1 - back)
}

/** Every day. */
export const everyDay: DayRule = upTo

/** The days that any of the rules picks. */
export const either = (...rules: ReadonlyArray<DayRule>): DayRule => (length, first) =>
  rules.reduce((bits, rule) => bits | rule(length, first), 0)

/** The days that both rules pick. */
export const both = (one: DayRule, other: DayRule): DayRule => (length, first) =>
  one(length, first) & other(length, first)
