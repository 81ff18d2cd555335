/**
 * When something is due: immutable, serialisable values with two primitives, the next occurrence after an instant and
 * the previous one before it. Everything else derives from them.
 *
 * A recurrence that cannot be read, or that never occurs, is a typed error where it is made, so that every value of this
 * type has an occurrence. Equal recurrences are one object in memory. Occurrences lie in the years 1 to 9999.
 */
import type * as EffectCron from "effect/Cron"
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaTransformation from "effect/SchemaTransformation"
import type { Calendar } from "./Calendar.ts"
import * as composites from "./internal/recurrence/composites.ts"
import { decode } from "./internal/recurrence/decode.ts"
import * as description from "./internal/recurrence/describe.ts"
import { encode } from "./internal/recurrence/encode.ts"
import * as encoded from "./internal/recurrence/encoded.ts"
import * as effectCron from "./internal/recurrence/fromCron.ts"
import * as leaves from "./internal/recurrence/leaves.ts"
import * as model from "./internal/recurrence/model.ts"
import * as schedule from "./internal/recurrence/schedule.ts"
import { budget, isSpent } from "./internal/recurrence/search.ts"
import { timetable } from "./internal/recurrence/timetable.ts"
import { type InvalidRecurrence, type NeverFires, SearchExhausted } from "./TaskError.ts"

/**
 * What happens to times of a cron expression that a change of the clock (daylight saving time, or any other) jumps over
 * or repeats.
 *
 * - `vixie` (default), as cron daemons do: if the second, minute or hour starts with `*`, the job follows real time, so
 *   that times that do not exist are left out and repeated ones come twice. Any other job runs once per local day: times
 *   that are jumped over run once at the jump, and repeated ones the first time. A change of more than three hours is a
 *   correction of the clock, and is read literally.
 * - `ocps`: times that are jumped over are left out, and repeated ones come the first time.
 * - `shift`: times that are jumped over come later by the length of the jump, and repeated ones the first time.
 * - `literal`: whenever the clock shows a time.
 *
 * @category models
 * @since 0.1.0
 */
export type DstPolicy = model.DstPolicy

/**
 * When something is due.
 *
 * **Details**
 *
 * A union of plain values, told apart by `_tag`: `Cron`, `Every` and `At`, and what is made of these: `Union`,
 * `Intersect`, `Except`, `Within`, `StartAt`, `EndAt` and `Limit`. They are made by the functions of this module only.
 * A recurrence has at most 10,000 parts and is nested at most 64 deep.
 *
 * @category models
 * @since 0.1.0
 */
export type Recurrence = model.Recurrence

/**
 * A cron expression as it was written, with its IANA time zone or fixed offset, its policy for changes of the clock, and
 * the seed that places its `H`, if it has one.
 *
 * @category models
 * @since 0.1.0
 */
export type Cron = model.Cron

/**
 * Every `period`, counted so that one occurrence is `phase` after 1970-01-01T00:00:00Z.
 *
 * @category models
 * @since 0.1.0
 */
export type Every = model.Every

/**
 * A list of instants, in order and without repetition.
 *
 * @category models
 * @since 0.1.0
 */
export type At = model.At

/**
 * The JSON of a recurrence: instants are ISO 8601 in UTC, durations are milliseconds.
 *
 * @category models
 * @since 0.1.0
 */
export type Encoded = encoded.Encoded

/**
 * Whether a value is a recurrence.
 *
 * @category guards
 * @since 0.1.0
 */
export const isRecurrence = (value: unknown): value is Recurrence => model.recurrences.has(value)

/**
 * Schema of recurrences. They are encoded as JSON, which decodes to the same value; JSON of a recurrence that could not
 * be made in code is refused with the reason.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Recurrence: Schema.Codec<Recurrence, Encoded> = encoded.Recurrence.pipe(
  Schema.decodeTo(
    Schema.declare(isRecurrence, { expected: "Recurrence" }),
    SchemaTransformation.transformEffect<Recurrence, Encoded>({
      decode: (json, options) =>
        Effect.mapError(
          Effect.fromResult(decode(json)),
          ({ message }) => new SchemaIssue.InvalidValue({ message }, json, options)
        ),
      encode: (recurrence) => Effect.succeed(encode(recurrence))
    })
  )
)

/**
 * A cron expression, such as `0 2 * * *`.
 *
 * **Details**
 *
 * 5 fields (minute, hour, day of month, month, day of week), 6 with seconds first, or 7 with the year last (1970 to
 * 2199), or one of `@yearly @annually @monthly @weekly @daily @midnight @hourly`. Values, names (`JAN`, `MON`, in any
 * case), lists, ranges and steps; Sunday is 0 or 7, and the end of a range such as `FRI-SUN`. Days of the month: `L`
 * (last), `L-3`, `LW` (last from Monday to Friday), `15W` (nearest from Monday to Friday, in the month). Days of the week:
 * `MON#2`, `5L` or `FRI#L`. `?` is `*` there. If both day fields are restricted one of them suffices; both have to match
 * if one starts with `*`, or if the day of the week starts with `+`. `H`, `H/15` and `H(0-29)` are placed by a hash of
 * `seed`, which is needed for them only. The time zone is an IANA name or an offset (default UTC).
 *
 * **Gotchas**
 *
 * A step starts again with each round of its field, so that `every("45 minutes")` cannot be said as a step of minutes.
 *
 * **Example** (The last working day of each month in London)
 *
 * ```ts
 * import { Recurrence } from "brinjal"
 *
 * const payday = Recurrence.cron("0 9 LW * *", { timezone: "Europe/London" })
 * ```
 *
 * @see {@link cronUnsafe} for expressions that stand in the code
 *
 * @category constructors
 * @since 0.1.0
 */
