/**
 * Cancels tasks, wherever they are, and removes them.
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { TaskNotFound, TaskStoreError } from "../TaskError.ts"
import { isFinal, type TaskInfo } from "../TaskInfo.ts"
import type { TaskRecord } from "../TaskStore.ts"
import * as announcing from "./announcing.ts"
import * as callerTransaction from "./callerTransaction.ts"
import * as following from "./following.ts"
import * as publishing from "./publishing.ts"
import { taskInfo } from "./records.ts"
import * as remoteTasks from "./remoteTasks.ts"
import * as sizes from "./sizes.ts"
import { isAtRest } from "./sleeping.ts"
import * as spans from "./spans.ts"
import type { Cancellation, State } from "./state.ts"
import * as stopping from "./stopping.ts"
import { find } from "./tasks.ts"
import * as validate from "./validate.ts"

/** Cancels a task, wherever it is, and waits until it has ended. */
export const cancelAndWait = (
  state: State,
  taskId: string,
  why: Cancellation,
  grace?: number
): Effect.Effect<TaskRecord, TaskNotFound | TaskStoreError> =>
  Effect.suspend(() => {
    const live = state.live.get(taskId)
    if (live === undefined) {
      return state.store.durable ? remoteTasks.cancel(state, taskId, why, grace) : find(state, taskId)
    }
    const stopped = Effect.andThen(stopping.cancel(state, live, why, grace), following.endOf(state, live))
    return Effect.map(stopped, ({ record }) => record)
  })

/** Cancels a task if it still waits, and returns it; `undefined` if it does not. */
export const cancelWaiting = (
  state: State,
  record: TaskRecord,
  why: Cancellation
): Effect.Effect<TaskRecord | undefined, TaskNotFound | TaskStoreError> =>
  Effect.suspend((): Effect.Effect<TaskRecord | undefined, TaskNotFound | TaskStoreError> => {
    const live = state.live.get(record.taskId)
    if (live !== undefined) {
      return live.fiber === undefined ? cancelAndWait(state, record.taskId, why) : Effect.undefined
    }
    return state.store.durable ? remoteTasks.endWaiting(state, record, why) : Effect.undefined
  })

/** Cancels a task, and returns what became of it. */
export const cancel = (
  state: State,
  taskId: string,
  options: { readonly note?: string | undefined; readonly grace?: Duration.Input | undefined } = {}
): Effect.Effect<TaskInfo, TaskNotFound | TaskStoreError> =>
  Effect.suspend(() => {
    const grace = options.grace === undefined ? undefined : validate.duration("grace", options.grace)
    const why: Cancellation = { reason: "Requested", note: sizes.cut(options.note ?? "", sizes.text) }
    return Effect.map(cancelOutside(state, "cancelTask", taskId, why, grace), taskInfo)
  })

/**
 * Cancels a task outside of a transaction. Within one, only a task that is at rest in the store is cancelled: it has no
 * program, and nobody waits for its row. One that has ended already is returned.
 */
const cancelOutside = (
  state: State,
  method: string,
  taskId: string,
  why: Cancellation,
  grace?: number
): Effect.Effect<TaskRecord, TaskNotFound | TaskStoreError> => {
  const within = Effect.flatMap(find(state, taskId), (record) => {
    if (isFinal(record.status)) return Effect.succeed(record)
    const isOnlyThere = record.status === "queued" && isAtRest(state, record) && !state.live.has(taskId)
    return isOnlyThere ? cancelAtRest(state, method, record, why) : callerTransaction.refused(method)
  })
  return spans.found(
    state,
    callerTransaction.outside(state, method, cancelAndWait(state, taskId, why, grace), within)
  )
}

const cancelAtRest = (
  state: State,
  method: string,
  record: TaskRecord,
  why: Cancellation
): Effect.Effect<TaskRecord, TaskStoreError> =>
  Effect.flatMap(
    remoteTasks.endWaiting(state, record, why),
    (ended) => ended === undefined ? callerTransaction.refused(method) : Effect.succeed(ended)
  )

/** Tells everybody that tasks are gone, once that is committed, and gives their number. */
export const announceRemoved = (state: State, taskIds: ReadonlyArray<string>): Effect.Effect<number> => {
  const announced = Effect.sync(() => {
    announcing.removed(state, taskIds)
    for (const taskId of taskIds) publishing.removed(state, taskId)
  })
  return Effect.as(state.store.afterCommit(announced), taskIds.length)
}

/** Removes a task, after cancelling it if it has not ended. */
export const remove = (state: State, taskId: string): Effect.Effect<void, TaskNotFound | TaskStoreError> =>
  Effect.flatMap(cancelOutside(state, "removeTask", taskId, { reason: "Removed", note: "" }), () =>
    // retention may already have pruned a task that was cancelled just now
    Effect.flatMap(state.store.removeTasks([taskId]), (gone) => Effect.asVoid(announceRemoved(state, gone))))

/** Removes all tasks that have ended. */
export const removeCompleted = (state: State): Effect.Effect<number, TaskStoreError> =>
  Effect.flatMap(state.store.removeEndedTasks, (gone) => announceRemoved(state, gone))
