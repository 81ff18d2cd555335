/**
 * The service that queues tasks, keeps recurring tasks on their schedules, and publishes what happens to both.
 *
 * A manager holds the live state of its process, and writes every transition through to a `TaskStore`. This module has
 * the interface and its layers; the implementation is in `internal/`.
 */
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Stream from "effect/Stream"
import type { Backlog, Paused } from "./Backlog.ts"
import { CurrentConfiguration } from "./Configuration.ts"
import type { Explanation } from "./Explanation.ts"
import type { Health } from "./Health.ts"
import * as manager from "./internal/manager.ts"
import type { OccurrenceOutcome, RecurringTaskInfo } from "./RecurringTaskInfo.ts"
import type { Orphans, Step } from "./RecurringTaskPlan.ts"
import type { Changes, InvalidSpec, Options } from "./RecurringTaskSpec.ts"
import type * as Task from "./Task.ts"
import type {
  IdempotencyKeyReused,
  InvalidTaskType,
  RecurringTaskBusy,
  RecurringTaskConflict,
  RecurringTaskExists,
  RecurringTaskNotFound,
  TaskAbandoned,
  TaskCancelled,
  TaskManagerStopped,
  TaskNotFinished,
  TaskNotFound,
  TaskNotRegistered,
  TaskPoolNotFound,
  TasksPartlyDone,
  TaskStoreError,
  TaskTimedOut,
  TaskTooLarge
} from "./TaskError.ts"
import type { TaskEvent, TaskUpdate } from "./TaskEvent.ts"
import * as TaskEvents from "./TaskEvents.ts"
import type { TaskInfo } from "./TaskInfo.ts"
import * as TaskRegistry from "./TaskRegistry.ts"
import type { BulkResult, Page, SearchOptions, Selection } from "./TaskSelection.ts"
import * as TaskStore from "./TaskStore.ts"
import * as Ticker from "./Ticker.ts"

export {
  /**
   * How a manager is set up.
   *
   * @category models
   * @since 0.1.0
   */
  type Configuration,
  /**
   * Layer that configures a manager: provide it to `layer` or `layerMemory`.
   *
   * @category layers
   * @since 0.1.0
   */
  configure,
  /**
   * The configuration of the managers that are made in this context.
   *
   * @category references
   * @since 0.1.0
   */
  CurrentConfiguration
} from "./Configuration.ts"
export type * from "./TaskSelection.ts"

/**
 * Why a task cannot be queued: the manager is stopping, no handler is provided, its pool is not configured, its payload
 * is too large, or the store failed.
 *
 * @category errors
 * @since 0.1.0
 */
export type EnqueueError =
  | TaskManagerStopped
  | TaskNotRegistered
  | TaskPoolNotFound
  | TaskTooLarge
  | TaskStoreError

/**
 * Why `run` has no result of the task, beside the error of the task itself: it was cancelled, timed out or was
 * abandoned, or it could not be queued.
 *
 * **Example** (A signature that names them)
 *
 * ```ts
 * const backUp: Effect.Effect<
 *   Task.Success<typeof Backup>,
 *   Task.Error<typeof Backup> | TaskManager.RunError,
 *   Task.Handler<"Backup">
 * > = manager.run(Backup.template({ sourcePath: "/data", destinationPath: "/backup" }))
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export type RunError = TaskAbandoned | TaskCancelled | TaskTimedOut | EnqueueError

/**
 * Why `awaitTask` has no result of the task, beside the error of the task itself: it was cancelled, timed out or was
 * abandoned, there is none with this id, no handler was provided for it, its result was too large, the manager is
 * stopping, or the store failed.
 *
 * @category errors
 * @since 0.1.0
 */
export type AwaitError =
  | TaskAbandoned
  | TaskCancelled
  | TaskTimedOut
  | TaskNotFound
  | TaskNotRegistered
  | TaskTooLarge
  | TaskManagerStopped
  | TaskStoreError

/**
 * Why a recurring task cannot be changed: there is none with this id, the manager is stopping, or the store failed.
 *
 * @category errors
 * @since 0.1.0
 */
export type ChangeError = RecurringTaskNotFound | TaskManagerStopped | TaskStoreError

/**
 * When a task is to start: at an instant or after a delay. An instant in the past is now, and so is a negative delay.
 *
 * @category models
 * @since 0.1.0
 */
export type StartTime =
  | { readonly startAt: DateTime.DateTime.Input; readonly delay?: undefined }
  | { readonly delay: Duration.Input; readonly startAt?: undefined }

