/**
 * What a recurring task is meant to do: as its author writes it, and as it is stored.
 *
 * Options are validated and resolved once, with a typed error that names the option. The resolved form is plain data,
 * so that it can be compared, stored and sent.
 */
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import type * as Decision from "./Decision.ts"
import { millisOption } from "./internal/recurrence/duration.ts"
import { instantOption } from "./internal/recurrence/instant.ts"
import { timetable } from "./internal/recurrence/timetable.ts"
import * as Recurrence from "./Recurrence.ts"
import { MissedPolicy, OverlapPolicy } from "./RecurringTaskInfo.ts"
import type * as Task from "./Task.ts"
import { type InvalidRecurrence, InvalidRecurringTask, type NeverFires } from "./TaskError.ts"

/**
 * When a recurring task is due: a cron expression with its time zone and DST policy, or any `Recurrence`.
 *
 * @category models
 * @since 0.1.0
 */
export type When =
  | {
    /** Five fields, six (seconds first) or seven (year last), or a nickname such as `@daily`. */
    readonly cronExpression: string
    /** IANA name, such as `Europe/London`, or offset. Default `UTC`, never that of the host. */
    readonly timezone?: string | undefined
    /** What happens to times that the clock jumps over or shows twice. Default `vixie`, as the cron daemon does. */
    readonly dst?: Recurrence.DstPolicy | undefined
    readonly recurrence?: never
  }
  | {
    /** In place of a cron expression: intervals, instants, calendars and their combinations. */
    readonly recurrence: Recurrence.Recurrence
    readonly cronExpression?: never
    readonly timezone?: never
    readonly dst?: never
  }

/**
 * How a recurring task behaves. Every option has a safe default.
 *
 * @category models
 * @since 0.1.0
 */
export interface Behaviour {
  /** How many of its instances may be active (queued, running, or waiting to retry). Default 1. */
  readonly maxConcurrent?: number | undefined
  /** What happens to an occurrence that finds `maxConcurrent` instances active. Default `skip`. */
  readonly overlap?: OverlapPolicy | undefined
  /** How many occurrences `overlap: "bufferAll"` keeps at most. Default 1000. */
  readonly bufferLimit?: number | undefined
  /**
   * Which of the occurrences still run that were missed while the process was down, the machine asleep or the clock set
   * forward. Default `latest`.
   */
  readonly onMissed?: MissedPolicy | undefined
  /** How old missed occurrences may be to run (`window`, 1 day), and how many of them run at most (`max`, 100). */
  readonly catchUp?: { readonly window?: Duration.Input | undefined; readonly max?: number | undefined } | undefined
  /** An occurrence that would start later than this after its nominal time is skipped. Default none. */
  readonly startDeadline?: Duration.Input | undefined
  /**
   * Spreads starts over at most this time after the nominal one, always the same for the same occurrence. Default 0.
   */
  readonly jitter?: Duration.Input | undefined
  /** The first instant, included, at which it may be due. */
  readonly startAt?: DateTime.DateTime.Input | undefined
  /** The last instant, included, at which it may be due. */
  readonly endAt?: DateTime.DateTime.Input | undefined
  /** How many occurrences may start in all. Default no limit. */
  readonly maxRuns?: number | undefined
  /**
   * Disables it after this many failed runs in a row, each after its retries. When it is enabled again, the next
   * failure disables it, unless a run succeeds before. Default never.
   */
  readonly pauseAfterFailures?: number | undefined
}

/**
 * How a recurring task begins. Once its id is known, operators switch it on and off.
 *
 * @category models
 * @since 0.1.0
 */
export interface Beginning {
  /** Starts one instance more, now, once per registration. Default `false`. */
  readonly runImmediately?: boolean | undefined
  /** Whether it starts enabled. Default `true`. */
  readonly enabled?: boolean | undefined
}

/**
 * A recurring task as it is added.
 *
 * @category models
 * @since 0.1.0
 */
export type Options<T extends Task.Template = Task.Template> = When & Behaviour & Beginning & {
  /** A name of your own, of at most 200 characters, by which a restart finds it again. Default a new UUID. */
  readonly recurringId?: string | undefined
  /** What every instance is cloned from. */
  readonly templateTask: T
  /**
   * Marks it as one that the program declares, as `RecurringTask.layer` does, so that `RecurringTask.layerAll` can
   * reconcile it. Default `false`.
   */
  readonly declared?: boolean | undefined
}

/**
 * Options that can be absent.
 *
 * @category models
 * @since 0.1.0
 */
export type Clearable = "startDeadline" | "startAt" | "endAt" | "maxRuns" | "pauseAfterFailures"

/**
 * What an update may change. What is left out stays as it is, and `null` removes an option. A `timezone` alone moves
 * the present cron expression to another zone.
 *
 * @category models
 * @since 0.1.0
 */
