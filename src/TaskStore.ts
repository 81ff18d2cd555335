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
import type { Outcome } from "./Decision.ts"
import * as memory from "./internal/memory.ts"
import type { TaskStoreError } from "./TaskError.ts"
import type {
  CancelRequest,
  ConfigRecord,
  ConfigVersion,
  Counters,
  OutcomeRecord,
  StoredConfig,
  StoredOutcome,
  TaskRecord
} from "./TaskRecord.ts"

export type * from "./TaskRecord.ts"

/**
 * A decision or a change of a recurring task, committed as a whole: the new row if the stored version is still
 * `expected`, with the outcomes and the instances that belong to it. `active` is how many live instances the decider has
 * counted, when it matters to the decision that there are not fewer. `cancels` are instances that are to stop, of which
 * those that have not ended have the request from then on: a decider that dies right after has asked all the same. Unless
 * it `isRevised`, its spec and template are what they were, and need not be written; what says nothing of that may have
 * changed them. With `begin` its instance runs at once if there is room for it, as if it was claimed right after; it is
 * queued otherwise, and also when it is not the only one.
 *
 * @category models
 * @since 0.1.0
 */
export interface Commit {
  readonly expected: number
  readonly config: ConfigRecord
  readonly outcomes: ReadonlyArray<OutcomeRecord>
  readonly tasks: ReadonlyArray<TaskRecord>
  readonly active?: number | undefined
  readonly cancels?: ReadonlyArray<Cancel> | undefined
  readonly isRevised?: boolean | undefined
  readonly begin?: Begin | undefined
}

/**
 * A task and the request that it stop.
 *
 * @category models
 * @since 0.1.0
 */
export interface Cancel {
  readonly taskId: string
  readonly request: CancelRequest
}

/**
 * Who is to run a task, and until when it is his. `limit` is how many tasks of its pool may run, `maxConcurrent` how many
 * instances of its recurring task, both over all processes.
 *
 * @category models
 * @since 0.1.0
 */
export interface Begin {
  readonly owner: string
  readonly now: number
  readonly leaseUntil: number | null
  readonly limit: number
  readonly maxConcurrent: number
}

/**
 * Who takes a queued task. `task` is what the claimer has seen. `hasBegun` says that the claimer had reserved the task and
 * runs it already: then it does not matter whether somebody wants it to stop.
 *
 * @category models
 * @since 0.1.0
 */
export interface Claim extends Begin {
  readonly task: TaskRecord
  readonly hasBegun?: boolean | undefined
}

/**
 * A task that is its claimer's now, and the counters of its recurring task, if it has one.
 *
 * @category models
 * @since 0.1.0
 */
export interface Claimed {
  readonly task: TaskRecord
  readonly counters: Counters | undefined
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
  readonly cancelRequest: CancelRequest | null
}

/**
 * A process that is there until `leaseUntil`, unless it beats again, and the types of the tasks that it can run. What is
 * before the last `/` of `owner` is the name of the process, the rest is another one at each start.
 *
 * @category models
 * @since 0.1.0
 */
export interface Process {
  readonly owner: string
  readonly leaseUntil: number
  readonly taskTypes: ReadonlyArray<string>
}

/**
 * A sign of life.
 *
 * @category models
 * @since 0.1.0
 */
export interface Heartbeat extends Process {
  readonly now: number
}

/**
 * What a process is told when it beats: which tasks are still its own, and who is there, by name, itself included.
 *
 * @category models
 * @since 0.1.0
 */
export interface Alive {
  readonly held: ReadonlyArray<Held>
  readonly processes: ReadonlyArray<Process>
}

/**
 * How many ended tasks stay, per status and per recurring task (one-off tasks together count as one); `outcomes` is the
 * number of outcomes per recurring task. What has ended at or after the instant `since` stays whatever the numbers say: a
 * process that waits for the result elsewhere must be able to read it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Retention {
  readonly done: number
  readonly failed: number
  readonly cancelled: number
  readonly outcomes: number
  readonly since?: number | undefined
}

/**
 * What ended with a task: the counters of its recurring task, if it has one, and the tasks that retention pruned, in any
 * order.
 *
 * @category models
 * @since 0.1.0
 */
