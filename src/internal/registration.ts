/**
 * What a task and its program are to a manager: a program over encoded values, which dies of what it cannot read, and the
 * options of the task, resolved. The layers here make that known to the registry for as long as they live.
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import { InvalidTemplate } from "../TaskError.ts"
import { type OnAbandoned, type Registration, type RetryPolicy, TaskRegistry } from "../TaskRegistry.ts"
import * as templates from "./templates.ts"
import type { AnyOptions, AnyTask } from "./templates.ts"
import * as validate from "./validate.ts"

const isSchedule = (retry: NonNullable<AnyOptions["retry"]>): retry is Schedule.Schedule<unknown, any> =>
  Schedule.isSchedule(retry)

const retryPolicy = (retry: AnyOptions["retry"]): RetryPolicy | undefined => {
  if (retry === undefined) return undefined
  if (isSchedule(retry)) return { schedule: retry, while: () => true }
  return { schedule: retry.schedule, while: retry.while ?? (() => true) }
}

const limit = (option: string, value: Duration.Input | undefined): Duration.Duration | undefined =>
  value === undefined ? undefined : Duration.millis(validate.limitOfTime(option, value))

const maxAbandoned = (option: string, given: OnAbandoned): number => {
  if (given === "fail") return 0
  return given === "retry" ? 100 : validate.limit(`${option}.retries`, given.retries)
}

/** Throws a `RangeError` for what cannot be the name of a task: it stands in addresses, logs and tables. */
export const checkName = (tag: string): void => {
  if (tag.trim() === "") throw new RangeError("The name of a task is empty: give one such as Task.make(\"Backup\").")
  if (!/\p{Surrogate}/u.test(tag)) return
  throw new RangeError(
    `The name of the task ${JSON.stringify(tag)} has half of a surrogate pair: write whole characters.`
  )
}

/** Throws a `RangeError` for a limit of a concurrency key that cannot be meant. */
export const checkConcurrency = (tag: string, { concurrency }: AnyOptions): void => {
  if (concurrency?.limit !== undefined) validate.places(`${tag}.concurrency.limit`, concurrency.limit)
}

/** The limits of a task. Throws a `RangeError` that names one which cannot be meant. */
export const limits = (tag: string, { onAbandoned = "retry", timeout, totalTimeout }: AnyOptions) => ({
  maxAbandoned: maxAbandoned(`${tag}.onAbandoned`, onAbandoned),
  timeout: limit(`${tag}.timeout`, timeout),
  totalTimeout: limit(`${tag}.totalTimeout`, totalTimeout)
})

type Program = (payload: any) => Effect.Effect<unknown, unknown, any>

/** A handler that throws before it returns an Effect, or returns none at all, must die like one that throws later. */
const dyingOf = (task: AnyTask, handler: Program): Program => (payload) => {
  try {
    const program: unknown = handler(payload)
    return Effect.isEffect(program) ? program : Effect.die(noEffect(task, program))
  } catch (defect) {
    return Effect.die(defect)
  }
}

const noEffect = ({ _tag }: AnyTask, given: unknown) =>
  new TypeError(`The handler of the task "${_tag}" returned ${insteadOfEffect(given)}`)

const insteadOfEffect = (given: unknown): string => {
  if (Predicate.isPromise(given)) return "a Promise instead of an Effect. Wrap what it does in Effect.tryPromise."
  if (Predicate.hasProperty(given, "next")) return "a generator instead of an Effect. Make the handler with Effect.fn."
  return `a value of the type ${typeof given} instead of an Effect. Wrap it in Effect.succeed.`
}

/** No payload is null, unless it is too large to be read from the database. */
const tooLarge = ({ _tag }: AnyTask) =>
  Effect.die(new InvalidTemplate({ taskType: _tag, issue: "it is too large to be read.", issues: [] }))

/**
 * Its payload was stored under another version of the definition. No retry helps, and its program knows no such error.
 */
const unreadablePayload = (task: AnyTask) => (error: Schema.SchemaError) => Effect.die(templates.invalid(task)(error))

const wrongSuccess = (task: AnyTask) => (error: Schema.SchemaError) =>
  Effect.die(
    new TypeError(
      `What the handler of the task "${task._tag}" returned does not fit its success: ${templates.sentences(error)}`,
      {
        cause: error
      }
    )
  )

const encodedVoid = Effect.succeed(null)

/** Most tasks return nothing, which needs no encoder. */
const encodeVoid = () => encodedVoid

/** A handler, as it is registered. */
const make = (
  task: AnyTask,
  handler: Program,
  context: Context.Context<any>
): Registration => {
  const decode = Schema.decodeUnknownEffect(Schema.toCodecJson(task.payloadSchema as Schema.Top))
  const encode = Schema.encodeUnknownEffect(Schema.toCodecJson(task.successSchema as Schema.Top))
  const encodeError = Schema.encodeUnknownEffect(Schema.toCodecJson(task.errorSchema as Schema.Top))
  const unreadable = unreadablePayload(task)
  const unfit = wrongSuccess(task)
  const program = dyingOf(task, handler)
  const isTooLarge = tooLarge(task)
  return {
    taskType: task._tag,
    definition: task,
    retry: retryPolicy(task.options.retry),
    ...limits(task._tag, task.options),
    context,
    program: (payload) =>
      payload === null
        ? isTooLarge
        : Effect.flatMapEager(Effect.catchEager(decode(payload), unreadable), program),
    encode: task.successSchema === Schema.Void
      ? encodeVoid
      : (success) => Effect.catchEager(encode(success), unfit),
    encodeError: (error) => Effect.provideContext(encodeError(error), context) as Effect.Effect<unknown, unknown>
  }
}

/**
 * Warns of a task with the name of another one, since the store knows tasks by their names only. The classes that extend
 * a task are the same task as it is.
 */
const warnOfNamesake = (
  { definition }: typeof TaskRegistry.Service,
  { _tag, payloadSchema }: AnyTask,
  handler: string
): Effect.Effect<void> => {
  const other = definition(_tag)?.definition
  return other === undefined || other.payloadSchema === payloadSchema
    ? Effect.void
    : Effect.logWarning(
      `Two tasks are called "${_tag}", and what is queued for either runs with ${handler}. Give one of them another name.`
    )
}

const noServices = Context.empty()

/** Layer of a handler: it is registered, and goes when nothing runs with it any more. */
export const handled = (task: AnyTask, handler: Program) =>
  Layer.effectContext(Effect.gen(function*() {
    const registry = yield* TaskRegistry
    const registration = make(task, handler, yield* Effect.context<any>())
    const isFirst = registry.get(task._tag) === undefined
    yield* warnOfNamesake(registry, task, isFirst ? "the same handler" : "the handler that was provided last")
    yield* Effect.acquireRelease(registry.register(registration), () => registry.unregister(registration))
    return noServices
  }))

/** Layer of a task that another process handles. */
export const handledElsewhere = (task: AnyTask) =>
  Layer.effectContext(Effect.gen(function*() {
    const registry = yield* TaskRegistry
    yield* warnOfNamesake(registry, task, "the same handler")
    yield* registry.define({ taskType: task._tag, definition: task, context: yield* Effect.context<any>() })
    return noServices
  }))
