/**
 * The service: queues tasks, keeps recurring tasks on their schedules, and tells the world about both.
 *
 * One manager owns the live state of its process and writes every transition through to a `TaskStore`. Everything that
 * moves lives in `internal/`; this module is the door.
 */
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Stream from "effect/Stream"
import type { Explanation } from "./Explanation.ts"
import type { Health } from "./Health.ts"
import * as manager from "./internal/manager.ts"
import type { OccurrenceOutcome, RecurringTaskInfo } from "./RecurringTaskInfo.ts"
import type { Orphans, Step } from "./RecurringTaskPlan.ts"
import type { Changes, InvalidSpec, Options } from "./RecurringTaskSpec.ts"
import type * as Task from "./Task.ts"
import type {
  IdempotencyKeyReused,
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
  TaskStoreError,
  TaskTimedOut
} from "./TaskError.ts"
import type { TaskEvent, TaskUpdate } from "./TaskEvent.ts"
import * as TaskEvents from "./TaskEvents.ts"
import type { TaskInfo, TaskStatus } from "./TaskInfo.ts"
import * as TaskRegistry from "./TaskRegistry.ts"
import * as TaskStore from "./TaskStore.ts"
import * as Ticker from "./Ticker.ts"

/**
 * Why a task cannot be queued: its handler is nowhere, its pool has no name here, the manager is stopping, or the store
 * failed.
 *
 * @category errors
 * @since 0.1.0
 */
export type EnqueueError = TaskManagerStopped | TaskNotRegistered | TaskPoolNotFound | TaskStoreError

/**
 * Conditions of a search: all that are given must hold, by equality. `payload` compares fields of the encoded payload, a
 * dot goes deeper (`"target.path"`). `text` is a part of the heading, the body, the id or the type, in any case.
 * `createdFrom` (included) and `createdBefore` bound the time of creation. Newest first; `limit` defaults to 100.
 *
 * The next page is that of the tasks older than the last one of this page: give its id as `before`. That costs the same
 * however many pages came before, and new tasks do not shift it, as they do with `offset`.
 *
 * @category models
 * @since 0.1.0
 */
export interface SearchOptions {
  readonly taskType?: string | undefined
  readonly status?: TaskStatus | undefined
  readonly parentId?: string | null | undefined
  readonly taskId?: string | undefined
  readonly progress?: number | undefined
  readonly heading?: string | null | undefined
  readonly body?: string | null | undefined
  readonly img?: string | null | undefined
  readonly priority?: number | undefined
  readonly attempt?: number | undefined
  readonly payload?: Readonly<Record<string, string | number | boolean | null>> | undefined
  readonly text?: string | undefined
  readonly createdFrom?: DateTime.DateTime.Input | undefined
  readonly createdBefore?: DateTime.DateTime.Input | undefined
  readonly before?: string | undefined
  readonly offset?: number | undefined
  readonly limit?: number | undefined
}

/**
 * Which outcomes to read: newest first, at most `limit` (100): of one kind (`outcome`) or of all, those that were recorded
 * before the one with the `ordinal` `before`, without the first `offset` (0) of them.
 *
 * @category models
 * @since 0.1.0
 */
export interface Page {
  readonly outcome?: OccurrenceOutcome["outcome"] | undefined
  readonly before?: number | undefined
  readonly offset?: number | undefined
  readonly limit?: number | undefined
}

/**
 * Service that runs tasks.
 *
 * **Details**
 *
 * Methods that take a template require the `Task.Handler` of its task, so that a program whose handler is nowhere
 * provided does not compile. Called inside a running task, the new task's `parentId` is that task.
 *
 * @category services
 * @since 0.1.0
 */
