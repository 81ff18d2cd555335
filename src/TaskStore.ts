/**
 * Where tasks, recurring tasks and their outcomes are stored: an interface over encoded values, which every backend
 * implements.
 *
 * Every method is atomic and takes the time as an argument, so that memory, SQLite and Postgres decide alike and a test
 * clock controls them all. A decision is a compare-and-swap; a claim carries an attempt number as its fencing token.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { Announcement } from "./Announcement.ts"
import * as memory from "./internal/memory.ts"
import type { TaskStoreError } from "./TaskError.ts"
import type {
  Alive,
  Answer,
  Backlog,
  BacklogQuery,
  Claim,
  Claimed,
  Commit,
  Heartbeat,
  OutcomePage,
  QueuePage,
  Request,
  Retention,
  Search,
  Settled,
  Turn,
  Turned,
  Unparked,
  Woken
} from "./TaskExchange.ts"
import type {
  CancelRequest,
  ConfigRecord,
  ConfigVersion,
  OutcomeRecord,
  Pause,
  StoredConfig,
  StoredOutcome,
  TaskRecord
} from "./TaskRecord.ts"

export type * from "./TaskExchange.ts"
export type * from "./TaskRecord.ts"

/**
 * Service that stores everything that outlives a fiber.
 *
 * @category services
 * @since 0.1.0
 */
export class TaskStore extends Context.Service<TaskStore, {
  /** The kind of store: `memory`, `sqlite`, `postgres`, or another one. */
  readonly name: string
  /** Whether its content outlives the process, so that another process, or the next start, may run it. */
  readonly durable: boolean

  /** Adds tasks, all or none. */
  readonly insertTasks: (tasks: ReadonlyArray<TaskRecord>) => Effect.Effect<void, TaskStoreError>
  /**
   * Makes a queued task a running one without a `retryAt`, and counts the run. Returns `"busy"` if as many instances of
   * its recurring task run as may, and `"full"` if as many tasks of its pool run as may, not counting those that have
   * lent their place. Returns `undefined` if the task is gone, taken, reserved by another process, at another attempt,
   * or is to be cancelled.
   */
  readonly claim: (claim: Claim) => Effect.Effect<Claimed | "busy" | "full" | undefined, TaskStoreError>
  /** Lends the place of a running task in its pool to others; `false` if its attempt is no longer `attempt`. */
  readonly lend: (taskId: string, attempt: number) => Effect.Effect<boolean, TaskStoreError>
  /**
   * Takes back the place that a running task has lent; `"full"` if none is free, `false` if its attempt is no longer
   * `attempt`.
   */
  readonly takeBack: (
    taskId: string,
    attempt: number,
    limit: number
  ) => Effect.Effect<boolean | "full", TaskStoreError>
  /**
   * Queues a task again if its attempt is still `attempt`, and it is running or reserved by `reservedBy`; `false` if
   * another process was quicker. A request to cancel it stays.
   */
  readonly requeue: (
    task: TaskRecord,
    attempt: number,
    reservedBy?: string | null
  ) => Effect.Effect<boolean, TaskStoreError>
  /**
   * Writes the present state of a running task, if its attempt is still `attempt`; `false` if the writer is stale.
   * Owner, lease, lent place and cancel request are not changed.
   */
  readonly update: (task: TaskRecord, attempt: number) => Effect.Effect<boolean, TaskStoreError>
  /**
   * Ends a queued or running task whose attempt is still `attempt`, and applies counters, outcome and retention with
   * it. A reserved task can be ended only by its `owner`. Returns `undefined` if nothing was ended.
   */
  readonly settle: (
    task: TaskRecord,
    attempt: number,
    retention: Retention,
    owner?: string | null
  ) => Effect.Effect<Settled | undefined, TaskStoreError>
  /** Writes everything in a turn, or nothing. */
  readonly turn: (turn: Turn) => Effect.Effect<Turned, TaskStoreError>
  /**
   * Asks for a task that has not ended to stop, and returns it as it is now. If it runs, its owner finds the request in
   * the answer to its next heartbeat, and the last request counts. If it waits, it can no longer be claimed or
   * reserved.
   */
  readonly requestCancel: (
    taskId: string,
    request: CancelRequest
  ) => Effect.Effect<TaskRecord | undefined, TaskStoreError>

