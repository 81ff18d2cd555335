/**
 * The requests to a `TaskStore` and its answers: decisions, claims, turns, heartbeats, searches and pages. Instants are
 * epoch milliseconds.
 */
import type { Outcome } from "./Decision.ts"
import type { CancelRequest, ConfigRecord, Counters, OutcomeRecord, TaskRecord } from "./TaskRecord.ts"

/**
 * A decision or a change of a recurring task, with the outcomes and instances that belong to it. It is committed as a
 * whole, if the stored version is still `expected`.
 *
 * - `active`: how many live instances the decision assumes. If there are fewer, nothing is committed. Absent if the
 *   decision holds however few there are.
 * - `cancels`: instances that are to stop. Those that have not ended get the request in the same commit, so that it is
 *   not lost if the process dies right after.
 * - `isRevised`: `false` says that spec and template are what they were, and need not be written.
 * - `begin`: asks for the instance to run at once, as if it was claimed right after. It is queued if there is no room
 *   for it, or if it is not the only one.
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
 * A task, and the request that it stop.
 *
 * @category models
 * @since 0.1.0
 */
export interface Cancel {
  readonly taskId: string
  readonly request: CancelRequest
}

/**
 * Who is to run a task, and until when it is leased. `limit` is how many tasks of its pool may run, `maxConcurrent` how
 * many instances of its recurring task, both over all processes.
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
 * A claim of a queued task. `task` is the row as the claimer has seen it. `hasBegun` says that the claimer had reserved
 * the task and already runs it, so that the claim holds even if somebody wants the task to stop.
 *
 * @category models
 * @since 0.1.0
 */
export interface Claim extends Begin {
  readonly task: TaskRecord
  readonly hasBegun?: boolean | undefined
}

/**
 * A task that now belongs to its claimer, and the counters of its recurring task, if it has one.
 *
 * @category models
 * @since 0.1.0
 */
export interface Claimed {
  readonly task: TaskRecord
  readonly counters: Counters | undefined
}

/**
 * A running task that still belongs to its owner.
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
 * A process that counts as alive until `leaseUntil`, unless it beats again, with the task types that it can run and the
 * sizes of the pools that these use, `Infinity` for no limit; of an older version, the sizes are not known. The part of
 * `owner` before its last `/` is the name of the process; the rest is different after each start.
 *
 * @category models
 * @since 0.1.0
 */
export interface Process {
  readonly owner: string
  readonly leaseUntil: number
  readonly taskTypes: ReadonlyArray<string>
  readonly pools?: Readonly<Record<string, number>> | undefined
}

/**
 * What a process tells the store to stay alive.
 *
 * @category models
 * @since 0.1.0
 */
export interface Heartbeat extends Process {
  readonly now: number
}

/**
 * The answer to a heartbeat: which tasks still belong to the process; which processes there are, by name, itself
 * included; and whether it has displaced another start of the same process that seemed to be alive.
 *
 * @category models
 * @since 0.1.0
 */
export interface Alive {
  readonly held: ReadonlyArray<Held>
  readonly processes: ReadonlyArray<Process>
  readonly displaced?: boolean | undefined
}

/**
 * How many ended tasks are kept, per status and per recurring task (all one-off tasks count as one); `outcomes` is the
 * number of outcomes per recurring task. Those that other tasks have queued are kept apart from all others, and of each
 * status `children` of them if that is more: their parents may still ask for their results. What ended at or after the
 * instant `since` is kept regardless: another process may wait for its result and must be able to read it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Retention {
  readonly done: number
  readonly failed: number
  readonly cancelled: number
  readonly outcomes: number
  readonly children?: number | undefined
  readonly since?: number | undefined
}

/**
 * What the end of a task brought about: the new counters of its recurring task, if it has one, and the tasks that
 * retention pruned, in any order.
 *
 * @category models
 * @since 0.1.0
 */
export interface Settled {
  readonly counters: Counters | undefined
  readonly pruned: ReadonlyArray<string>
}

