/**
 * The values that recurrences are: plain data, immutable, one object per value.
 */
import type * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import type * as Equal from "effect/Equal"
import type * as Inspectable from "effect/Inspectable"
import type * as Option from "effect/Option"
import type * as Pipeable from "effect/Pipeable"
import type { Calendar } from "./calendarModel.ts"
import * as pool from "./pool.ts"
import type { Shape } from "./shape.ts"
import type { Timetable } from "./timetable.ts"

export const TypeId = "~brinjal/Recurrence"

interface Value extends Equal.Equal, Pipeable.Pipeable, Inspectable.Inspectable {
  readonly [TypeId]: typeof TypeId
}

/** What happens to wall-clock times that a change of the clock jumps over or repeats. */
export type DstPolicy = "vixie" | "ocps" | "shift" | "literal"

export interface Cron extends Value {
  readonly _tag: "Cron"
  readonly expression: string
  readonly timezone: string
  readonly dst: DstPolicy
  /** Places `H`; absent where the expression has none. */
  readonly seed: Option.Option<string>
}

export interface Every extends Value {
  readonly _tag: "Every"
  readonly period: Duration.Duration
  readonly phase: Duration.Duration
}

export interface At extends Value {
  readonly _tag: "At"
  readonly instants: ReadonlyArray<DateTime.Utc>
}

export interface Union extends Value {
  readonly _tag: "Union"
  readonly members: ReadonlyArray<Recurrence>
}

export interface Intersect extends Value {
  readonly _tag: "Intersect"
  readonly members: ReadonlyArray<Recurrence>
}

export interface Except extends Value {
  readonly _tag: "Except"
  readonly recurrence: Recurrence
  readonly excluded: Recurrence | Calendar
}

export interface Within extends Value {
  readonly _tag: "Within"
  readonly recurrence: Recurrence
  readonly calendar: Calendar
}

export interface StartAt extends Value {
  readonly _tag: "StartAt"
  readonly recurrence: Recurrence
  readonly instant: DateTime.Utc
}

export interface EndAt extends Value {
  readonly _tag: "EndAt"
  readonly recurrence: Recurrence
  readonly instant: DateTime.Utc
}

export interface Limit extends Value {
  readonly _tag: "Limit"
  readonly recurrence: Recurrence
  readonly count: number
}

export type Recurrence = Cron | Every | At | Union | Intersect | Except | Within | StartAt | EndAt | Limit

/** All recurrences alive, each with its timetable. */
export const recurrences = pool.make<Recurrence, Compiled>()

export interface Compiled {
  readonly timetable: Timetable
  readonly shape: Shape
}
