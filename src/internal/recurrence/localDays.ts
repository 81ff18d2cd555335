/**
 * Sets of local days, which calendars are made of. Days are counted from 1970-01-01.
 */
import { dayOf, monthOf, startOfMonth } from "./civil.ts"
import type { Days } from "./days.ts"
import { rank } from "./sorted.ts"

/**
 * A set of local days. `next` and `prev` may return a day that is not in the set, as long as they skip none that is.
 */
export interface LocalDays {
  readonly has: (day: number) => boolean
  /** A lower bound: there is no day in the set from `day` up to this one; `undefined` if there is none at all. */
  readonly next: (day: number) => number | undefined
  /** An upper bound: there is no day in the set after this one, up to `day`; `undefined` if there is none at all. */
  readonly prev: (day: number) => number | undefined
}

/** The days that a rule of cron picks. */
export const ofRule = (days: Days): LocalDays => ({ ...days, has: (day) => days.next(day) === day })

/** The days given, in order. */
export const ofList = (given: ReadonlyArray<number>): LocalDays => {
  const set = new Set(given)
  return {
    has: (day) => set.has(day),
    next: (day) => given[rank(given, day - 1)],
    prev: (day) => given[rank(given, day) - 1]
  }
}

/** Easter Sunday of the Gregorian calendar, by the rule of Clavius in the form of Gauss and Butcher. */
export const easterOf = (year: number): number => {
  const golden = year % 19
  const century = Math.floor(year / 100)
  const skipped = Math.floor(century / 4)
  const moon = Math.floor((century - Math.floor((century + 8) / 25) + 1) / 3)
  const epact = (19 * golden + century - skipped - moon + 15) % 30
  const weekday = (32 + 2 * (century % 4) + 2 * Math.floor((year % 100) / 4) - epact - (year % 4)) % 7
  const late = Math.floor((golden + 11 * epact + 22 * weekday) / 451)
  const sinceMarch = epact + weekday - 7 * late + 114
  return dayOf(year, Math.floor(sinceMarch / 31), (sinceMarch % 31) + 1)!
}

const yearOf = (day: number) => Math.floor(monthOf(day) / 12)

/** The day that is `offset` days after Easter Sunday of each year. */
export const ofEaster = (offset: number): LocalDays => {
  const inYear = (year: number) => easterOf(year) + offset
  return {
    has: (day) => inYear(yearOf(day - offset)) === day,
    next: (day) => {
      const year = yearOf(day - offset)
      return inYear(year) >= day ? inYear(year) : inYear(year + 1)
    },
    prev: (day) => {
      const year = yearOf(day - offset)
      return inYear(year) <= day ? inYear(year) : inYear(year - 1)
    }
  }
}

/** How many months are remembered before the memory is cleared. */
const remembered = 128

/**
 * The nth day of each month that counts, from the end if `nth` is negative. Whether a day counts is asked once for
 * every month that is looked at.
 */
export const ofNth = (nth: number, counts: (day: number) => boolean): LocalDays => {
  const months = new Map<number, number | undefined>()
  const find = (month: number): number | undefined => {
    const counted: Array<number> = []
    for (let day = startOfMonth(month); day < startOfMonth(month + 1); day++) if (counts(day)) counted.push(day)
    return counted.at(nth > 0 ? nth - 1 : nth)
  }
  const inMonth = (month: number): number | undefined => {
    if (!months.has(month)) {
      if (months.size >= remembered) months.clear()
      months.set(month, find(month))
    }
    return months.get(month)
  }
  return {
    has: (day) => inMonth(monthOf(day)) === day,
    next: (day) => {
      const found = inMonth(monthOf(day))
      return found !== undefined && found >= day ? found : startOfMonth(monthOf(day) + 1)
    },
    prev: (day) => {
      const found = inMonth(monthOf(day))
      return found !== undefined && found <= day ? found : startOfMonth(monthOf(day)) - 1
    }
  }
}