export type Changes<T extends Task.Template = never> =
  & Omit<Behaviour, Clearable>
  & OrNone<Pick<Behaviour, Clearable>>
  & {
    readonly cronExpression?: string | undefined
    readonly timezone?: string | undefined
    readonly dst?: Recurrence.DstPolicy | undefined
    readonly recurrence?: Recurrence.Recurrence | undefined
    readonly templateTask?: T | undefined
  }

type OrNone<Fields> = { readonly [K in keyof Fields]: Fields[K] | null }

const wholeNumber = { message: "it must be a whole number above 0." }

const Count = Schema.Number.check(Schema.isInt(wholeNumber), Schema.isGreaterThan(0, wholeNumber))

const finiteDuration = { message: "it must be a finite duration such as \"5 minutes\", not a negative one." }

const Millis = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0, finiteDuration))

const instant = { message: "it must be an instant such as \"2026-01-31T09:00:00Z\"." }

/**
 * The resolved form, as it is kept: durations in milliseconds, instants in epoch milliseconds.
 *
 * @category models
 * @since 0.1.0
 */
export const Spec = Schema.Struct({
  recurrence: Recurrence.Recurrence,
  maxConcurrent: Count,
  overlap: OverlapPolicy,
  bufferLimit: Count,
  onMissed: MissedPolicy,
  catchUpWindow: Millis,
  catchUpMax: Count,
  startDeadline: Schema.NullOr(Millis),
  jitter: Millis,
  startAt: Schema.NullOr(Schema.Finite),
  endAt: Schema.NullOr(Schema.Finite),
  maxRuns: Schema.NullOr(Count),
  pauseAfterFailures: Schema.NullOr(Count)
})

/**
 * @category models
 * @since 0.1.0
 */
export type Spec = typeof Spec.Type

const defaults: Omit<Spec, "recurrence"> = {
  maxConcurrent: 1,
  overlap: "skip",
  bufferLimit: 1_000,
  onMissed: "latest",
  catchUpWindow: 86_400_000,
  catchUpMax: 100,
  startDeadline: null,
  jitter: 0,
  startAt: null,
  endAt: null,
  maxRuns: null,
  pauseAfterFailures: null
}

/**
 * Why options cannot be resolved.
 *
 * @category errors
 * @since 0.1.0
 */
export type InvalidSpec = InvalidRecurrence | InvalidRecurringTask | NeverFires

/**
 * Checks and resolves the options of a new recurring task.
 *
 * @category resolving
 * @since 0.1.0
 */
export const resolve = (recurringId: string, options: When & Behaviour): Effect.Effect<Spec, InvalidSpec> => {
  const wrong = whatIsWrongWith(recurringId)
  if (wrong !== undefined) return Effect.fail(invalid("recurringId", wrong))
  return Effect.flatMapEager(
    recurrenceOf(recurringId, options),
    (recurrence) =>
      isPlain(options)
        ? Effect.succeed(plain(recurrence))
        : refine(plain(recurrence), options)
  )
}

/** An id is a name in the database, in the paths of URLs, and in logs. */
const whatIsWrongWith = (id: string): string | undefined => {
  if (id === "") return "it must not be empty."
  if (id.length > 200) return `it has ${id.length} characters, and may have 200.`
  return /^\.{1,2}$|\p{Surrogate}/u.test(id) ? "it must be a text that the path of a URL can have." : undefined
}

/** Whether no option of its behaviour is given. Written out, because a loop over the names is much slower. */
const isPlain = (options: Behaviour): boolean =>
  options.maxConcurrent === undefined && options.overlap === undefined && options.bufferLimit === undefined &&
  options.onMissed === undefined && options.catchUp === undefined && options.startDeadline === undefined &&
  options.jitter === undefined && options.startAt === undefined && options.endAt === undefined &&
  options.maxRuns === undefined && options.pauseAfterFailures === undefined

const plainSpecs = new WeakMap<Recurrence.Recurrence, Spec>()

/** The specification with nothing but defaults: one object for all who share the recurrence. */
const plain = (recurrence: Recurrence.Recurrence): Spec => {
  const known = plainSpecs.get(recurrence)
  if (known !== undefined) return known
  const spec: Spec = { ...defaults, recurrence }
  plainSpecs.set(recurrence, spec)
  return spec
}

/**
 * Applies changes to a specification, and validates the result.
 *
 * @category resolving
 * @since 0.1.0
 */
export const change = (recurringId: string, spec: Spec, changes: Changes<any>): Effect.Effect<Spec, InvalidSpec> =>
  Effect.flatMap(
    changedRecurrence(recurringId, spec.recurrence, changes),
    (recurrence) => refine({ ...spec, recurrence }, changes)
  )

/**
 * The form that `Decision` takes.
 *
 * @category resolving
 * @since 0.1.0
 */
export const decisionSpec = (recurringId: string, spec: Spec): Decision.Spec => {
  if (spec.jitter > 0) return { ...spec, timetable: timetable(spec.recurrence), seed: recurringId }
  let shared = unseeded.get(spec)
  if (shared === undefined) unseeded.set(spec, shared = { ...spec, timetable: timetable(spec.recurrence), seed: "" })
  return shared
}

