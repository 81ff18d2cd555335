/**
 * What is probably not meant: warnings about recurring tasks, found before they run. Pure; the time is passed in.
 */
import * as Data from "effect/Data"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as cron from "./internal/lint/cron.ts"
import * as dst from "./internal/lint/dst.ts"
import { gaps, herds } from "./internal/lint/times.ts"
import * as Recurrence from "./Recurrence.ts"
import { type Behaviour, type InvalidSpec, resolve, type Spec, type When } from "./RecurringTaskSpec.ts"
import type { NeverFires } from "./TaskError.ts"

/**
 * A recurring task to look at: the options of `addRecurringTask` with an id. `durations` are how long its runs took, for
 * the warning that it overlaps itself; `hasTimeout` says whether its task has one, for the warning that it has none.
 *
 * @category models
 * @since 0.1.0
 */
export type Config = When & Behaviour & {
  readonly recurringId: string
  readonly durations?: ReadonlyArray<Duration.Input> | undefined
  readonly hasTimeout?: boolean | undefined
}

/**
 * A warning and its evidence.
 *
 * - `NeverFires`: no occurrence at all.
 * - `Ended`: none after now.
 * - `Irregular`: a step such as `*\/7` that does not divide its field, so that one interval is shorter. `field` is its name.
 * - `EitherDay`: day of month and day of week are alternatives, which is seldom meant.
 * - `TouchesDst`: the next change of the clock, within a year, that it meets; `runs` are those that happen then.
 * - `OverlapsItself`: the 95th percentile of its durations is not shorter than its shortest interval.
 * - `NoTimeout`: a run that hangs would have all later ones skipped.
 * - `Crowded`: it starts in the same second as many others.
 * - `Redundant`: a member of a union adds nothing within its next occurrences.
 *
 * @category models
 * @since 0.1.0
 */
export type Warning = Data.TaggedEnum<{
  NeverFires: { readonly recurringId: string; readonly reason: string }
  Ended: { readonly recurringId: string; readonly last: Option.Option<DateTime.Utc> }
  Irregular: { readonly recurringId: string; readonly field: string; readonly step: number }
  EitherDay: { readonly recurringId: string; readonly dayOfMonth: string; readonly dayOfWeek: string }
  TouchesDst: {
    readonly recurringId: string
    readonly at: DateTime.Utc
    readonly timezone: string
    readonly kind: "gap" | "repeat"
    readonly moved: Duration.Duration
    readonly runs: ReadonlyArray<DateTime.Utc>
  }
  OverlapsItself: {
    readonly recurringId: string
    readonly p95: Duration.Duration
    readonly interval: Duration.Duration
  }
  NoTimeout: { readonly recurringId: string }
  Crowded: { readonly recurringId: string; readonly at: DateTime.Utc; readonly others: number }
  Redundant: { readonly recurringId: string; readonly member: string }
}>

/**
 * Constructors and matchers of warnings.
 *
 * @category constructors
 * @since 0.1.0
 */
export const Warning = Data.taggedEnum<Warning>()

/**
 * What to compare with: the present instant, and how many may start in the same second (10 unless told) before that is a
 * crowd.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly now: DateTime.Utc
  readonly crowd?: number | undefined
}

/**
 * Looks at recurring tasks, each for itself and all together. Fails with the typed error of options that cannot be read.
 *
 * **Example** (Before a deploy)
 *
 * ```ts
 * const warnings = yield* Lint.lint([{ recurringId: "report", cronExpression: "*\/7 * * * *" }], { now })
 * yield* Effect.log(warnings.map(Lint.message).join("\n"))
 * ```
 *
 * @category linting
 * @since 0.1.0
 */
export const lint = (
  configs: ReadonlyArray<Config>,
  options: Options
): Effect.Effect<ReadonlyArray<Warning>, Exclude<InvalidSpec, NeverFires>> =>
  Effect.map(Effect.forEach(configs, read), (all) => {
    const able = all.filter((one): one is Readable => "spec" in one)
    return [
      ...all.flatMap((one) => "spec" in one ? alone(one, options) : [one]),
      ...crowded(able, options)
    ]
  })

interface Readable {
  readonly config: Config
  readonly spec: Spec
}

const read = (config: Config): Effect.Effect<Readable | Warning, Exclude<InvalidSpec, NeverFires>> =>
  resolve(config.recurringId, config).pipe(
    Effect.map((spec): Readable | Warning => ({ config, spec })),
    Effect.catchTag(
      "NeverFires",
      ({ reason }) => Effect.succeed(Warning.NeverFires({ recurringId: config.recurringId, reason }))
    )
  )

const alone = (one: Readable, { now }: Options): ReadonlyArray<Warning> => {
  const ended = ends(one, now)
  return ended.length > 0 ? ended : [
    ...expression(one),
    ...clockChange(one, now),
    ...ownOverlap(one, now),
    ...hanging(one),
    ...redundant(one, now)
  ]
}

const bounds = ({ spec }: Readable, now: DateTime.Utc): { readonly after: DateTime.Utc; readonly until: number } => ({
  after: spec.startAt === null ? now : DateTime.makeUnsafe(Math.max(now.epochMilliseconds, spec.startAt - 1)),
  until: spec.endAt ?? Infinity
})

const occurrences = (one: Readable, now: DateTime.Utc, count: number): ReadonlyArray<number> => {
  const { after, until } = bounds(one, now)
  return Recurrence.upcoming(one.spec.recurrence, { after, count })
    .map(DateTime.toEpochMillis)
    .filter((at) => at <= until)
}