/**
 * Service that runs tasks.
 *
 * **Details**
 *
 * Methods that take a template require the `Task.Handler` of its task, so that a program in which no handler is
 * provided does not compile. A template whose task is not known at compile time, such as one of a definition that a
 * `TaskRegistry` has found by its name, requires none: in memory, whether there is one is checked when it is queued. If
 * they are called inside a running task, that task is the `parentId` of the new one.
 *
 * @category services
 * @since 0.1.0
 */
export class TaskManager extends Context.Service<TaskManager, {
  /** Queues a task, and returns its id once it is stored. */
  readonly addTaskToQueue: <T extends Task.Template>(
    template: T
  ) => Effect.Effect<string, EnqueueError, Task.HandlerOf<T["task"]>>
  /**
   * Queues a task for later, and returns its id once it is stored. From its time (`scheduledAt`) on, it starts as soon
   * as there is a place for it, before younger tasks of the same priority. On a durable store, no process holds it
   * until then, and it starts in whichever is there.
   *
   * **Example** (In three days)
   *
   * ```ts
   * const template = Backup.template({ sourcePath: "/data", destinationPath: "/backup" })
   * const later = manager.scheduleTask(template, { delay: "3 days" })
   * ```
   */
  readonly scheduleTask: <T extends Task.Template>(
    template: T,
    when: StartTime
  ) => Effect.Effect<string, EnqueueError, Task.HandlerOf<T["task"]>>
  /**
   * Queues many tasks in one write, all or none, and returns their ids in the same order. Those of the same pool and
   * priority start in this order.
   */
  readonly addTasksToQueue: <const T extends ReadonlyArray<Task.Template>>(
    templates: T
  ) => Effect.Effect<{ readonly [K in keyof T]: string }, EnqueueError, Task.HandlerOf<T[number]["task"]>>
  /**
   * Queues a task and waits for its result. If the caller is interrupted, the task is cancelled. A task that calls this
   * lends its place in the pool while it waits, so that a full pool cannot deadlock. A defect of the handler is a
   * defect here, and so is a payload or a success that was stored under another version of the definition and does
   * not fit this one.
   */
  readonly run: <T extends Task.Template>(
    template: T
  ) => Effect.Effect<
    Task.Success<T["task"]>,
    Task.Error<T["task"]> | RunError,
    Task.HandlerOf<T["task"]> | Task.ResultServices<T["task"]>
  >
  /**
   * Waits for the result of a task that was queued before, in whatever process it runs; of one that has ended, returns
   * the result that is stored. If the caller is interrupted, the task goes on. Fails with `TaskNotFound` if there is no
   * task of this type with the id, which may have been removed or pruned by retention. A task that calls this lends its
   * place in the pool, as with `run`.
   *
   * **Gotchas**
   *
   * Retention may prune a task that has ended before anybody asks for its result: keep as many as you need, or use
   * `run` for results that are needed at once.
   *
   * **Example** (Queue now, ask later)
   *
   * ```ts
   * const start = manager.addTaskToQueue(Backup.template({ sourcePath: "/data", destinationPath: "/backup" }))
   * const resultOf = (taskId: string) => manager.awaitTask(Backup, taskId)
   * ```
   */
  readonly awaitTask: <T extends Task.Any>(
    task: T,
    taskId: string
  ) => Effect.Effect<
    Task.Success<T>,
    Task.Error<T> | AwaitError,
    Task.ResultServices<T>
  >
  /** One task as it is now. */
  readonly getTask: (taskId: string) => Effect.Effect<TaskInfo, TaskNotFound | TaskStoreError>
  /** All tasks that are kept, oldest first. */
  readonly getAllTasks: Effect.Effect<ReadonlyArray<TaskInfo>, TaskStoreError>
  /** The tasks for which every condition holds, newest first. */
  readonly searchTasks: (options?: SearchOptions) => Effect.Effect<ReadonlyArray<TaskInfo>, TaskStoreError>
  /**
   * Interrupts a task and waits until it has ended: after its finalizers, or without them if they take longer than the
   * grace (`cancelGrace`, 10 seconds). A task that has already ended is returned as it is.
   */
  readonly cancelTask: (
    taskId: string,
    options?: { readonly note?: string | undefined; readonly grace?: Duration.Input | undefined }
  ) => Effect.Effect<TaskInfo, TaskNotFound | TaskStoreError>
  /**
   * Queues an ended task again, as a new task with the same data and parent, and returns the new id. It stands for the
   * same occurrence (`scheduledAt`, `covers`), but is no instance of the recurring task any more.
   */
  readonly retryTask: (taskId: string) => Effect.Effect<string, TaskNotFound | TaskNotFinished | EnqueueError>
  /** Removes a task. A queued one will never run; a running one is cancelled first. */
  readonly removeTask: (taskId: string) => Effect.Effect<void, TaskNotFound | TaskStoreError>
  /**
   * Queues the selected tasks again: those that have failed or, if the selection says so, are `done` or `cancelled`.
   * Each new task takes the place of the old one, which is removed in the same write: doing it twice, or in two
   * processes at once, retries nothing twice. With `keep`, the old ones stay, and would be retried again. What cannot
   * be queued, for want of its pool or (in memory) its handler, is left as it is. With `dryRun`, they are only counted.
   *
   * **Details**
   *
   * It is done page by page, whatever the number. If it fails in the middle, with `TasksPartlyDone`, what was done
   * stays done. The same goes for `cancelTasks` and `removeTasks`.
   *
   * **Example** (After an outage)
   *
   * ```ts
   * const retried = manager.retryTasks({ taskType: "Backup", createdFrom: "2026-11-27T02:00:00Z" })
   * ```
   */
  readonly retryTasks: (
    selection: Selection<"done" | "failed" | "cancelled">,
    options?: { readonly keep?: boolean | undefined; readonly dryRun?: boolean | undefined }
  ) => Effect.Effect<BulkResult, TaskManagerStopped | TaskStoreError | TasksPartlyDone>
  /**
   * Cancels the selected tasks that have not ended, and waits until they have: first those that wait, so that none of
   * them starts in the place of one that ran. With `status: "queued"`, one that has begun meanwhile goes on. A task
   * that somebody else cancels at the same time counts for both.
   */
  readonly cancelTasks: (
    selection: Selection<"queued" | "running">,
    options?: {
      readonly note?: string | undefined
      readonly grace?: Duration.Input | undefined
      readonly dryRun?: boolean | undefined
    }
  ) => Effect.Effect<BulkResult, TaskStoreError | TasksPartlyDone>
  /** Removes the selected tasks; those that have not ended are cancelled first. */
  readonly removeTasks: (
    selection: Selection,
    options?: { readonly dryRun?: boolean | undefined }
  ) => Effect.Effect<BulkResult, TaskStoreError | TasksPartlyDone>
  /** Removes every task that has ended, and returns their number. */
  readonly removeCompletedTasks: Effect.Effect<number, TaskStoreError>

