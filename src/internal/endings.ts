/**
 * How a task ends: its last record, and the exit that belongs to it.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { TaskCancelled } from "../TaskError.ts"
import type { Registration } from "../TaskRegistry.ts"
import type { TaskRecord } from "../TaskStore.ts"
import * as failure from "./failure.ts"
import * as results from "./results.ts"
import * as sizes from "./sizes.ts"
import { type Cancellation, type Ending, handlerOf, type Live, now, type State } from "./state.ts"

/** The cancellation of tasks that have not ended when the manager, or their handler, stops. */
export const shutdown: Cancellation = { reason: "Shutdown", note: "" }

/** The same if the store outlives the process: the program is interrupted, and the task waits for another process. */
export const released: Cancellation = { reason: "Shutdown", note: "The task goes back to the queue." }

/** The cancellation of a program whose task no longer belongs to this process. */
export const lost: Cancellation = {
  reason: "LeaseLost",
  note: "Its process did not answer for longer than its lease."
}

/** The cancellation of an instance in whose place another one starts. */
export const overlap: Cancellation = { reason: "Overlap", note: "A newer occurrence takes its place." }

/** Whether somebody wants the task itself to end, rather than this process being unable to run it. */
export const endsTask = ({ reason }: Cancellation): boolean =>
  reason !== "LeaseLost" && reason !== "Shutdown" && reason !== "DeadlinePassed"

/** Whether a program stopped only because of its process, so that its task has not ended. */
export const isCutOff = ({ cancellation }: Live, exit: Exit.Exit<unknown, unknown>): boolean => {
  if (Exit.isSuccess(exit)) return false
  return cancellation === lost || (cancellation === released && Cause.hasInterrupts(exit.cause))
}

/** The record of a task that ends, without what only tasks that have not ended have. */
const last = (
  record: TaskRecord,
  completedAt: number,
  status: TaskRecord["status"],
  progress: number,
  success: unknown,
  error: unknown,
  failure: TaskRecord["failure"]
): TaskRecord => ({
  ...record,
  status,
  progress,
  success,
  error,
  failure,
  completedAt,
  retryAt: null,
  owner: null,
  leaseUntil: null,
  parked: false,
  lent: false,
  cancelRequest: null
})

/** The end of a task whose program has succeeded; it fails if its success is too large to be kept. */
export const succeeded = (state: State, { record }: Live, exit: Exit.Success<unknown, unknown>): Ending => {
  const refused = sizes.refusal(record.taskType, "success", exit.value, state.settings.maxValueSize)
  return refused === undefined
    ? { record: last(record, now(state), "done", 100, exit.value, record.error, null), exit }
    : failed(state, record, refused)
}

/** The end of a task whose program has this exit, or that was cancelled before it ran. */
export const of = (
  state: State,
  live: Live,
  exit: Exit.Exit<unknown, unknown>,
  unresponsive: boolean
): Effect.Effect<Ending> => {
  if (Exit.isSuccess(exit)) return Effect.succeed(succeeded(state, live, exit))
  if (live.cancellation !== undefined && Cause.hasInterrupts(exit.cause)) {
    return Effect.succeed(cancelled(state, live.record, live.cancellation, unresponsive))
  }
  return Effect.map(
    encoded(handlerOf(state, live), exit.cause),
    Result.match({
      onFailure: (why) => unfit(state, live.record, exit, why),
      onSuccess: (error) => failedWith(state, live.record, exit, error)
    })
  )
}

/** An error that is too large to be kept is replaced; what it was is still told by its trace. */
const failedWith = (
  state: State,
  record: TaskRecord,
  exit: Exit.Failure<unknown, unknown>,
  error: unknown
): Ending => {
  const refused = sizes.refusal(record.taskType, "error", error, state.settings.maxValueSize)
  if (refused === undefined) return { record: failedRecord(state, record, exit.cause, error), exit }
  const ending = failed(state, record, refused)
  const { trace } = failure.of(exit.cause)
  return { ...ending, record: { ...ending.record, failure: { ...ending.record.failure!, trace } } }
}

/** An error that does not fit its schema is stored as a defect is, and says why it is none that can be decoded. */
const unfit = (state: State, record: TaskRecord, exit: Exit.Failure<unknown, unknown>, why: string): Ending => {
  const ended = failedRecord(state, record, exit.cause, null)
  const note = `What the task "${record.taskType}" failed with does not fit its error: ${why}`
  return { record: { ...ended, failure: failure.noted(ended.failure!, note) }, exit }
}

/** The end of a task that is cancelled. */
export const cancelled = (
  state: State,
  record: TaskRecord,
  { note, reason }: Cancellation,
  unresponsive = false
): Ending => {
  const error = new TaskCancelled({ taskId: record.taskId, reason, note, unresponsive })
  const cause = Cause.fail(error)
  const ended: TaskRecord = { ...failedRecord(state, record, cause, encodedOwn(error)), status: "cancelled" }
  return { record: ended, exit: Exit.failCause(cause) }
}

/** The end of a task that fails with an error of the library. */
export const failed = (state: State, record: TaskRecord, error: unknown): Ending => {
  const cause = Cause.fail(error)
  return { record: failedRecord(state, record, cause, encodedOwn(error)), exit: Exit.failCause(cause) }
}

const failedRecord = (
  state: State,
  record: TaskRecord,
  cause: Cause.Cause<unknown>,
  error: unknown
): TaskRecord => {
  const { progress, success } = record
  return last(record, now(state), "failed", progress, success, error, failure.of(cause))
}

const encodedOwn = (error: unknown): unknown => Option.getOrNull(results.encodeOwn(error))

/** The typed error as it is stored, `null` if there is none; or why it does not fit its schema. */
const encoded = (
  handler: Registration | undefined,
  cause: Cause.Cause<unknown>
): Effect.Effect<Result.Result<unknown, string>> => {
  const reason = cause.reasons.find(Cause.isFailReason)
  if (reason === undefined) return Effect.succeed(Result.succeed(null))
  return Effect.matchCause(Effect.suspend(() => encodedError(handler, reason.error)), {
    onFailure: (cause) => Result.fail(failure.sentenceOf(cause)),
    onSuccess: Result.succeed
  })
}

const encodedError = (handler: Registration | undefined, error: unknown): Effect.Effect<unknown, unknown> => {
  const ours = results.encodeOwn(error)
  return Option.isSome(ours) || handler === undefined
    ? Effect.succeed(Option.getOrNull(ours))
    : handler.encodeError(error)
}
