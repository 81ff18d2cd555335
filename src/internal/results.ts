/**
 * Typed results of tasks: from the exit of a program that ran here, or from what is stored of one that ran elsewhere.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Task from "../Task.ts"
import { TaskAbandoned, TaskCancelled, TaskNotRegistered, TaskTimedOut, TaskTooLarge } from "../TaskError.ts"
import type { TaskRecord } from "../TaskStore.ts"
import * as issues from "./issues.ts"
import type { Ending } from "./state.ts"
import { shortened } from "./texts.ts"

/** The errors of the library that a task can end with. */
const Own = Schema.toCodecJson(
  Schema.Union([TaskAbandoned, TaskCancelled, TaskNotRegistered, TaskTimedOut, TaskTooLarge])
)

/** An error of the library as it is stored; absent for any other error. */
export const encodeOwn: (error: unknown) => Option.Option<unknown> = Schema.encodeUnknownOption(Own)

const decodeOwn = Schema.decodeUnknownOption(Own)

/**
 * The typed result: the success decoded, and the error as the program failed with it or, if it ran in another process,
 * decoded.
 */
export const result = (task: Task.Any, { exit, record }: Ending): Effect.Effect<unknown, unknown, unknown> => {
  if (exit === undefined) return stored(task, record)
  return Exit.isSuccess(exit) ? success(task, record, exit.value) : Effect.failCause(own(exit.cause))
}

const decoders = new WeakMap<Schema.Top, (encoded: unknown) => Effect.Effect<unknown, Schema.SchemaError, unknown>>()

/** The decoder of successes, made once per schema. */
const decoderOf = (schema: Schema.Top) => {
  const known = decoders.get(schema)
  if (known !== undefined) return known
  const decoder = Schema.decodeUnknownEffect(Schema.toCodecJson(schema), { errors: "all" })
  decoders.set(schema, decoder)
  return decoder
}

const success = (task: Task.Any, record: TaskRecord, encoded: unknown) =>
  Effect.catchEager(
    decoderOf(task.successSchema)(encoded),
    (error) => Effect.die(new TypeError(unfit(record, encoded, error), { cause: error }))
  )

/** The task is done, also where its definition has changed since. */
const unfit = ({ taskId, taskType }: TaskRecord, encoded: unknown, error: Schema.SchemaError): string => {
  const why = issues.within(error).map(issues.sentence).join("; ")
  return `The task "${taskType}" with the id "${taskId}" is done, but its success ${shown(encoded)} does not fit the ` +
    `success schema that is asked for here: ${why}. Was the definition changed after the task was started? Let its ` +
    `schema accept both forms, or read the success as it is with getTask.`
}

const shown = (encoded: unknown): string => shortened(JSON.stringify(encoded) ?? "undefined", 120)

/** A task that interrupted itself has failed. That must not look like an interruption of the one that waits for it. */
const own = (cause: Cause.Cause<unknown>): Cause.Cause<unknown> =>
  Cause.hasInterruptsOnly(cause) ? Cause.die(new Error("The task interrupted itself.")) : cause

const stored = (task: Task.Any, record: TaskRecord): Effect.Effect<unknown, unknown, unknown> => {
  // a database may have a success that is too large to be read
  if (record.status === "done" && record.error === null) return success(task, record, record.success)
  if (record.error === null) return Effect.die(defect(record))
  const ours = decodeOwn(record.error)
  if (Option.isSome(ours)) return Effect.fail(ours.value)
  return Effect.matchEffect(Schema.decodeUnknownEffect(Schema.toCodecJson(task.errorSchema))(record.error), {
    onFailure: () => Effect.die(defect(record)),
    onSuccess: Effect.fail
  })
}

/** A failure that has no schema is rebuilt from its type, message and trace. */
const defect = ({ failure, taskId }: TaskRecord): Error => {
  const error = new Error(failure?.message ?? `Task "${taskId}" failed in another process.`)
  if (failure === null) return error
  error.name = failure.type
  error.stack = failure.trace
  return error
}
