/**
 * Where tasks, recurring tasks and their outcomes are kept: a small interface over encoded values.
 *
 * Every method is atomic and takes the time as an argument, so that memory, SQLite and Postgres decide alike and a test
 * clock rules them all. A decision is one compare-and-swap; a claim carries an attempt number as its fencing token.
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
  Turned
} from "./TaskExchange.ts"
import type {
  CancelRequest,
  ConfigRecord,
  ConfigVersion,
  OutcomeRecord,
  StoredConfig,
  StoredOutcome,
  TaskRecord
} from "./TaskRecord.ts"

export type * from "./TaskExchange.ts"
export type * from "./TaskRecord.ts"

/**
 * Service that keeps everything that outlives a fiber.
 *
 * @category services
 * @since 0.1.0
 */
export class TaskStore extends Context.Service<TaskStore, {
  /** Where it keeps things: `memory`, `sqlite`, `postgres`, or another place. */
  readonly name: string
  /** Whether what is kept outlives the process, so that another one, or the next start, may run it. */
  readonly durable: boolean

  /** Adds tasks, all or none. */
  readonly insertTasks: (tasks: ReadonlyArray<TaskRecord>) => Effect.Effect<void, TaskStoreError>
  /**
   * Makes a queued task a running one and counts the run. `undefined` when it is gone, taken, reserved by somebody else, at
   * another attempt, or not wanted any more;
   * `"busy"` when as many instances of its recurring task run as may, `"full"` when as many tasks of its pool run as may,
   * those not counted that have lent their place.
   */
  readonly claim: (claim: Claim) => Effect.Effect<Claimed | "busy" | "full" | undefined, TaskStoreError>
  /** A running task lends its place in the pool to others; `false` when its attempt is not `attempt` any more. */
  readonly lend: (taskId: string, attempt: number) => Effect.Effect<boolean, TaskStoreError>
  /**
   * Takes back the place that a running task has lent; `"full"` when there is none, `false` when its attempt is not
   * `attempt` any more.
   */
  readonly takeBack: (
    taskId: string,
    attempt: number,
    limit: number
  ) => Effect.Effect<boolean | "full", TaskStoreError>
  /**
   * Queues a task again whose attempt is still `attempt`, if it runs or `reservedBy` has reserved it; `false` when somebody
   * else was quicker. That somebody wants it to stop stays.
   */
  readonly requeue: (
    task: TaskRecord,
    attempt: number,
    reservedBy?: string | null
  ) => Effect.Effect<boolean, TaskStoreError>
  /**
   * Writes what a running task says about itself, if its attempt is still `attempt`; `false` when the writer is stale.
   * Owner, lease, lent place and cancel request stay what they are.
   */
  readonly update: (task: TaskRecord, attempt: number) => Effect.Effect<boolean, TaskStoreError>
  /**
   * Ends a queued or running task whose attempt is still `attempt`: result, counters, outcome and retention in one. One that
   * is reserved ends only for its `owner`.
   */
  readonly settle: (
    task: TaskRecord,
    attempt: number,
    retention: Retention,
    owner?: string | null
  ) => Effect.Effect<Settled | undefined, TaskStoreError>
  /** Writes all that a process does in one turn, or nothing of it. */
  readonly turn: (turn: Turn) => Effect.Effect<Turned, TaskStoreError>
  /**
   * Asks for the end of a task that has not ended: the heartbeat of whoever runs it finds the request, of which the last
   * one counts; one that waits cannot be claimed or reserved any more. Gives the task as it is now.
   */
  readonly requestCancel: (
    taskId: string,
    request: CancelRequest
  ) => Effect.Effect<TaskRecord | undefined, TaskStoreError>

