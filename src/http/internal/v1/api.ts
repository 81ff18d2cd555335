/**
 * The endpoints of `/v1`, in groups. Every one says which role it needs.
 */
import * as HttpApi from "effect/http-api/HttpApi"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as Schema from "effect/Schema"
import { Authorization, RequiredRole } from "../security/Authorization.ts"
import * as errors from "./errors.ts"
import * as events from "./events.ts"
import * as recurring from "./recurring.ts"
import * as schedules from "./schedules.ts"
import * as system from "./system.ts"
import * as tasks from "./tasks.ts"
import { Instant, Text } from "./wire.ts"

/** Middleware that tells in JSON what is wrong with the form of a request. */
export class Validation extends HttpApiMiddleware.Service<Validation>()("brinjal/http/Validation", {
  error: errors.ValidationFailed
}) {}

const { get, patch, post } = HttpApiEndpoint
const remove = HttpApiEndpoint.delete

const reader = [RequiredRole, "read"] as const
const operator = [RequiredRole, "operate"] as const
const admin = [RequiredRole, "admin"] as const

const idempotency = { "idempotency-key": Schema.optionalKey(Text(255)) }
const ifMatch = { "if-match": Schema.optionalKey(Text(255)) }

const taskId = { task_id: Schema.String }
const recurringId = { recurring_id: Schema.String }

const created = HttpApiSchema.status(201)

class Tasks extends HttpApiGroup.make("tasks").add(
  get("list", "/tasks", { query: tasks.TaskQuery, success: tasks.TaskPage, error: errors.TaskStoreError }),
  get("get", "/tasks/:task_id", {
    params: taskId,
    success: tasks.Task,
    error: [errors.TaskNotFound, errors.TaskStoreError]
  }),
  post("create", "/tasks", {
    headers: idempotency,
    payload: tasks.NewTask,
    success: tasks.TaskCreated.pipe(created),
    error: [...errors.enqueue, errors.InvalidTemplate, errors.IdempotencyKeyReused]
  }).annotate(...operator),
  post("cancel", "/tasks/:task_id/cancel", {
    params: taskId,
    payload: [tasks.Note, Schema.Null],
    success: tasks.Task,
    error: [errors.TaskNotFound, errors.TaskStoreError]
  }).annotate(...operator),
  post("retry", "/tasks/:task_id/retry", {
    params: taskId,
    success: tasks.TaskCreated.pipe(created),
    error: [errors.TaskNotFound, errors.TaskNotFinished, ...errors.enqueue]
  }).annotate(...operator),
  remove("remove", "/tasks/:task_id", {
    params: taskId,
    error: [errors.TaskNotFound, errors.TaskStoreError]
  }).annotate(...admin),
  remove("removeCompleted", "/tasks", { success: tasks.TasksDeleted, error: errors.TaskStoreError }).annotate(...admin),
  get("types", "/task-types", { success: Schema.Array(tasks.TaskType) })
) {}

class Recurring extends HttpApiGroup.make("recurring").add(
  get("list", "/recurring", { success: Schema.Array(recurring.RecurringTask), error: errors.TaskStoreError }),
  get("get", "/recurring/:recurring_id", {
    params: recurringId,
    success: recurring.RecurringTask,
    error: [errors.RecurringTaskNotFound, errors.TaskStoreError]
  }),
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
  }).annotate(...admin),
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
  }).annotate(...admin),
  remove("remove", "/recurring/:recurring_id", {
    params: recurringId,
    query: { instances: Schema.optionalKey(Schema.Literals(["drain", "interrupt"])) },
    error: [errors.RecurringTaskNotFound, errors.TaskStoreError]
  }).annotate(...admin),
  post("enable", "/recurring/:recurring_id/enable", {
    params: recurringId,
    success: recurring.RecurringTask,
    error: [errors.RecurringTaskNotFound, errors.TaskStoreError]
  }).annotate(...operator),
  post("disable", "/recurring/:recurring_id/disable", {
    params: recurringId,
    payload: [tasks.Note, Schema.Null],
    success: recurring.RecurringTask,
    error: [errors.RecurringTaskNotFound, errors.TaskStoreError]
  }).annotate(...operator),
  post("trigger", "/recurring/:recurring_id/trigger", {
    params: recurringId,
    success: tasks.TaskCreated.pipe(created),
    error: [errors.RecurringTaskNotFound, errors.RecurringTaskBusy, ...errors.enqueue]
  }).annotate(...operator),
  get("outcomes", "/recurring/:recurring_id/outcomes", {
    params: recurringId,
    query: recurring.OutcomeQuery,
    success: recurring.OutcomePage,
    error: [errors.RecurringTaskNotFound, errors.TaskStoreError]
  }),
  get("upcoming", "/recurring/:recurring_id/upcoming", {
    params: recurringId,
    query: { count: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000 }))) },
    success: recurring.Upcoming,
    error: [errors.RecurringTaskNotFound, errors.TaskStoreError]
  }),
  get("explain", "/recurring/:recurring_id/explain", {
    params: recurringId,
    query: { at: Instant },
    success: recurring.Explained,
    error: [errors.RecurringTaskNotFound, errors.TaskStoreError]
  })
) {}

class Schedules extends HttpApiGroup.make("schedules").add(
  post("preview", "/preview", { payload: schedules.PreviewRequest, success: schedules.Preview }).annotate(...reader),
  get("timeline", "/timeline", {
    query: schedules.TimelineQuery,
    success: schedules.Timeline,
    error: [errors.RecurringTaskNotFound, errors.TaskStoreError]
  })
) {}

class Events extends HttpApiGroup.make("events").add(
  get("stream", "/events", {
    query: { last_event_id: Schema.optionalKey(Schema.String) },
    headers: { "last-event-id": Schema.optionalKey(Schema.String) },
    success: HttpApiSchema.StreamSse({ events: events.Event, error: errors.TaskStoreError }),
    error: [errors.TooMany, errors.TaskStoreError]
  })
) {}

class System extends HttpApiGroup.make("system").add(
  get("health", "/health", { success: system.Health }).annotate(RequiredRole, "none"),
  get("ready", "/ready", {
    success: system.Ready,
    error: system.Ready.pipe(HttpApiSchema.status(503))
  }).annotate(RequiredRole, "none"),
  get("metrics", "/metrics", { success: Schema.String.pipe(HttpApiSchema.asText()) }),
  get("info", "/info", { success: system.Info })
) {}

/** What cannot be read is an error that names every field, and a key that is not known is one too. */
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
  .annotate(HttpApi.QueryParseOptions, { errors: "all" })
  .prefix("/v1")
  .middleware(Validation)
  .middleware(Authorization)
{}
