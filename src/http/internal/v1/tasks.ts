/**
 * Tasks as `/v1` shows and takes them.
 */
import * as Schema from "effect/Schema"
import { TaskInfo, TaskStatus } from "../../../TaskInfo.ts"
import { Instant, keys, Limit, Nullable, Text } from "./wire.ts"

const Failure = Schema.Struct({ type: Schema.String, message: Schema.String, trace: Schema.String })

/** One task, complete. */
export const Task = Schema.Struct({
  ...TaskInfo.fields,
  parentId: Nullable(Schema.String),
  heading: Nullable(Schema.String),
  body: Nullable(Schema.String),
  img: Nullable(Schema.String),
  createdAt: Instant,
  scheduledAt: Nullable(Instant),
  startedAt: Nullable(Instant),
  retryAt: Nullable(Instant),
  completedAt: Nullable(Instant),
  result: Nullable(Schema.Unknown),
  error: Nullable(Failure),
  typedError: Nullable(Schema.Unknown)
}).pipe(keys())

/** Tasks, newest first. `next` is the `before` of the next page: the id of the last one, or `null` on the last page. */
export const TaskPage = Schema.Struct({ items: Schema.Array(Task), next: Schema.NullOr(Schema.String) })

/** Which tasks to list; all conditions must hold. `q` is a part of the heading, body, type or id. */
export const TaskQuery = Schema.Struct({
  status: Schema.optionalKey(TaskStatus),
  taskType: Schema.optionalKey(Schema.String),
  parentId: Schema.optionalKey(Schema.String),
  recurringId: Schema.optionalKey(Schema.String),
  q: Schema.optionalKey(Text(200)),
  before: Schema.optionalKey(Schema.String),
  limit: Schema.optionalKey(Limit)
}).pipe(keys())

/** How a task is shown, and its place in the queue. */
export const shown = {
  heading: Schema.optionalKey(Text(1_000)),
  body: Schema.optionalKey(Text(10_000)),
  img: Schema.optionalKey(Text(10_000)),
  priority: Schema.optionalKey(Schema.Finite)
}

/** A task to queue. */
export const NewTask = Schema.Struct({
  taskType: Schema.String,
  payload: Schema.optionalKey(Schema.Record(Schema.String, Schema.Unknown)),
  ...shown
}).pipe(keys())

/** The id of the task that a request has created. */
export const TaskCreated = Schema.Struct({ taskId: Schema.String }).pipe(keys())

/** How many tasks a request has removed. */
export const TasksDeleted = Schema.Struct({ deletedCount: Schema.Int }).pipe(keys())

/** Why the caller does something. */
export const Note = Schema.Struct({ note: Schema.optionalKey(Text(1_000)) })

/** A task type that can be queued here. `route` is its route in the contract. */
export const TaskType = Schema.Struct({
  taskType: Schema.String,
  route: Schema.String,
  displayName: Schema.String,
  payloadSchema: Schema.Record(Schema.String, Schema.Unknown),
  semaphore: Schema.String,
  defaults: Schema.Record(Schema.String, Schema.Unknown)
}).pipe(keys())
