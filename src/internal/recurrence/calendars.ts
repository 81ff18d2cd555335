/**
 * Makes calendars, and validates what they are made of. Each function is that of `Calendar` with its name, but returns
 * an invalid argument as an error.
 */
import * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import { InvalidRecurrence, NeverFires } from "../../TaskError.ts"
import { cut } from "../texts.ts"
import {
  type All,
  type Any,
  type Calendar,
  calendars,
  type Dates,
  type Days,
  type Easter,
  type Hours,
  type Not,
  type NthDay,
  type Period,
  TypeId
} from "./calendarModel.ts"
import { dayOf } from "./civil.ts"
import { parse } from "./cron.ts"
import { isPossible, make as makeDays } from "./days.ts"
import { encodeCalendar } from "./encode.ts"
import { readInstant } from "./instant.ts"
import { zoneNamed } from "./leaves.ts"
import * as localDays from "./localDays.ts"
import { ofDays, ofHours, touches } from "./localSpans.ts"
import { timeline } from "./pieces.ts"
import * as shape from "./shape.ts"
import * as spans from "./spans.ts"
import * as time from "./time.ts"
import * as value from "./value.ts"

/** A calendar, or why there is none. */
export type Made<A extends Calendar = Calendar> = Result.Result<A, InvalidRecurrence | NeverFires>

const prototype = value.proto(TypeId, encodeCalendar)

const intern = <A extends Calendar>(
  key: string,
  fields: value.Fields<A, typeof TypeId>,
  make: () => spans.Spans,
  members: ReadonlyArray<Calendar> = []
): Made<A> => {
  const alive = calendars.get(key)
  if (alive !== undefined) return Result.succeed(alive as A) // the key starts with the tag
  const around = shape.around(members.map((member) => calendars.compiledOf(member).shape))
  const problem = shape.problem(fields._tag, around)
  if (problem !== undefined) return Result.fail(problem)
  const calendar = value.make<A>(prototype, fields)
  calendars.add(key, calendar, { spans: make(), shape: around })
  return Result.succeed(calendar)
}

const fail = (input: string, field: string, reason: string, expected: string) =>
  Result.fail(new InvalidRecurrence({ input: cut(input, 120), field, reason, expected }))

const ids = (members: ReadonlyArray<Calendar>) => members.map(calendars.idOf).join()

const spansOf = (calendar: Calendar) => calendars.compiledOf(calendar).spans

/** What precedes the day fields to make a whole cron expression. */
const beforeDays = "0 0 "

const inDays = (text: string, error: InvalidRecurrence): InvalidRecurrence => {
  const { expected, field, position, reason } = error
  return field === "expression"
    ? new InvalidRecurrence({
      input: cut(text, 120),
      field: "days",
      reason: "these are not 3 fields",
      expected: "day of month, month and day of week as in cron, such as \"25 12 *\" or \"* * MON-FRI\""
    })
    : new InvalidRecurrence({
      input: cut(text, 120),
      field,
      reason,
      expected,
      ...position !== undefined && { position: Math.max(position - beforeDays.length, 0) }
    })
}

const readDays = (text: string) =>
  /^\s*\S+\s+\S+\s+\S+\s*$/.test(text)
    ? Result.mapError(parse(beforeDays + text, undefined), (error) => inDays(text, error))
    : fail(text, "days", "these are not 3 fields", "day of month, month and day of week as in cron: \"25 12 *\"")

export const days = (text: string, timezone: string): Made<Days> =>
  Result.flatMap(Result.all([readDays(text), zoneNamed(timezone)]), ([{ days: spec }, zone]) =>
    isPossible(spec)
      ? intern<Days>(
        `Days ${JSON.stringify([text, timezone])}`,
        { _tag: "Days", days: text, timezone },
        () => ofDays(timeline(zone, "literal"), localDays.ofRule(makeDays(spec)))
      )
      : Result.fail(new NeverFires({ recurrence: `"${text}"`, reason: "no month has such a day" })))

const readDate = (text: string): number | undefined => {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text)
  return match === null ? undefined : dayOf(Number(match[1]), Number(match[2]), Number(match[3]))
}