export class TaskManager extends Context.Service<TaskManager, {
  /** Queues a task and gives its id, once the store has it. */
  readonly addTaskToQueue: <T extends Task.Any>(
    template: Task.Template<T>
  ) => Effect.Effect<string, EnqueueError, Task.HandlerOf<T>>
  /**
   * Queues many tasks, all or none, in one write, and gives their ids in the same order. Of one pool and priority they run
   * in this order.
   */
  readonly addTasksToQueue: <T extends Task.Any>(
    templates: ReadonlyArray<Task.Template<T>>
  ) => Effect.Effect<ReadonlyArray<string>, EnqueueError, Task.HandlerOf<T>>
  /**
   * Queues a task and waits for its result. The task is cancelled when its caller is interrupted. A task that awaits
   * another one lends its place in the pool meanwhile, so that a full pool cannot wait for itself. A defect of the
   * handler is a defect here.
   */
  readonly run: <T extends Task.Any>(
    template: Task.Template<T>
  ) => Effect.Effect<
    Task.Success<T>,
    Task.Error<T> | TaskAbandoned | TaskCancelled | TaskTimedOut | EnqueueError,
    Task.HandlerOf<T> | Task.ResultServices<T>
  >
  readonly getTask: (taskId: string) => Effect.Effect<TaskInfo, TaskNotFound | TaskStoreError>
  /** All tasks that are kept, oldest first. */
  readonly getAllTasks: Effect.Effect<ReadonlyArray<TaskInfo>, TaskStoreError>
  readonly searchTasks: (options?: SearchOptions) => Effect.Effect<ReadonlyArray<TaskInfo>, TaskStoreError>
  /**
   * Interrupts a task and waits until it has ended: after its finalizers, or without them when they take longer than the
   * grace (`cancelGrace`, 10 seconds). A task that has ended already is given back as it is.
   */
  readonly cancelTask: (
    taskId: string,
    options?: { readonly note?: string | undefined; readonly grace?: Duration.Input | undefined }
  ) => Effect.Effect<TaskInfo, TaskNotFound | TaskStoreError>
  /** Queues an ended task again, as a new task with the same data and parent, and gives the new id. */
  readonly retryTask: (taskId: string) => Effect.Effect<string, TaskNotFound | TaskNotFinished | EnqueueError>
  /** Forgets a task. A queued one will never run; a running one is cancelled first. */
  readonly removeTask: (taskId: string) => Effect.Effect<void, TaskNotFound | TaskStoreError>
  /** Forgets every task that has ended and says how many they were. */
  readonly removeCompletedTasks: Effect.Effect<number, TaskStoreError>

  /**
   * Adds a recurring task and gives its id, once the store has it. The same id with the same specification again changes
   * nothing; with another one it fails with `RecurringTaskExists`.
   */
  readonly addRecurringTask: <T extends Task.Any>(
    options: Options<T>
  ) => Effect.Effect<string, InvalidSpec | RecurringTaskExists | EnqueueError, Task.HandlerOf<T>>
  /**
   * Makes the recurring tasks those that are declared here: adds new ones, changes others from now on, and leaves the
   * same ones alone, so that an operator's "disable" survives. Ones that were declared before and are not any more are
   * `orphans`: kept (the default), disabled, or removed. Others, added at run time, are never touched. Everything is
   * checked before anything is changed. Gives the plan that was carried out.
   */
  readonly declareRecurringTasks: <T extends Task.Any>(
    declarations: ReadonlyArray<Options<T>>,
    options?: { readonly orphans?: Orphans | undefined }
  ) => Effect.Effect<ReadonlyArray<Step>, InvalidSpec | RecurringTaskNotFound | EnqueueError, Task.HandlerOf<T>>
  readonly getRecurringTask: (
    recurringId: string
  ) => Effect.Effect<RecurringTaskInfo, RecurringTaskNotFound | TaskStoreError>
  /** All recurring tasks, in the order in which they were added. */
  readonly getAllRecurringTasks: Effect.Effect<ReadonlyArray<RecurringTaskInfo>, TaskStoreError>
  /**
   * Changes a recurring task from now on; its id, counters and history stay. Changes that change nothing leave its next
   * run alone. With the `version` that the caller has seen, it is changed only if it still has that one: of all who change
   * the same version, in whatever process, one succeeds and the others fail with `RecurringTaskConflict`.
   */
  readonly updateRecurringTask: {
    <T extends Task.Any = never>(
      recurringId: string,
      changes: Changes<T>
    ): Effect.Effect<RecurringTaskInfo, RecurringTaskNotFound | InvalidSpec | EnqueueError, Task.HandlerOf<T>>
    <T extends Task.Any = never>(
      recurringId: string,
      changes: Changes<T>,
      options: { readonly version: number }
    ): Effect.Effect<
      RecurringTaskInfo,
      RecurringTaskNotFound | RecurringTaskConflict | InvalidSpec | EnqueueError,
      Task.HandlerOf<T>
    >
  }
  /** Enables a recurring task from now on: nothing that was due meanwhile runs. */
  readonly enableRecurringTask: (
    recurringId: string
  ) => Effect.Effect<RecurringTaskInfo, RecurringTaskNotFound | TaskStoreError>
  /** Stops new instances and leaves running ones alone. The note says why. */
  readonly disableRecurringTask: (
    recurringId: string,
    options?: { readonly note?: string | undefined }
  ) => Effect.Effect<RecurringTaskInfo, RecurringTaskNotFound | TaskStoreError>
  /**
   * Removes a recurring task. Its live instances end by themselves (`drain`, the default) or are cancelled, which is
   * awaited (`interrupt`).
   */
  readonly removeRecurringTask: (
    recurringId: string,
    options?: { readonly instances?: "drain" | "interrupt" | undefined }
  ) => Effect.Effect<void, RecurringTaskNotFound | TaskStoreError>
  /**
   * Starts an instance now and gives its id, also while disabled. Moves neither the next run nor `maxRuns`; fails with
   * `RecurringTaskBusy` when `maxConcurrent` instances are active.
   */
  readonly triggerRecurringTask: (
    recurringId: string
  ) => Effect.Effect<string, RecurringTaskNotFound | RecurringTaskBusy | EnqueueError>

