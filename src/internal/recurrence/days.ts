/**
 * The days that a rule picks, month after month: the next one, the one before, and how many there are between two.
 * Days are counted from 1970-01-01; they are days on a wall calendar and know no time zone.
 */
import { monthOf, startOfMonth, weekdayOf } from "./civil.ts"
import type { DayRule } from "./monthDays.ts"

export interface Days {
  /** The first day that is picked, from `day` on. */
  readonly next: (day: number) => number | undefined
  /** The last day that is picked, up to and including `day`. */
  readonly prev: (day: number) => number | undefined
  /** How many days are picked from `from` on and before `until`. */
  readonly count: (from: number, until: number) => number
}

export interface DaySpec {
  readonly rule: DayRule
  /** 1 to 12. */
  readonly months: ReadonlySet<number>
  /** All years if absent. */
  readonly years?: ReadonlySet<number> | undefined
}

const lowest = (bits: number) => 31 - Math.clz32(bits & -bits)

const highest = (bits: number) => 31 - Math.clz32(bits)

const size = (bits: number) => {
  let count = 0
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++
  return count
}

/** Bits from `index` on. */
const from = (index: number) => ~0 << index

/** The set of days that a spec picks in each month, computed once per shape of a month. */
const picks = ({ months, rule, years }: DaySpec) => {
  const shapes: Array<number | undefined> = []
  return (month: number): number => {
    const year = Math.floor(month / 12)
    if (!months.has(month - 12 * year + 1) || years?.has(year) === false) return 0
    const start = startOfMonth(month)
    const length = startOfMonth(month + 1) - start
    const first = weekdayOf(start)
    return shapes[7 * (length - 28) + first] ??= rule(length, first)
  }
}

export const make = (spec: DaySpec): Days => {
  const pick = picks(spec)
  const firstMonth = 12 * (spec.years === undefined ? 1 : Math.min(...spec.years))
  const lastMonth = 12 * (spec.years === undefined ? 9_999 : Math.max(...spec.years)) + 11
  return {
    next: (day) => {
      let month = monthOf(day)
      let bits = month < firstMonth ? 0 : pick(month) & from(day - startOfMonth(month))
      if (month < firstMonth) month = firstMonth - 1
      while (bits === 0) {
        if (++month > lastMonth) return undefined
        bits = pick(month)
      }
      return startOfMonth(month) + lowest(bits)
    },
    prev: (day) => {
      let month = monthOf(day)
      let bits = month > lastMonth ? 0 : pick(month) & ~from(day - startOfMonth(month) + 1)
      if (month > lastMonth) month = lastMonth + 1
      while (bits === 0) {
        if (--month < firstMonth) return undefined
        bits = pick(month)
      }
      return startOfMonth(month) + highest(bits)
    },
    count: (start, until) => {
      const lastOne = Math.min(monthOf(until), lastMonth)
      let count = 0
      for (let month = Math.max(monthOf(start), firstMonth); month <= lastOne; month++) {
        let bits = pick(month)
        if (month === monthOf(start)) bits &= from(start - startOfMonth(month))
        if (month === monthOf(until)) bits &= ~from(until - startOfMonth(month))
        count += size(bits)
      }
      return count
    }
  }
}

const lengths = [[31], [28, 29], [31], [30], [31], [30], [31], [31], [30], [31], [30], [31]] as const

/**
 * Whether a spec picks any day at all. In 400 years every month occurs in each of its shapes, so that without years it is
 * enough to look at the shapes.
 */
export const isPossible = (spec: DaySpec): boolean => {
  if (spec.years !== undefined) return make(spec).next(startOfMonth(12 * Math.min(...spec.years))) !== undefined
  const weekdays = [0, 1, 2, 3, 4, 5, 6]
  return [...spec.months].some((month) =>
    lengths[month - 1]!.some((length) => weekdays.some((first) => spec.rule(length, first) !== 0))
  )
}
