/**
 * Tasks that other processes have and that somebody here waits for. Their end is heard of, or found by looking every third
 * of a lease; the waiting itself costs nothing.
 */
import * as Effect from "effect/Effect"
import type { TaskRecord } from "../TaskStore.ts"
import type { Awaited, Ending, State } from "./state.ts"

/** Waits for the end of a task, wherever it is. */
export const end = (state: State, record: TaskRecord): Effect.Effect<Ending> =>
  Effect.callback((resume) => {
    const awaited = follow(state, record)
    const waiter = (ending: Ending) => resume(Effect.succeed(ending))
    const waiters = awaited.waiters ??= []
    waiters.push(waiter)
    state.look(record.taskId)
    return Effect.sync(() => {
      waiters.splice(waiters.indexOf(waiter) >>> 0, 1)
      if (waiters.length === 0) state.peers.followed.delete(record.taskId)
    })
  })

const follow = (state: State, record: TaskRecord): Awaited => {
  const known = state.peers.followed.get(record.taskId)
  if (known !== undefined) return known
  const awaited: Awaited = { record, ending: undefined, waiters: undefined }
  state.peers.followed.set(record.taskId, awaited)
  return awaited
}

/** Another process has the task now: whoever has waited for it here waits on. */
export const handOver = (state: State, from: Awaited): void => {
  const { record, waiters } = from
  if (waiters === undefined || waiters.length === 0) return
  const to = follow(state, record)
  to.waiters = [...to.waiters ?? [], ...waiters]
  from.waiters = undefined
  state.look(record.taskId)
}

/** A task has ended: whoever has waited for it goes on. */
export const conclude = (awaited: Awaited, ending: Ending): void => {
  const { waiters } = awaited
  awaited.ending = ending
  awaited.waiters = undefined
  if (waiters !== undefined) { for (const waiter of waiters) waiter(ending) }
}

/** A task has ended, wherever it was: the same for whoever has followed it. */
export const ended = (state: State, ending: Ending): void => {
  const { followed } = state.peers
  if (followed.size === 0) return
  const awaited = followed.get(ending.record.taskId)
  if (awaited === undefined) return
  followed.delete(ending.record.taskId)
  conclude(awaited, ending)
}