  /**
   * Adds a recurring task, and returns its id once it is stored. Adding the same id with the same specification again
   * changes nothing; with another specification it fails with `RecurringTaskExists`.
   */
  readonly addRecurringTask: <T extends Task.Template>(
    options: Options<T>
  ) => Effect.Effect<string, InvalidSpec | RecurringTaskExists | EnqueueError, Task.HandlerOf<T["task"]>>
  /**
   * Makes the recurring tasks those that are declared here: adds new ones, updates those that differ, and leaves the
   * same ones alone, so that an operator's "disable" survives. `orphans` says what happens to those that were declared
   * before and no longer are: `keep` (the default), `disable` or `remove`. Others, which were added at run time, are
   * never touched. Everything is validated before anything is changed. Returns the plan that was carried out.
   */
  readonly declareRecurringTasks: <const T extends ReadonlyArray<Task.Template>>(
    declarations: { readonly [K in keyof T]: Options<T[K]> },
    options?: { readonly orphans?: Orphans | undefined }
  ) => Effect.Effect<
    ReadonlyArray<Step>,
    InvalidSpec | RecurringTaskNotFound | EnqueueError,
    Task.HandlerOf<T[number]["task"]>
  >
  /** One recurring task as it is now. */
  readonly getRecurringTask: (
    recurringId: string
  ) => Effect.Effect<RecurringTaskInfo, RecurringTaskNotFound | TaskStoreError>
  /** All recurring tasks, in the order in which they were added. */
  readonly getAllRecurringTasks: Effect.Effect<ReadonlyArray<RecurringTaskInfo>, TaskStoreError>
  /**
   * Changes a recurring task from now on; its id, counters and history stay. An update that changes nothing does not
   * move its next run. Pass the `version` that you have seen to change it only if nobody else has since: of all callers
   * that pass the same version, in whatever process, one succeeds and the others fail with `RecurringTaskConflict`.
   */
  readonly updateRecurringTask: {
    <T extends Task.Template = never>(
      recurringId: string,
      changes: Changes<T>
    ): Effect.Effect<RecurringTaskInfo, RecurringTaskNotFound | InvalidSpec | EnqueueError, Task.HandlerOf<T["task"]>>
    <T extends Task.Template = never>(
      recurringId: string,
      changes: Changes<T>,
      options: { readonly version: number }
    ): Effect.Effect<
      RecurringTaskInfo,
      RecurringTaskNotFound | RecurringTaskConflict | InvalidSpec | EnqueueError,
      Task.HandlerOf<T["task"]>
    >
  }
  /** Enables a recurring task from now on: what was due while it was disabled does not run. */
  readonly enableRecurringTask: (
    recurringId: string
  ) => Effect.Effect<RecurringTaskInfo, ChangeError>
  /** Stops new instances and leaves running ones alone. `note` is kept, to tell why. */
  readonly disableRecurringTask: (
    recurringId: string,
    options?: { readonly note?: string | undefined }
  ) => Effect.Effect<RecurringTaskInfo, ChangeError>
  /**
   * Removes a recurring task. Its live instances go on to their end (`drain`, the default), or are cancelled and waited
   * for (`interrupt`).
   */
  readonly removeRecurringTask: (
    recurringId: string,
    options?: { readonly instances?: "drain" | "interrupt" | undefined }
  ) => Effect.Effect<void, ChangeError>
  /**
   * Starts an instance now, even while disabled, and returns its id. Moves neither the next run nor `maxRuns`; fails
   * with `RecurringTaskBusy` if `maxConcurrent` instances are active. With `scheduledAt`, which is not in the future,
   * it stands for the occurrence of that time, such as one that was missed or skipped; a `startDeadline` that has
   * passed does not hold for it.
   *
   * **Example** (For a night that was missed)
   *
   * ```ts
   * const lastNight = manager.triggerRecurringTask("nightly", { scheduledAt: "2026-11-25T02:00:00Z" })
   * ```
   */
  readonly triggerRecurringTask: (
    recurringId: string,
    options?: { readonly scheduledAt?: DateTime.DateTime.Input | undefined }
  ) => Effect.Effect<string, RecurringTaskNotFound | RecurringTaskBusy | EnqueueError>

