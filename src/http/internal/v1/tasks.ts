/**
 * Tasks as `/v1` shows and takes them.
 */
import * as Schema from "effect/Schema"
import { TaskInfo, TaskStatus } from "../../../TaskInfo.ts"
import { Delay, field, GivenInstant, Instant, keys, Limit, Nullable, optional, Text } from "./wire.ts"

const Failure = Schema.Struct({ type: Schema.String, message: Schema.String, trace: Schema.String })

/** One task, complete. */
export const Task = Schema.Struct({
  ...TaskInfo.fields,
  parentId: Nullable(Schema.String),
  heading: Nullable(Schema.String),
  body: Nullable(Schema.String),
  img: Nullable(Schema.String),
  concurrencyKey: Nullable(Schema.String),
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

const conditions = {
  taskType: optional(Schema.String, "Only tasks of this type."),
  parentId: optional(Schema.String, "Only children of this task, or instances of this recurring task."),
  recurringId: optional(Schema.String, "Only instances of this recurring task."),
  concurrencyKey: optional(Schema.String, "Only tasks with this concurrency key, such as `Sync/acme`."),
  parked: optional(
    Schema.Boolean,
    "Only tasks that wait until fewer with their concurrency key are active; `false` is only the others."
  ),
  q: optional(Text(200), "A part of the heading, the body, the type or the id, ignoring case."),
  createdFrom: optional(GivenInstant, "Only tasks that were created then or later."),
  createdBefore: optional(GivenInstant, "Only tasks that were created earlier than then.")
}

/** Which tasks to list; all conditions must hold. `q` is a part of the heading, body, type or id. */
export const TaskQuery = Schema.Struct({
  status: optional(TaskStatus, "Only tasks with this status."),
  ...conditions,
  before: optional(Schema.String, "Only tasks older than this one: the `next` of a page gives the one after it."),
  limit: optional(Limit, "How many to return at most; fewer if they are large. Default 100.")
}).pipe(keys())

/** How a task is shown, and its place in the queue. */
export const shown = {
  heading: optional(Text(1_000), "A short name. Default that of the task type."),
  body: optional(Text(10_000), "A line or more about it. Default that of the task type."),
  img: optional(Text(10_000), "The address of a picture. Default that of the task type."),
  priority: optional(Schema.Finite, "The highest starts first among those that wait for the same pool. Default 0.")
}

/** What the document says of the type of what is created. */
export const ofTypes = "One of those that `/v1/task-types` lists."

/** The payload of what is created. */
export const payload = optional(
  Schema.Record(Schema.String, Schema.Unknown),
  "What the task type takes, as its `payload_schema` says."
)

/** A task to queue, now or for later. */
export const NewTask = Schema.Struct({
  taskType: field(Schema.String, ofTypes),
  payload,
  ...shown,
  startAt: optional(
    GivenInstant,
    "When it is to start: it waits until then as `queued`. One in the past is now, the default."
  ),
  delay: optional(Delay, "In place of `start_at`: how long from now it is to start.")
}).pipe(keys({ delay: "delay_ms" }))

/** The id of the task that a request has created. */
export const TaskCreated = Schema.Struct({ taskId: Schema.String }).pipe(keys())

/** How many tasks a request acts on unless it says so, and how many at most: it is to end in good time. */
export const bulkLimit = { usual: 1_000, most: 10_000 } as const

/** Which tasks to act on at once; all conditions must hold. */
const selection = {
  ...conditions,
  limit: optional(
    Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: bulkLimit.most })),
    `How many at most, the newest first: \`more\` says whether it was too few. Default ${bulkLimit.usual}, in a dry run all.`
  ),
  dryRun: optional(Schema.Boolean, "Whether they are only counted. Default false.")
}

/** The tasks to retry: at least one condition is needed. */
export const TasksToRetry = Schema.Struct({
  status: optional(Schema.Literals(["done", "failed", "cancelled"]), "Those with this status. Default `failed`."),
  ...selection,
  before: optional(Schema.String, "Only tasks older than this one: the `next` of a part gives the one after it."),
  keep: optional(
    Schema.Boolean,
    "Whether the old tasks stay, so that the next request would retry them again. Default false: the new ones take their place."
  )
}).pipe(keys())

/** The tasks to cancel: at least one condition is needed. */
export const TasksToCancel = Schema.Struct({
  status: optional(Schema.Literals(["queued", "running"]), "Only those that wait, or only those that run."),
  ...selection,
  note: optional(Text(1_000), "Why, for people.")
}).pipe(keys())

/** The tasks to remove: at least one condition is needed. */
export const TasksToRemove = Schema.Struct({
  status: optional(TaskStatus, "Only those with this status."),
  ...selection
}).pipe(keys())

const Refused = Schema.Struct({ error: Schema.String, message: Schema.String, count: Schema.Int })

/**
 * What a request has done, or in a dry run would do: to how many tasks, how many it has skipped, since they had changed
 * meanwhile, and how many it had to leave, with the error of the first. `more` says that it has stopped at its limit.
 */
export const BulkResult = Schema.Struct({
  count: Schema.Int,
  skipped: Schema.Int,
  refused: Schema.Array(Refused),
  more: Schema.Boolean
})

/** The same for retries. `next` is the `before` of the next part: those that were retried may have failed again. */
export const RetryResult = Schema.Struct({ ...BulkResult.fields, next: Schema.NullOr(Schema.String) })

/** How many tasks a request has removed. */
export const TasksDeleted = Schema.Struct({ deletedCount: Schema.Int }).pipe(keys())

/** Why the caller does something. */
export const Note = Schema.Struct({ note: optional(Text(1_000), "Why, for people.") })

/** A task type that can be queued here. `route` is its path in the contract, or `null` if something else has that. */
export const TaskType = Schema.Struct({
  taskType: Schema.String,
  route: Schema.NullOr(Schema.String),
  displayName: Schema.String,
  payloadSchema: Schema.Record(Schema.String, Schema.Unknown),
  semaphore: Schema.String,
  defaults: Schema.Record(Schema.String, Schema.Unknown)
}).pipe(keys())