const ends = (one: Readable, now: DateTime.Utc): ReadonlyArray<Warning> =>
  occurrences(one, now, 1).length > 0
    ? []
    : [Warning.Ended({ recurringId: one.config.recurringId, last: Recurrence.prev(one.spec.recurrence, now) })]

const expression = ({ config: { recurringId }, spec }: Readable): ReadonlyArray<Warning> => {
  if (spec.recurrence._tag !== "Cron") return []
  const text = spec.recurrence.expression
  const days = cron.alternativeDays(text)
  return [
    ...cron.irregularSteps(text).map((step) => Warning.Irregular({ recurringId, ...step })),
    ...(days === undefined ? [] : [Warning.EitherDay({ recurringId, ...days })])
  ]
}

const clockChange = ({ config: { recurringId }, spec }: Readable, now: DateTime.Utc): ReadonlyArray<Warning> => {
  if (spec.recurrence._tag !== "Cron") return []
  const { timezone } = spec.recurrence
  const met = dst.firstMet(spec.recurrence, now.epochMilliseconds)
  if (met === undefined) return []
  const runs = met.runs.map((run) => DateTime.makeUnsafe(run))
  const { at, kind } = met
  return [Warning.TouchesDst({
    recurringId,
    at: DateTime.makeUnsafe(at),
    timezone,
    kind,
    moved: Duration.millis(met.moved),
    runs
  })]
}

const ownOverlap = (one: Readable, now: DateTime.Utc): ReadonlyArray<Warning> => {
  const { durations = [], recurringId } = one.config
  if (durations.length === 0) return []
  const sorted = durations.map((input) => Duration.toMillis(Duration.fromInputUnsafe(input))).sort((a, b) => a - b)
  const p95 = sorted[Math.ceil(sorted.length * 0.95) - 1]!
  const interval = Math.min(...gaps(occurrences(one, now, 200)))
  return p95 < interval * one.spec.maxConcurrent
    ? []
    : [Warning.OverlapsItself({ recurringId, p95: Duration.millis(p95), interval: Duration.millis(interval) })]
}

const hanging = ({ config: { hasTimeout, recurringId }, spec }: Readable): ReadonlyArray<Warning> =>
  hasTimeout === false && (spec.overlap === "skip" || spec.overlap.startsWith("buffer"))
    ? [Warning.NoTimeout({ recurringId })]
    : []

const redundant = ({ config: { recurringId }, spec: { recurrence } }: Readable, now: DateTime.Utc) => {
  if (recurrence._tag !== "Union") return []
  return recurrence.members.filter((member) => isCovered(member, recurrence.members, now)).map((member) =>
    Warning.Redundant({ recurringId, member: Recurrence.describe(member) })
  )
}

/** Whether each of its next occurrences is one of another member, and not the other way round for an earlier one. */
const isCovered = (
  member: Recurrence.Recurrence,
  members: ReadonlyArray<Recurrence.Recurrence>,
  now: DateTime.Utc
): boolean => {
  const own = Recurrence.upcoming(member, { after: now, count: 100 })
  return members.some((other) => other !== member && own.every((at) => Recurrence.matches(other, at)))
}

const crowded = (all: ReadonlyArray<Readable>, { crowd = 10, now }: Options): ReadonlyArray<Warning> => {
  const times = all.map((one) => one.spec.jitter > 0 ? [] : occurrences(one, now, 24))
  return herds(times, crowd).map(({ at, index, others }) =>
    Warning.Crowded({ recurringId: all[index]!.config.recurringId, at: DateTime.makeUnsafe(at), others })
  )
}

const iso = DateTime.formatIso

/**
 * A warning as a sentence that says what is wrong and what to do.
 *
 * @category formatting
 * @since 0.1.0
 */
export const message: (warning: Warning) => string = Warning.$match({
  NeverFires: ({ reason, recurringId }) => `${recurringId} never fires: ${reason}.`,
  Ended: ({ last, recurringId }) =>
    `${recurringId} has no occurrence any more${
      Option.match(last, { onNone: () => "", onSome: (at) => `; the last one was at ${iso(at)}` })
    }.`,
  Irregular: ({ field, recurringId, step }) =>
    `${recurringId} is irregular: a step of ${step} in the ${field} starts anew at the end of the field. ` +
    `For equal intervals use Recurrence.every.`,
  EitherDay: ({ dayOfMonth, dayOfWeek, recurringId }) =>
    `${recurringId} runs on days ${dayOfMonth} and also on every ${dayOfWeek}: the two are alternatives. ` +
    `Write "+${dayOfWeek}" if both must hold.`,
  TouchesDst: ({ at, kind, moved, recurringId, runs, timezone }) =>
    `${recurringId} meets a change of the clock in ${timezone} at ${iso(at)}, where ${Duration.format(moved)} ` +
    `${kind === "gap" ? "do not exist" : "happen twice"}: it runs ${
      runs.length === 0 ? "at none of the times concerned" : `at ${runs.map(iso).join(", ")}`
    }.`,
  OverlapsItself: ({ interval, p95, recurringId }) =>
    `${recurringId} overlaps itself: one run in twenty takes ${Duration.format(p95)} or longer, ` +
    `and the next is due after ${Duration.format(interval)}.`,
  NoTimeout: ({ recurringId }) =>
    `${recurringId} has no timeout: one run that hangs would keep all later ones from starting.`,
  Crowded: ({ at, others, recurringId }) =>
    `${recurringId} starts at ${
      iso(at)
    } together with ${others} others. Spread them with H in the expression, or jitter.`,
  Redundant: ({ member, recurringId }) => `${recurringId}: "${member}" adds nothing to the rest of the union.`
})
