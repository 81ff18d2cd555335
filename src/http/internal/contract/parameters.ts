/**
 * The parameters of a task type: the fields of its payload, and those that every task has. Makes a template from what a
 * client sends, or says everything that is wrong with it.
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import type * as Task from "../../../Task.ts"
import type { Defined } from "../../../TaskRegistry.ts"
import { fromJson, fromQuery, type Kinds, kindsOf } from "./coercion.ts"
import type { InvalidInput, Mistake } from "./errors.ts"
import * as mistakes from "./mistakes.ts"

/** What a client has sent, by name. The query takes precedence. */
export interface Input {
  readonly body: ReadonlyMap<string, unknown>
  readonly query: ReadonlyMap<string, string>
}

/**
 * One parameter. `decode` takes an object with or without its key. It need not be called if the parameter is absent and
 * `mayBeAbsent`.
 */
interface Parameter {
  readonly name: string
  readonly kinds: Kinds
  readonly mayBeAbsent: boolean
  readonly decode: (input: object) => Effect.Effect<object, Schema.SchemaError, unknown>
}

type Field = Schema.Struct.Fields[string]

/** Whether a task fills in the field if it is absent. */
export const hasConstructorDefault = (field: Field): boolean => field.ast.context?.constructorDefault !== undefined

const parameter = (name: string, field: Field, mayBeAbsent = hasConstructorDefault(field)): Parameter => {
  const codec = Schema.toCodecJson(Schema.Struct({ [name]: field }))
  const [property] = (SchemaAST.toEncoded(codec.ast) as SchemaAST.Objects).propertySignatures
  return {
    name,
    kinds: kindsOf(property!.type),
    mayBeAbsent,
    decode: Schema.decodeUnknownEffect(codec, { errors: "all" }) as Parameter["decode"]
  }
}

/**
 * What every task takes besides its payload. `update_sleep_time`, the interval at which the original looked for
 * changes, is accepted and ignored: changes are published at once.
 */
const common = {
  img: Schema.NullOr(Schema.String),
  heading: Schema.NullOr(Schema.String),
  body: Schema.NullOr(Schema.String),
  update_sleep_time: Schema.Finite,
  semaphore_name: Schema.String
}

const commonParameters = Object.entries(common).map(([name, field]) => parameter(name, field, true))

/** All parameters of a task type. */
export interface Parameters {
  readonly payload: ReadonlyArray<Parameter>
  readonly common: ReadonlyArray<Parameter>
  readonly names: ReadonlySet<string>
}

const cache = new WeakMap<Task.Definition, Parameters>()

/** The parameters of a task. A field of the payload takes precedence over a common one with its name. */
export const parametersOf = (definition: Task.Definition): Parameters => {
  const known = cache.get(definition)
  if (known !== undefined) return known
  const payload = Object.entries(definition.payloadSchema.fields).map(([name, field]) => parameter(name, field))
  const own = new Set(payload.map(({ name }) => name))
  const common = commonParameters.filter(({ name }) => !own.has(name))
  const parameters = { payload, common, names: new Set([...own, ...common.map(({ name }) => name)]) }
  cache.set(definition, parameters)
  return parameters
}

/** A parameter as it is documented: its JSON, and its default. */
export interface Described {
  readonly name: string
  readonly json: Schema.Top
  readonly isRequired: boolean
  readonly value: Option.Option<unknown>
}

const valueOf = (field: Field): Option.Option<unknown> => {
  const struct = Schema.Struct({ value: field })
  const codec: Schema.Codec<unknown, unknown> = Schema.toCodecJson(struct) as never
  const make = hasConstructorDefault(field)
    ? () => struct.make({} as never)
    : () => Schema.decodeUnknownSync(codec)({})
  const encoded = Option.liftThrowable(() => Schema.encodeUnknownSync(codec)(make()) as { readonly value?: unknown })()
  return Option.filter(Option.map(encoded, ({ value }) => value), (value) => value !== undefined)
}

/** A default that differs each time cannot be documented. */
const stableValueOf = (field: Field): Option.Option<unknown> =>
  Option.filter(valueOf(field), (value) => JSON.stringify(value) === JSON.stringify(Option.getOrNull(valueOf(field))))

const describe = (name: string, field: Field): Described => {
  const json = Schema.toEncoded(Schema.toCodecJson(field as Schema.Top))
  const isOptional = SchemaAST.isOptional(json.ast) || hasConstructorDefault(field)
  return { name, json, isRequired: !isOptional, value: stableValueOf(field) }
}

