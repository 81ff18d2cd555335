/**
 * Templates of tasks: payloads, encoded and checked at once, with how an instance is shown.
 */
import * as Cause from "effect/Cause"
import * as Schema from "effect/Schema"
import type { Options, Task, Template, TemplateOptions } from "../Task.ts"
import { InvalidTemplate } from "../TaskError.ts"
import type { Concurrency } from "../TaskRecord.ts"
import * as issues from "./issues.ts"

/** The options of any task. */
export type AnyOptions = Options<any, any, any>

/** Any task, with its options. */
export type AnyTask = Task<string, any, any, any> & { readonly options: AnyOptions }

const freeze = <A>(value: A): A => {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    Object.values(value).forEach(freeze)
  }
  return value
}

/** How long a concurrency key may be, as the ids of recurring tasks: it is in an index of the database. */
const longestKey = 200

/** The concurrency key of a task with this payload; it is the key of this type of task only. */
const concurrencyOf = ({ _tag, options: { concurrency } }: AnyTask, payload: unknown): Concurrency | null => {
  const key: unknown = concurrency?.key(payload as never)
  if (concurrency === undefined || key === undefined) return null
  if (typeof key !== "string") throw new TypeError(`its concurrency key is of the type ${typeof key}: give a text.`)
  if (key.length > longestKey) {
    throw new RangeError(`its concurrency key has ${key.length} characters, and may have ${longestKey}.`)
  }
  return Object.freeze({ key: `${_tag}/${key}`, limit: concurrency.limit ?? 1 })
}

const Place = Schema.Struct({ priority: Schema.Finite })

/** One that is no number has no place in a queue. */
const priorityOf = ({ priority = 0 }: TemplateOptions): number =>
  Number.isFinite(priority) ? priority : Schema.decodeUnknownSync(Place)({ priority }).priority

/** A template of a payload, with what is encoded of it. */
const of = (
  task: AnyTask,
  made: unknown,
  payload: unknown,
  options: TemplateOptions | undefined
): Template<any> =>
  Object.freeze({
    task,
    taskType: task._tag,
    payload: freeze(payload),
    heading: options?.heading ?? task.options.heading ?? null,
    body: options?.body ?? task.options.body ?? null,
    img: options?.img ?? task.options.img ?? null,
    priority: options === undefined ? 0 : priorityOf(options),
    semaphore: task.options.semaphore ?? "default",
    concurrency: concurrencyOf(task, made)
  })

/** Why something is no payload of a task. */
export const invalid = (task: AnyTask) => (error: unknown) =>
  new InvalidTemplate({ taskType: task._tag, issue: sentences(error), issues: issues.within(error) })

/** Everything that is wrong with a value, in a sentence each. */
export const sentences = (error: unknown): string => issues.within(error).map(issues.sentence).join("; ")

const allErrors = { errors: "all" } as const

const encoders = new WeakMap<object, (payload: unknown) => unknown>()

/** The encoder of a task's payloads, made once per schema. */
const encoderOf = ({ payloadSchema }: AnyTask): (payload: unknown) => unknown => {
  const known = encoders.get(payloadSchema)
  if (known !== undefined) return known
  const encoder = Schema.encodeUnknownSync(
    Schema.toCodecJson(payloadSchema as Schema.Codec<unknown, unknown>),
    allErrors
  )
  encoders.set(payloadSchema, encoder)
  return encoder
}

const instead =
  "a template is made at once and without services. Give that field the schema of its encoded form, and " +
  "transform it in the handler."

/** What a schema that cannot be encoded at once died of says nothing to those who did not write the encoder. */
const unencodable = (error: unknown): unknown => {
  if (!(error instanceof Error) || !Cause.isCause(error.cause)) return error
  const defect = Cause.squash(error.cause)
  if (Cause.isAsyncFiberError(defect)) return new TypeError(`its schema encodes it asynchronously, but ${instead}`)
  const service = defect instanceof Error ? /^Service not found(?:: (.+))?$/m.exec(defect.message) : null
  if (service === null) return defect
  const named = service[1] === undefined ? "a service" : `the service "${service[1]}"`
  return new TypeError(`its schema requires ${named} to encode it, but ${instead}`)
}

const encode = (task: AnyTask, payload: unknown): unknown => {
  try {
    return encoderOf(task)(payload)
  } catch (error) {
    throw unencodable(error)
  }
}

/** A template. Throws `InvalidTemplate` if the payload does not fit. */
export const make = (task: AnyTask, payload: unknown, options: TemplateOptions | undefined): Template<any> => {
  try {
    const made = task.payloadSchema.make(payload ?? {}, { parseOptions: allErrors })
    return of(task, made, encode(task, made), options)
  } catch (error) {
    throw invalid(task)(error)
  }
}
