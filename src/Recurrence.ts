/**
 * When something is due: immutable, serialisable values with two primitives, the next occurrence after an instant and
 * the previous one before it. Everything else derives from them.
 *
 * A recurrence that cannot be read, or that never occurs, is a typed error where it is made, so every value of this
 * type has an occurrence. Equal recurrences are one object in memory. Occurrences lie in the years 1 to 9999.
 */
import type * as EffectCron from "effect/Cron"
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type * as Schedule from "effect/Schedule"
import type * as Schema from "effect/Schema"
import type { Calendar } from "./Calendar.ts"
import { codecOf } from "./internal/recurrence/codec.ts"
import * as composites from "./internal/recurrence/composites.ts"
import { decode } from "./internal/recurrence/decode.ts"
import * as description from "./internal/recurrence/describe.ts"
import { encode } from "./internal/recurrence/encode.ts"
import * as encoded from "./internal/recurrence/encoded.ts"
import type { Encoded } from "./internal/recurrence/encoded.ts"
import * as effectCron from "./internal/recurrence/fromCron.ts"
import * as leaves from "./internal/recurrence/leaves.ts"
import * as model from "./internal/recurrence/model.ts"
import type {
  At,
  Cron,
  DstPolicy,
  EndAt,
  Every,
  Except,
  Intersect,
  Limit,
  StartAt,
  Union,
  Within
} from "./internal/recurrence/model.ts"
import * as schedule from "./internal/recurrence/schedule.ts"
import { budget, isSpent } from "./internal/recurrence/search.ts"
import { timetable } from "./internal/recurrence/timetable.ts"
import { type InvalidRecurrence, type NeverFires, SearchExhausted } from "./TaskError.ts"

export type {
  /**
   * A list of instants, in order and without duplicates.
   *
   * @category models
   * @since 0.1.0
   */
  At,
  /**
   * A cron expression as it was written, with its IANA time zone or fixed offset, its policy for clock changes, and the
   * seed that its `H` is derived from, if it has one.
   *
   * @category models
   * @since 0.1.0
   */
  Cron,
  /**
   * What happens to the local times of a cron expression that a clock change (daylight saving time, or any other) jumps
   * over or repeats.
   *
   * - `vixie` (default), as cron daemons do: if the second, minute or hour starts with `*`, the job follows real time, so
   *   that times that do not exist are left out and repeated ones come twice. Any other job runs once per local day:
   *   times that are jumped over run once, at the jump, and repeated ones the first time. A change of more than three
   *   hours counts as a correction of the clock, and is read literally.
   * - `ocps`: times that are jumped over are left out, and repeated ones run the first time.
   * - `shift`: times that are jumped over run later by the length of the jump, and repeated ones the first time.
   * - `literal`: whenever the clock shows the time.
   *
   * @category models
   * @since 0.1.0
   */
  DstPolicy,
  /**
   * Only the occurrences at or before an instant.
   *
   * @category models
   * @since 0.1.0
   */
  EndAt,
  /**
   * Every `period`, anchored so that one occurrence is `phase` after 1970-01-01T00:00:00Z.
   *
   * @category models
   * @since 0.1.0
   */
  Every,
  /**
   * Without the occurrences of another recurrence, or those in a calendar.
   *
   * @category models
   * @since 0.1.0
   */
  Except,
  /**
   * Whenever all members are due.
   *
   * @category models
   * @since 0.1.0
   */
  Intersect,
  /**
   * Only the first occurrences.
   *
   * @category models
   * @since 0.1.0
   */
  Limit,
  /**
   * Only the occurrences at or after an instant.
   *
   * @category models
   * @since 0.1.0
   */
  StartAt,
  /**
   * Whenever one of the members is due.
   *
   * @category models
   * @since 0.1.0
   */
  Union,
  /**
   * Only the occurrences in a calendar.
   *
   * @category models
   * @since 0.1.0
   */
  Within
} from "./internal/recurrence/model.ts"

