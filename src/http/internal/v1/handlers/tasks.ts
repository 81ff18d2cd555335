/**
 * The handlers of tasks.
 */
import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as Schema from "effect/Schema"
import type * as Task from "../../../../Task.ts"
import { type StartTime, TaskManager } from "../../../../TaskManager.ts"
import { type Defined, TaskRegistry } from "../../../../TaskRegistry.ts"
import type { ValidationFailed } from "../../../TaskApiError.ts"
import { displayNameOf, pathOf, routeOf } from "../../contract/names.ts"
import * as parameters from "../../contract/parameters.ts"
import { byRoute } from "../../contract/taskRoutes.ts"
import { V1Api } from "../api.ts"
import * as idempotency from "../idempotency.ts"
import type { NewTask, TaskType } from "../tasks.ts"
import * as templates from "../templates.ts"
import { wrong } from "../validation.ts"
import * as bulk from "./bulk.ts"
import { list } from "./listing.ts"

const schemas = new WeakMap<Task.Definition, Record<string, unknown>>()

/** The JSON schema of a payload, made once. */
const payloadSchema = (definition: Task.Definition): Record<string, unknown> => {
  let known = schemas.get(definition)
  if (known === undefined) {
    const { definitions, schema } = Schema.toJsonSchemaDocument(parameters.payloadJson(definition))
    known = Object.keys(definitions).length === 0 ? { ...schema } : { ...schema, $defs: definitions }
    schemas.set(definition, known)
  }
  return known
}

const defined = (values: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))

const typeOf = ({ definition, taskType }: Defined, route: string | undefined): typeof TaskType.Type => {
  const { body, heading, img, semaphore = "default" } = definition.options
  return {
    taskType,
    route: route === undefined ? null : pathOf(route),
    displayName: displayNameOf(taskType),
    payloadSchema: payloadSchema(definition),
    semaphore,
    defaults: defined({ heading, body, img })
  }
}

/** The task types, each with its route if that is its own. */
const typesOf = (registry: typeof TaskRegistry.Service): ReadonlyArray<typeof TaskType.Type> => {
  const owners = byRoute(registry)
  return registry.definitions().map((defined) => {
    const route = routeOf(defined.taskType)
    return typeOf(defined, owners.get(route) === defined ? route : undefined)
  })
}

type New = typeof NewTask.Type

/** When a new task is to start, if that is later. */
const when = ({ delay, startAt }: New): Effect.Effect<StartTime | undefined, ValidationFailed> => {
  if (startAt === undefined) return Effect.succeed(delay === undefined ? undefined : { delay })
  return delay === undefined
    ? Effect.succeed({ startAt })
    : Effect.fail(wrong("delay_ms", "Give either start_at or delay_ms, not both."))
}

/** Layer of the handlers. */
export const layer = HttpApiBuilder.group(
  V1Api,
  "tasks",
  Effect.fnUntraced(function*(handlers) {
    const manager = yield* TaskManager
    const registry = yield* TaskRegistry
    const queue = (template: Task.Template, when: StartTime | undefined) =>
      when === undefined ? manager.addTaskToQueue(template) : manager.scheduleTask(template, when)
    const create = (request: New) =>
      Effect.flatMap(
        Effect.all([templates.make(registry, request), when(request)]),
        ([template, when]) => queue(template, when)
      )
    const createOnce = (key: string | undefined, request: New) =>
      Effect.map(
        idempotency.once(manager, { kind: "task", key, request }, create(request)),
        (taskId) => ({ taskId })
      )
    return handlers.handleAll({
      list: ({ query }) => list(manager, query),
      get: ({ params }) => manager.getTask(params.task_id),
      create: ({ headers, payload }) => createOnce(headers["idempotency-key"], payload),
      cancel: ({ params, payload }) => manager.cancelTask(params.task_id, { note: payload?.note }),
      retry: ({ params }) => Effect.map(manager.retryTask(params.task_id), (taskId) => ({ taskId })),
      remove: ({ params }) => manager.removeTask(params.task_id),
      removeCompleted: () => Effect.map(manager.removeCompletedTasks, (deletedCount) => ({ deletedCount })),
      retryMany: ({ payload }) => bulk.retry(manager, payload),
      cancelMany: ({ payload }) => bulk.cancel(manager, payload),
      removeMany: ({ payload }) => bulk.remove(manager, payload),
      types: () => Effect.sync(() => typesOf(registry)),
      pauseType: ({ params: { task_type: taskType }, payload }) =>
        Effect.map(manager.pauseTaskType(taskType, { note: payload?.note }), (paused) => ({ taskType, paused })),
      resumeType: ({ params: { task_type: taskType } }) =>
        Effect.map(manager.resumeTaskType(taskType), (resumed) => ({ taskType, resumed }))
    })
  })
)
