/**
 * What is stored of tasks, recurring tasks and outcomes: encoded values that are the same in every store. Instants are
 * epoch milliseconds, durations milliseconds.
 */
import type { Buffered, Outcome, Range } from "./Decision.ts"
import type { Spec } from "./RecurringTaskSpec.ts"
import type { CancelReason } from "./TaskError.ts"
import type { TaskFailure, TaskStatus } from "./TaskInfo.ts"

/**
 * Of all tasks with this key, at most `limit` are active at the same time: they run, wait in their pool, or wait for
 * their next attempt.
 *
 * @category models
 * @since 0.1.0
 */
export interface Concurrency {
  readonly key: string
  readonly limit: number
}

/**
 * An instance before it runs, as data: what `Task.template` makes. `semaphore` is the pool that it runs in.
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
  readonly concurrency: Concurrency | null
}

/**
 * A request that a running task stop: why, and how many milliseconds its finalizers may take (`null`: the default of
 * its owner).
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
 * How far a task has come with its retry schedule: how many retries that has allowed, and when it was first asked.
 *
 * @category models
 * @since 0.1.0
 */
export interface Retries {
  readonly count: number
  readonly since: number
}

/**
 * One task, encoded.
 *
 * - `attempt`: counts from 1 once the task runs, and is the fencing token of every write after the claim.
 * - `retryAt`: when the next attempt may begin, while the task waits for that; the first one too, if it is to begin
 *   later.
 * - `success`, `error`: the encoded result.
 * - `owner`: the process that runs it, until `leaseUntil`. If it is queued, the process that has reserved it and may
 *   already have begun it.
 * - `parked`: whether it is queued, but not in the queue of its pool yet, since as many tasks with its concurrency key
 *   are active as may be.
 * - `lent`: whether a running task has lent its place in the pool while it waits for another task.
 * - `abandoned`: how many processes have died while they ran it, or had reserved it, and another one has queued it
 *   again. One that died while the task waited for its next attempt does not count.
 * - `retries`: what the next process has to know to go on with its retry schedule; `null` as long as it has had none.
 *   Attempts that follow abandoned or interrupted ones are no retries.
 * - `cancelRequest`: set from when somebody wants it to stop until it has. A running task is stopped by its owner; a
 *   waiting one may not be begun any more, and is ended by whichever process finds it.
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
  readonly parked: boolean
  readonly lent: boolean
  readonly abandoned: number
  readonly retries: Retries | null
  readonly cancelRequest: CancelRequest | null
}

/**
 * That nothing of a task type is to start: since when, and a `note` that tells why.
 *
 * @category models
 * @since 0.1.0
 */
export interface Pause {
  readonly taskType: string
  readonly since: number
  readonly note: string
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
 * One recurring task, without its counters, which change independently.
 *
 * - `version`: grows with every decision and change, and is compared by every write.
 * - `revision`: grows only when what it is meant to do is changed. This is the `version` that users see.
 * - `runs`: how many scheduled occurrences have started, against `maxRuns`.
 * - `declared`: whether a program declares it, so that a later version of the program may find it orphaned.
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
 * The version of a recurring task, to find out whether it has changed.
 *
 * @category models
 * @since 0.1.0
 */
export type ConfigVersion = Pick<ConfigRecord, "recurringId" | "version">

/**
 * What happened to an occurrence, or to a range of them. `taskId` and `status` are set if it started.
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
 * An outcome as it is stored. `ordinal` numbers the outcomes of a recurring task in the order in which they were
 * decided. The status and the times of a started one follow its task, and stay when the task is no longer kept.
 *
 * @category models
 * @since 0.1.0
 */
export interface StoredOutcome extends OutcomeRecord {
  readonly ordinal: number
  readonly startedAt: number | null
  readonly completedAt: number | null
}
