/**
 * The JSON form of recurrences and calendars. Instants are ISO 8601 in UTC, durations milliseconds.
 *
 * A schema here validates one level. Nested values are decoded level by level, so that their depth can be bounded.
 */
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type { DstPolicy } from "./model.ts"

/** The JSON of a recurrence. */
export type Encoded =
  | {
    readonly _tag: "Cron"
    readonly expression: string
    readonly timezone: string
    readonly dst: DstPolicy
    readonly seed?: string
  }
  | { readonly _tag: "Every"; readonly period: number; readonly phase: number }
  | { readonly _tag: "At"; readonly instants: ReadonlyArray<string> }
  | { readonly _tag: "Union" | "Intersect"; readonly members: ReadonlyArray<Encoded> }
  | { readonly _tag: "Except"; readonly recurrence: Encoded; readonly excluded: Encoded | EncodedCalendar }
  | { readonly _tag: "Within"; readonly recurrence: Encoded; readonly calendar: EncodedCalendar }
  | { readonly _tag: "StartAt" | "EndAt"; readonly recurrence: Encoded; readonly instant: string }
  | { readonly _tag: "Limit"; readonly recurrence: Encoded; readonly count: number }

/** The JSON of a calendar. */
export type EncodedCalendar =
  | { readonly _tag: "Days"; readonly days: string; readonly timezone: string }
  | { readonly _tag: "Dates"; readonly dates: ReadonlyArray<string>; readonly timezone: string }
  | { readonly _tag: "Easter"; readonly offset: number; readonly timezone: string }
  | { readonly _tag: "Hours"; readonly from: string; readonly to: string; readonly timezone: string }
  | { readonly _tag: "Period"; readonly from: string; readonly to: string }
  | { readonly _tag: "NthDay"; readonly nth: number; readonly calendar: EncodedCalendar; readonly timezone: string }
  | { readonly _tag: "All" | "Any"; readonly members: ReadonlyArray<EncodedCalendar> }
  | { readonly _tag: "Not"; readonly calendar: EncodedCalendar }

const nested = <A>(expected: string) => Schema.declare((value): value is A => Predicate.isObject(value), { expected })

const recurrence = nested<Encoded>("a recurrence")

const calendar = nested<EncodedCalendar>("a calendar")

const either = nested<Encoded | EncodedCalendar>("a recurrence or a calendar")

/** Schema of the JSON of a recurrence, one level deep. */
export const Recurrence: Schema.Codec<Encoded> = Schema.Union([
  Schema.TaggedStruct("Cron", {
    expression: Schema.String,
    timezone: Schema.String,
    dst: Schema.Literals(["vixie", "ocps", "shift", "literal"]),
    seed: Schema.optionalKey(Schema.String)
  }),
  Schema.TaggedStruct("Every", { period: Schema.Finite, phase: Schema.Finite }),
  Schema.TaggedStruct("At", { instants: Schema.Array(Schema.String) }),
  Schema.TaggedStruct("Union", { members: Schema.Array(recurrence) }),
  Schema.TaggedStruct("Intersect", { members: Schema.Array(recurrence) }),
  Schema.TaggedStruct("Except", { recurrence, excluded: either }),
  Schema.TaggedStruct("Within", { recurrence, calendar }),
  Schema.TaggedStruct("StartAt", { recurrence, instant: Schema.String }),
  Schema.TaggedStruct("EndAt", { recurrence, instant: Schema.String }),
  Schema.TaggedStruct("Limit", { recurrence, count: Schema.Finite })
])

/** Schema of the JSON of a calendar, one level deep. */
export const Calendar: Schema.Codec<EncodedCalendar> = Schema.Union([
  Schema.TaggedStruct("Days", { days: Schema.String, timezone: Schema.String }),
  Schema.TaggedStruct("Dates", { dates: Schema.Array(Schema.String), timezone: Schema.String }),
  Schema.TaggedStruct("Easter", { offset: Schema.Finite, timezone: Schema.String }),
  Schema.TaggedStruct("Hours", { from: Schema.String, to: Schema.String, timezone: Schema.String }),
  Schema.TaggedStruct("Period", { from: Schema.String, to: Schema.String }),
  Schema.TaggedStruct("NthDay", { nth: Schema.Finite, calendar, timezone: Schema.String }),
  Schema.TaggedStruct("All", { members: Schema.Array(calendar) }),
  Schema.TaggedStruct("Any", { members: Schema.Array(calendar) }),
  Schema.TaggedStruct("Not", { calendar })
])
