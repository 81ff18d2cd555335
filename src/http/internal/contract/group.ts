/**
 * The routes of the original, as a group of an `HttpApi`. The typed client and the OpenAPI document are derived from
 * it.
 */
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as OpenApi from "effect/http-api/OpenApi"
import * as Schema from "effect/Schema"
import { Authorization, RequiredRole } from "../security/Authorization.ts"
import { InvalidInput, NotFound, Unavailable } from "./errors.ts"
import * as schemas from "./schemas.ts"

/**
 * Answers input that cannot be decoded as the original does: with 422, and what is wrong where.
 *
 * @category middleware
 * @since 0.1.0
 */
export class InputErrors
  extends HttpApiMiddleware.Service<InputErrors>()("brinjal/http/internal/contract/InputErrors", {
    error: InvalidInput
  })
{}

const TaskId = { task_id: Schema.String }
const RecurringId = { recurring_id: Schema.String }
const titled = (summary: string, description: string) => OpenApi.annotations({ summary, description })

// endpoints without an annotation need `read` if they are GET, and `admin` otherwise
const reader = [RequiredRole, "read"] as const
const operator = [RequiredRole, "operate"] as const

// in the document, the routes of the task types take its place
const create = HttpApiEndpoint.post("create", "/:route", {
  params: { route: Schema.String },
  payload: schemas.Values,
  success: schemas.Created,
  error: [NotFound, Unavailable]
}).annotate(OpenApi.Exclude, true).annotate(...operator)

const queue = HttpApiEndpoint.get("queue", "/queue", {
  success: Schema.Array(schemas.TaskEntry),
  error: Unavailable
}).annotateMerge(titled("Get Queue", "All tasks, oldest first."))

const queueStream = HttpApiEndpoint.get("queueStream", "/queue/stream", {
  success: HttpApiSchema.StreamSse({ data: schemas.QueueEvent }),
  error: Unavailable
}).annotateMerge(titled("Stream Queue", "All tasks, then those that are added and removed."))

const search = HttpApiEndpoint.post("search", "/search", {
  payload: schemas.Values,
  success: schemas.Found,
  error: Unavailable
}).annotateMerge(titled("Search Tasks", "Ids of the tasks whose attributes all have the given values, oldest first."))
  .annotate(...reader)

const taskStream = HttpApiEndpoint.get("taskStream", "/:task_id/stream", {
  params: TaskId,
  success: HttpApiSchema.StreamSse({ data: schemas.TaskEventEntry }),
  error: [NotFound, Unavailable]
}).annotateMerge(titled("Stream Task", "The task as it is, then every change of it until it has ended."))

const removeCompleted = HttpApiEndpoint.delete("removeCompleted", "/completed", {
  success: schemas.Removed,
  error: Unavailable
}).annotateMerge(titled("Delete Completed Tasks", "Removes all tasks that have ended."))

const remove = HttpApiEndpoint.delete("remove", "/:task_id", {
  params: TaskId,
  success: schemas.Message,
  error: [NotFound, Unavailable]
}).annotateMerge(titled("Delete Task", "Removes a task. A queued one never runs, a running one is cancelled."))

const recurring = HttpApiEndpoint.get("recurring", "/recurring", {
  success: Schema.Array(schemas.RecurringEntry),
  error: Unavailable
}).annotateMerge(titled("Get Recurring Tasks", "All recurring tasks, in the order in which they were added."))

const addRecurring = HttpApiEndpoint.post("addRecurring", "/recurring/:task_type", {
  params: { task_type: Schema.String },
  query: {
    cron_expression: Schema.String,
    max_concurrent: Schema.optional(Schema.FiniteFromString),
    timezone: Schema.optional(Schema.String)
  },
  payload: schemas.Values,
  success: schemas.RecurringCreated,
  error: [NotFound, Unavailable]
}).annotateMerge(titled(
  "Create Recurring Task",
  "Runs a task whenever its cron expression says so: five fields, or six with the seconds first, in UTC or another zone."
))

const enable = HttpApiEndpoint.patch("enable", "/recurring/:recurring_id/enable", {
  params: RecurringId,
  success: schemas.Message,
  error: [NotFound, Unavailable]
}).annotateMerge(titled("Enable Recurring Task", "Runs it again from now on.")).annotate(...operator)

const disable = HttpApiEndpoint.patch("disable", "/recurring/:recurring_id/disable", {
  params: RecurringId,
  success: schemas.Message,
  error: [NotFound, Unavailable]
}).annotateMerge(titled("Disable Recurring Task", "Starts no new instances and leaves running ones alone.")).annotate(
  ...operator
)

/**
 * The routes of the original.
 *
 * @category groups
 * @since 0.1.0
 */
export class Contract extends HttpApiGroup.make("contract")
  .add(
    create,
    queue,
    queueStream,
    search,
    taskStream,
    removeCompleted,
    remove,
    recurring,
    addRecurring,
    enable,
    disable
  )
  .middleware(InputErrors)
  .middleware(Authorization)
  .annotateMerge(
    OpenApi.annotations({ title: "Original API", description: "The routes of the Python original, for its clients." })
  )
{}