/** One per specification, shared by all recurring tasks that have it: without jitter, the seed does not matter. */
const unseeded = new WeakMap<Spec, Decision.Spec>()

const invalid = (option: string, reason: string) => new InvalidRecurringTask({ option, reason })

const recurrenceOf = (recurringId: string, when: When): Effect.Effect<Recurrence.Recurrence, InvalidSpec> => {
  if (when.recurrence !== undefined) {
    return when.cronExpression === undefined
      ? Effect.succeed(when.recurrence)
      : Effect.fail(invalid("recurrence", "give either a cronExpression or a recurrence, not both."))
  }
  if (typeof when.cronExpression !== "string") {
    return Effect.fail(invalid("cronExpression", "give a cronExpression such as \"0 2 * * *\", or a recurrence."))
  }
  const { cronExpression, dst, timezone } = when
  return Effect.fromResult(Recurrence.cron(cronExpression, { timezone, dst, seed: recurringId }))
}

const cronOf = (recurrence: Recurrence.Recurrence) =>
  recurrence._tag === "Cron"
    ? { cronExpression: recurrence.expression, timezone: recurrence.timezone, dst: recurrence.dst }
    : undefined

const changedRecurrence = (
  recurringId: string,
  old: Recurrence.Recurrence,
  changes: Changes<any>
): Effect.Effect<Recurrence.Recurrence, InvalidSpec> => {
  const { cronExpression, dst, recurrence, timezone } = changes
  if (recurrence !== undefined) return recurrenceOf(recurringId, { recurrence, cronExpression } as When)
  if (cronExpression === undefined && timezone === undefined && dst === undefined) return Effect.succeed(old)
  const cron = cronOf(old)
  if (cron === undefined && cronExpression === undefined) {
    return Effect.fail(invalid("timezone", "there is no cron expression that it could apply to."))
  }
  return recurrenceOf(recurringId, {
    cronExpression: cronExpression ?? cron!.cronExpression,
    timezone: timezone ?? cron?.timezone,
    dst: dst ?? cron?.dst
  })
}

const checked = Schema.decodeUnknownResult(Schema.toType(Spec))

/** Puts the given options over the resolved ones, and validates them one by one and together. */
const refine = (base: Spec, given: Changes<any>): Effect.Effect<Spec, InvalidRecurringTask> =>
  Effect.suspend(() => {
    const result = checked({
      ...base,
      ...defined({
        maxConcurrent: given.maxConcurrent,
        overlap: given.overlap,
        bufferLimit: given.bufferLimit,
        onMissed: given.onMissed,
        catchUpWindow: millis(given.catchUp?.window),
        catchUpMax: given.catchUp?.max,
        startDeadline: millis(given.startDeadline),
        jitter: millis(given.jitter),
        startAt: epochMillis(given.startAt),
        endAt: epochMillis(given.endAt),
        maxRuns: given.maxRuns,
        pauseAfterFailures: given.pauseAfterFailures
      })
    })
    if (Result.isFailure(result)) return Effect.fail(firstIssue(result.failure))
    const { endAt, startAt } = result.success
    return startAt !== null && endAt !== null && endAt < startAt
      ? Effect.fail(invalid("endAt", "it is before startAt, so nothing would ever run."))
      : Effect.succeed(result.success)
  })

const defined = (fields: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

/** What no check accepts, so that the validation names its option. */
const none = "none"

/** Milliseconds of a duration. */
const millis = (input: Duration.Input | null | undefined): unknown =>
  input === undefined || input === null ? input : Option.getOrElse(millisOption(input), () => none)

/** Epoch milliseconds of an instant, which a number need not be: there are none after the year 275760. */
const epochMillis = (input: DateTime.DateTime.Input | null | undefined): unknown =>
  input === undefined || input === null
    ? input
    : Option.getOrElse(Option.map(instantOption(input), DateTime.toEpochMillis), () => none)

/** The options as their author names them. */
const optionNames: Record<string, string> = { catchUpWindow: "catchUp.window", catchUpMax: "catchUp.max" }

/** What they must be, in the words of their author rather than in those of what is made of them. */
const expectations: Record<string, { readonly message: string }> = {
  maxConcurrent: wholeNumber,
  bufferLimit: wholeNumber,
  catchUpMax: wholeNumber,
  maxRuns: wholeNumber,
  pauseAfterFailures: wholeNumber,
  catchUpWindow: finiteDuration,
  startDeadline: finiteDuration,
  jitter: finiteDuration,
  startAt: instant,
  endAt: instant
}

const firstIssue = (error: Schema.SchemaError): InvalidRecurringTask => {
  const issue = SchemaIssue.makeFormatterStandardSchemaV1()(error.issue).issues[0]
  const option = String(issue?.path?.[0] ?? "options")
  const { message } = expectations[option] ?? issue ?? error
  return invalid(optionNames[option] ?? option, message)
}