const describedPayload = ({ payloadSchema }: Task.Definition): ReadonlyArray<Described> =>
  Object.entries(payloadSchema.fields).map(([name, field]) => describe(name, field))

/** The JSON of described parameters: those with a default are optional, and the default is given. */
const jsonOf = (parameters: ReadonlyArray<Described>) =>
  Schema.Struct(Object.fromEntries(
    parameters.map(({ isRequired, json, name, value }) => [
      name,
      isRequired ? json : Schema.optionalKey(Option.match(value, {
        onNone: () => json,
        onSome: (value) => json.annotate({ default: value })
      }))
    ])
  ))

/** The JSON schema of all parameters of a task. */
export const requestJson = (definition: Task.Definition) => jsonOf(described(definition))

/** The JSON schema of its payload alone. */
export const payloadJson = (definition: Task.Definition) => jsonOf(describedPayload(definition))

/** All parameters of a task, described. */
export const described = (definition: Task.Definition): ReadonlyArray<Described> => {
  const { options, payloadSchema } = definition
  const values: Readonly<Record<keyof typeof common, unknown>> = {
    img: options.img ?? null,
    heading: options.heading ?? null,
    body: options.body ?? null,
    update_sleep_time: 0.05,
    semaphore_name: options.semaphore ?? "default"
  }
  const others = Object.entries(common).filter(([name]) => !Object.hasOwn(payloadSchema.fields, name))
  return [
    ...describedPayload(definition),
    ...others.map(([name, json]) => ({
      name,
      json,
      isRequired: false,
      value: Option.some(values[name as keyof typeof common])
    }))
  ]
}

interface Given {
  readonly source: "body" | "query"
  readonly value: unknown
}

const given = ({ kinds, name }: Parameter, { body, query }: Input): Given | undefined => {
  const text = query.get(name)
  if (text !== undefined) return { source: "query", value: fromQuery(kinds, text) }
  if (body.has(name)) return { source: "body", value: fromJson(kinds, body.get(name)) }
  return undefined
}

/** The value of one parameter, as an object with its key, or what is wrong with it. */
const read = (
  { decode, kinds, name }: Parameter,
  found: Given | undefined
): Effect.Effect<object, ReadonlyArray<Mistake>, unknown> =>
  Effect.mapErrorEager(
    decode(found === undefined ? {} : { [name]: found.value }),
    (error) =>
      found === undefined
        ? [mistakes.missing("body", name)]
        : mistakes.fromSchema(error, [found.source], kinds, found.value)
  )

/** The values of all parameters, or all mistakes at once. Absent parameters that may be absent are left out. */
const readAll = Effect.fnUntraced(function*(parameters: ReadonlyArray<Parameter>, input: Input) {
  const values: Record<string, unknown> = {}
  const wrong: Array<Mistake> = []
  for (const parameter of parameters) {
    const found = given(parameter, input)
    if (found === undefined && parameter.mayBeAbsent) continue
    const result = yield* Effect.result(read(parameter, found))
    if (result._tag === "Success") Object.assign(values, result.success)
    else wrong.push(...result.failure)
  }
  return wrong.length > 0 ? yield* mistakes.fail(...wrong) : values
})

const text = (value: unknown): string | undefined => typeof value === "string" ? value : undefined

/** The template that a client asks for. */
export const template = (
  { context, definition }: Defined,
  input: Input
): Effect.Effect<Task.Template, InvalidInput> => {
  const parameters = parametersOf(definition)
  return Effect.gen(function*() {
    const values = yield* readAll([...parameters.payload, ...parameters.common], input)
    const payload = Object.fromEntries(
      parameters.payload.filter(({ name }) => name in values).map(({ name }) => [name, values[name]])
    )
    const { body, heading, img } = commonValues(parameters, values)
    const made = yield* Effect.mapError(
      definition.templateEffect(payload, { heading: text(heading), body: text(body), img: text(img) }),
      ({ issues }) => mistakes.fail(...issues.map(({ message, path }) => mistakes.wrong(message, "body", ...path)))
    )
    const semaphore = text(values.semaphore_name)
    return semaphore === undefined ? made : Object.freeze({ ...made, semaphore })
  }).pipe(Effect.provideContext(context as Context.Context<unknown>))
}

const commonValues = ({ common }: Parameters, values: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(common.map(({ name }) => [name, values[name]]))
