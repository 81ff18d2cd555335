/**
 * What is kept of tasks, recurring tasks and their outcomes: encoded values, as every store keeps them.
 */
import type { Buffered, Outcome, Range } from "./Decision.ts"
import type { Spec } from "./RecurringTaskSpec.ts"
import type { CancelReason } from "./TaskError.ts"
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
 * That a running task is to stop: why, and how many milliseconds its finalizers may take (`null`: as its owner is set up).
 *
 * @category models
 * @since 0.1.0
 */
export interface CancelRequest {
  readonly reason: CancelReason
  readonly note: string
  readonly grace: number | null
}

/**
 * One task, encoded. Instants are epoch milliseconds. `attempt` counts from 1 once the task runs, and is the fencing
 * token of every write after the claim. `retryAt` is when the next attempt begins, while it waits for that. `success` and
 * `error` hold the encoded result. `owner` is the process that runs it, until `leaseUntil`; of a queued one, the process
 * that has reserved it and may have begun it already. `lent` says that the place of a running one in the pool is another's
 * while it waits for something else. `cancelRequest` is there once somebody wants it to stop, until it has: its owner stops
 * it, and one that waits and has none is not begun any more but ended by whoever finds it.
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
  readonly lent: boolean
  readonly cancelRequest: CancelRequest | null
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
 * One recurring task. `version` grows with every decision and change, and is what a writer must have seen; `revision` only
 * when what it is meant to do is changed, and is what users see. `runs` counts the scheduled occurrences that started,
 * against `maxRuns`. `declared` says that the program declares it, so that a later
 * version of the program may find it orphaned. Counters change without it and are kept beside it.
 *
 * @category models
 * @since 0.1.0
 */
export interface ConfigRecord {
  readonly recurringId: string
  readonly version: number
  readonly revision: number
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
 * How far a recurring task is.
 *
 * @category models
 * @since 0.1.0
 */
export type ConfigVersion = Pick<ConfigRecord, "recurringId" | "version">

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
 * An outcome as it is kept: `ordinal` numbers the outcomes of a recurring task in the order in which they were decided. The
 * status and the times of a started one are those of its task, also when that is not kept any more.
 *
 * @category models
 * @since 0.1.0
 */
export interface StoredOutcome extends OutcomeRecord {
  readonly ordinal: number
  readonly startedAt: number | null
  readonly completedAt: number | null
}
