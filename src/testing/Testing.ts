/**
 * A kit for testing tasks and recurring tasks: virtual time, a manager in memory, and outcomes as text.
 *
 * Nothing waits for real time. It works with `it.effect` of `@effect/vitest`, and with any other way to run an Effect.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { RecurringTaskNotFound, TaskStoreError } from "../TaskError.ts"
import { isFinal, TaskStatus } from "../TaskInfo.ts"
import * as TaskManager from "../TaskManager.ts"
import type { TaskRegistry } from "../TaskRegistry.ts"
import * as TaskStore from "../TaskStore.ts"
import * as clock from "./internal/clock.ts"
import * as realTimeStore from "./internal/realTimeStore.ts"
import * as scheduler from "./internal/scheduler.ts"
import * as outcomes from "./internal/timeline.ts"

const newYear: DateTime.DateTime.Input = "2026-01-01T00:00:00Z"

/**
 * Layer of the kit's clock alone, for a manager of your own. Time begins at `startAt` (2026-01-01T00:00:00Z), before
 * anything is built on the clock.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerClock = (startAt: DateTime.DateTime.Input = newYear): Layer.Layer<never> =>
  clock.layer(DateTime.toEpochMillis(DateTime.makeUnsafe(startAt)))

/**
 * Layer of a manager over any store, on the kit's clock. Virtual time waits for the store to answer.
 *
 * **When to use**
 *
 * To test a process that only queues tasks, with their `handledElsewhere` and a database, such as SQLite in memory:
 * they stay queued there. A manager in memory refuses a task without a handler.
 *
 * **Gotchas**
 *
 * As in production, a manager over a database asks it once per lease (30 seconds) whether anything was missed, which is
 * seconds of work for a day of virtual time. With `TaskManager.configure({ lease: "6 hours" })` it is that for a year.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerOver = <E, R>(
  store: Layer.Layer<TaskStore.TaskStore, E, R>,
  startAt?: DateTime.DateTime.Input
): Layer.Layer<TaskManager.TaskManager | TaskRegistry | TaskStore.TaskStore, E | TaskStoreError, R> =>
  clock.layerFreeAtEnd.pipe(
    Layer.provideMerge(TaskManager.layer),
    Layer.provideMerge(realTimeStore.layer(store)),
    Layer.provideMerge(layerClock(startAt))
  )

/**
 * Layer of a manager in memory, on the kit's clock, which begins at an instant.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerAt = (
  startAt: DateTime.DateTime.Input
): Layer.Layer<TaskManager.TaskManager | TaskRegistry | TaskStore.TaskStore> =>
  Layer.orDie(layerOver(TaskStore.layerMemory, startAt))

/**
 * Layer of a manager in memory, on the kit's clock, which begins at 2026-01-01T00:00:00Z, a Thursday.
 *
 * **Example** (A nightly backup, in no time)
 *
 * ```ts
 * const TestLayer = Nightly.pipe(Layer.provideMerge(BackupLive), Layer.provideMerge(Testing.layer))
 *
 * it.effect("backs up every night", () =>
 *   Effect.gen(function*() {
 *     yield* Testing.advanceTo("2026-01-03T12:00:00Z")
 *     assert.strictEqual(
 *       yield* Testing.timeline("nightly-backup"),
 *       "2026-01-01T02:00:00Z Started done\n" +
 *         "2026-01-02T02:00:00Z Started done\n" +
 *         "2026-01-03T02:00:00Z Started done"
 *     )
 *   }).pipe(Effect.provide(TestLayer)))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<TaskManager.TaskManager | TaskRegistry | TaskStore.TaskStore> = layerAt(newYear)

/**
 * Lets time pass. Whatever becomes due meanwhile happens in order, and whatever can run without time passing runs
 * before and after.
 *
 * @category time
 * @since 0.1.0
 */
export const advance = (duration: Duration.Input): Effect.Effect<void> => clock.use((clock) => clock.adjust(duration))

/**
 * Lets time pass until the wall clock shows an instant. Dies if that is in the past: time only goes forward;
 * `stepClock` sets a clock back.
 *
 * @category time
 * @since 0.1.0
 */
export const advanceTo = (instant: DateTime.DateTime.Input): Effect.Effect<void> =>
  clock.use((clock) => {
    const to = DateTime.makeUnsafe(instant)
    const now = DateTime.makeUnsafe(clock.currentTimeMillisUnsafe())
    return DateTime.isLessThan(to, now)
      ? Effect.die(new Error(`${DateTime.formatIso(to)} is in the past: it is ${DateTime.formatIso(now)}.`))
      : clock.setTime(DateTime.toEpochMillis(to))
  })

/**
 * Runs everything that can run without time passing.
 *
 * **Gotchas**
 *
 * What waits for the outside world (a file, a socket) seems to wait for ever. Mark it with `outside`, or wait for the
 * result of its task with `TaskManager.run`.
 *
 * @category time
 * @since 0.1.0
 */
export const settle: Effect.Effect<void> = clock.use((clock) => clock.settle)

/**
 * Marks an effect that waits for the outside world, such as reading a file, and not for the clock: until it is done,
 * `settle` waits for it and virtual time does not pass. It changes nothing on another clock, so it may be used in a
 * handler.
 *
 * @category time
 * @since 0.1.0
 */
export const outside = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> => scheduler.outside(self)

