/**
 * Where tasks, recurring tasks and their outcomes are kept: a small interface over encoded values.
 *
 * Every method is atomic and takes the time as an argument, so that memory, SQLite and Postgres decide alike and a test
 * clock rules them all. A decision is one compare-and-swap; a claim carries an attempt number as its fencing token.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Buffered, Outcome, Range } from "./Decision.ts"
import * as memory from "./internal/memory.ts"
import type { Spec } from "./RecurringTaskSpec.ts"
import type { TaskStoreError } from "./TaskError.ts"
import type { TaskFailure, TaskStatus } from "./TaskInfo.ts"

/**
 * How an instance looks before it runs: data only, as `Task.template` makes it. `semaphore` is the pool it runs in.
 *
 * @category models
 * @since 0.1.0
 */
export interface TemplateRecord {
  readonly taskType: string
  readonly payload: unknown
  readonly heading: string | null
  readonly body: string | null
  readonly img: string | null
  readonly priority: number
  readonly semaphore: string
}

/**
 * One task, encoded. Instants are epoch milliseconds. `attempt` counts from 1 once the task runs, and is the fencing
 * token of every write after the claim. `retryAt` is when the next attempt begins, while it waits for that. `success` and
 * `error` hold the encoded result.
 *
 * @category models
 * @since 0.1.0
 */
export interface TaskRecord extends TemplateRecord {
  readonly taskId: string
  readonly recurringId: string | null
  readonly parentId: string | null
  readonly status: TaskStatus
  readonly progress: number
  readonly attempt: number
  readonly createdAt: number
  readonly scheduledAt: number | null
  readonly startedAt: number | null
  readonly retryAt: number | null
  readonly completedAt: number | null
  readonly covers: Range | null
  readonly success: unknown
  readonly error: unknown
  readonly failure: TaskFailure | null
  readonly owner: string | null
  readonly leaseUntil: number | null
}

/**
 * What a recurring task has done so far. `totalRuns` counts instances that began to run, the failures those that ended.
 *
 * @category models
 * @since 0.1.0
 */
export interface Counters {
  readonly totalRuns: number
  readonly totalFailures: number
  readonly consecutiveFailures: number
  readonly lastRun: number | null
}

/**
 * One recurring task. `version` grows with every decision and change, and is what a writer must have seen. `runs` counts
 * the scheduled occurrences that started, against `maxRuns`. `declared` says that the program declares it, so that a later
 * version of the program may find it orphaned. Counters change without it and are kept beside it.
 *
 * @category models
 * @since 0.1.0
 */
export interface ConfigRecord {
  readonly recurringId: string
  readonly version: number
  readonly spec: Spec
  readonly template: TemplateRecord
  readonly enabled: boolean
  readonly note: string
  readonly lastDecided: number
  readonly buffer: ReadonlyArray<Buffered>
  readonly runs: number
  readonly declared: boolean
  readonly createdAt: number
  readonly updatedAt: number
}

/**
 * A recurring task with its counters.
 *
 * @category models
 * @since 0.1.0
 */
export interface StoredConfig {
  readonly record: ConfigRecord
  readonly counters: Counters
}

/**
 * What happened to an occurrence, or to a range of them. `status` of a `Started` one follows its task.
 *
 * @category models
 * @since 0.1.0
 */
export interface OutcomeRecord extends Outcome {
  readonly trigger: "schedule" | "manual" | "registration"
  readonly decidedAt: number
  readonly taskId: string | null
  readonly status: TaskStatus | null
}

/**
 * A decision or a change of a recurring task, committed as a whole: the new row if the stored version is still
 * `expected`, with the outcomes and the instances that belong to it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Commit {
  readonly expected: number
  readonly config: ConfigRecord
  readonly outcomes: ReadonlyArray<OutcomeRecord>
  readonly tasks: ReadonlyArray<TaskRecord>
}

/**
 * Who takes a queued task, and until when it is his. `attempt` is the one that the claimer has seen.
 *
 * @category models
 * @since 0.1.0
 */
export interface Claim {
  readonly taskId: string
  readonly attempt: number
  readonly owner: string
  readonly now: number
  readonly leaseUntil: number | null
}

/**
 * A running task that is still its owner's.
 *
 * @category models
 * @since 0.1.0
 */
export interface Held {
  readonly taskId: string
  readonly attempt: number
}

/**
 * How many ended tasks stay, per status and per recurring task (one-off tasks together count as one); `outcomes` is the
 * number of outcomes per recurring task.
 *
 * @category models
 * @since 0.1.0
 */
export interface Retention {
  readonly done: number
  readonly failed: number
  readonly cancelled: number
  readonly outcomes: number
}

/**
 * What ended with a task: the counters of its recurring task, if it has one, and the tasks that retention pruned.
 *
 * @category models
 * @since 0.1.0
 */
