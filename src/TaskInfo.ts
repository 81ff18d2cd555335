/**
 * One task as users see it: a value that can be stored, sent and shown.
 *
 * Instants are `DateTime.Utc`, absence is `Option`. A task that is visible as ended already has its end time and
 * everything else that belongs to it.
 */
import * as Schema from "effect/Schema"

/**
 * `queued -> running -> done | failed | cancelled`. A task may also go back from `running` to `queued`, when its
 * process goes, and be cancelled while it is queued.
 *
 * One that waits for its next attempt is `running` as long as the process that has tried it is there, although nothing
 * of it runs, and `queued` afterwards. In both cases its `retryAt` says until when it waits.
 *
 * @category models
 * @since 0.1.0
 */
export const TaskStatus = Schema.Literals(["queued", "running", "done", "failed", "cancelled"])

/**
 * @category models
 * @since 0.1.0
 */
export type TaskStatus = typeof TaskStatus.Type

/**
 * Whether a status is final.
 *
 * @category predicates
 * @since 0.1.0
 */
export const isFinal = (status: TaskStatus): boolean => status !== "queued" && status !== "running"

/**
 * Why a task did not succeed: the tag or class name of the error, its message, and a readable trace.
 *
 * @category models
 * @since 0.1.0
 */
export const TaskFailure = Schema.Struct({ type: Schema.String, message: Schema.String, trace: Schema.String })

/**
 * @category models
 * @since 0.1.0
 */
export type TaskFailure = typeof TaskFailure.Type

/**
 * One task. `parentId` is the id of the recurring task or of the task that made it; `progress` is 0 to 100, or -1 when
 * indeterminate; `scheduledAt` is the nominal time of its occurrence, or when it was to start if it was queued for
 * later; a task that is `parked` waits until fewer tasks with its `concurrencyKey` are active; `attempt` counts from 1
 * once it runs; `retryAt` is when the next attempt begins, while it waits for that. `result` is the encoded success of
 * a task that is done. For one that is not, `error` says why to people and `typedError` to programs: it is the encoded
 * error, if that has a schema and fits it; if it does not fit, `error` says so.
 *
 * @category models
 * @since 0.1.0
 */
export class TaskInfo extends Schema.Class<TaskInfo>("TaskInfo")({
  taskId: Schema.String,
  parentId: Schema.Option(Schema.String),
  taskType: Schema.String,
  status: TaskStatus,
  payload: Schema.Unknown,
  progress: Schema.Finite,
  heading: Schema.Option(Schema.String),
  body: Schema.Option(Schema.String),
  img: Schema.Option(Schema.String),
  priority: Schema.Finite,
  concurrencyKey: Schema.Option(Schema.String),
  parked: Schema.Boolean,
  attempt: Schema.Int,
  createdAt: Schema.DateTimeUtc,
  scheduledAt: Schema.Option(Schema.DateTimeUtc),
  startedAt: Schema.Option(Schema.DateTimeUtc),
  retryAt: Schema.Option(Schema.DateTimeUtc),
  completedAt: Schema.Option(Schema.DateTimeUtc),
  result: Schema.Option(Schema.Unknown),
  error: Schema.Option(TaskFailure),
  typedError: Schema.Option(Schema.Unknown)
}) {}