  /** What happened to the occurrences of a recurring task, newest first. */
  readonly outcomes: (
    recurringId: string,
    page?: Page
  ) => Effect.Effect<ReadonlyArray<OccurrenceOutcome>, RecurringTaskNotFound | TaskStoreError>
  /** The nominal times of the next occurrences, at most `count` (default 10); none while disabled. */
  readonly upcoming: (
    recurringId: string,
    options?: { readonly count?: number | undefined }
  ) => Effect.Effect<ReadonlyArray<DateTime.Utc>, RecurringTaskNotFound | TaskStoreError>
  /** Why a recurring task did or did not run at a past instant, or will or will not at a future one. */
  readonly explain: (
    recurringId: string,
    instant: DateTime.DateTime.Input
  ) => Effect.Effect<Explanation, RecurringTaskNotFound | TaskStoreError>

  /**
   * Pauses a task type, given by its definition or its name: once this returns, nothing of it starts in this process,
   * and within a second nothing in any process on the store. What runs goes on, but no next attempt begins. `note`
   * tells why. Pausing what is paused changes the note, and not since when it is, which is returned. A type that no
   * process knows may be paused, too.
   *
   * **Details**
   *
   * Tasks are queued, scheduled and decided as always, wait in their order, and can be cancelled; those of other types
   * in the same pool pass them. An instance that waits is active, so that overlaps are handled as always, and its
   * `startDeadline` holds; so does the `totalTimeout` of a task that waits for its next attempt. In a transaction of
   * the caller, all of this is the case once it is committed. A restart does not end a pause.
   *
   * **Example** (While a service is down)
   *
   * ```ts
   * const paused = manager.pauseTaskType(Backup, { note: "the disk is being replaced" })
   * const resumed = manager.resumeTaskType(Backup)
   * ```
   */
  readonly pauseTaskType: (
    task: Task.Any | string,
    options?: { readonly note?: string | undefined }
  ) => Effect.Effect<typeof Paused.Type, InvalidTaskType | TaskStoreError>
  /** Resumes a task type: what has waited starts in its order. Returns whether it was paused. */
  readonly resumeTaskType: (task: Task.Any | string) => Effect.Effect<boolean, InvalidTaskType | TaskStoreError>

