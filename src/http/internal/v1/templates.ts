/**
 * Makes templates from the JSON of a request: the payload is decoded with the schema of the task, and what is wrong is
 * reported field by field.
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as issues from "../../../internal/issues.ts"
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

/** A payload without fields. A struct that has none takes anything but null. */
const withoutFields = Schema.Record(Schema.String, Schema.Unknown).check(
  Schema.makeFilter((payload) => Object.keys(payload).map((key) => ({ path: [key], issue: issues.unknownKey([]) })))
)

/** Fields that the task fills in may be left out. */
const withFields = (fields: ReadonlyArray<readonly [string, Schema.Top]>): Schema.Top => {
  const accepted = fields.map(([name, field]) => [
    name,
    parameters.hasConstructorDefault(field) ? Schema.optionalKey(field) : field
  ])
  return Schema.Struct(Object.fromEntries(accepted)) as Schema.Top
}

const makeDecoder = ({ payloadSchema }: Task.Definition) => {
  const fields = Object.entries(payloadSchema.fields as Readonly<Record<string, Schema.Top>>)
  const schema = fields.length === 0 ? withoutFields : withFields(fields)
  return Schema.decodeUnknownEffect(Schema.toCodecJson(schema), strict)
}

const decoderOf = (definition: Task.Definition) => {
  const known = decoders.get(definition)
  if (known !== undefined) return known
  const decoder = makeDecoder(definition)
  decoders.set(definition, decoder)
  return decoder
}

const decode = ({ context, definition }: TaskRegistry.Defined, payload: unknown) =>
  decoderOf(definition)(payload).pipe(
    Effect.provideContext(context as Context.Context<unknown>),
    Effect.mapError((error) => new ValidationFailed({ issues: issuesOf(error, ["body", "payload"]) }))
  )

/** The template that a request asks for. */
export const make = (
  registry: typeof TaskRegistry.TaskRegistry.Service,
  { payload = {}, taskType, ...shown }: Wanted
): Effect.Effect<Task.Template, InvalidTemplate | TaskNotRegistered | ValidationFailed> =>
  Effect.suspend((): Effect.Effect<Task.Template, InvalidTemplate | TaskNotRegistered | ValidationFailed> => {
    const defined = registry.definition(taskType)
    return defined === undefined
      ? Effect.fail(new TaskNotRegistered({ taskType }))
      : Effect.flatMap(decode(defined, payload), (decoded) => defined.definition.templateEffect(decoded, shown))
  })