  /** What happened to the occurrences of a recurring task, newest first. */
  readonly outcomes: (
    recurringId: string,
    page?: Page
  ) => Effect.Effect<ReadonlyArray<OccurrenceOutcome>, RecurringTaskNotFound | TaskStoreError>
  /** The nominal times of the next occurrences (10 unless told), as far as there are any; none while disabled. */
  readonly upcoming: (
    recurringId: string,
    options?: { readonly count?: number | undefined }
  ) => Effect.Effect<ReadonlyArray<DateTime.Utc>, RecurringTaskNotFound | TaskStoreError>
  /** Why a recurring task did or did not run at an instant of the past, or will or will not at one of the future. */
  readonly explain: (
    recurringId: string,
    instant: DateTime.DateTime.Input
  ) => Effect.Effect<Explanation, RecurringTaskNotFound | TaskStoreError>

  /**
   * Does something once for a key, however often and in whatever process it is asked for: gives what the work has given for
   * that key, for a day or for `timeToLive`. `request` stands for what is asked; another one with the same key fails with
   * `IdempotencyKeyReused`. What fails is not remembered, and may be tried again.
   *
   * **Details**
   *
   * On a durable store, the tasks and recurring tasks that the work adds are committed together with the key: there is
   * never one without the other. Of those who ask at the same time one works, and the others wait for him.
   */
  readonly once: <E, R>(
    options: {
      readonly key: string
      readonly request: string
      readonly timeToLive?: Duration.Input | undefined
    },
    work: Effect.Effect<string, E, R>
  ) => Effect.Effect<string, E | IdempotencyKeyReused | TaskStoreError, R>

  /**
   * The tasks as they are and every change from then on, without a hole. `lost` says how many events a reader that was
   * too slow has lost just before.
   */
  readonly updates: Stream.Stream<TaskUpdate, TaskStoreError>
  /** The same for one task, up to its end or removal. */
  readonly taskUpdates: (taskId: string) => Stream.Stream<TaskUpdate, TaskNotFound | TaskStoreError>
  /** Everything that the manager publishes: changes of tasks and of recurring tasks, removals, and gaps. */
  readonly events: Stream.Stream<TaskEvent, TaskStoreError>

  /** How the manager is, for whoever decides whether to send it work. Asks the store, and waits for at most 3 seconds. */
  readonly health: Effect.Effect<Health>
}>()("brinjal/TaskManager") {}

/**
 * How a manager is set up. What cannot be meant, such as a pool of `NaN` places, ends the layer with a defect that names it.
 *
 * - `pools`: named limits beside or instead of `single` 1, `multiple` 10 and `default` 3; `Infinity` is none.
 * - `retention`: how many ended tasks are kept per status (`done` 10, `failed` 100, `cancelled` 100), for every recurring
 *   task and for all one-off tasks together; and how many `outcomes` per recurring task (100).
 * - `cancelGrace` (10 seconds): how long the finalizers of a cancelled task may take before it is ended without them.
 * - `lease` (30 seconds): how long a process that does not answer keeps its running tasks, where the store outlives it.
 * - `name`: names this process. One that restarts under the same name takes its tasks back at once instead of waiting for
 *   their lease; two that run at the same time must not share a name.
 * - `shutdownGrace` (30 seconds): how long running tasks may go on when the manager stops, before they are interrupted. Then
 *   they are cancelled, or, where the store outlives the process, queued again for the next one.
 *
 * @category models
 * @since 0.1.0
 */
export interface Configuration {
  readonly pools?: Readonly<Record<string, number>> | undefined
  readonly retention?: Partial<TaskStore.Retention> | undefined
  readonly cancelGrace?: Duration.Input | undefined
  readonly shutdownGrace?: Duration.Input | undefined
  readonly lease?: Duration.Input | undefined
  readonly name?: string | undefined
}

/**
 * The configuration of managers that are made here; `configure` sets it.
 *
 * @category references
 * @since 0.1.0
 */
export const CurrentConfiguration = Context.Reference<Configuration>("brinjal/TaskManager/CurrentConfiguration", {
  defaultValue: () => ({})
})

/**
 * Layer that configures a manager: provide it to `layer` or `layerMemory`.
 *
 * **Example** (A pool of one's own)
 *
 * ```ts
 * TaskManager.layerMemory.pipe(Layer.provide(TaskManager.configure({ pools: { disk: 2 } })))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const configure = (configuration: Configuration): Layer.Layer<never> =>
  Layer.succeed(CurrentConfiguration, configuration)

/**
 * Layer of a manager over a `TaskStore`.
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
 * Layer of a manager in memory: everything is gone with the process.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerMemory: Layer.Layer<TaskManager | TaskRegistry.TaskRegistry> = layer.pipe(
  Layer.provide(TaskStore.layerMemory),
  Layer.orDie
)