  /**
   * Does something once per key, however often and in whatever process it is asked for: returns what the work returned
   * for that key, for as long as `timeToLive`. Failures are not remembered, so the caller may try again.
   *
   * **Details**
   *
   * On a durable store, the tasks and recurring tasks that the work adds are committed together with the key: there is
   * never one without the other. Of several callers at the same time, one does the work and the others wait for it; in
   * a database for 10 seconds, after which they fail with `TaskStoreError` and may ask again.
   *
   * **Gotchas**
   *
   * On a durable store, the work is done in a transaction: nothing else is written to a SQLite file meanwhile, and one
   * connection to Postgres is taken. Let a task do what takes long. In memory, the newest 10,000 keys are remembered.
   */
  readonly once: <E, R>(
    options: {
      /** Names what is to be done once, in at most 500 characters: the id of an event, or a key that a client has made. */
      readonly key: string
      /**
       * The content of the request, or a hash of it: the same key with another request fails with
       * `IdempotencyKeyReused`. Default an empty text, for keys that say it all.
       */
      readonly request?: string | undefined
      /** How long the answer is remembered. Default 1 day. */
      readonly timeToLive?: Duration.Input | undefined
    },
    work: Effect.Effect<string, E, R>
  ) => Effect.Effect<string, E | IdempotencyKeyReused | TaskStoreError, R>

  /**
   * All tasks as they are, and then every change, with nothing missing in between. `lost` says how many events a reader
   * that was too slow has lost just before.
   */
  readonly updates: Stream.Stream<TaskUpdate, TaskStoreError>
  /** The same for one task, until it has ended or is removed. */
  readonly taskUpdates: (taskId: string) => Stream.Stream<TaskUpdate, TaskNotFound | TaskStoreError>
  /**
   * Everything that the manager publishes: changes of tasks and of recurring tasks, removals, and gaps. It begins with
   * all of them as they are.
   */
  readonly events: Stream.Stream<TaskEvent, TaskStoreError>

  /**
   * What waits in the store, by task type, and which processes would run it: of every type of which tasks wait or
   * sleep, that is paused, or that a living process handles. It costs little however many tasks there are, since no
   * more than 10,000 of a type are counted. Fails with `TaskStoreError` after 10 seconds without an answer.
   *
   * **Example** (What nobody would run)
   *
   * ```ts
   * import { Backlog } from "brinjal"
   *
   * const stuck = Effect.map(manager.backlog, (all) => all.filter(Backlog.isUnhandled))
   * ```
   */
  readonly backlog: Effect.Effect<ReadonlyArray<Backlog>, TaskStoreError>
  /** How the manager is doing. Asks the store too, and waits at most 3 seconds for it. */
  readonly health: Effect.Effect<Health>
}>()("brinjal/TaskManager") {}

/**
 * Layer of a manager over a `TaskStore`.
 *
 * **Gotchas**
 *
 * Effect builds a layer once per program, however often it is provided: a second manager over another store is silently
 * the first one, on its store and with its configuration. `Layer.fresh` around the whole, with its store, makes another
 * one.
 *
 * **Example** (One manager per database)
 *
 * ```ts
 * import { TaskStoreSql } from "brinjal/sql"
 * import { SqliteClient } from "brinjal/sqlite"
 *
 * const over = (filename: string) =>
 *   Layer.fresh(TaskManager.layer.pipe(
 *     Layer.provide(TaskStoreSql.layer),
 *     Layer.provide(SqliteClient.layer({ filename }))
 *   ))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<TaskManager | TaskRegistry.TaskRegistry, TaskStoreError, TaskStore.TaskStore> = Layer
  .effect(TaskManager, Effect.flatMap(CurrentConfiguration, manager.make)).pipe(
    Layer.provideMerge(TaskRegistry.layer),
    Layer.provide([TaskEvents.layer, Ticker.layer])
  )

/**
 * Layer of a manager in memory: everything is lost with the process. As with `layer`, a program has one of them, unless
 * another one is made with `Layer.fresh`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerMemory: Layer.Layer<TaskManager | TaskRegistry.TaskRegistry> = layer.pipe(
  Layer.provide(TaskStore.layerMemory),
  Layer.orDie
)