  readonly getTask: (taskId: string) => Effect.Effect<TaskRecord | undefined, TaskStoreError>
  /** The tasks with these ids, in this order, without those that do not exist. */
  readonly getTasks: (taskIds: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<TaskRecord>, TaskStoreError>
  readonly searchTasks: (search: Search) => Effect.Effect<ReadonlyArray<TaskRecord>, TaskStoreError>
  /** How many tasks a search finds. */
  readonly countTasks: (search: Search) => Effect.Effect<number, TaskStoreError>
  /**
   * Removes ended and queued tasks, but neither running nor reserved ones. Returns the ids of those that were removed.
   */
  readonly removeTasks: (taskIds: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<string>, TaskStoreError>
  /** Removes every ended task, and returns their ids. */
  readonly removeEndedTasks: Effect.Effect<ReadonlyArray<string>, TaskStoreError>
  /** Tasks that have not ended, oldest first. */
  readonly liveTasks: Effect.Effect<ReadonlyArray<TaskRecord>, TaskStoreError>
  /** Instances of a recurring task, or of all of them, that have not ended, oldest first. */
  readonly activeTasks: (recurringId?: string) => Effect.Effect<ReadonlyArray<TaskRecord>, TaskStoreError>
  /**
   * Queued tasks of these types that nobody has reserved, and that neither sleep nor are parked, in the order in which
   * they are to run. A queued task sleeps as long as it has a `retryAt`.
   */
  readonly queuedTasks: (page: QueuePage) => Effect.Effect<ReadonlyArray<TaskRecord>, TaskStoreError>
  /**
   * Counts queued tasks by type, in the order of the types; those of which none are queued are left out. It costs
   * little however many there are.
   */
  readonly backlog: (query: BacklogQuery) => Effect.Effect<ReadonlyArray<Backlog>, TaskStoreError>
  /**
   * Unparks the first parked tasks of these concurrency keys that do not sleep, as many as their limits allow and at
   * most `limit`, and returns them. Of each key, tasks are unparked in the order in which they are to run, and none
   * before the one in front of it, unless a transaction that cancels or removes that one has not ended.
   */
  readonly unparkTasks: (keys: ReadonlyArray<string>, limit: number) => Effect.Effect<Unparked, TaskStoreError>
  /** The concurrency keys after `after` of which tasks are parked and do not sleep, in their order, at most `limit`. */
  readonly parkedKeys: (after: string, limit: number) => Effect.Effect<ReadonlyArray<string>, TaskStoreError>
  /** Wakes sleeping tasks whose `retryAt` has come, the earliest first and at most `limit`: they lose it. */
  readonly wakeTasks: (now: number, limit: number) => Effect.Effect<Woken, TaskStoreError>
  /**
   * Running and reserved tasks of these types that have lost their owner, oldest first: its lease ended before `now`,
   * or it has the same name as `owner` (the part before the last `/`) and is thus an earlier start of the same process.
   */
  readonly abandonedTasks: (
    search: { readonly now: number; readonly taskTypes: ReadonlyArray<string>; readonly owner: string }
  ) => Effect.Effect<ReadonlyArray<TaskRecord>, TaskStoreError>

  /**
   * Pauses a task type, and returns the pause. One that is paused already keeps its `since`. What may be claimed does
   * not change: the processes on the store ask for nothing that is paused.
   */
  readonly pauseType: (pause: Pause) => Effect.Effect<Pause, TaskStoreError>
  /** Resumes a task type; `false` if it was not paused. */
  readonly resumeType: (taskType: string) => Effect.Effect<boolean, TaskStoreError>
  /** All task types that are paused, in their order. */
  readonly pauses: Effect.Effect<ReadonlyArray<Pause>, TaskStoreError>

  /** Adds a recurring task with its first outcomes and instances; `false` when the id is taken. */
  readonly insertConfig: (
    config: ConfigRecord,
    outcomes: ReadonlyArray<OutcomeRecord>,
    tasks: ReadonlyArray<TaskRecord>,
    retention: Retention
  ) => Effect.Effect<boolean, TaskStoreError>
  /**
   * Commits a decision by compare-and-swap. Returns `false` if another writer was first, or if fewer instances are live
   * than the decision assumes; the claimed instance if it runs from now on; and `true` otherwise.
   */
  readonly commit: (commit: Commit, retention: Retention) => Effect.Effect<boolean | Claimed, TaskStoreError>
  /** All recurring tasks, in the order in which they were added. */
  readonly configs: Effect.Effect<ReadonlyArray<StoredConfig>, TaskStoreError>
  /** The ids and versions of all recurring tasks. */
  readonly configVersions: Effect.Effect<ReadonlyArray<ConfigVersion>, TaskStoreError>
  readonly getConfig: (recurringId: string) => Effect.Effect<StoredConfig | undefined, TaskStoreError>
  /** Removes a recurring task with its outcomes, but not its tasks; `false` if there is none. */
  readonly removeConfig: (recurringId: string) => Effect.Effect<boolean, TaskStoreError>
  /** Outcomes of a recurring task, newest first. */
  readonly outcomes: (
    recurringId: string,
    page: OutcomePage
  ) => Effect.Effect<ReadonlyArray<StoredOutcome>, TaskStoreError>

  /**
   * Answers a request once per key: runs the work, or returns what the work returned for that key before, even if for
   * another `request`. The answer is committed together with what the work writes to the store. Failures are not
   * remembered. Of several requests at the same time, one does the work and the others wait for it.
   */
  readonly once: <E, R>(
    request: Request,
    work: Effect.Effect<string, E, R>
  ) => Effect.Effect<Answer, E | TaskStoreError, R>

  /**
   * Keeps a process alive, and extends the leases of all tasks that it runs. Processes whose lease has ended, and
   * earlier starts of this one, are forgotten.
   */
  readonly heartbeat: (beat: Heartbeat) => Effect.Effect<Alive, TaskStoreError>
  /** Removes a process that stops from those that are alive. */
  readonly leave: (owner: string) => Effect.Effect<void, TaskStoreError>
  /**
   * Sends announcements to the other processes, soon, and outside of any transaction. It neither fails nor waits: a
   * process that does not receive them finds out later.
   */
  readonly announce: (owner: string, announcements: ReadonlyArray<Announcement>) => Effect.Effect<void>
  /**
   * What the other processes announce, from now on: when this Effect returns, it is already listening. The stream has a
   * `Gap` wherever something may have been lost.
   */
  readonly announcements: (owner: string) => Effect.Effect<Stream.Stream<Announcement>, never, Scope.Scope>
  /**
   * Runs an effect once what the caller has written is committed: now, or after the transaction that the caller is in;
   * never, if that is rolled back.
   */
  readonly afterCommit: (effect: Effect.Effect<void>) => Effect.Effect<void>
}>()("brinjal/TaskStore") {}

/**
 * Layer of a store in memory: gone with the process, bounded by retention.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerMemory: Layer.Layer<TaskStore> = Layer.effect(TaskStore, memory.make)