export const cron: (
  expression: string,
  options?: {
    readonly timezone?: string | undefined
    readonly dst?: DstPolicy | undefined
    readonly seed?: string | undefined
  }
) => Result.Result<Cron, InvalidRecurrence | NeverFires> = leaves.cron

/**
 * Like `cron`, and throws the `InvalidRecurrence` or `NeverFires`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const cronUnsafe = (
  expression: string,
  options?: {
    readonly timezone?: string | undefined
    readonly dst?: DstPolicy | undefined
    readonly seed?: string | undefined
  }
): Cron => Result.getOrThrow(leaves.cron(expression, options))

/**
 * Effect's `Cron`, where it can be kept exactly.
 *
 * **Details**
 *
 * It needs a time zone. Times that are skipped or repeated are treated as Effect documents its default: shifted by the
 * length of the gap, and the first time. A `Cron` with another `onDstOverlap` is refused, unless its zone has a fixed offset.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromCron: (cron: EffectCron.Cron) => Result.Result<Cron, InvalidRecurrence | NeverFires> =
  effectCron.fromCron

/**
 * Every so often, in whole milliseconds; `phase` (default 0) is when, counted from 1970-01-01T00:00:00Z, so that a
 * restart does not shift it.
 *
 * **Gotchas**
 *
 * Throws `InvalidRecurrence` for a duration that is not a whole number of milliseconds above 0, as constructors of values
 * that stand in the code do. What comes from outside is read with the `Recurrence` schema.
 *
 * @category constructors
 * @since 0.1.0
 */
export const every = (
  duration: Duration.Input,
  options?: { readonly phase?: Duration.Input | undefined }
): Every => Result.getOrThrow(leaves.every(duration, options))

/**
 * At the instants given.
 *
 * **Gotchas**
 *
 * Throws `NeverFires` if there are none, and `InvalidRecurrence` for instants that are out of range.
 *
 * @category constructors
 * @since 0.1.0
 */
export const at = (instants: Iterable<DateTime.DateTime>): At => Result.getOrThrow(leaves.at(instants))

/**
 * Whenever one of the recurrences is due; once, if several are due at the same instant.
 *
 * @category combining
 * @since 0.1.0
 */
export const union: (self: Recurrence, ...others: ReadonlyArray<Recurrence>) => Recurrence = composites.union

/**
 * Whenever all of the recurrences are due at the same instant.
 *
 * **Gotchas**
 *
 * Common occurrences are searched for. `NeverFires` says that there is none, or none that 2,000 steps find.
 *
 * @category combining
 * @since 0.1.0
 */
export const intersect: (
  self: Recurrence,
  ...others: ReadonlyArray<Recurrence>
) => Result.Result<Recurrence, InvalidRecurrence | NeverFires> = composites.intersect

/** What a combinator gives: it may leave nothing over. */
type Combined = Result.Result<Recurrence, InvalidRecurrence | NeverFires>

/**
 * Without the occurrences at which another recurrence is due, or that are in a calendar. What is excluded is no
 * occurrence at all: it is not missed, skipped or made up for.
 *
 * @category combining
 * @since 0.1.0
 */
export const except: {
  (excluded: Recurrence | Calendar): (self: Recurrence) => Combined
  (self: Recurrence, excluded: Recurrence | Calendar): Combined
} = dual(2, composites.except)

/**
 * Only the occurrences that are in a calendar.
 *
 * @category combining
 * @since 0.1.0
 */
export const within: {
  (calendar: Calendar): (self: Recurrence) => Combined
  (self: Recurrence, calendar: Calendar): Combined
} = dual(2, composites.within)

/**
 * Only the occurrences from an instant on, which is included.
 *
 * @category combining
 * @since 0.1.0
 */
export const startAt: {
  (first: DateTime.DateTime): (self: Recurrence) => Combined
  (self: Recurrence, first: DateTime.DateTime): Combined
} = dual(2, composites.startAt)

/**
 * Only the occurrences up to an instant, which is included.
 *
 * @category combining
 * @since 0.1.0
 */
export const endAt: {
  (last: DateTime.DateTime): (self: Recurrence) => Combined
  (self: Recurrence, last: DateTime.DateTime): Combined
} = dual(2, composites.endAt)