export type {
  /**
   * The JSON of a recurrence: instants are ISO 8601 in UTC, durations are milliseconds.
   *
   * @category models
   * @since 0.1.0
   */
  Encoded
} from "./internal/recurrence/encoded.ts"

/**
 * When something is due.
 *
 * **Details**
 *
 * A union of plain values, told apart by `_tag`: `Cron`, `Every` and `At`, and what is made of these: `Union`,
 * `Intersect`, `Except`, `Within`, `StartAt`, `EndAt` and `Limit`. Only the functions of this module make them. A
 * recurrence has at most 10,000 parts and is nested at most 64 deep.
 *
 * @category models
 * @since 0.1.0
 */
export type Recurrence = Cron | Every | At | Union | Intersect | Except | Within | StartAt | EndAt | Limit

/**
 * Whether a value is a recurrence.
 *
 * @category guards
 * @since 0.1.0
 */
export const isRecurrence = (value: unknown): value is Recurrence => model.recurrences.has(value)

/**
 * Schema of recurrences. They are encoded as JSON, which decodes to the same value. JSON of a recurrence that could not
 * be made in code fails with the reason.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Recurrence: Schema.Codec<Recurrence, Encoded> = codecOf(encoded.Recurrence, {
  expected: "Recurrence",
  is: isRecurrence,
  encode,
  decode
})

/**
 * A cron expression, such as `0 2 * * *`.
 *
 * **Details**
 *
 * 5 fields (minute, hour, day of month, month, day of week), 6 with seconds first, or 7 with the year (1970 to 2199)
 * last, or one of `@yearly @annually @monthly @weekly @daily @midnight @hourly`. A field takes values, names (`JAN`,
 * `MON`, in any case), lists, ranges and steps; Sunday is 0 or 7, and may end a range, as in `FRI-SUN`. Day of month
 * also takes `L` (the last), `L-3`, `LW` (the last from Monday to Friday) and `15W` (the nearest from Monday to Friday,
 * within the month). Day of week also takes `MON#2`, `5L` and `FRI#L`. In both, `?` means `*`.
 *
 * If both day fields are restricted, one match is enough; both have to match if either starts with `*`, or if the day
 * of week starts with `+`. `H`, `H/15` and `H(0-29)` are replaced by a hash of `seed`, which only they need. The time
 * zone is an IANA name or an offset (default UTC).
 *
 * **Gotchas**
 *
 * A step starts again whenever its field wraps, so a step of 45 in the minute field does not fire every 45
 * minutes: use `every("45 minutes")`.
 *
 * **Example** (The last working day of each month in London)
 *
 * ```ts
 * import { Recurrence } from "brinjal"
 *
 * const payday = Recurrence.cron("0 9 LW * *", { timezone: "Europe/London" })
 * ```
 *
 * @see {@link cronUnsafe} for expressions that are literals in the code
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
 * Like `cron`, but throws `InvalidRecurrence` or `NeverFires`.
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
 * Converts a `Cron` of Effect, if it can be kept exactly.
 *
 * **Details**
 *
 * The `Cron` needs a time zone. Times that a clock change jumps over or repeats are treated as Effect documents its
 * default: shifted by the length of the gap, and run the first time. A `Cron` with another `onDstOverlap` is refused,
 * unless its zone has a fixed offset.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromCron: (cron: EffectCron.Cron) => Result.Result<Cron, InvalidRecurrence | NeverFires> =
  effectCron.fromCron

/**
 * Every `duration`, in whole milliseconds. `phase` (default 0) moves the anchor, which is 1970-01-01T00:00:00Z and not
 * the start of the program, so that a restart does not shift it.
 *
 * **Gotchas**
 *
 * Throws `InvalidRecurrence` for a duration that is not a whole number of milliseconds above 0. Read untrusted input
 * with the `Recurrence` schema instead.
 *
 * @category constructors
 * @since 0.1.0
 */
export const every = (
  duration: Duration.Input,
  options?: { readonly phase?: Duration.Input | undefined }
): Every => Result.getOrThrow(leaves.every(duration, options))

