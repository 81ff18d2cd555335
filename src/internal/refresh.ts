/**
 * Tasks that may have changed elsewhere, so that what is known of them here is stale. They are read again from the
 * store, many at once and one read at a time, and what has changed is shown and acted on here.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { TaskCancelled } from "../TaskError.ts"
import { isFinal } from "../TaskInfo.ts"
import type { TaskRecord } from "../TaskStore.ts"
import * as failure from "./failure.ts"
import * as following from "./following.ts"
import * as publishing from "./publishing.ts"
import * as remoteTasks from "./remoteTasks.ts"
import * as reserving from "./reserving.ts"
import * as settling from "./settling.ts"
import type { Ending, Live, State } from "./state.ts"
import * as stopping from "./stopping.ts"
import * as waiting from "./waiting.ts"

/** How many are read at once. */
const most = 500

/** Has a task read soon. */
export const refresh = (state: State, taskId: string): void => {
  const { peers } = state
  peers.stale.add(taskId)
  if (peers.refreshing !== undefined) return
  peers.refreshing = new Set()
  state.fork(Effect.andThen(Effect.yieldNow, refreshAll(state)))
}

const refreshAll = (state: State): Effect.Effect<void> =>
  Effect.whileLoop({
    while: () => {
      const isMore = state.peers.stale.size > 0 && !state.stopping
      if (!isMore) state.peers.refreshing = undefined
      return isMore
    },
    body: () => refreshSome(state),
    step: () => undefined
  })

/** If the store fails now, whoever still cares looks again later. */
const refreshSome = (state: State): Effect.Effect<void> => {
  const { stale } = state.peers
  const taskIds = [...stale].slice(0, most)
  for (const taskId of taskIds) stale.delete(taskId)
  const refreshing = state.peers.refreshing = new Set(taskIds)
  return Effect.ignore(Effect.flatMap(state.store.getTasks(taskIds), (records) => {
    const found = new Map(records.map((record) => [record.taskId, record]))
    // a task that has ended here since is left out: its end is newer than what was read
    return Effect.forEach(refreshing, (taskId) => apply(state, taskId, found.get(taskId)), { discard: true })
  }))
}

const apply = (state: State, taskId: string, record: TaskRecord | undefined): Effect.Effect<void> => {
  const live = state.live.get(taskId)
  if (live === undefined) return applyElsewhere(state, taskId, record)
  if (live.fiber !== undefined || record?.owner === state.owner) return cancelIfRequested(state, live, record)
  // it was read before it was reserved
  if (reserving.isReserved(state, live)) return Effect.void
  const isHere = record?.status === "queued" && record.owner === null && record.attempt === live.record.attempt &&
    record.cancelRequest === null
  if (live.settled || isHere) return Effect.void
  return Effect.andThen(settling.dismiss(state, live), applyElsewhere(state, taskId, record))
}

/** Another process may have asked for a task of this one to stop. */
const cancelIfRequested = (state: State, live: Live, record: TaskRecord | undefined): Effect.Effect<void> =>
  record?.cancelRequest && record.owner === state.owner
    ? stopping.cancelAsRequested(state, live, record.cancelRequest)
    : Effect.void

/** A task that waits and is to be cancelled runs nowhere, so whichever process sees it ends it. */
const applyElsewhere = (state: State, taskId: string, record: TaskRecord | undefined): Effect.Effect<void> =>
  record?.status === "queued" && record.cancelRequest !== null
    ? Effect.ignore(remoteTasks.endWaiting(state, record, record.cancelRequest))
    : Effect.sync(() => show(state, taskId, record))

const show = (state: State, taskId: string, record: TaskRecord | undefined): void => {
  if (record === undefined) {
    publishing.removed(state, taskId)
  } else {
    publishing.task(state, record)
    if (!isFinal(record.status)) return
    waiting.endedElsewhere(state, record.recurringId, taskId)
  }
  const last = record ?? state.peers.followed.get(taskId)?.record
  if (last !== undefined) following.ended(state, endingOf(last))
}

/** The end of a task as it was read; one that is gone without an end counts as removed. */
const endingOf = (record: TaskRecord): Ending => {
  if (isFinal(record.status)) return { record, exit: undefined }
  const { taskId } = record
  const cause = Cause.fail(new TaskCancelled({ taskId, reason: "Removed", note: "", unresponsive: false }))
  return { record: { ...record, status: "cancelled", failure: failure.of(cause) }, exit: Exit.failCause(cause) }
}
