/**
 * Ends tasks that no fiber of this process runs: abandoned ones that must not run again, and those of other processes
 * that somebody here wants to stop.
 */
import * as Effect from "effect/Effect"
import { TaskNotFound, type TaskStoreError } from "../TaskError.ts"
import { isFinal } from "../TaskInfo.ts"
import type { Settled, TaskRecord } from "../TaskStore.ts"
import * as announcing from "./announcing.ts"
import * as endings from "./endings.ts"
import * as following from "./following.ts"
import * as members from "./members.ts"
import * as pools from "./pools.ts"
import * as publishing from "./publishing.ts"
import type { Cancellation, Ending, State } from "./state.ts"
import * as waiting from "./waiting.ts"

/** Stores an end, and shows it once that is committed; `false` if the task is no longer at this attempt. */
export const close = (
  state: State,
  ending: Ending,
  attempt: number,
  owner: string | null = null
): Effect.Effect<boolean, TaskStoreError> =>
  Effect.flatMap(state.store.settle(ending.record, attempt, members.retention(state), owner), (settled) => {
    if (settled === undefined) return Effect.succeed(false)
    return Effect.as(state.store.afterCommit(Effect.sync(() => show(state, ending, settled))), true)
  })

const show = (state: State, ending: Ending, settled: Settled): void => {
  const { record } = ending
  const config = record.recurringId === null ? undefined : state.configs.get(record.recurringId)
  publishing.ended(state, record, config, settled)
  waiting.endedElsewhere(state, record.recurringId, record.taskId)
  pools.offer(state, pools.named(state, record.semaphore))
  if (record.concurrency !== null) state.unpark(record.concurrency.key)
  following.ended(state, ending)
}

/**
 * Ends a waiting task that somebody wants to stop, and returns it; `undefined` if another process has taken or ended it
 * just now.
 */
export const endWaiting = (
  state: State,
  record: TaskRecord,
  why: Cancellation
): Effect.Effect<TaskRecord | undefined, TaskStoreError> => {
  const ending = endings.cancelled(state, record, why)
  return Effect.map(close(state, ending, record.attempt), (done) => done ? ending.record : undefined)
}

/**
 * Cancels a task that is not here, and waits for its end. Its process is asked to stop it within `grace`
 * (milliseconds). If that process is dead, the task is found abandoned when its lease has ended.
 */
export const cancel = (
  state: State,
  taskId: string,
  why: Cancellation,
  grace: number | undefined
): Effect.Effect<TaskRecord, TaskNotFound | TaskStoreError> =>
  Effect.flatMap(
    state.store.requestCancel(taskId, { ...why, grace: grace ?? null }),
    (record): Effect.Effect<TaskRecord, TaskNotFound | TaskStoreError> => {
      if (record === undefined) return Effect.fail(new TaskNotFound({ taskId }))
      if (isFinal(record.status)) return Effect.succeed(record)
      if (record.owner !== null) return stopped(state, record)
      return Effect.flatMap(
        endWaiting(state, record, why),
        (ended) => ended === undefined ? cancel(state, taskId, why, grace) : Effect.succeed(ended)
      )
    }
  )

const stopped = (state: State, record: TaskRecord): Effect.Effect<TaskRecord> =>
  Effect.suspend(() => {
    announcing.cancel(state, record.taskId)
    return Effect.map(following.endElsewhere(state, record), (ending) => ending.record)
  })

/** Asks for a task that is not here to stop, without waiting for its end. */
export const request = (
  state: State,
  taskId: string,
  why: Cancellation,
  grace: number | undefined
): Effect.Effect<void, TaskStoreError> =>
  Effect.flatMap(state.store.requestCancel(taskId, { ...why, grace: grace ?? null }), (record) => {
    if (record === undefined || isFinal(record.status)) return Effect.void
    if (record.owner !== null) return Effect.sync(() => announcing.cancel(state, taskId))
    return Effect.asVoid(endWaiting(state, record, why))
  })
