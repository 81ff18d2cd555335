/**
 * What the routes of the original do, with the public manager.
 */
import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import type * as Stream from "effect/Stream"
import * as TaskManager from "../../../TaskManager.ts"
import * as TaskRegistry from "../../../TaskRegistry.ts"
import { TaskApi } from "../../TaskApi.ts"
import * as OpenStreams from "../OpenStreams.ts"
import * as sse from "../sse.ts"
import * as creating from "./creating.ts"
import * as entries from "./entries.ts"
import { NotFound } from "./errors.ts"
import * as input from "./input.ts"
import * as mistakes from "./mistakes.ts"
import * as routes from "./routes.ts"
import * as search from "./search.ts"
import * as streams from "./streams.ts"

const taskNotFound = (taskId: string) => () => Effect.fail(new NotFound({ detail: `Task with ID ${taskId} not found` }))

const recurringNotFound = (recurringId: string) => () =>
  Effect.fail(new NotFound({ detail: `Recurring task ${recurringId} not found` }))

const storeIsAway = {
  TaskStoreError: (error: { readonly message: string }) => Effect.fail(creating.unavailable(error))
}

const removed = (count: number) =>
  count === 0
    ? { message: "No completed tasks found", deleted_count: 0, failed_count: 0 }
    : { message: `Deleted ${count} completed task(s)`, deleted_count: count, failed_count: 0, failed_task_ids: [] }

const criteria = Effect.flatMap(
  input.json,
  (value): Effect.Effect<Record<string, unknown>, ReturnType<typeof mistakes.fail>> => {
    if (value === undefined) return Effect.fail(mistakes.fail(mistakes.missing("body")))
    // no criteria, as the original takes it
    if (Array.isArray(value) && value.length === 0) return Effect.succeed({})
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return Effect.fail(mistakes.fail(mistakes.noObject))
    }
    return Effect.succeed(Object.fromEntries(Object.entries(value)))
  }
)

const make = Effect.gen(function*() {
  const manager = yield* TaskManager.TaskManager
  const registry = yield* TaskRegistry.TaskRegistry
  const open = yield* OpenStreams.orOwn

  const stream = (events: Stream.Stream<string>) => sse.response(open.join(events))

  const create = Effect.fnUntraced(function*(route: string) {
    const registration = creating.underRoute(registry, route)
    if (registration === undefined) return routes.notAllowed(["DELETE"])
    const task_id = yield* creating.create(manager, registration, yield* input.read)
    return HttpServerResponse.jsonUnsafe({ task_id })
  })

  const find = Effect.fnUntraced(function*() {
    // the route of a task stands before the others
    if (creating.underRoute(registry, "search") !== undefined) return yield* create("search")
    const wanted = yield* criteria
    const tasks = yield* Effect.catchTags(manager.getAllTasks, storeIsAway)
    const found = tasks.filter(search.matches(registry, wanted))
    return HttpServerResponse.jsonUnsafe({ task_ids: found.map(({ taskId }) => taskId) })
  })

  const taskStream = Effect.fnUntraced(function*(taskId: string) {
    yield* Effect.catchTags(manager.getTask(taskId), { ...storeIsAway, TaskNotFound: taskNotFound(taskId) })
    return stream(streams.task(manager, taskId))
  })

  const addRecurring = Effect.fnUntraced(function*(taskType: string, when: creating.When) {
    const registration = registry.get(taskType)
    if (registration === undefined) return yield* new NotFound({ detail: `Task ${taskType} is not registered` })
    const recurring_id = yield* creating.addRecurring(manager, registration, yield* input.read, when)
    const message = `Recurring ${taskType} task created with cron: ${when.cron_expression}`
    return HttpServerResponse.jsonUnsafe({ recurring_id, message })
  })

  const enable = Effect.fnUntraced(
    function*(recurringId: string) {
      yield* manager.enableRecurringTask(recurringId)
      return { message: `Recurring task ${recurringId} enabled successfully` }
    },
    (effect, recurringId) =>
      Effect.catchTags(effect, { ...storeIsAway, RecurringTaskNotFound: recurringNotFound(recurringId) })
  )

  const disable = Effect.fnUntraced(
    function*(recurringId: string) {
      yield* manager.disableRecurringTask(recurringId)
      return { message: `Recurring task ${recurringId} disabled successfully` }
    },
    (effect, recurringId) =>
      Effect.catchTags(effect, { ...storeIsAway, RecurringTaskNotFound: recurringNotFound(recurringId) })
  )

  const remove = Effect.fnUntraced(function*(taskId: string) {
    yield* manager.removeTask(taskId)
    return { message: `Task ${taskId} deleted successfully` }
  }, (effect, taskId) => Effect.catchTags(effect, { ...storeIsAway, TaskNotFound: taskNotFound(taskId) }))

  return {
    addRecurring,
    create,
    disable,
    enable,
    find,
    remove,
    taskStream,
    queue: Effect.catchTags(manager.getAllTasks, storeIsAway).pipe(
      Effect.map((tasks) => HttpServerResponse.jsonUnsafe(tasks.map(entries.taskEntry)))
    ),
    queueStream: Effect.map(Effect.catchTags(streams.queue(manager), storeIsAway), stream),
    recurring: Effect.catchTags(manager.getAllRecurringTasks, storeIsAway).pipe(
      Effect.map((configs) => HttpServerResponse.jsonUnsafe(configs.map(entries.recurringEntry)))
    ),
    removeCompleted: Effect.map(Effect.catchTags(manager.removeCompletedTasks, storeIsAway), removed)
  }
})

/** The handlers of the contract. */
export const layer = HttpApiBuilder.group(
  TaskApi,
  "contract",
  Effect.fnUntraced(function*(handlers) {
    const the = yield* make
    return handlers
      .handleRaw("create", ({ params }) => the.create(params.route))
      .handleRaw("search", () => the.find())
      .handleRaw("addRecurring", ({ params, query }) => the.addRecurring(params.task_type, query))
      .handleAll({
        queue: () => the.queue,
        queueStream: () => the.queueStream,
        taskStream: ({ params }) => the.taskStream(params.task_id),
        removeCompleted: () => the.removeCompleted,
        remove: ({ params }) => the.remove(params.task_id),
        recurring: () => the.recurring,
        enable: ({ params }) => the.enable(params.recurring_id),
        disable: ({ params }) => the.disable(params.recurring_id)
      })
  })
)
