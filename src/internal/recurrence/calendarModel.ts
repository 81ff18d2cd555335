/**
 * The types of calendars: plain, immutable data, with one object per value.
 */
import type * as DateTime from "effect/DateTime"
import type * as Equal from "effect/Equal"
import type * as Inspectable from "effect/Inspectable"
import type * as Pipeable from "effect/Pipeable"
import type { Calendar } from "../../Calendar.ts"
import * as pool from "./pool.ts"
import type { Shape } from "./shape.ts"
import type { Spans } from "./spans.ts"

// the union is written where it is public, so that declarations of other packages can name it
export type { Calendar }

/** The type id of calendars. */
export const TypeId = "~brinjal/Calendar"

interface Value extends Equal.Equal, Pipeable.Pipeable, Inspectable.Inspectable {
  readonly [TypeId]: typeof TypeId
}

/** Local days picked by the day fields of cron: day of month, month, day of week. */
export interface Days extends Value {
  readonly _tag: "Days"
  readonly days: string
  readonly timezone: string
}

/** Local days given as `YYYY-MM-DD`, in order. */
export interface Dates extends Value {
  readonly _tag: "Dates"
  readonly dates: ReadonlyArray<string>
  readonly timezone: string
}

/** The local day that is `offset` days after Easter Sunday (Gregorian), every year. */
export interface Easter extends Value {
  readonly _tag: "Easter"
  readonly offset: number
  readonly timezone: string
}

/** From one local time of day (`HH:MM`) to another, across midnight if the second is not after the first. */
export interface Hours extends Value {
  readonly _tag: "Hours"
  readonly from: string
  readonly to: string
  readonly timezone: string
}

/** From one instant (included) to another (excluded). */
export interface Period extends Value {
  readonly _tag: "Period"
  readonly from: DateTime.Utc
  readonly to: DateTime.Utc
}

/** Of each month's local days that overlap a calendar, the nth (from the end if negative). */
export interface NthDay extends Value {
  readonly _tag: "NthDay"
  readonly nth: number
  readonly calendar: Calendar
  readonly timezone: string
}

/** What is in all of the members. */
export interface All extends Value {
  readonly _tag: "All"
  readonly members: ReadonlyArray<Calendar>
}

/** What is in at least one of the members. */
export interface Any extends Value {
  readonly _tag: "Any"
  readonly members: ReadonlyArray<Calendar>
}

/** What is not in a calendar. */
export interface Not extends Value {
  readonly _tag: "Not"
  readonly calendar: Calendar
}

/** All live calendars, with what was computed from them. */
export const calendars = pool.make<Calendar, Compiled>()

/** What is computed from a calendar when it is made. */
export interface Compiled {
  readonly spans: Spans
  readonly shape: Shape
}
