/**
 * Encodes recurrences and calendars as JSON.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import type { Calendar } from "./calendarModel.ts"
import type { Encoded, EncodedCalendar } from "./encoded.ts"
import type { Recurrence } from "./model.ts"

const calendarTags = new Set<string>(["Days", "Dates", "Easter", "Hours", "Period", "NthDay", "All", "Any", "Not"])

/** Whether a tag is that of a calendar. Tags of recurrences and calendars do not overlap. */
export const isCalendarTag = (tag: string): boolean => calendarTags.has(tag)

/** Whether an exclusion is a calendar, and not a recurrence. */
export const isCalendar = (value: Recurrence | Calendar): value is Calendar => isCalendarTag(value._tag)

/** The JSON of a recurrence. */
export const encode = (recurrence: Recurrence): Encoded => {
  switch (recurrence._tag) {
    case "Cron": {
      const { _tag, dst, expression, seed, timezone } = recurrence
      return { _tag, expression, timezone, dst, ...Option.isSome(seed) && { seed: seed.value } }
    }
    case "Every":
      return {
        _tag: recurrence._tag,
        period: Duration.toMillis(recurrence.period),
        phase: Duration.toMillis(recurrence.phase)
      }
    case "At":
      return { _tag: recurrence._tag, instants: recurrence.instants.map(DateTime.formatIso) }
    case "Union":
    case "Intersect":
      return { _tag: recurrence._tag, members: recurrence.members.map(encode) }
    case "Except": {
      const { _tag, excluded } = recurrence
      return {
        _tag,
        recurrence: encode(recurrence.recurrence),
        excluded: isCalendar(excluded) ? encodeCalendar(excluded) : encode(excluded)
      }
    }
    case "Within": {
      const { _tag, calendar } = recurrence
      return { _tag, recurrence: encode(recurrence.recurrence), calendar: encodeCalendar(calendar) }
    }
    case "StartAt":
    case "EndAt": {
      const { _tag, instant } = recurrence
      return { _tag, recurrence: encode(recurrence.recurrence), instant: DateTime.formatIso(instant) }
    }
    case "Limit":
      return { _tag: recurrence._tag, recurrence: encode(recurrence.recurrence), count: recurrence.count }
  }
}

/** The JSON of a calendar. */
export const encodeCalendar = (calendar: Calendar): EncodedCalendar => {
  switch (calendar._tag) {
    case "Days":
      return { _tag: calendar._tag, days: calendar.days, timezone: calendar.timezone }
    case "Dates":
      return { _tag: calendar._tag, dates: calendar.dates, timezone: calendar.timezone }
    case "Easter":
      return { _tag: calendar._tag, offset: calendar.offset, timezone: calendar.timezone }
    case "Hours":
      return { _tag: calendar._tag, from: calendar.from, to: calendar.to, timezone: calendar.timezone }
    case "Period": {
      const { _tag, from, to } = calendar
      return { _tag, from: DateTime.formatIso(from), to: DateTime.formatIso(to) }
    }
    case "NthDay": {
      const { _tag, nth, timezone } = calendar
      return { _tag, nth, calendar: encodeCalendar(calendar.calendar), timezone }
    }
    case "All":
    case "Any":
      return { _tag: calendar._tag, members: calendar.members.map(encodeCalendar) }
    case "Not":
      return { _tag: calendar._tag, calendar: encodeCalendar(calendar.calendar) }
  }
}