export const dates = (given: Iterable<string>, timezone: string): Made<Dates> => {
  const sorted = [...new Set(given)].sort()
  const wrong = sorted.find((date) => readDate(date) === undefined)
  if (wrong !== undefined) return fail(wrong, "date", "there is no such date", "dates as YYYY-MM-DD")
  return Result.flatMap(zoneNamed(timezone), (zone) =>
    intern<Dates>(
      `Dates ${JSON.stringify([sorted, timezone])}`,
      { _tag: "Dates", dates: Object.freeze(sorted), timezone },
      () => ofDays(timeline(zone, "literal"), localDays.ofList(sorted.map((date) => readDate(date)!)))
    ))
}

export const easter = (offset: number, timezone: string): Made<Easter> =>
  Number.isInteger(offset) && Math.abs(offset) <= 80
    ? Result.flatMap(zoneNamed(timezone), (zone) =>
      intern<Easter>(
        `Easter ${offset} ${timezone}`,
        { _tag: "Easter", offset, timezone },
        () => ofDays(timeline(zone, "literal"), localDays.ofEaster(offset))
      ))
    : fail(String(offset), "offset", "it is not a number of days", "a whole number from -80 to 80")

const readTime = (text: string): number | undefined => {
  const match = /^(\d\d):(\d\d)$/.exec(text)
  const tod = match === null ? Number.NaN : Number(match[1]) * time.hour + Number(match[2]) * time.minute
  return tod <= time.day && Number(match![2]) < 60 ? tod : undefined
}

export const hours = (from: string, to: string, timezone: string): Made<Hours> => {
  const [start, end] = [readTime(from), readTime(to)]
  if (start === undefined || end === undefined) {
    return fail(start === undefined ? from : to, "time", "it is not a time of day", "00:00 to 24:00, as HH:MM")
  }
  if (start % time.day === end % time.day) {
    return fail(`${from} to ${to}`, "time", "it is empty, or a whole day", "two times")
  }
  return Result.flatMap(zoneNamed(timezone), (zone) =>
    intern<Hours>(
      `Hours ${from} ${to} ${timezone}`,
      { _tag: "Hours", from, to, timezone },
      () => ofHours(timeline(zone, "literal"), start % time.day, end)
    ))
}

export const period = (from: DateTime.DateTime.Input, to: DateTime.DateTime.Input): Made<Period> =>
  Result.flatMap(Result.all([readInstant(from), readInstant(to)]), ([from, to]) => between(from, to))

const between = (from: DateTime.Utc, to: DateTime.Utc): Made<Period> => {
  const [start, end] = [from.epochMilliseconds, to.epochMilliseconds]
  if (start >= end) {
    const input = `${DateTime.formatIso(from)} to ${DateTime.formatIso(to)}`
    return fail(input, "period", "it ends before it has begun", "the earlier instant first")
  }
  return intern<Period>(
    `Period ${start} ${end}`,
    { _tag: "Period", from, to },
    () => spans.period(start, end)
  )
}

export const nthDay = (calendar: Calendar, nth: number, timezone: string): Made<NthDay> => {
  if (!Number.isInteger(nth) || nth === 0 || Math.abs(nth) > 31) {
    return fail(String(nth), "nth", "it is not a place in a month", "1 to 31, or -1 to -31 from the end")
  }
  return Result.flatMap(zoneNamed(timezone), (zone) => {
    const local = timeline(zone, "literal")
    return intern<NthDay>(
      `NthDay ${calendars.idOf(calendar)} ${nth} ${timezone}`,
      { _tag: "NthDay", nth, calendar, timezone },
      () => ofDays(local, localDays.ofNth(nth, touches(local, spansOf(calendar)))),
      [calendar]
    )
  })
}

export const all = (members: ReadonlyArray<Calendar>): Made<All> =>
  intern<All>(
    `All ${ids(members)}`,
    { _tag: "All", members: Object.freeze([...members]) },
    () => spans.all(members.map(spansOf)),
    members
  )

export const any = (members: ReadonlyArray<Calendar>): Made<Any> =>
  intern<Any>(
    `Any ${ids(members)}`,
    { _tag: "Any", members: Object.freeze([...members]) },
    () => spans.any(members.map(spansOf)),
    members
  )

export const not = (calendar: Calendar): Made<Not> =>
  intern<Not>(
    `Not ${calendars.idOf(calendar)}`,
    { _tag: "Not", calendar },
    () => spans.not(spansOf(calendar)),
    [calendar]
  )
