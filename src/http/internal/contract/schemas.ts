/**
 * The JSON of the contract: what clients of the original send and receive. Keys are in snake_case and always present,
 * absence is `null`, instants are ISO 8601 in UTC.
 */
import * as Schema from "effect/Schema"

const Text = Schema.NullOr(Schema.String)

/** The four states that clients of the original know. A cancelled task is `failed`. */
const Status = Schema.Literals(["queued", "running", "done", "failed"])

const entry = {
  task_id: Schema.String,
  parent_id: Text,
  task_type: Schema.String,
  status: Status,
  progress: Schema.Int,
  img: Text,
  heading: Text,
  body: Text,
  started_at: Text,
  completed_at: Text
}

/** A task in `GET /queue` and in the events of the queue. */
export const TaskEntry = Schema.Struct(entry).annotate({ identifier: "TaskEntry" })

/** A task in its own stream: an entry, and why it failed. */
export const TaskEventEntry = Schema.Struct({
  ...entry,
  error_message: Text,
  error_type: Text,
  error_traceback: Text
}).annotate({ identifier: "TaskEvent" })

/** What the stream of the queue carries. */
export const QueueEvent = Schema.Union([
  Schema.Struct({ type: Schema.Literal("queue_updated"), tasks: Schema.Array(TaskEntry) }),
  Schema.Struct({ type: Schema.Literal("task_added"), task: TaskEntry }),
  Schema.Struct({ type: Schema.Literal("task_removed"), task_id: Schema.String })
]).annotate({ identifier: "QueueEvent" })

/** A recurring task in `GET /recurring`. */
export const RecurringEntry = Schema.Struct({
  recurring_id: Schema.String,
  cron_expression: Schema.String,
  task_type: Schema.String,
  max_concurrent: Schema.Int,
  enabled: Schema.Boolean,
  next_run: Text,
  last_run: Text,
  consecutive_failures: Schema.Int,
  total_runs: Schema.Int,
  total_failures: Schema.Int,
  created_at: Schema.String
}).annotate({ identifier: "RecurringTaskEntry" })

/** The answer to the creation of a task. */
export const Created = Schema.Struct({ task_id: Schema.String }).annotate({ identifier: "TaskCreated" })

/** The answer to the creation of a recurring task. */
export const RecurringCreated = Schema.Struct({ recurring_id: Schema.String, message: Schema.String })
  .annotate({ identifier: "RecurringTaskCreated" })

/** An answer that says what has been done. */
export const Message = Schema.Struct({ message: Schema.String }).annotate({ identifier: "Message" })

/** The answer to the removal of all ended tasks. */
export const Removed = Schema.Struct({
  message: Schema.String,
  deleted_count: Schema.Int,
  failed_count: Schema.Int,
  failed_task_ids: Schema.optionalKey(Schema.Array(Schema.String))
}).annotate({ identifier: "TasksRemoved" })

/** What a search finds. */
export const Found = Schema.Struct({ task_ids: Schema.Array(Schema.String) }).annotate({ identifier: "TasksFound" })

/** Names of attributes or parameters, with their values. */
export const Values = Schema.Record(Schema.String, Schema.Json)
