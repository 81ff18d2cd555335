/**
 * The values that calendars are: plain data, immutable, one object per value.
 */
import type * as DateTime from "effect/DateTime"
import type * as Equal from "effect/Equal"
import type * as Inspectable from "effect/Inspectable"
import type * as Pipeable from "effect/Pipeable"
import * as pool from "./pool.ts"
import type { Shape } from "./shape.ts"
import type { Spans } from "./spans.ts"

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

/** From one local time of day to another (`HH:MM`), over midnight if the second is not after the first. */
export interface Hours extends Value {
  readonly _tag: "Hours"
  readonly from: string
  readonly to: string
  readonly timezone: string
}

/** From one instant on and before another. */
export interface Period extends Value {
  readonly _tag: "Period"
  readonly from: DateTime.Utc
  readonly to: DateTime.Utc
}

/** The nth local day of each month (from the end if negative) that has some time in a calendar. */
export interface NthDay extends Value {
  readonly _tag: "NthDay"
  readonly nth: number
  readonly calendar: Calendar
  readonly timezone: string
}

export interface All extends Value {
  readonly _tag: "All"
  readonly members: ReadonlyArray<Calendar>
}

export interface Any extends Value {
  readonly _tag: "Any"
  readonly members: ReadonlyArray<Calendar>
}

export interface Not extends Value {
  readonly _tag: "Not"
  readonly calendar: Calendar
}

export type Calendar = Days | Dates | Easter | Hours | Period | NthDay | All | Any | Not

/** All calendars alive, each with its spans. */
export const calendars = pool.make<Calendar, Compiled>()

export interface Compiled {
  readonly spans: Spans
  readonly shape: Shape
}