  readonly getTask: (taskId: string) => Effect.Effect<TaskRecord | undefined, TaskStoreError>
  /** Those of the tasks that there are, in this order. */
  readonly getTasks: (taskIds: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<TaskRecord>, TaskStoreError>
  readonly searchTasks: (search: Search) => Effect.Effect<ReadonlyArray<TaskRecord>, TaskStoreError>
  /** Removes ended and queued tasks; running and reserved ones stay. Gives the ids that are gone. */
  readonly removeTasks: (taskIds: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<string>, TaskStoreError>
  /** Removes every ended task and gives their ids. */
  readonly removeEndedTasks: Effect.Effect<ReadonlyArray<string>, TaskStoreError>
  /** Tasks that have not ended, oldest first. */
  readonly liveTasks: Effect.Effect<ReadonlyArray<TaskRecord>, TaskStoreError>
  /** Instances of a recurring task, or of all of them, that have not ended, oldest first. */
  readonly activeTasks: (recurringId?: string) => Effect.Effect<ReadonlyArray<TaskRecord>, TaskStoreError>
  /** Queued tasks of these types that nobody has reserved, in the order in which they are to run. */
  readonly queuedTasks: (page: QueuePage) => Effect.Effect<ReadonlyArray<TaskRecord>, TaskStoreError>
  /**
   * Running and reserved tasks of these types that lost their owner, oldest first: the lease ended before `now`, or the owner
   * has the same name as this one (what is before the last `/`) and is thus an earlier start of the same process.
   */
  readonly abandonedTasks: (
    search: { readonly now: number; readonly taskTypes: ReadonlyArray<string>; readonly owner: string }
  ) => Effect.Effect<ReadonlyArray<TaskRecord>, TaskStoreError>

  /** Adds a recurring task with its first outcomes and instances; `false` when the id is taken. */
  readonly insertConfig: (
    config: ConfigRecord,
    outcomes: ReadonlyArray<OutcomeRecord>,
    tasks: ReadonlyArray<TaskRecord>,
    retention: Retention
  ) => Effect.Effect<boolean, TaskStoreError>
  /**
   * Commits a decision by compare-and-swap; `false` when another writer was first, or when fewer instances are live than
   * the decider has counted. Gives its instance if that runs from then on.
   */
  readonly commit: (commit: Commit, retention: Retention) => Effect.Effect<boolean | Claimed, TaskStoreError>
  /** All recurring tasks, in the order in which they were added. */
  readonly configs: Effect.Effect<ReadonlyArray<StoredConfig>, TaskStoreError>
  /** Which recurring tasks there are, and their versions. */
  readonly configVersions: Effect.Effect<ReadonlyArray<ConfigVersion>, TaskStoreError>
  readonly getConfig: (recurringId: string) => Effect.Effect<StoredConfig | undefined, TaskStoreError>
  /** Removes a recurring task with its outcomes; its tasks stay. */
  readonly removeConfig: (recurringId: string) => Effect.Effect<boolean, TaskStoreError>
  /** Outcomes of a recurring task, newest first. */
  readonly outcomes: (
    recurringId: string,
    page: OutcomePage
  ) => Effect.Effect<ReadonlyArray<StoredOutcome>, TaskStoreError>

  /**
   * Answers a request once for its key: with the work, or with what the work for that key has given before, to whatever
   * request. What the work writes here and its answer are committed together; what fails is not remembered. Of those who
   * come at the same time one works, and the others wait for him.
   */
  readonly once: <E, R>(
    request: Request,
    work: Effect.Effect<string, E, R>
  ) => Effect.Effect<Answer, E | TaskStoreError, R>

  /**
   * Says that a process is there, and extends the leases of all tasks that it runs. Processes whose lease has ended and
   * earlier starts of this one are forgotten.
   */
  readonly heartbeat: (beat: Heartbeat) => Effect.Effect<Alive, TaskStoreError>
  /** Says that a process is not there any more. */
  readonly leave: (owner: string) => Effect.Effect<void, TaskStoreError>
  /**
   * Tells the other processes something, soon, and not as part of a transaction. It does not fail and does not wait: who
   * does not hear it finds out later.
   */
  readonly announce: (owner: string, announcements: ReadonlyArray<Announcement>) => Effect.Effect<void>
  /**
   * What other processes than this one announce, from now on: whoever has this stream listens already. Where something may
   * have been lost it has a `Gap`.
   */
  readonly announcements: (owner: string) => Effect.Effect<Stream.Stream<Announcement>, never, Scope.Scope>
  /**
   * Runs an effect once what the caller has written is committed: now, or after the transaction in which the caller is;
   * never if that is rolled back.
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