/**
 * Sets the wall clock forward or, with a negative duration, back, as a person or NTP does. No time passes: sleepers
 * sleep for as long as before.
 *
 * @category time
 * @since 0.1.0
 */
export const stepClock = (by: Duration.Input): Effect.Effect<void> =>
  clock.use((clock) => Effect.sync(() => clock.step(Duration.toMillis(Duration.fromInputUnsafe(by)))))

/** A generator of numbers from 0 to 1 (mulberry32), which are the same for the same seed. */
const randomOf = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0
  let n = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  n = (n + Math.imul(n ^ (n >>> 7), 61 | n)) ^ n
  return ((n ^ (n >>> 14)) >>> 0) / 2 ** 32
}

/**
 * Makes timers that are set from now on end at a random time, between `early` before and `late` after their time, as
 * real ones do. If one ends early, the wall clock does not show its target yet. `{ early: "-3 millis", late: "3 millis"
 * }` ends every timer 3 milliseconds late. The same `seed` (0) gives the same times.
 *
 * @category time
 * @since 0.1.0
 */
export const skewTimers = (
  skew: {
    readonly early?: Duration.Input | undefined
    readonly late?: Duration.Input | undefined
    readonly seed?: number | undefined
  }
): Effect.Effect<void> =>
  clock.use((clock) =>
    Effect.sync(() => {
      clock.skew = {
        early: Duration.toMillis(Duration.fromInputUnsafe(skew.early ?? 0)),
        late: Duration.toMillis(Duration.fromInputUnsafe(skew.late ?? 0)),
        random: randomOf(skew.seed ?? 0)
      }
    })
  )

/**
 * Tasks did not end within the time that they were given, or wait for something other than time. `waited` is the
 * virtual time that has passed, in milliseconds.
 *
 * @category errors
 * @since 0.1.0
 */
export class TasksStillLive extends Schema.TaggedError<TasksStillLive>()("TasksStillLive", {
  waited: Schema.Finite,
  reason: Schema.Literals(["TimeIsUp", "NobodySleeps"]),
  tasks: Schema.Array(Schema.Struct({ taskId: Schema.String, taskType: Schema.String, status: TaskStatus }))
}) {
  override get message() {
    const waited = this.waited === 0 ? "0s" : Duration.format(Duration.millis(this.waited))
    const [why, whatToDo] = this.reason === "TimeIsUp" ?
      [
        "and their time is up",
        "\nThe option limit of Testing.runUntilIdle gives them more."
      ] :
      [
        "and nothing sleeps any more: they wait for something other than time",
        "\nMark what waits for the outside world, such as a file or a socket, with Testing.outside."
      ]
    const tasks = this.tasks.map(({ status, taskId, taskType }) => `\n  ${taskType} ${taskId} is ${status}`)
    return `These tasks have not ended after ${waited}, ${why}:${tasks.join("")}${whatToDo}`
  }
}

const stillLive = (
  reason: TasksStillLive["reason"],
  waited: Duration.Duration,
  tasks: TasksStillLive["tasks"]
): TasksStillLive => new TasksStillLive({ waited: Duration.toMillis(waited), reason, tasks })

/**
 * Lets as much time pass as it takes until no task is queued or running. Fails if that takes longer than `limit` (1
 * day), or if the tasks wait for something other than time.
 *
 * @category time
 * @since 0.1.0
 */
export const runUntilIdle = (
  options?: { readonly limit?: Duration.Input | undefined }
): Effect.Effect<void, TasksStillLive | TaskStoreError, TaskManager.TaskManager> =>
  clock.use((clock) =>
    Effect.gen(function*() {
      const limit = Duration.fromInputUnsafe(options?.limit ?? "1 day")
      let waited = Duration.zero
      yield* clock.settle
      let tasks = yield* liveTasks
      while (tasks.length > 0) {
        const next = clock.untilNextWake()
        if (next === undefined) return yield* stillLive("NobodySleeps", waited, tasks)
        const then = Duration.sum(waited, next)
        if (Duration.isGreaterThan(then, limit)) return yield* stillLive("TimeIsUp", limit, tasks)
        yield* clock.adjust(next)
        waited = then
        tasks = yield* liveTasks
      }
    })
  )

const liveTasks = Effect.map(
  TaskManager.TaskManager.use((manager) => manager.getAllTasks),
  (tasks) => tasks.filter(({ status }) => !isFinal(status))
)

/**
 * What happened to the occurrences of a recurring task, oldest first, a line each:
 *
 * ```text
 * 2026-01-01T01:00:00Z Started done
 * 2026-01-01T02:00:00Z Skipped Overlap
 * 2026-01-01T02:20:00Z Started running by manual
 * 2026-01-01T03:00:00Z .. 2026-01-01T05:00:00Z (3) Absorbed into 2026-01-01T06:00:00Z
 * 2026-01-01T06:00:00Z Started failed covers 3
 * ```
 *
 * Equal histories give equal texts, so that a test can compare them.
 *
 * @category outcomes
 * @since 0.1.0
 */
export const timeline = (
  recurringId: string
): Effect.Effect<string, RecurringTaskNotFound | TaskStoreError, TaskManager.TaskManager> =>
  TaskManager.TaskManager.use((manager) =>
    Effect.map(
      manager.outcomes(recurringId, { limit: Number.MAX_SAFE_INTEGER }),
      (all) => outcomes.format([...all].reverse())
    )
  )
