/**
 * Sets of local days that a calendar is made of, by day numbers from 1970-01-01.
 */
import { dayOf, monthOf, startOfMonth } from "./civil.ts"
import type { Days } from "./days.ts"
import { rank } from "./sorted.ts"

export interface LocalDays {
  readonly has: (day: number) => boolean
  /** From `day` on, no day before this one is in the set; none means that none is. */
  readonly next: (day: number) => number | undefined
  /** Up to `day`, no day after this one is in the set; none means that none is. */
  readonly prev: (day: number) => number | undefined
}

export const ofRule = (days: Days): LocalDays => ({ ...days, has: (day) => days.next(day) === day })

/** Days given one by one, in order. */
export const ofList = (given: ReadonlyArray<number>): LocalDays => {
  const set = new Set(given)
  return {
    has: (day) => set.has(day),
    next: (day) => given[rank(given, day - 1)],
    prev: (day) => given[rank(given, day) - 1]
  }
}

/** Easter Sunday of the Gregorian calendar, by the rule of Clavius as Gauss and later Butcher put it. */
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

/** How many months are remembered before all are forgotten. */
const remembered = 128

/**
 * The nth of the days of each month that count, from the end if `nth` is negative. Whether a day counts is asked once per
 * month that is looked at.
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
