/**
 * The types of recurrences: plain, immutable data, with one object per value. `Recurrence.ts` documents them.
 */
import type * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import type * as Equal from "effect/Equal"
import type * as Inspectable from "effect/Inspectable"
import type * as Option from "effect/Option"
import type * as Pipeable from "effect/Pipeable"
import type { Calendar } from "../../Calendar.ts"
import type { Recurrence } from "../../Recurrence.ts"
import * as pool from "./pool.ts"
import type { Shape } from "./shape.ts"
import type { Timetable } from "./timetable.ts"

// the union is written where it is public, so that declarations of other packages can name it
export type { Recurrence }

/** The type id of recurrences. */
export const TypeId = "~brinjal/Recurrence"

interface Value extends Equal.Equal, Pipeable.Pipeable, Inspectable.Inspectable {
  readonly [TypeId]: typeof TypeId
}

/** What happens to local times that a clock change jumps over or repeats. */
export type DstPolicy = "vixie" | "ocps" | "shift" | "literal"

/** A cron expression in a time zone. */
export interface Cron extends Value {
  readonly _tag: "Cron"
  readonly expression: string
  readonly timezone: string
  readonly dst: DstPolicy
  /** What `H` is derived from; absent if the expression has none. */
  readonly seed: Option.Option<string>
}

/** A fixed period. */
export interface Every extends Value {
  readonly _tag: "Every"
  readonly period: Duration.Duration
  readonly phase: Duration.Duration
}

/** A list of instants. */
export interface At extends Value {
  readonly _tag: "At"
  readonly instants: ReadonlyArray<DateTime.Utc>
}

/** Whenever one of the members is due. */
export interface Union extends Value {
  readonly _tag: "Union"
  readonly members: ReadonlyArray<Recurrence>
}

/** Whenever all members are due. */
export interface Intersect extends Value {
  readonly _tag: "Intersect"
  readonly members: ReadonlyArray<Recurrence>
}

/** Without the occurrences of another recurrence, or those in a calendar. */
export interface Except extends Value {
  readonly _tag: "Except"
  readonly recurrence: Recurrence
  readonly excluded: Recurrence | Calendar
}

/** Only the occurrences in a calendar. */
export interface Within extends Value {
  readonly _tag: "Within"
  readonly recurrence: Recurrence
  readonly calendar: Calendar
}

/** Only the occurrences at or after an instant. */
export interface StartAt extends Value {
  readonly _tag: "StartAt"
  readonly recurrence: Recurrence
  readonly instant: DateTime.Utc
}

/** Only the occurrences at or before an instant. */
export interface EndAt extends Value {
  readonly _tag: "EndAt"
  readonly recurrence: Recurrence
  readonly instant: DateTime.Utc
}

/** Only the first occurrences. */
export interface Limit extends Value {
  readonly _tag: "Limit"
  readonly recurrence: Recurrence
  readonly count: number
}

/** All live recurrences, with what was computed from them. */
export const recurrences = pool.make<Recurrence, Compiled>()

/** What is computed from a recurrence when it is made. */
export interface Compiled {
  readonly timetable: Timetable
  readonly shape: Shape
}
