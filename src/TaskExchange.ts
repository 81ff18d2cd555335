/**
 * What a `TaskStore` is asked and what it answers: decisions, claims, turns, signs of life, searches and pages.
 */
import type { Outcome } from "./Decision.ts"
import type { CancelRequest, ConfigRecord, Counters, OutcomeRecord, TaskRecord } from "./TaskRecord.ts"

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
