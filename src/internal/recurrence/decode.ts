/**
 * Decodes recurrences and calendars from JSON, level by level, through the same validation as those made in code.
 */
import * as Duration from "effect/Duration"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { InvalidRecurrence, type NeverFires } from "../../TaskError.ts"
import { cut } from "../texts.ts"
import type { Calendar as CalendarValue } from "./calendarModel.ts"
import * as calendars from "./calendars.ts"
import * as composites from "./composites.ts"
import { isCalendarTag } from "./encode.ts"
import { Calendar, type Encoded, type EncodedCalendar, Recurrence } from "./encoded.ts"
import * as leaves from "./leaves.ts"
import type { Recurrence as RecurrenceValue } from "./model.ts"
import { isTooLarge, problem } from "./shape.ts"

type Decoded<A> = Result.Result<A, InvalidRecurrence | NeverFires>

/** How many objects JSON has, and how deep they are nested. It stops as soon as they are too many or too deep. */
const measure = (json: unknown) => {
  const shape = { depth: 0, size: 0 }
  const visit = (value: unknown, depth: number): void => {
    if (isTooLarge(shape)) return
    if (Array.isArray(value)) { for (const item of value) visit(item, depth) }
    else if (Predicate.isObject(value)) {
      shape.depth = Math.max(shape.depth, depth)
      shape.size++
      for (const item of Object.values(value)) visit(item, depth + 1)
    }
  }
  visit(json, 0)
  return shape
}

const unreadable = (input: string, reason: string, expected: string) =>
  new InvalidRecurrence({ input: cut(input, 120), field: "JSON", reason, expected })

const readRecurrence = Schema.decodeUnknownResult(Recurrence)

const readCalendar = Schema.decodeUnknownResult(Calendar)

const issue = (error: { readonly message: string }) => unreadable("a part", error.message, "what was encoded")

const combine = (
  tag: "Union" | "Intersect",
  members: ReadonlyArray<RecurrenceValue>
): Decoded<RecurrenceValue> => {
  const [first, ...others] = members
  if (first === undefined) return Result.fail(unreadable(tag, "it has no members", "at least one member"))
  return tag === "Union" ? Result.succeed(composites.union(first, ...others)) : composites.intersect(first, ...others)
}

const part = (value: Encoded): Decoded<RecurrenceValue> =>
  Result.flatMap(Result.mapError(readRecurrence(value), issue), parts)

const calendarPart = (value: EncodedCalendar): Decoded<CalendarValue> =>
  Result.flatMap(Result.mapError(readCalendar(value), issue), calendarParts)

const isCalendar = (value: Encoded | EncodedCalendar): value is EncodedCalendar => isCalendarTag(value._tag)

const parts = (encoded: Encoded): Decoded<RecurrenceValue> => {
  switch (encoded._tag) {
    case "Cron":
      return leaves.cron(encoded.expression, encoded)
    case "Every":
      return leaves.every(Duration.millis(encoded.period), { phase: Duration.millis(encoded.phase) })
    case "At":
      return leaves.at(encoded.instants)
    case "Union":
    case "Intersect":
      return Result.flatMap(Result.all(encoded.members.map(part)), (members) => combine(encoded._tag, members))
    case "Limit":
      return Result.flatMap(part(encoded.recurrence), (recurrence) => composites.limit(recurrence, encoded.count))
    case "StartAt":
    case "EndAt": {
      const make = encoded._tag === "StartAt" ? composites.startAt : composites.endAt
      return Result.flatMap(
        part(encoded.recurrence),
        (recurrence): Decoded<RecurrenceValue> => make(recurrence, encoded.instant)
      )
    }
    case "Within": {
      const read = Result.all([part(encoded.recurrence), calendarPart(encoded.calendar)])
      return Result.flatMap(read, ([recurrence, calendar]) => composites.within(recurrence, calendar))
    }
    case "Except": {
      const { excluded } = encoded
      const read: Decoded<RecurrenceValue | CalendarValue> = isCalendar(excluded)
        ? calendarPart(excluded)
        : part(excluded)
      return Result.flatMap(
        Result.all([part(encoded.recurrence), read]),
        ([recurrence, excluded]) => composites.except(recurrence, excluded)
      )
    }
  }
}

const calendarParts = (encoded: EncodedCalendar): Decoded<CalendarValue> => {
  switch (encoded._tag) {
    case "Days":
      return calendars.days(encoded.days, encoded.timezone)
    case "Dates":
      return calendars.dates(encoded.dates, encoded.timezone)
    case "Easter":
      return calendars.easter(encoded.offset, encoded.timezone)
    case "Hours":
      return calendars.hours(encoded.from, encoded.to, encoded.timezone)
    case "Period":
      return calendars.period(encoded.from, encoded.to)
    case "NthDay":
      return Result.flatMap(
        calendarPart(encoded.calendar),
        (calendar) => calendars.nthDay(calendar, encoded.nth, encoded.timezone)
      )
    case "All":
    case "Any": {
      const make = encoded._tag === "All" ? calendars.all : calendars.any
      return Result.flatMap(
        Result.all(encoded.members.map(calendarPart)),
        (members): Decoded<CalendarValue> => make(members)
      )
    }
    case "Not":
      return Result.flatMap(calendarPart(encoded.calendar), calendars.not)
  }
}

const bounded = <A, B>(decode: (encoded: A) => Decoded<B>) => (encoded: A): Decoded<B> => {
  const tooLarge = problem("JSON", measure(encoded))
  return tooLarge === undefined ? decode(encoded) : Result.fail(tooLarge)
}

/** The recurrence that JSON of the right form stands for, validated. */
export const decode: (encoded: Encoded) => Decoded<RecurrenceValue> = bounded(parts)

/** The calendar that JSON of the right form stands for, validated. */
export const decodeCalendar: (encoded: EncodedCalendar) => Decoded<CalendarValue> = bounded(calendarParts)
