/**
 * What a cron expression asks of a wall clock: days, and times on those days. Wall-clock times are milliseconds since
 * 1970-01-01T00:00 on that clock, whatever its zone.
 */
import type { Days } from "./days.ts"
import * as time from "./time.ts"
import type { Times } from "./times.ts"

/** The days and times of day that match. */
export interface WallClock {
  readonly days: Days
  readonly times: Times
}

/** The first matching time at or after `from` and before `until`. */
export const first = ({ days, times }: WallClock, from: number, until: number): number | undefined => {
  const today = Math.floor(from / time.day)
  let day = days.next(today)
  let tod: number | undefined = times.first
  if (day === today) {
    tod = times.next(from - today * time.day)
    if (tod === undefined) {
      tod = times.first
      day = days.next(today + 1)
    }
  }
  if (day === undefined) return undefined
  const found = day * time.day + tod
  return found < until ? found : undefined
}

/** The last matching time at or after `from` and before `until`. */
export const last = ({ days, times }: WallClock, from: number, until: number): number | undefined => {
  const today = Math.floor((until - 1) / time.day)
  let day = days.prev(today)
  let tod: number | undefined = times.last
  if (day === today) {
    tod = times.prev(until - 1 - today * time.day)
    if (tod === undefined) {
      tod = times.last
      day = days.prev(today - 1)
    }
  }
  if (day === undefined) return undefined
  const found = day * time.day + tod
  return found >= from ? found : undefined
}

/** How many times match at or after `from` and before `until`. */
export const count = (clock: WallClock, from: number, until: number): number =>
  from < until ? countBefore(clock, from, until) : 0

const countBefore = ({ days, times }: WallClock, from: number, until: number): number => {
  const firstDay = Math.floor(from / time.day)
  const lastDay = Math.floor(until / time.day)
  const onLast = isPicked(days, lastDay) ? times.before(until - lastDay * time.day) : 0
  const onFirst = isPicked(days, firstDay) ? times.before(from - firstDay * time.day) : 0
  return days.count(firstDay, lastDay) * times.size + onLast - onFirst
}

const isPicked = (days: Days, day: number) => days.next(day) === day