/**
 * Only the first occurrences, 1 to 100,000 of them.
 *
 * **Gotchas**
 *
 * They are counted from the first occurrence there is, so that the recurrence has to have one: `startAt` comes before.
 *
 * @category combining
 * @since 0.1.0
 */
export const limit: {
  (count: number): (self: Recurrence) => Combined
  (self: Recurrence, count: number): Combined
} = dual(2, composites.limit)

const instant = (millis: number | undefined): Option.Option<DateTime.Utc> =>
  millis === undefined ? Option.none() : Option.some(DateTime.makeUnsafe(millis))

/**
 * The first occurrence strictly after an instant.
 *
 * **Gotchas**
 *
 * None is also what a search gives that has been cut short, which only combinations that leave out nearly everything
 * need to know of: see `search`.
 *
 * @category occurrences
 * @since 0.1.0
 */
export const next: {
  (after: DateTime.DateTime): (self: Recurrence) => Option.Option<DateTime.Utc>
  (self: Recurrence, after: DateTime.DateTime): Option.Option<DateTime.Utc>
} = dual(2, (self: Recurrence, after: DateTime.DateTime) => instant(timetable(self).next(after.epochMilliseconds)))

/**
 * The last occurrence strictly before an instant.
 *
 * @category occurrences
 * @since 0.1.0
 */
export const prev: {
  (before: DateTime.DateTime): (self: Recurrence) => Option.Option<DateTime.Utc>
  (self: Recurrence, before: DateTime.DateTime): Option.Option<DateTime.Utc>
} = dual(2, (self: Recurrence, before: DateTime.DateTime) => instant(timetable(self).prev(before.epochMilliseconds)))

/**
 * The first occurrence strictly after an instant, or `SearchExhausted` if none was found in `steps` steps (default
 * 2,000).
 *
 * **When to use**
 *
 * Use where "there is no further occurrence" has consequences, and the recurrence is a combination that excludes
 * or intersects.
 *
 * @category occurrences
 * @since 0.1.0
 */
export const search = (
  self: Recurrence,
  options: { readonly after: DateTime.DateTime; readonly steps?: number | undefined }
): Result.Result<Option.Option<DateTime.Utc>, SearchExhausted> => {
  const left = budget(options.steps)
  const steps = left.left
  const found = timetable(self).next(options.after.epochMilliseconds, left)
  return found === undefined && isSpent(left)
    ? Result.fail(new SearchExhausted({ recurrence: description.describe(self), steps }))
    : Result.succeed(instant(found))
}

const collect = (self: Recurrence, after: number, upTo: number, count: number): Array<DateTime.Utc> => {
  const { next } = timetable(self)
  const found: Array<DateTime.Utc> = []
  for (let at = next(after); at !== undefined && at <= upTo && found.length < count; at = next(at)) {
    found.push(DateTime.makeUnsafe(at))
  }
  return found
}

/**
 * The next occurrences strictly after an instant, at most `count` of them.
 *
 * @category occurrences
 * @since 0.1.0
 */
export const upcoming = (
  self: Recurrence,
  options: { readonly after: DateTime.DateTime; readonly count: number }
): Array<DateTime.Utc> => collect(self, options.after.epochMilliseconds, Number.POSITIVE_INFINITY, options.count)

/**
 * The occurrences from one instant on and before another, at most `limit` of them (default 10,000), the earliest first.
 *
 * @category occurrences
 * @since 0.1.0
 */
export const between = (
  self: Recurrence,
  from: DateTime.DateTime,
  to: DateTime.DateTime,
  options: { readonly limit?: number | undefined } = {}
): Array<DateTime.Utc> => collect(self, from.epochMilliseconds - 1, to.epochMilliseconds - 1, options.limit ?? 10_000)

/**
 * Whether an instant, to the millisecond, is an occurrence.
 *
 * @category occurrences
 * @since 0.1.0
 */
export const matches: {
  (instant: DateTime.DateTime): (self: Recurrence) => boolean
  (self: Recurrence, instant: DateTime.DateTime): boolean
} = dual(
  2,
  (self: Recurrence, { epochMilliseconds }: DateTime.DateTime) =>
    timetable(self).next(epochMilliseconds - 1) === epochMilliseconds
)

/**
 * What a recurrence is in English, such as `at 02:00 every day, Europe/London`. What has no sentence that is exact is
 * quoted: `cron "0 0 13 * 5", UTC`.
 *
 * @category describing
 * @since 0.1.0
 */
export const describe: (self: Recurrence) => string = description.describe

/**
 * A `Schedule` for `Effect.repeat` and `Effect.schedule`, whose output is the occurrence that it waits for. It ends with
 * the recurrence, and never fails.
 *
 * **Details**
 *
 * Each occurrence comes once, also if a timer ends early or the clock is set back. What falls due while the action runs
 * is left out, so that a slow action is followed by the next occurrence and not by a burst.
 *
 * @category scheduling
 * @since 0.1.0
 */
export const toSchedule = (self: Recurrence): Schedule.Schedule<DateTime.Utc> => schedule.toSchedule(timetable(self))
