/**
 * The endpoints of `/v1`, in groups. Every endpoint declares the role that it needs.
 */
import * as Context from "effect/Context"
import * as HttpApi from "effect/http-api/HttpApi"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as OpenApi from "effect/http-api/OpenApi"
import * as Schema from "effect/Schema"
import type { Role } from "../../TaskApiError.ts"
import { Authorization, RequiredRole } from "../security/Authorization.ts"
import * as errors from "./errors.ts"
import * as events from "./events.ts"
import * as recurring from "./recurring.ts"
import * as schedules from "./schedules.ts"
import * as system from "./system.ts"
import * as tasks from "./tasks.ts"
import { field, GivenInstant, Limit, optional, SomeText, Text } from "./wire.ts"

/** Middleware that answers malformed requests with `ValidationFailed`. */
export class Validation extends HttpApiMiddleware.Service<Validation>()("brinjal/http/Validation", {
  error: errors.ValidationFailed
}) {}

const { get, patch, post } = HttpApiEndpoint
const remove = HttpApiEndpoint.delete

/** Annotations of an endpoint: the role that it needs, and its summary. */
const needs = (role: Role | "none") => (summary: string) =>
  Context.merge(Context.make(RequiredRole, role), OpenApi.annotations({ summary }))

const open = needs("none")
const reader = needs("read")
const operator = needs("operate")
const admin = needs("admin")

const idempotency = {
  "idempotency-key": optional(
    SomeText(255),
    "A key of your choice for this request: if it is sent again with the same key, the server repeats its answer and does nothing."
  )
}
const ifMatch = {
  "if-match": optional(
    Text(255),
    "The `version` that you have seen: the change is refused if it is no longer the current one."
  )
}

const taskId = { task_id: field(Schema.String, "The id of the task.") }
const taskType = { task_type: field(Schema.String, "The name of the task type.") }
const recurringId = { recurring_id: field(Schema.String, "The id of the recurring task.") }
const lastEventId = optional(Schema.String, "The id of the last event that you have seen: those after it follow.")

const created = HttpApiSchema.status(201)

const bulk = [errors.TasksPartlyDone, errors.TaskStoreError] as const

class Tasks extends HttpApiGroup.make("tasks").add(
  get("list", "/tasks", { query: tasks.TaskQuery, success: tasks.TaskPage, error: errors.TaskStoreError })
    .annotateMerge(reader("List tasks, newest first")),
  get("get", "/tasks/:task_id", {
    params: taskId,
    success: tasks.Task,
    error: [errors.TaskNotFound, errors.TaskStoreError]
  }).annotateMerge(reader("Get a task")),
  post("create", "/tasks", {
    headers: idempotency,
    payload: tasks.NewTask,
    success: tasks.TaskCreated.pipe(created),
    error: [...errors.enqueue, errors.InvalidTemplate, errors.IdempotencyKeyReused]
  }).annotateMerge(operator("Queue a task, now or for later")),
  post("cancel", "/tasks/:task_id/cancel", {
    params: taskId,
    payload: [tasks.Note, Schema.Null],
    success: tasks.Task,
    error: [errors.TaskNotFound, errors.TaskStoreError]
  }).annotateMerge(operator("Cancel a task and wait until it has ended")),
  post("retry", "/tasks/:task_id/retry", {
    params: taskId,
    success: tasks.TaskCreated.pipe(created),
    error: [errors.TaskNotFound, errors.TaskNotFinished, ...errors.enqueue]
  }).annotateMerge(operator("Queue an ended task again, as a new one")),
  remove("remove", "/tasks/:task_id", {
    params: taskId,
    error: [errors.TaskNotFound, errors.TaskStoreError]
  }).annotateMerge(admin("Remove a task; a running one is cancelled first")),
  remove("removeCompleted", "/tasks", { success: tasks.TasksDeleted, error: errors.TaskStoreError }).annotateMerge(
    admin("Remove all tasks that have ended")
  ),
  post("retryMany", "/tasks/retry", {
    payload: tasks.TasksToRetry,
    success: tasks.RetryResult,
    error: [errors.TaskManagerStopped, ...bulk]
  }).annotateMerge(operator("Queue many tasks again, those that have failed unless told otherwise")),
  post("cancelMany", "/tasks/cancel", { payload: tasks.TasksToCancel, success: tasks.BulkResult, error: bulk })
    .annotateMerge(operator("Cancel many tasks and wait until they have ended")),
  post("removeMany", "/tasks/remove", { payload: tasks.TasksToRemove, success: tasks.BulkResult, error: bulk })
    .annotateMerge(admin("Remove many tasks; those that have not ended are cancelled first")),
  get("types", "/task-types", { success: Schema.Array(tasks.TaskType) }).annotateMerge(
    reader("List the task types that can be queued here")
  ),
  post("pauseType", "/task-types/:task_type/pause", {
    params: taskType,
    payload: [tasks.Note, Schema.Null],
    success: system.PausedType,
    error: [errors.InvalidTaskType, errors.TaskStoreError]
  }).annotateMerge(operator("Start nothing of a task type, and leave what runs alone")),
  post("resumeType", "/task-types/:task_type/resume", {
    params: taskType,
    success: system.ResumedType,
    error: [errors.InvalidTaskType, errors.TaskStoreError]
  }).annotateMerge(operator("Resume a task type that is paused"))
) {}

