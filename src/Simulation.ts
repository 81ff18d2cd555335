/**
 * What would recurring tasks do? Plays them in virtual time, through outages and clock steps, with the decision that
 * runs in production. Nothing waits, nothing runs, and no service is needed.
 */
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Decision from "./Decision.ts"
import * as engine from "./internal/simulation/engine.ts"
import { type InvalidSimulation, SimulationTooLong } from "./internal/simulation/errors.ts"
import * as text from "./internal/simulation/format.ts"
import * as plan from "./internal/simulation/plan.ts"
import * as report from "./internal/simulation/report.ts"
import type { OccurrenceOutcome, RecurringTaskInfo } from "./RecurringTaskInfo.ts"
import type { Beginning, Behaviour, When } from "./RecurringTaskSpec.ts"
import type * as Task from "./Task.ts"
import type { TaskStatus } from "./TaskInfo.ts"

export {
  /**
   * An option of a simulation is invalid.
   *
   * @category errors
   * @since 0.1.0
   */
  InvalidSimulation,
  /**
   * A simulation would take more decisions than its budget allows.
   *
   * @category errors
   * @since 0.1.0
   */
  SimulationTooLong
} from "./internal/simulation/errors.ts"

/**
 * A recurring task to simulate: the options of `addRecurringTask` with an id, and without the need for a template.
 *
 * @category models
 * @since 0.1.0
 */
export type Config = When & Behaviour & Beginning & {
  readonly recurringId: string
  readonly templateTask?: Task.Template | undefined
  /** The pool that its runs need a place in. Default that of the template, or else `default`. */
  readonly pool?: string | undefined
}

/**
 * An occurrence whose run begins: its nominal time (of a run on registration, when that was), and the number of the run
 * among those of its recurring task, counted from 1.
 *
 * @category models
 * @since 0.1.0
 */
export interface Occurrence {
  readonly recurringId: string
  readonly scheduledAt: DateTime.Utc
  readonly run: number
}

/**
 * How long runs take, retries included: always the same, samples that are used in turn, or a function of the
 * occurrence. `"Infinity"` is a run that hangs.
 *
 * @category models
 * @since 0.1.0
 */
export type Durations =
  | Duration.Input
  | { readonly samples: ReadonlyArray<Duration.Input> }
  | ((occurrence: Occurrence) => Duration.Input)

/**
 * What to simulate. Its instants are in true time, which `clockSteps` do not move; those of the timeline are the wall
 * clock's.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** The recurring tasks, all added at `from`. */
  readonly configs: ReadonlyArray<Config>
  /** The first instant. As in production, the first occurrence is the one after it. */
  readonly from: DateTime.DateTime.Input
  /** The last instant. */
  readonly to: DateTime.DateTime.Input
  /** How long the runs of each recurring task take, by id. Default 0. */
  readonly durations?: Readonly<Record<string, Durations>> | undefined
  /** Which runs of each recurring task fail, by id, for `pauseAfterFailures`. Default none. */
  readonly failures?: Readonly<Record<string, (occurrence: Occurrence) => boolean>> | undefined
  /**
   * When the process is down. As with a durable store, what runs then is interrupted and starts again afterwards, and
   * what waits keeps waiting.
   */
  readonly outages?:
    | ReadonlyArray<{ readonly from: DateTime.DateTime.Input; readonly to: DateTime.DateTime.Input }>
    | undefined
  /** How the wall clock is set forward or, with a negative duration, back. */
  readonly clockSteps?:
    | ReadonlyArray<{ readonly at: DateTime.DateTime.Input; readonly by: Duration.Input }>
    | undefined
  /** Limits in addition to, or instead of, `single` 1, `multiple` 10 and `default` 3, as in `TaskManager.configure`. */
  readonly pools?: Readonly<Record<string, number>> | undefined
  /** How many decisions it may take. Default 100,000. */
  readonly budget?: number | undefined
}

/**
 * A run. `queuedAt` is when it was decided. `startedAt` is when it last began, absent if it never did; `endedAt` is
 * absent if it goes on beyond the end. `covers` is the number of missed occurrences that it stands for.
 *
 * @category models
 * @since 0.1.0
 */
export interface Run {
  readonly taskId: string
  readonly status: TaskStatus
  readonly queuedAt: DateTime.Utc
  readonly startedAt: Option.Option<DateTime.Utc>
  readonly endedAt: Option.Option<DateTime.Utc>
  readonly covers: number
}

/**
 * What happened to an occurrence or a range of them, as `TaskManager.outcomes` would return it, with the run that it
 * started.
 *
 * @category models
 * @since 0.1.0
 */
export interface Entry {
  readonly outcome: OccurrenceOutcome
  readonly run: Option.Option<Run>
}

/**
 * How many occurrences did not start for one reason, and their share (0 to 1) of all that were decided.
 *
 * @category models
 * @since 0.1.0
 */
