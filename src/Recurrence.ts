/**
 * When something is due: immutable, serialisable values with two primitives, the next occurrence after an instant and
 * the previous one before it. Everything else derives from them.
 *
 * A recurrence that cannot be read, or that never occurs, is a typed error where it is made. Equal recurrences are one
 * object in memory.
 */
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as leaves from "./internal/recurrence/leaves.ts"
import * as model from "./internal/recurrence/model.ts"
import { timetable } from "./internal/recurrence/timetable.ts"
import type { InvalidRecurrence, NeverFires } from "./TaskError.ts"

export type DstPolicy = model.DstPolicy
export type Recurrence = model.Recurrence

export const isRecurrence = (value: unknown): value is Recurrence => model.recurrences.has(value)

export const Recurrence: Schema.Codec<Recurrence> = Schema.declare(isRecurrence)

export const cron: (
  expression: string,
  options?: {
    readonly timezone?: string | undefined
    readonly dst?: DstPolicy | undefined
    readonly seed?: string | undefined
  }
) => Result.Result<model.Cron, InvalidRecurrence | NeverFires> = leaves.cron

export const every: (
  duration: Duration.Input,
  options?: { readonly phase?: Duration.Input | undefined }
) => model.Every = (duration, options) => Result.getOrThrow(leaves.every(duration, options))

const instant = (millis: number | undefined): Option.Option<DateTime.Utc> =>
  millis === undefined ? Option.none() : Option.some(DateTime.makeUnsafe(millis))

export const next: {
  (after: DateTime.DateTime): (self: Recurrence) => Option.Option<DateTime.Utc>
  (self: Recurrence, after: DateTime.DateTime): Option.Option<DateTime.Utc>
} = dual(2, (self: Recurrence, after: DateTime.DateTime) => instant(timetable(self).next(after.epochMilliseconds)))

export const prev: {
  (before: DateTime.DateTime): (self: Recurrence) => Option.Option<DateTime.Utc>
  (self: Recurrence, before: DateTime.DateTime): Option.Option<DateTime.Utc>
} = dual(2, (self: Recurrence, before: DateTime.DateTime) => instant(timetable(self).prev(before.epochMilliseconds)))