class Recurring extends HttpApiGroup.make("recurring").add(
  get("list", "/recurring", { success: Schema.Array(recurring.RecurringTask), error: errors.TaskStoreError })
    .annotateMerge(reader("List recurring tasks, in the order in which they were added")),
  get("get", "/recurring/:recurring_id", {
    params: recurringId,
    success: recurring.RecurringTask,
    error: [errors.RecurringTaskNotFound, errors.TaskStoreError]
  }).annotateMerge(reader("Get a recurring task")),
  post("create", "/recurring", {
    headers: idempotency,
    payload: recurring.NewRecurringTask,
    success: recurring.RecurringTask.pipe(created),
    error: [
      errors.RecurringTaskExists,
      errors.RecurringTaskNotFound,
      errors.InvalidTemplate,
      errors.IdempotencyKeyReused,
      ...errors.specification,
      ...errors.enqueue
    ]
  }).annotateMerge(admin("Add a recurring task")),
  patch("update", "/recurring/:recurring_id", {
    params: recurringId,
    headers: ifMatch,
    payload: recurring.RecurringTaskChanges,
    success: recurring.RecurringTask,
    error: [
      errors.RecurringTaskNotFound,
      errors.VersionMismatch,
      errors.InvalidTemplate,
      ...errors.specification,
      ...errors.enqueue
    ]
  }).annotateMerge(admin("Change a recurring task from now on")),
  remove("remove", "/recurring/:recurring_id", {
    params: recurringId,
    query: {
      instances: optional(
        Schema.Literals(["drain", "interrupt"]),
        "What becomes of instances that have not ended: they go on (`drain`, the default), or are cancelled."
      )
    },
    error: errors.change
  }).annotateMerge(admin("Remove a recurring task; running instances end by themselves or are cancelled")),
  post("enable", "/recurring/:recurring_id/enable", {
    params: recurringId,
    success: recurring.RecurringTask,
    error: errors.change
  }).annotateMerge(operator("Enable a recurring task from now on")),
  post("disable", "/recurring/:recurring_id/disable", {
    params: recurringId,
    payload: [tasks.Note, Schema.Null],
    success: recurring.RecurringTask,
    error: errors.change
  }).annotateMerge(operator("Start no new instances, and leave running ones alone")),
  post("trigger", "/recurring/:recurring_id/trigger", {
    params: recurringId,
    payload: [recurring.Trigger, Schema.Null],
    success: tasks.TaskCreated.pipe(created),
    error: [errors.RecurringTaskNotFound, errors.RecurringTaskBusy, ...errors.enqueue]
  }).annotateMerge(operator("Start an instance now")),
  get("outcomes", "/recurring/:recurring_id/outcomes", {
    params: recurringId,
    query: recurring.OutcomeQuery,
    success: recurring.OutcomePage,
    error: [errors.RecurringTaskNotFound, errors.TaskStoreError]
  }).annotateMerge(reader("List what happened to the occurrences, newest first")),
  get("upcoming", "/recurring/:recurring_id/upcoming", {
    params: recurringId,
    query: { count: optional(Limit, "How many to return at most. Default 10.") },
    success: recurring.Upcoming,
    error: [errors.RecurringTaskNotFound, errors.TaskStoreError]
  }).annotateMerge(reader("List the next occurrences")),
  get("explain", "/recurring/:recurring_id/explain", {
    params: recurringId,
    query: { at: field(GivenInstant, "The instant to explain, past or future.") },
    success: recurring.Explained,
    error: [errors.RecurringTaskNotFound, errors.TaskStoreError]
  }).annotateMerge(reader("Explain why it did or did not run at an instant"))
) {}

class Schedules extends HttpApiGroup.make("schedules").add(
  post("preview", "/preview", { payload: schedules.PreviewRequest, success: schedules.Preview }).annotateMerge(
    reader("Preview a cron expression, or say why it cannot be read")
  ),
  get("timeline", "/timeline", {
    query: schedules.TimelineQuery,
    success: schedules.Timeline,
    error: [errors.RecurringTaskNotFound, errors.TaskStoreError]
  }).annotateMerge(reader("Show what ran and what will run"))
) {}

class Events extends HttpApiGroup.make("events").add(
  get("stream", "/events", {
    query: { last_event_id: lastEventId },
    headers: { "last-event-id": lastEventId },
    success: HttpApiSchema.StreamSse({ events: events.Event, error: errors.TaskStoreError }),
    error: [errors.TooMany, errors.TaskStoreError]
  }).annotateMerge(reader("Stream the present state, and then every change"))
    // clients add keys of their own when they connect again
    .annotate(HttpApi.QueryParseOptions, { errors: "all" })
) {}

class System extends HttpApiGroup.make("system").add(
  get("health", "/health", { success: system.Health }).annotateMerge(open("Check that the server is alive")),
  get("ready", "/ready", {
    success: system.Ready,
    error: system.Ready.pipe(HttpApiSchema.status(503))
  }).annotateMerge(open("Check whether the server is ready")),
  get("metrics", "/metrics", { success: Schema.String.pipe(HttpApiSchema.asText()) }).annotateMerge(
    reader("Metrics for Prometheus")
  ),
  get("backlog", "/backlog", { success: Schema.Array(system.Backlog), error: errors.TaskStoreError }).annotateMerge(
    reader("List what waits in the store, by task type, and which processes would run it")
  ),
  get("info", "/info", { success: system.Info }).annotateMerge(reader("Describe this server and the caller"))
) {}

/** A malformed payload or query is an error that names every field, and an unknown key is an error too. */
const strict = { onExcessProperty: "error", errors: "all" } as const

/**
 * Everything under `/v1`.
 *
 * @category definitions
 * @since 0.1.0
 */
export class V1Api extends HttpApi.make("brinjal")
  .add(Tasks, Recurring, Schedules, Events, System)
  .annotate(HttpApi.PayloadParseOptions, strict)
  .annotate(HttpApi.QueryParseOptions, strict)
  .prefix("/v1")
  .middleware(Validation)
  .middleware(Authorization)
{}