/**
 * How a task ends, provided that its attempt is still `attempt`. A task that was reserved, and has run without ever
 * being written as running, ends at the attempt after the stored one.
 *
 * @category models
 * @since 0.1.0
 */
export interface Ended {
  readonly task: TaskRecord
  readonly attempt: number
}

/**
 * Several things that a process does with tasks, written as a whole and in this order: tasks end, others take their
 * places, reserved ones are given back, and queued ones are reserved until `leaseUntil`.
 *
 * **Details**
 *
 * A reservation is a claim in everything but the place: the task stays queued and takes no place in its pool, but
 * belongs to the process. That may begin it in a place that another of its tasks has left, before any of this is
 * written. So a reserved task may have begun when its owner dies, and counts as abandoned then. Reservations are short:
 * no heartbeat extends them.
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
 * The results of a turn: answers to its endings, claims and reservations, each in their order.
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
 * Which tasks to find, newest first. Every given condition must hold.
 *
 * - `where`: values of public attributes. `payload`: values of fields of the encoded payload, in which a dot goes
 *   deeper.
 * - `text`: a part of the heading, the body, the id or the type, ignoring the case of `A` to `Z`.
 * - `createdFrom` (included), `createdBefore` (excluded): when the task was made.
 * - `before`: only tasks that are older than the one with this id.
 * - `offset`, `limit`: how many to leave out, and how many to return at most.
 *
 * **Details**
 *
 * With `before`, a page is found without counting what was read already, and new tasks do not shift it. If the task
 * `before` is gone, the page begins where its id would be: ids grow with time.
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
 * Which outcomes to read, newest first, at most `limit`: of one kind or of all, recorded before the one with the
 * ordinal `before`, without the first `offset`.
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
 * Which queued tasks to read, at most `limit`, in the order in which they are to run: by priority, then by the time at
 * which they were made, then by id. Only those that nobody has reserved, that neither sleep nor are parked, that were
 * made before the instant `createdBefore`, and that come after the task `after`, which need not exist any more.
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
 * What to count: of each type at most `most` tasks that wait; and in all at most `most` that sleep, the first to wake,
 * and at most `most` that are parked. The types in `except` are left out.
 *
 * @category models
 * @since 0.1.0
 */
export interface BacklogQuery {
  readonly most: number
  readonly except?: ReadonlyArray<string> | undefined
}

/**
 * How many tasks of a type wait, how many of these a process has reserved, how many sleep, how many are parked,
 * and since when the one that waits longest has waited; `null` if none waits.
 *
 * **Details**
 *
 * A task waits since it was made, since the time that it was for (`scheduledAt`), or since it last began, whichever was
 * last. If more wait than are counted, `since` is that of the longest among these, which are the first in line, and of
 * the first among the least urgent.
 *
 * @category models
 * @since 0.1.0
 */
export interface Backlog {
  readonly taskType: string
  readonly waiting: number
  readonly reserved: number
  readonly asleep: number
  readonly parked: number
  readonly since: number | null
}

/**
 * The tasks that were unparked; and the concurrency keys that have room for more, but of which a transaction that has
 * not ended cancels or removes parked tasks: if it is rolled back, these are in line as before.
 *
 * @category models
 * @since 0.1.0
 */
export interface Unparked {
  readonly tasks: ReadonlyArray<TaskRecord>
  readonly held: ReadonlyArray<string>
}

/**
 * What the time has come for: the types of the tasks that were woken, each once; the concurrency keys of those that are
 * parked, each once; and when the next of those that still sleep is due, `null` if none sleeps.
 *
 * @category models
 * @since 0.1.0
 */
export interface Woken {
  readonly taskTypes: ReadonlyArray<string>
  readonly parked: ReadonlyArray<string>
  readonly next: number | null
}

/**
 * A request that is to be answered once. `key` names it; `request` stands for its content, so that a different request
 * with the same key is recognised. The answer is kept until the instant `until`.
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
 * The answer that a key got, and the `request` that it was given to.
 *
 * @category models
 * @since 0.1.0
 */
export interface Answer {
  readonly request: string
  readonly answer: string
}
