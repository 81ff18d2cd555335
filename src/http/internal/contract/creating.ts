/**
 * Makes tasks and recurring tasks from what a client sends.
 */
import * as Effect from "effect/Effect"
import type { InvalidSpec } from "../../../RecurringTaskSpec.ts"
import type * as Task from "../../../Task.ts"
import type { TaskPoolNotFound } from "../../../TaskError.ts"
import type * as TaskManager from "../../../TaskManager.ts"
import type { Defined } from "../../../TaskRegistry.ts"
import { type InvalidInput, Unavailable } from "./errors.ts"
import * as mistakes from "./mistakes.ts"
import * as parameters from "./parameters.ts"

type Manager = typeof TaskManager.TaskManager.Service

/** Why something cannot be done now, as the contract says it. */
export const unavailable = (error: { readonly message: string }) => new Unavailable({ detail: error.message })

/** Why something is not done at all. */
const refused = (error: { readonly _tag: string; readonly message: string }): InvalidInput | Unavailable =>
  error._tag === "TaskTooLarge" ? mistakes.fail(mistakes.wrong(error.message, "body")) : unavailable(error)

/**
 * A client may name any pool: one that is not configured means the default one. Only the task's own pool must exist.
 */
const inKnownPool = <A, E, R>(
  { definition }: Defined,
  template: Task.Template,
  use: (template: Task.Template) => Effect.Effect<A, E | TaskPoolNotFound, R>
): Effect.Effect<A, E | TaskPoolNotFound, R> =>
  Effect.catchIf(
    use(template),
    (error): error is TaskPoolNotFound & (E | TaskPoolNotFound) => isPoolNotFound(error),
    (error) =>
      template.semaphore === (definition.options.semaphore ?? "default")
        ? Effect.fail(error)
        : use(Object.freeze({ ...template, semaphore: "default" }))
  )

const isPoolNotFound = (error: unknown): boolean =>
  typeof error === "object" && error !== null && "_tag" in error && error._tag === "TaskPoolNotFound"

/** Queues a task and returns its id. */
export const create = (
  manager: Manager,
  defined: Defined,
  input: parameters.Input
): Effect.Effect<string, InvalidInput | Unavailable> =>
  parameters.template(defined, input).pipe(
    Effect.flatMap((template) => Effect.mapError(inKnownPool(defined, template, manager.addTaskToQueue), refused))
  )

/** When a new recurring task runs. */
export interface When {
  readonly cron_expression: string
  readonly max_concurrent?: number | undefined
  readonly timezone?: string | undefined
}

/** Parameters that the task does not have. Here they are mistakes, as nobody is there to notice when the task runs. */
const unknownKeys = ({ definition }: Defined, { body }: parameters.Input) =>
  [...body.keys()].filter((name) => !parameters.parametersOf(definition).names.has(name))
    .map((name) => mistakes.unknown("body", name))

const isSpec = (error: { readonly _tag: string }): error is InvalidSpec =>
  error._tag === "InvalidRecurrence" || error._tag === "NeverFires" || error._tag === "InvalidRecurringTask"

const optionOf = (error: InvalidSpec): string => {
  if (error._tag === "InvalidRecurringTask") return error.option
  return error._tag === "InvalidRecurrence" ? error.field : "cronExpression"
}

const wrongSpec = (error: InvalidSpec): InvalidInput => {
  const option = optionOf(error)
  const key = option === "maxConcurrent" ? "max_concurrent" : option === "timezone" ? "timezone" : "cron_expression"
  return mistakes.fail(mistakes.wrong(error.message, "query", key))
}

/** Adds a recurring task and returns its id. */
export const addRecurring = (
  manager: Manager,
  defined: Defined,
  input: parameters.Input,
  when: When
): Effect.Effect<string, InvalidInput | Unavailable> => {
  const extra = unknownKeys(defined, input)
  if (extra.length > 0) return Effect.fail(mistakes.fail(...extra))
  return parameters.template(defined, input).pipe(
    Effect.flatMap((template) =>
      inKnownPool(defined, template, (templateTask) =>
        manager.addRecurringTask({
          cronExpression: when.cron_expression,
          timezone: when.timezone,
          maxConcurrent: when.max_concurrent,
          templateTask
        })).pipe(Effect.mapError((error) => isSpec(error) ? wrongSpec(error) : refused(error)))
    )
  )
}