export interface Share {
  readonly reason: Decision.Reason
  readonly count: number
  readonly rate: number
}

/**
 * What became of the occurrences of one recurring task: `occurrences` is the sum of `started`, `skipped`, `missed` and
 * `absorbed`. At the end, `waiting` ones were in the buffer; `undecided` ones fell into an outage that lasted beyond
 * it. `worstLateness` is the longest time from a nominal time to the start of its run.
 *
 * @category models
 * @since 0.1.0
 */
export interface Summary {
  readonly recurringId: string
  readonly occurrences: number
  readonly started: number
  readonly skipped: number
  readonly missed: number
  readonly absorbed: number
  readonly shares: ReadonlyArray<Share>
  readonly waiting: number
  readonly undecided: number
  readonly runs: { readonly done: number; readonly failed: number; readonly cancelled: number; readonly active: number }
  readonly worstLateness: Duration.Duration
}

/**
 * The result of a simulation: all outcomes in the order of decision, a summary per recurring task, and how many
 * decisions it took.
 *
 * @category models
 * @since 0.1.0
 */
export interface Simulation {
  readonly from: DateTime.Utc
  readonly to: DateTime.Utc
  readonly timeline: ReadonlyArray<Entry>
  readonly summaries: ReadonlyArray<Summary>
  readonly decisions: number
}

/**
 * Simulates recurring tasks.
 *
 * **Details**
 *
 * At the end, everything that is due is decided once more, even for a recurring task that is disabled or has no runs
 * left. At the same instant, runs end before occurrences become due. Interrupted runs end at once. A clock step is
 * noticed within 30 seconds, as the manager's timer would.
 *
 * **Example** (How many are skipped, and what would `bufferOne` do?)
 *
 * ```ts
 * const skipRate = (overlap: "skip" | "bufferOne") =>
 *   Simulation.run({
 *     configs: [{ recurringId: "report", cronExpression: "0 * * * *", overlap }],
 *     from: "2026-01-01T00:00:00Z",
 *     to: "2026-01-02T00:00:00Z",
 *     durations: { report: { samples: ["20 minutes", "90 minutes"] } }
 *   }).pipe(Effect.map(({ summaries }) => summaries[0]!.shares))
 * ```
 *
 * @category simulating
 * @since 0.1.0
 */
export const run = (options: Options): Effect.Effect<Simulation, InvalidSimulation | SimulationTooLong> =>
  Effect.flatMap(
    plan.make(options),
    (made) =>
      Effect.suspend((): Effect.Effect<Simulation, InvalidSimulation | SimulationTooLong> => {
        const world = engine.play(made)
        if (world.failure === undefined) return Effect.succeed(report.make(world))
        if (world.failure !== "TooLong") return Effect.fail(world.failure)
        const [reached, to] = [DateTime.makeUnsafe(world.now), DateTime.makeUnsafe(made.to)]
        return Effect.fail(new SimulationTooLong({ budget: made.budget, reached, to }))
      })
  )

/**
 * Makes a config of a recurring task of a running manager, to simulate or lint it.
 *
 * **Details**
 *
 * Only what it is meant to do is copied, not what it has done: a simulation begins with all of its `maxRuns` and an
 * empty buffer.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromInfo = (info: RecurringTaskInfo): Config => ({
  recurringId: info.recurringId,
  recurrence: info.recurrence,
  maxConcurrent: info.maxConcurrent,
  overlap: info.overlap,
  bufferLimit: info.bufferLimit,
  onMissed: info.onMissed,
  catchUp: info.catchUp,
  startDeadline: Option.getOrUndefined(info.startDeadline),
  jitter: info.jitter,
  startAt: Option.getOrUndefined(info.startAt),
  endAt: Option.getOrUndefined(info.endAt),
  maxRuns: Option.getOrUndefined(info.maxRuns),
  pauseAfterFailures: Option.getOrUndefined(info.pauseAfterFailures),
  enabled: info.enabled
})

/**
 * A simulation as text: for each recurring task a summary, and what happened, in at most `lines` (20) lines.
 *
 * ```text
 * 2026-01-01T00:00:00Z .. 2026-01-01T04:00:00Z
 *
 * report: 4 occurrences, 3 started, 1 skipped
 *   not started: Overlap 1 (25%)
 *   2026-01-01T01:00:00Z  Started, done at 01:20:00Z
 *   2026-01-01T02:00:00Z  Started, done at 03:30:00Z
 *   2026-01-01T03:00:00Z  Skipped Overlap behind report#2
 *   2026-01-01T04:00:00Z  Started, running
 * ```
 *
 * @category formatting
 * @since 0.1.0
 */
export const format = (self: Simulation, options?: { readonly lines?: number | undefined }): string =>
  text.format(self, options?.lines ?? 20)
