/**
 * Converts what a request says about a recurring task to what the manager takes.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { RecurringTaskInfo } from "../../../../RecurringTaskInfo.ts"
import type * as RecurringTaskSpec from "../../../../RecurringTaskSpec.ts"
import type * as Task from "../../../../Task.ts"
import type { InvalidTemplate, TaskNotRegistered } from "../../../../TaskError.ts"
import type { TaskRegistry } from "../../../../TaskRegistry.ts"
import type { ValidationFailed } from "../../../TaskApiError.ts"
import type { NewRecurringTask, RecurringTaskChanges } from "../recurring.ts"
import * as templates from "../templates.ts"
import { wrong } from "../validation.ts"

type New = typeof NewRecurringTask.Type
type Changes = typeof RecurringTaskChanges.Type
type Registry = typeof TaskRegistry.Service
type Template = Effect.Effect<Task.Template, InvalidTemplate | TaskNotRegistered | ValidationFailed>

const catchUp = ({ catchUpMax, catchUpWindow }: Changes) =>
  catchUpMax === undefined && catchUpWindow === undefined
    ? {}
    : { catchUp: { window: catchUpWindow, max: catchUpMax } }

/** `null` removes a limit. The manager accepts that even for a new recurring task, although its types do not say so. */
const behaviour = (request: Changes): RecurringTaskSpec.Behaviour => {
  const { bufferLimit, endAt, jitter, maxConcurrent, maxRuns, onMissed, overlap, pauseAfterFailures, ...rest } = request
  const { startAt, startDeadline } = rest
  const given = { bufferLimit, endAt, jitter, maxConcurrent, maxRuns, onMissed, overlap, pauseAfterFailures }
  return { ...given, startAt, startDeadline, ...catchUp(request) } as RecurringTaskSpec.Behaviour
}

const when = (request: New): Effect.Effect<RecurringTaskSpec.When, ValidationFailed> => {
  const { cronExpression, dst, recurrence, timezone } = request
  if (cronExpression !== undefined) {
    return recurrence === undefined
      ? Effect.succeed({ cronExpression, timezone, dst })
      : Effect.fail(wrong("recurrence", "Give either cron_expression or recurrence, not both."))
  }
  if (recurrence === undefined) {
    return Effect.fail(wrong("cron_expression", "Give a cron_expression such as \"0 2 * * *\", or a recurrence."))
  }
  return timezone === undefined && dst === undefined
    ? Effect.succeed({ recurrence })
    : Effect.fail(wrong("timezone", "A recurrence has its own time zone and dst."))
}

/** The options of a new recurring task. */
export const options = (
  registry: Registry,
  request: New
): Effect.Effect<RecurringTaskSpec.Options, Effect.Error<Template>> =>
  Effect.zipWith(when(request), templates.make(registry, request), (when, templateTask) => ({
    ...when,
    ...behaviour(request),
    templateTask,
    recurringId: request.recurringId,
    runImmediately: request.runImmediately,
    enabled: request.enabled
  }))

const changesTemplate = (request: Changes): boolean =>
  [request.taskType, request.payload, request.heading, request.body, request.img, request.priority]
    .some((value) => value !== undefined)

/** The new template: what is not given stays, except for the payload if the task type changes. */
const template = (registry: Registry, { templateTask: old }: RecurringTaskInfo, request: Changes): Template => {
  const taskType = request.taskType ?? old.taskType
  return templates.make(registry, {
    taskType,
    payload: request.payload ?? (taskType === old.taskType ? old.payload : {}),
    heading: request.heading ?? Option.getOrUndefined(old.heading),
    body: request.body ?? Option.getOrUndefined(old.body),
    img: request.img ?? Option.getOrUndefined(old.img),
    priority: request.priority ?? old.priority
  })
}

/** The changes to an existing recurring task. */
export const changes = (
  registry: Registry,
  info: RecurringTaskInfo,
  request: Changes
): Effect.Effect<RecurringTaskSpec.Changes<Task.Template>, Effect.Error<Template>> => {
  const { cronExpression, dst, recurrence, timezone } = request
  const spec = { cronExpression, dst, recurrence, timezone, ...behaviour(request) }
  return changesTemplate(request)
    ? Effect.map(template(registry, info, request), (templateTask) => ({ ...spec, templateTask }))
    : Effect.succeed(spec)
}
