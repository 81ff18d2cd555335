/**
 * The handlers of the contract, over the public interface of the manager.
 */
import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import type * as Stream from "effect/Stream"
import * as TaskManager from "../../../TaskManager.ts"
import * as TaskRegistry from "../../../TaskRegistry.ts"
import { TooMany } from "../../TaskApiError.ts"
import * as OpenStreams from "../OpenStreams.ts"
import { answer } from "../security/refusals.ts"
import { Security } from "../security/Security.ts"
import * as sse from "../sse.ts"
import { ContractApi } from "./api.ts"
import * as creating from "./creating.ts"
import * as entries from "./entries.ts"
import { NotFound } from "./errors.ts"
import * as input from "./input.ts"
import * as routes from "./routes.ts"
import * as search from "./search.ts"
import * as streams from "./streams.ts"
import { taskUnder } from "./taskRoutes.ts"

const { jsonUnsafe } = HttpServerResponse

/** What the handlers use. */
interface Services {
  readonly manager: typeof TaskManager.TaskManager.Service
  readonly registry: typeof TaskRegistry.TaskRegistry.Service
  readonly open: typeof OpenStreams.OpenStreams.Service
  /** How many streams may be open at the same time. */
  readonly limit: number
}

const storeIsAway = { TaskStoreError: (error: { readonly message: string }) => creating.unavailable(error) }

const ofTask = (taskId: string) => ({
  ...storeIsAway,
  TaskNotFound: () => new NotFound({ detail: `Task with ID ${taskId} not found` })
})

const ofRecurring = (recurringId: string) => ({
  ...storeIsAway,
  TaskManagerStopped: creating.unavailable,
  RecurringTaskNotFound: () => new NotFound({ detail: `Recurring task ${recurringId} not found` })
})

const stream = ({ limit, open }: Services, events: Stream.Stream<string>) =>
  open.size() < limit
    ? sse.response(open.join(events))
    : answer(new TooMany({ what: "streams", retryAfterMs: 10_000 }))

const create = Effect.fnUntraced(function*({ manager, registry }: Services, route: string) {
  const defined = taskUnder(registry, route)
  if (defined === undefined) return yield* routes.fallback(() => false)
  const task_id = yield* creating.create(manager, defined, yield* input.read)
  return jsonUnsafe({ task_id })
})

const find = Effect.fnUntraced(function*({ manager, registry }: Services) {
  const criteria = yield* input.criteria
  const tasks = yield* Effect.catchTags(manager.getAllTasks, storeIsAway)
  return jsonUnsafe({ task_ids: tasks.filter(search.matches(registry, criteria)).map(({ taskId }) => taskId) })
})

const queue = ({ manager }: Services) =>
  Effect.map(Effect.catchTags(manager.getAllTasks, storeIsAway), (tasks) => jsonUnsafe(tasks.map(entries.taskEntry)))

const queueStream = (services: Services) =>
  Effect.map(
    Effect.catchTags(streams.queue(services.manager), storeIsAway),
    (events) => stream(services, events)
  )

const taskStream = (services: Services, taskId: string) =>
  Effect.map(
    Effect.catchTags(services.manager.getTask(taskId), ofTask(taskId)),
    () => stream(services, streams.task(services.manager, taskId))
  )

const remove = ({ manager }: Services, taskId: string) =>
  Effect.as(
    Effect.catchTags(manager.removeTask(taskId), ofTask(taskId)),
    { message: `Task ${taskId} deleted successfully` }
  )

const removed = (count: number) =>
  count === 0
    ? { message: "No completed tasks found", deleted_count: 0, failed_count: 0 }
    : { message: `Deleted ${count} completed task(s)`, deleted_count: count, failed_count: 0, failed_task_ids: [] }

const removeCompleted = ({ manager }: Services) =>
  Effect.map(Effect.catchTags(manager.removeCompletedTasks, storeIsAway), removed)

const recurring = ({ manager }: Services) =>
  Effect.map(
    Effect.catchTags(manager.getAllRecurringTasks, storeIsAway),
    (configs) => jsonUnsafe(configs.map(entries.recurringEntry))
  )

const addRecurring = Effect.fnUntraced(
  function*({ manager, registry }: Services, taskType: string, when: creating.When) {
    const defined = registry.definition(taskType)
    if (defined === undefined) return yield* new NotFound({ detail: `Task ${taskType} is not registered` })
    const recurring_id = yield* creating.addRecurring(manager, defined, yield* input.read, when)
    return jsonUnsafe({
      recurring_id,
      message: `Recurring ${taskType} task created with cron: ${when.cron_expression}`
    })
  }
)

const enable = ({ manager }: Services, recurringId: string) =>
  Effect.as(
    Effect.catchTags(manager.enableRecurringTask(recurringId), ofRecurring(recurringId)),
    { message: `Recurring task ${recurringId} enabled successfully` }
  )

const disable = ({ manager }: Services, recurringId: string) =>
  Effect.as(
    Effect.catchTags(manager.disableRecurringTask(recurringId), ofRecurring(recurringId)),
    { message: `Recurring task ${recurringId} disabled successfully` }
  )

/** The handlers of the contract. */
export const layer = HttpApiBuilder.group(
  ContractApi,
  "contract",
  Effect.fnUntraced(function*(handlers) {
    const services: Services = {
      manager: yield* TaskManager.TaskManager,
      registry: yield* TaskRegistry.TaskRegistry,
      open: yield* OpenStreams.orOwn,
      limit: (yield* Security).streams
    }
    return handlers
      .handleRaw("create", ({ params }) => create(services, params.route))
      .handleRaw("search", () => find(services))
      .handleRaw("addRecurring", ({ params, query }) => addRecurring(services, params.task_type, query))
      .handleAll({
        queue: () => queue(services),
        queueStream: () => queueStream(services),
        taskStream: ({ params }) => taskStream(services, params.task_id),
        removeCompleted: () => removeCompleted(services),
        remove: ({ params }) => remove(services, params.task_id),
        recurring: () => recurring(services),
        enable: ({ params }) => enable(services, params.recurring_id),
        disable: ({ params }) => disable(services, params.recurring_id)
      })
  })
)
