/**
 * Makes templates from the JSON of a request: the payload is decoded with the schema of the task, and what is wrong is
 * reported field by field.
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Task from "../../../Task.ts"
import { type InvalidTemplate, TaskNotRegistered } from "../../../TaskError.ts"
import type * as TaskRegistry from "../../../TaskRegistry.ts"
import { ValidationFailed } from "../../TaskApiError.ts"
import * as parameters from "../contract/parameters.ts"
import { issuesOf } from "./validation.ts"

/** How a task is shown, as a request says it. */
export interface Shown {
  readonly heading?: string | undefined
  readonly body?: string | undefined
  readonly img?: string | undefined
  readonly priority?: number | undefined
}

/** The task that a request asks for. */
export interface Wanted extends Shown {
  readonly taskType: string
  readonly payload?: unknown
}

const strict = { onExcessProperty: "error", errors: "all" } as const

const decoders = new WeakMap<Task.Definition, ReturnType<typeof makeDecoder>>()

/** Fields that the task fills in may be left out. */
const makeDecoder = ({ payloadSchema }: Task.Definition) => {
  const fields = Object.entries(payloadSchema.fields as Readonly<Record<string, Schema.Top>>).map(([name, field]) => [
    name,
    parameters.hasConstructorDefault(field) ? Schema.optionalKey(field) : field
  ])
  const codec = Schema.toCodecJson(Schema.Struct(Object.fromEntries(fields)) as Schema.Top)
  return Schema.decodeUnknownEffect(codec, strict)
}

const decoderOf = (definition: Task.Definition) => {
  const known = decoders.get(definition)
  if (known !== undefined) return known
  const decoder = makeDecoder(definition)
  decoders.set(definition, decoder)
  return decoder
}

const decode = ({ context, definition }: TaskRegistry.Registration, payload: unknown) =>
  decoderOf(definition)(payload).pipe(
    Effect.provideContext(context as Context.Context<unknown>),
    Effect.mapError((error) => new ValidationFailed({ issues: issuesOf(error, ["payload", "payload"]) }))
  )

/** The template that a request asks for. */
export const make = (
  registry: typeof TaskRegistry.TaskRegistry.Service,
  { payload = {}, taskType, ...shown }: Wanted
): Effect.Effect<Task.Template, InvalidTemplate | TaskNotRegistered | ValidationFailed> =>
  Effect.suspend((): Effect.Effect<Task.Template, InvalidTemplate | TaskNotRegistered | ValidationFailed> => {
    const registration = registry.get(taskType)
    return registration === undefined
      ? Effect.fail(new TaskNotRegistered({ taskType }))
      : Effect.flatMap(
        decode(registration, payload),
        (decoded) => registration.definition.templateEffect(decoded, shown)
      )
  })
