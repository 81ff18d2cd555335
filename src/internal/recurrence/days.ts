/**
 * The days that a rule picks: the next one, the previous one, and how many there are between two. Days are counted from
 * 1970-01-01 on a wall calendar, without a time zone.
 */
import { monthOf, startOfMonth, weekdayOf } from "./civil.ts"
import type { DayRule } from "./monthDays.ts"

/** A set of days. */
export interface Days {
  /** The first day in the set at or after `day`. */
  readonly next: (day: number) => number | undefined
  /** The last day in the set at or before `day`. */
  readonly prev: (day: number) => number | undefined
  /** How many days in the set are at or after `from` and before `until`. */
  readonly count: (from: number, until: number) => number
}

/** What days are picked by. */
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

/** All bits from `index` on. */
const from = (index: number) => ~0 << index

/** A month, with the days in it that are picked. */
interface Month {
  readonly index: number
  readonly start: number
  /** The days that are picked. */
  readonly bits: number
}

/** Reads months. The last one is remembered, as the next question is mostly about the same month. */
const reader = ({ months, rule, years }: DaySpec) => {
  const isAllowed = Array.from({ length: 12 }, (_, index) => months.has(index + 1))
  const shapes: Array<number | undefined> = []
  const read = (index: number): Month => {
    const start = startOfMonth(index)
    if (isAllowed[index % 12] !== true || years?.has(Math.floor(index / 12)) === false) return { index, start, bits: 0 }
    const length = startOfMonth(index + 1) - start
    const first = weekdayOf(start)
    return { index, start, bits: shapes[7 * (length - 28) + first] ??= rule(length, first) }
  }
  let last = read(0)
  return {
    isAllowed: (index: number) => isAllowed[index % 12]!,
    month: (index: number): Month => index === last.index ? last : last = read(index),
    monthWith: (day: number): Month => day >= last.start && day < last.start + 28 ? last : last = read(monthOf(day))
  }
}

/** Remembers the last answer, which is also the answer for every day between it and its question. */
const remembering = (find: (day: number) => number | undefined) => {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  let answer: number | undefined
  return (day: number): number | undefined => {
    if (day >= low && day <= high) return answer
    const found = find(day)
    if (found !== undefined) {
      low = Math.min(day, found)
      high = Math.max(day, found)
      answer = found
    }
    return found
  }
}

/** The days that a spec picks. */
export const make = (spec: DaySpec): Days => {
  const { isAllowed, month, monthWith } = reader(spec)
  const firstMonth = 12 * (spec.years === undefined ? 1 : Math.min(...spec.years))
  const lastMonth = 12 * (spec.years === undefined ? 9_999 : Math.max(...spec.years)) + 11
  const firstDay = startOfMonth(firstMonth)
  const lastDay = startOfMonth(lastMonth + 1) - 1
  return {
    next: remembering((day) => {
      const at = Math.max(day, firstDay)
      let { bits, index, start } = monthWith(at)
      bits &= from(at - start)
      while (bits === 0) {
        if (++index > lastMonth) return undefined
        if (isAllowed(index)) ({ bits, start } = month(index))
      }
      return start + lowest(bits)
    }),
    prev: remembering((day) => {
      const at = Math.min(day, lastDay)
      let { bits, index, start } = monthWith(at)
      bits &= ~from(at - start + 1)
      while (bits === 0) {
        if (--index < firstMonth) return undefined
        if (isAllowed(index)) ({ bits, start } = month(index))
      }
      return start + highest(bits)
    }),
    count: (start, until) => {
      const end = Math.min(until, lastDay + 1)
      let count = 0
      for (let at = Math.max(start, firstDay); at < end;) {
        const { bits, index, start } = monthWith(at)
        const next = startOfMonth(index + 1)
        count += size(bits & from(at - start) & (end < next ? ~from(end - start) : ~0))
        at = next
      }
      return count
    }
  }
}

const lengths = [[31], [28, 29], [31], [30], [31], [30], [31], [31], [30], [31], [30], [31]] as const

/**
 * Whether a spec picks any day at all. In 400 years, every month occurs in each of its shapes, so without years it is
 * enough to check the shapes.
 */
export const isPossible = (spec: DaySpec): boolean => {
  if (spec.years !== undefined) return make(spec).next(startOfMonth(12 * Math.min(...spec.years))) !== undefined
  const weekdays = [0, 1, 2, 3, 4, 5, 6]
  return [...spec.months].some((month) =>
    lengths[month - 1]!.some((length) => weekdays.some((first) => spec.rule(length, first) !== 0))
  )
}
