/**
 * Every expected failure of the library, as values that can be matched, stored and sent.
 *
 * An error is named for the condition and carries what a program needs in typed fields; its `message` tells a person
 * what was wrong, where, and what to do about it. Bugs are defects and have no class here.
 */
import * as Schema from "effect/Schema"

/**
 * No task has this id: it never existed, was removed, or was pruned by retention. With `taskType`, there is one, but of
 * another type.
 *
 * @category errors
 * @since 0.1.0
 */
export class TaskNotFound extends Schema.TaggedError<TaskNotFound>()("TaskNotFound", {
  taskId: Schema.String,
  taskType: Schema.optional(Schema.String)
}) {
  override get message() {
    if (this.taskType !== undefined) {
      return `There is no task of the type "${this.taskType}" with the id "${this.taskId}": the one with this id is of ` +
        `another type.`
    }
    return `There is no task with the id "${this.taskId}". It may have been removed, or pruned by retention.`
  }
}

/**
 * The text cannot be the name of a task type.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidTaskType extends Schema.TaggedError<InvalidTaskType>()("InvalidTaskType", {
  taskType: Schema.String,
  issue: Schema.String
}) {
  override get message() {
    return `${JSON.stringify(this.taskType)} cannot be the name of a task type: it ${this.issue}.`
  }
}

/**
 * The task has not ended yet, and the operation needs one that has.
 *
 * @category errors
 * @since 0.1.0
 */
export class TaskNotFinished extends Schema.TaggedError<TaskNotFinished>()("TaskNotFinished", {
  taskId: Schema.String,
  status: Schema.String
}) {
  override get message() {
    return `Task "${this.taskId}" is ${this.status}. Only a finished task can be retried: cancel it first.`
  }
}

/**
 * No recurring task has this id.
 *
 * @category errors
 * @since 0.1.0
 */
export class RecurringTaskNotFound
  extends Schema.TaggedError<RecurringTaskNotFound>()("RecurringTaskNotFound", { recurringId: Schema.String })
{
  override get message() {
    return `There is no recurring task with the id "${this.recurringId}".`
  }
}

/**
 * The id belongs to a recurring task that was registered with another specification.
 *
 * @category errors
 * @since 0.1.0
 */
export class RecurringTaskExists
  extends Schema.TaggedError<RecurringTaskExists>()("RecurringTaskExists", { recurringId: Schema.String })
{
  override get message() {
    return `A recurring task "${this.recurringId}" already exists with a different specification. ` +
      `Change it with updateRecurringTask, or choose another id.`
  }
}

/**
 * The recurring task is not what the caller has seen: somebody has changed it since. `expected` is the version that the
 * caller named, `actual` the present one.
 *
 * @category errors
 * @since 0.1.0
 */
export class RecurringTaskConflict extends Schema.TaggedError<RecurringTaskConflict>()("RecurringTaskConflict", {
  recurringId: Schema.String,
  expected: Schema.Int,
  actual: Schema.Int
}) {
  override get message() {
    return `The recurring task "${this.recurringId}" has version ${this.actual}, not ${this.expected}: ` +
      `somebody has changed it. Read it again and repeat the change.`
  }
}

/**
 * An option of a recurring task is out of range, or two of them contradict each other.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidRecurringTask extends Schema.TaggedError<InvalidRecurringTask>()("InvalidRecurringTask", {
  option: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `The option "${this.option}" of the recurring task is wrong: ${this.reason}`
  }
}

/**
 * The handler of a task type is not provided in this process.
 *
 * @category errors
 * @since 0.1.0
 */
export class TaskNotRegistered
  extends Schema.TaggedError<TaskNotRegistered>()("TaskNotRegistered", { taskType: Schema.String })
{
  override get message() {
    return `No handler for the task "${this.taskType}" is provided here. ` +
      `Provide the layer made by ${this.taskType}.toLayer(...). ${this.taskType}.handledElsewhere is enough only to ` +
      "queue the task on a database, where another process finds it, and not in memory."
  }
}

/**
 * The pool that a task names is not configured.
 *
 * @category errors
 * @since 0.1.0
 */
export class TaskPoolNotFound extends Schema.TaggedError<TaskPoolNotFound>()("TaskPoolNotFound", {
  taskType: Schema.String,
  pool: Schema.String,
  known: Schema.Array(Schema.String)
}) {
  override get message() {
    return `The task "${this.taskType}" names the pool "${this.pool}", which is not configured. ` +
      `There are: ${this.known.join(", ")}. Add it with TaskManager.configure({ pools: { "${this.pool}": 1 } }).`
  }
}

