/**
 * Failures that nobody waits for. Whoever runs a task and waits for it is told how it ended; of all others, somebody
 * should be told who reads the logs.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { TaskRecord } from "../TaskRecord.ts"
import * as failure from "./failure.ts"
import type { Ending, Live, State } from "./state.ts"
import * as taskContext from "./taskContext.ts"

/** Logs that a task has failed, after its last attempt, if nobody has waited for it. */
export const taskFailed = (state: State, { isAwaited, waiters }: Live, { exit, record }: Ending): void => {
  const isFollowed = state.peers.followed.has(record.taskId)
  if (record.status !== "failed" || isAwaited || isFollowed || (waiters !== undefined && waiters.length > 0)) return
  const cause = exit !== undefined && Exit.isFailure(exit) ? exit.cause : Cause.empty
  const shown = failure.pretty(cause)
  const message = sentence(record, shown ?? "")
  // a logger could not show the cause either
  const logged = shown === undefined ? Effect.logWarning(message) : Effect.logWarning(message, cause)
  state.fork(Effect.annotateLogs(logged, taskContext.annotations(record)))
}

/** The message is left to the cause, which does not show the fields of a typed error that has none. */
const sentence = ({ attempt, failure, taskType }: TaskRecord, shown: string): string => {
  const attempts = attempt > 1 ? ` after ${attempt} attempts` : ""
  const isShown = failure === null || shown.includes(failure.message)
  return `Task "${taskType}" failed${attempts}${isShown ? "" : `: ${failure.message}`}`
}

/** Logs that a recurring task has failed so often that it was disabled. */
export const paused = (recurringId: string, note: string): Effect.Effect<void> =>
  Effect.annotateLogs(Effect.logWarning(`Recurring task "${recurringId}" is disabled: ${note}`), { recurringId })