export interface Settled {
  readonly counters: Counters | undefined
  readonly pruned: ReadonlyArray<string>
}

/**
 * Which tasks to find: every given condition must hold. `where` compares public attributes, `payload` fields of the
 * encoded payload (a dot goes deeper); both by equality. Newest first, from `offset`, at most `limit`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Search {
  readonly where: Readonly<Record<string, string | number | boolean | null>>
  readonly payload: Readonly<Record<string, string | number | boolean | null>>
  readonly offset: number
  readonly limit: number
}

/**
 * Service that keeps everything that outlives a fiber.
 *
 * @category services
 * @since 0.1.0
 */
export class TaskStore extends Context.Service<TaskStore, {
  /** Whether what is kept outlives the process, so that another one, or the next start, may run it. */
  readonly durable: boolean

  /** Adds tasks, all or none. */
  readonly insertTasks: (tasks: ReadonlyArray<TaskRecord>) => Effect.Effect<void, TaskStoreError>
  /** Makes a queued task a running one and counts the run; `undefined` when it is gone, taken, or another attempt. */
  readonly claim: (claim: Claim) => Effect.Effect<
    { readonly task: TaskRecord; readonly counters: Counters | undefined } | undefined,
    TaskStoreError
  >
  /** Extends the leases of everything that `owner` runs, and says what that is. */
  readonly heartbeat: (
    beat: { readonly owner: string; readonly leaseUntil: number }
  ) => Effect.Effect<ReadonlyArray<Held>, TaskStoreError>
  /**
   * Running tasks of these types that lost their owner, oldest first: the lease ended before `now`, or the owner has the
   * same name as this one (what is before the last `/`) and is thus an earlier start of the same process.
   */
  readonly abandonedTasks: (
    search: { readonly now: number; readonly taskTypes: ReadonlyArray<string>; readonly owner: string }
  ) => Effect.Effect<ReadonlyArray<TaskRecord>, TaskStoreError>
  /** Queues a running task again whose attempt is still `attempt`; `false` when somebody else was quicker. */
  readonly requeue: (task: TaskRecord, attempt: number) => Effect.Effect<boolean, TaskStoreError>
  /**
   * Writes what a running task says about itself, if its attempt is still `attempt`; `false` when the writer is stale.
   * Owner and lease stay what they are.
   */
  readonly update: (task: TaskRecord, attempt: number) => Effect.Effect<boolean, TaskStoreError>
  /** Ends a queued or running task whose attempt is still `attempt`: result, counters, outcome and retention in one. */
  readonly settle: (
    task: TaskRecord,
    attempt: number,
    retention: Retention
  ) => Effect.Effect<Settled | undefined, TaskStoreError>
  readonly getTask: (taskId: string) => Effect.Effect<TaskRecord | undefined, TaskStoreError>
  readonly searchTasks: (search: Search) => Effect.Effect<ReadonlyArray<TaskRecord>, TaskStoreError>
  /** Removes ended and queued tasks; running ones stay. Gives the ids that are gone. */
  readonly removeTasks: (taskIds: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<string>, TaskStoreError>
  /** Removes every ended task and gives their ids. */
  readonly removeEndedTasks: Effect.Effect<ReadonlyArray<string>, TaskStoreError>
  /** Tasks that have not ended, oldest first. */
  readonly liveTasks: Effect.Effect<ReadonlyArray<TaskRecord>, TaskStoreError>

  /** Adds a recurring task with its first outcomes and instances; `false` when the id is taken. */
  readonly insertConfig: (
    config: ConfigRecord,
    outcomes: ReadonlyArray<OutcomeRecord>,
    tasks: ReadonlyArray<TaskRecord>,
    retention: Retention
  ) => Effect.Effect<boolean, TaskStoreError>
  /** Commits a decision by compare-and-swap; `false` when another writer was first. */
  readonly commit: (commit: Commit, retention: Retention) => Effect.Effect<boolean, TaskStoreError>
  /** All recurring tasks, in the order in which they were added. */
  readonly configs: Effect.Effect<ReadonlyArray<StoredConfig>, TaskStoreError>
  readonly getConfig: (recurringId: string) => Effect.Effect<StoredConfig | undefined, TaskStoreError>
  /** Removes a recurring task with its outcomes; its tasks stay. */
  readonly removeConfig: (recurringId: string) => Effect.Effect<boolean, TaskStoreError>
  /** Outcomes of a recurring task, newest first. */
  readonly outcomes: (
    recurringId: string,
    page: { readonly offset: number; readonly limit: number }
  ) => Effect.Effect<ReadonlyArray<OutcomeRecord>, TaskStoreError>
}>()("brinjal/TaskStore") {}

/**
 * Layer of a store in memory: gone with the process, bounded by retention.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerMemory: Layer.Layer<TaskStore> = Layer.sync(TaskStore, memory.make)