/**
 * The manager is stopping or has stopped: it takes nothing new.
 *
 * @category errors
 * @since 0.1.0
 */
export class TaskManagerStopped extends Schema.TaggedError<TaskManagerStopped>()("TaskManagerStopped", {}) {
  override get message() {
    return "The task manager is stopping and takes nothing new."
  }
}

/**
 * A recurring task already has as many active instances as it may have; `blockedBy` are their ids.
 *
 * @category errors
 * @since 0.1.0
 */
export class RecurringTaskBusy extends Schema.TaggedError<RecurringTaskBusy>()("RecurringTaskBusy", {
  recurringId: Schema.String,
  maxConcurrent: Schema.Int,
  blockedBy: Schema.Array(Schema.String)
}) {
  override get message() {
    const active = this.blockedBy.length === 1 ? "1 active instance" : `${this.blockedBy.length} active instances`
    return `The recurring task "${this.recurringId}" has ${active} and may have ` +
      `${this.maxConcurrent}: wait for one to end, cancel one, or raise maxConcurrent.`
  }
}

/**
 * A payload does not fit the schema of its task. `issue` says why in a sentence or more; `issues` says it place by
 * place, each with the `path` from the payload to what is wrong (empty for the payload itself).
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidTemplate extends Schema.TaggedError<InvalidTemplate>()("InvalidTemplate", {
  taskType: Schema.String,
  issue: Schema.String,
  issues: Schema.Array(Schema.Struct({
    path: Schema.Array(Schema.Union([Schema.String, Schema.Finite])),
    message: Schema.String
  }))
}) {
  override get message() {
    return `The payload does not fit the task "${this.taskType}": ${this.issue}`
  }
}

/**
 * The payload, success or error of a task is larger than the store keeps. `size` and `limit` are bytes as JSON; `size` is
 * `null` if the value is nested too deep to be measured, or contains itself.
 *
 * A payload (with the heading, body and img beside it) is refused where it is queued; a task with such a success or error
 * fails with this instead. Another try would end the same way, so there is none.
 *
 * @category errors
 * @since 0.1.0
 */
export class TaskTooLarge extends Schema.TaggedError<TaskTooLarge>()("TaskTooLarge", {
  taskType: Schema.String,
  part: Schema.Literals(["payload", "success", "error"]),
  size: Schema.NullOr(Schema.Int),
  limit: Schema.Int
}) {
  override get message() {
    const is = this.size === null ? "is nested too deep, or contains itself" : `has ${this.size} bytes as JSON`
    return `The ${this.part} of the task "${this.taskType}" ${is}, and at most ${this.limit} bytes are kept. Store the ` +
      `data elsewhere and pass its address, or raise maxValueSize with TaskManager.configure.`
  }
}

/**
 * A key was used before, for another request.
 *
 * @category errors
 * @since 0.1.0
 */
export class IdempotencyKeyReused extends Schema.TaggedError<IdempotencyKeyReused>()("IdempotencyKeyReused", {
  key: Schema.String
}) {
  override get message() {
    return `The key "${this.key}" was used for another request. Make a new key for a new request.`
  }
}

/**
 * Why a task was interrupted.
 *
 * - `Requested`: somebody asked for it.
 * - `Removed`: the task, or its recurring task, was removed.
 * - `Overlap`: a newer occurrence takes its place.
 * - `DeadlinePassed`: it would have started after its start deadline.
 * - `CallerInterrupted`: the program that waited for it was interrupted.
 * - `LeaseLost`: its process did not answer in time, and others may have taken the task over.
 * - `Shutdown`: its manager, or its handler, was stopped.
 *
 * @category models
 * @since 0.1.0
 */
export const CancelReason = Schema.Literals([
  "Requested",
  "Removed",
  "Overlap",
  "DeadlinePassed",
  "CallerInterrupted",
  "LeaseLost",
  "Shutdown"
])

/**
 * @category models
 * @since 0.1.0
 */
export type CancelReason = typeof CancelReason.Type

/**
 * The task was interrupted before it ended by itself. `unresponsive` says that its finalizers did not end within the
 * grace, so that its slot was freed while its fiber was still running.
 *
 * @category errors
 * @since 0.1.0
 */
