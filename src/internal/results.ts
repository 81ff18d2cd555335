/**
 * Results of tasks, typed: from the exit of a program that ran here, or from what the store has of one that ran elsewhere.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Task from "../Task.ts"
import { TaskAbandoned, TaskCancelled, TaskNotRegistered, TaskTimedOut } from "../TaskError.ts"
import type { TaskRecord } from "../TaskStore.ts"
import type { Ending } from "./state.ts"

/** What the library itself ends a task with. */
const Own = Schema.toCodecJson(Schema.Union([TaskAbandoned, TaskCancelled, TaskNotRegistered, TaskTimedOut]))

/** An error of the library as it is kept; absent for any other. */
export const encodeOwn: (error: unknown) => Option.Option<unknown> = Schema.encodeUnknownOption(Own)

const decodeOwn = Schema.decodeUnknownOption(Own)

/** The typed result: the success decoded, the error as the program gave it, or decoded where another process ran it. */
export const result = (task: Task.Any, { exit, record }: Ending): Effect.Effect<unknown, unknown, unknown> => {
  if (exit === undefined) return stored(task, record)
  return Exit.isSuccess(exit) ? success(task, exit.value) : Effect.failCause(own(exit.cause))
}

const decoders = new WeakMap<Schema.Top, (encoded: unknown) => Effect.Effect<unknown, Schema.SchemaError, unknown>>()

/** Decodes successes, made once for a schema. */
const decoderOf = (schema: Schema.Top) => {
  const known = decoders.get(schema)
  if (known !== undefined) return known
  const decoder = Schema.decodeUnknownEffect(Schema.toCodecJson(schema))
  decoders.set(schema, decoder)
  return decoder
}

const success = (task: Task.Any, encoded: unknown) =>
  Effect.catchEager(decoderOf(task.successSchema)(encoded), Effect.die)

/** A task that interrupted itself has failed; it must not look like an interruption of who waits for it. */
const own = (cause: Cause.Cause<unknown>): Cause.Cause<unknown> =>
  Cause.hasInterruptsOnly(cause) ? Cause.die(new Error("The task interrupted itself.")) : cause

const stored = (task: Task.Any, record: TaskRecord): Effect.Effect<unknown, unknown, unknown> => {
  if (record.status === "done") return success(task, record.success)
  if (record.error === null) return Effect.die(defect(record))
  const ours = decodeOwn(record.error)
  if (Option.isSome(ours)) return Effect.fail(ours.value)
  return Effect.matchEffect(Schema.decodeUnknownEffect(Schema.toCodecJson(task.errorSchema))(record.error), {
    onFailure: () => Effect.die(defect(record)),
    onSuccess: Effect.fail
  })
}

/** Of a failure without a schema there is what it said of itself. */
const defect = ({ failure, taskId }: TaskRecord): Error => {
  const error = new Error(failure?.message ?? `Task "${taskId}" failed in another process.`)
  if (failure === null) return error
  error.name = failure.type
  error.stack = failure.trace
  return error
}