/**
 * At the instants given. A text such as `2026-12-24T18:00` is ISO 8601, in UTC unless it has an offset.
 *
 * **Gotchas**
 *
 * Throws `NeverFires` if there are none, and `InvalidRecurrence` for what is not an instant or is out of range.
 *
 * @category constructors
 * @since 0.1.0
 */
export const at = (instants: Iterable<DateTime.DateTime> | ReadonlyArray<DateTime.DateTime.Input>): At =>
  Result.getOrThrow(leaves.at(instants))

/**
 * Whenever at least one of the recurrences is due.
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
 * Common occurrences are found by a search. `NeverFires` says that there is none, or none within 2,000 steps.
 *
 * @category combining
 * @since 0.1.0
 */
export const intersect: (
  self: Recurrence,
  ...others: ReadonlyArray<Recurrence>
) => Result.Result<Recurrence, InvalidRecurrence | NeverFires> = composites.intersect

/** The result of a combinator, which may leave no occurrence. */
type Combined = Result.Result<Recurrence, InvalidRecurrence | NeverFires>

/**
 * Without the occurrences at which another recurrence is due, or that are in a calendar. What is excluded is not an
 * occurrence at all: it is never missed, skipped or caught up with.
 *
 * @category combining
 * @since 0.1.0
 */
export const except: {
  (excluded: Recurrence | Calendar): (self: Recurrence) => Combined
  (self: Recurrence, excluded: Recurrence | Calendar): Combined
} = dual(2, composites.except)

/**
 * Only the occurrences in a calendar.
 *
 * @category combining
 * @since 0.1.0
 */
export const within: {
  (calendar: Calendar): (self: Recurrence) => Combined
  (self: Recurrence, calendar: Calendar): Combined
} = dual(2, composites.within)

/**
 * Only the occurrences at or after an instant. A text is ISO 8601, in UTC unless it has an offset.
 *
 * @category combining
 * @since 0.1.0
 */
export const startAt: {
  (first: DateTime.DateTime.Input): (self: Recurrence) => Combined
  (self: Recurrence, first: DateTime.DateTime.Input): Combined
} = dual(2, composites.startAt)

/**
 * Only the occurrences at or before an instant. A text is ISO 8601, in UTC unless it has an offset.
 *
 * @category combining
 * @since 0.1.0
 */
export const endAt: {
  (last: DateTime.DateTime.Input): (self: Recurrence) => Combined
  (self: Recurrence, last: DateTime.DateTime.Input): Combined
} = dual(2, composites.endAt)

/**
 * Only the first `count` occurrences (1 to 100,000).
 *
 * **Gotchas**
 *
 * They are counted from the first occurrence there is, so the recurrence must have one: apply `startAt` before.
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
 * The result is also none if the search was cut short. That matters only for combinations that exclude nearly
 * everything: see `search`.
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
 * Use when it matters that there is really no further occurrence, and the recurrence is a combination that excludes or
 * intersects.
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
 * The occurrences from one instant (included) to another (excluded), earliest first, at most `limit` of them (default
 * 10,000).
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
 * Whether there is an occurrence at exactly this instant, to the millisecond.
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
 * A recurrence in English, such as `at 02:00 every day, Europe/London`. A cron expression that no sentence describes
 * exactly is quoted: `cron "0 0 13 * 5", UTC`.
 *
 * @category describing
 * @since 0.1.0
 */
export const describe: (self: Recurrence) => string = description.describe

/**
 * A `Schedule` for `Effect.repeat` and `Effect.schedule`, whose output is the occurrence that it waits for. It ends
 * when the recurrence does, and never fails.
 *
 * **Details**
 *
 * Each occurrence comes once, even if a timer ends early or the clock is set back. What becomes due while the action
 * runs is left out, so that a slow action is followed by the next occurrence and not by a burst.
 *
 * @category scheduling
 * @since 0.1.0
 */
export const toSchedule = (self: Recurrence): Schedule.Schedule<DateTime.Utc> => schedule.toSchedule(timetable(self))