export class TaskCancelled extends Schema.TaggedError<TaskCancelled>()("TaskCancelled", {
  taskId: Schema.String,
  reason: CancelReason,
  note: Schema.String,
  unresponsive: Schema.Boolean
}) {
  override get message() {
    const note = this.note === "" ? "" : ` (${this.note})`
    const late = this.unresponsive ? " Its finalizers did not end within the grace period." : ""
    return `Task "${this.taskId}" was cancelled: ${this.reason}${note}.${late}`
  }
}

/**
 * The process that ran the task died, or did not answer for longer than its lease, and the task must not run again.
 *
 * @category errors
 * @since 0.1.0
 */
export class TaskAbandoned extends Schema.TaggedError<TaskAbandoned>()("TaskAbandoned", {
  taskId: Schema.String,
  owner: Schema.String,
  attempt: Schema.Int,
  /** How many processes have died with it, this one included. */
  times: Schema.optionalKey(Schema.Int)
}) {
  override get message() {
    const abandoned =
      `Attempt ${this.attempt} of task "${this.taskId}" was abandoned: its process "${this.owner}" is gone.`
    return this.times === undefined || this.times === 1
      ? abandoned
      : `${abandoned} So are the ${this.times - 1} before it: the task may be what they died of.`
  }
}

/**
 * An attempt (`scope: "attempt"`) or all attempts together (`scope: "total"`) took longer than the task allows.
 * `limit` is in milliseconds.
 *
 * @category errors
 * @since 0.1.0
 */
export class TaskTimedOut extends Schema.TaggedError<TaskTimedOut>()("TaskTimedOut", {
  taskType: Schema.String,
  scope: Schema.Literals(["attempt", "total"]),
  limit: Schema.Finite
}) {
  override get message() {
    const what = this.scope === "attempt" ? "An attempt" : "All attempts together"
    return `${what} of the task "${this.taskType}" took longer than ${this.limit} ms.`
  }
}

/**
 * The store failed in `operation`.
 *
 * @category errors
 * @since 0.1.0
 */
export class TaskStoreError extends Schema.TaggedError<TaskStoreError>()("TaskStoreError", {
  operation: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    return `The task store failed in "${this.operation}".`
  }
}

/**
 * The work on many tasks at once stopped after `done` of them, which are done; `reason` says why in a sentence.
 *
 * @category errors
 * @since 0.1.0
 */
export class TasksPartlyDone extends Schema.TaggedError<TasksPartlyDone>()("TasksPartlyDone", {
  done: Schema.Int,
  reason: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    const done = this.done === 1 ? "1 task, which is" : `${this.done} tasks, which are`
    return `It stopped after ${done} done: ${this.reason} Do it again for the rest.`
  }
}

/**
 * A recurrence or a calendar cannot be read or made. `input` is what was given (shortened if it is long), `field` the
 * part that is wrong, `position` where that part starts in a cron expression (from 0), `reason` what is wrong with it,
 * and `expected` what to write instead.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidRecurrence extends Schema.TaggedError<InvalidRecurrence>()("InvalidRecurrence", {
  input: Schema.String,
  field: Schema.String,
  position: Schema.optionalKey(Schema.Int),
  reason: Schema.String,
  expected: Schema.String
}) {
  override get message() {
    const { expected, field, input, position, reason } = this
    const what = position === undefined && field !== "expression"
      ? `Wrong ${field} "${input}"`
      : `"${input}" is not a recurrence. ${field}${position === undefined ? "" : ` (at character ${position + 1})`}`
    return `${what}: ${reason}. Write ${expected}.`
  }
}

/**
 * A recurrence can be read but has no occurrence, or none that a bounded search finds.
 *
 * @category errors
 * @since 0.1.0
 */
export class NeverFires extends Schema.TaggedError<NeverFires>()("NeverFires", {
  recurrence: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `${this.recurrence} never fires: ${this.reason}.`
  }
}

/**
 * A search for an occurrence was cut short after `steps` steps, so there may be one further on.
 *
 * @category errors
 * @since 0.1.0
 */
export class SearchExhausted extends Schema.TaggedError<SearchExhausted>()("SearchExhausted", {
  recurrence: Schema.String,
  steps: Schema.Int
}) {
  override get message() {
    return `No occurrence was found in ${this.steps} steps, of: ${this.recurrence}. Search with more steps, or combine less.`
  }
}