export interface Settled {
  readonly counters: Counters | undefined
  readonly pruned: ReadonlyArray<string>
}

/**
 * How a task ends, if its attempt is still `attempt`: for one that was reserved and has run without ever having been seen
 * running, that is the attempt after the one that the store has.
 *
 * @category models
 * @since 0.1.0
 */
export interface Ended {
  readonly task: TaskRecord
  readonly attempt: number
}

/**
 * Several things that a process does with tasks, written as a whole and in this order: tasks end, others take their places,
 * reserved ones are given back, and queued ones reserved until `leaseUntil`.
 *
 * **Details**
 *
 * A reservation is a claim in all but the place: the task stays queued and takes no place in its pool, but it is its
 * owner's, who may begin it in a place that another task of his has left, before any of that is written. So it may have
 * begun when its owner dies, and is found among the abandoned tasks then. A reservation is for a moment: no heartbeat extends
 * it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Turn {
  readonly owner: string
  readonly endings: ReadonlyArray<Ended>
  readonly retention: Retention
  readonly claims: ReadonlyArray<Claim>
  readonly reservations: ReadonlyArray<TaskRecord>
  readonly leaseUntil: number
  readonly returns: ReadonlyArray<TaskRecord>
}

/**
 * What came of a turn: answers to its endings, claims and reservations, in their order.
 *
 * @category models
 * @since 0.1.0
 */
export interface Turned {
  readonly settled: ReadonlyArray<Settled | undefined>
  readonly claimed: ReadonlyArray<Claimed | "busy" | "full" | undefined>
  readonly reserved: ReadonlyArray<boolean>
}

/**
 * Which tasks to find: every given condition must hold. `where` compares public attributes, `payload` fields of the
 * encoded payload (a dot goes deeper); both by equality. `text` is a part of the heading, the body, the id or the type, with
 * no difference between `A` to `Z` and `a` to `z`. `createdFrom` and `createdBefore` are instants, of which the
 * first one is included. Newest first, at most `limit`: those that are older than the task `before`, without the first
 * `offset`.
 *
 * **Details**
 *
 * With `before` a page is found without counting those that were read already, and none is read twice when new ones come.
 * When the task `before` is gone, the page begins where its id would be: ids grow with time.
 *
 * @category models
 * @since 0.1.0
 */
export interface Search {
  readonly where: Readonly<Record<string, string | number | boolean | null>>
  readonly payload: Readonly<Record<string, string | number | boolean | null>>
  readonly text?: string | undefined
  readonly createdFrom?: number | undefined
  readonly createdBefore?: number | undefined
  readonly before?: string | undefined
  readonly offset: number
  readonly limit: number
}

/**
 * Which outcomes to read, newest first, at most `limit`: those before the one with the ordinal `before`, of one kind or of
 * all, without the first `offset`.
 *
 * @category models
 * @since 0.1.0
 */
export interface OutcomePage {
  readonly outcome?: Outcome["outcome"] | undefined
  readonly before?: number | undefined
  readonly offset: number
  readonly limit: number
}

/**
 * Which queued tasks to read, in the order in which they are to run: by priority, then by the time at which they were made,
 * then by id, at most `limit`. Only those that nobody has reserved and that were made before the instant `createdBefore`, and
 * only those that come after the task `after`, which may be gone meanwhile.
 *
 * @category models
 * @since 0.1.0
 */
export interface QueuePage {
  readonly taskTypes: ReadonlyArray<string>
  readonly createdBefore: number
  readonly after?: Pick<TaskRecord, "priority" | "createdAt" | "taskId"> | undefined
  readonly limit: number
}

/**
 * A request that is to be answered once. `key` names it; `request` stands for what it asks, so that another one with the same
 * key can be told from it. What it was answered with is kept until the instant `until`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Request {
  readonly key: string
  readonly request: string
  readonly now: number
  readonly until: number
}

/**
 * What a key was answered with, and the `request` that was.
 *
 * @category models
 * @since 0.1.0
 */
export interface Answer {
  readonly request: string
  readonly answer: string
}

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
