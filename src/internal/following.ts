/**
 * Waits for the ends of tasks. That a task of another process has ended is announced, or found out by looking every
 * third of a lease; the waiting itself costs nothing.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { TaskManagerStopped } from "../TaskError.ts"
import type { TaskRecord } from "../TaskStore.ts"
import type { Awaited, Ending, State } from "./state.ts"

/** Waits for the end of a task, whichever process has it. A manager that has stopped hears of no other process. */
export const endElsewhere = (state: State, record: TaskRecord): Effect.Effect<Ending> =>
  Effect.callback((resume) => {
    if (state.peers.hasLeft) return resume(Effect.succeed(unknown(record)))
    const awaited = follow(state, record)
    const leave = wait(awaited, resume)
    state.refresh(record.taskId)
    return Effect.sync(() => {
      leave()
      if (awaited.waiters?.length === 0) state.peers.followed.delete(record.taskId)
    })
  })

/** Waits until a task has ended, here or wherever it has gone. */
export const endOf = (state: State, awaited: Awaited): Effect.Effect<Ending> =>
  Effect.suspend(() => {
    if (awaited.ending !== undefined) return Effect.succeed(awaited.ending)
    const isHere = state.live.get(awaited.record.taskId) === awaited
    return isHere ? endedHere(awaited) : endElsewhere(state, awaited.record)
  })

const endedHere = (awaited: Awaited): Effect.Effect<Ending> =>
  Effect.callback((resume) => Effect.sync(wait(awaited, resume)))

/** Adds a waiter for the end of a task. Returns what removes it again. */
export const wait = (awaited: Awaited, resume: (ending: Effect.Effect<Ending>) => void): () => void => {
  const waiter = (ending: Ending) => resume(Effect.succeed(ending))
  const waiters = awaited.waiters ??= []
  waiters.push(waiter)
  return () => {
    const place = waiters.indexOf(waiter)
    if (place >= 0) waiters.splice(place, 1)
  }
}

const follow = (state: State, record: TaskRecord): Awaited => {
  const known = state.peers.followed.get(record.taskId)
  if (known !== undefined) return known
  const awaited: Awaited = { record, ending: undefined, waiters: undefined }
  state.peers.followed.set(record.taskId, awaited)
  return awaited
}

/** Another process has the task now: those who wait for it here keep waiting. */
export const handOver = (state: State, from: Awaited): void => {
  const { record, waiters } = from
  if (waiters === undefined || waiters.length === 0) return
  const to = follow(state, record)
  // never a new list: whoever is on one must be able to leave it
  if (to.waiters === undefined) to.waiters = waiters
  else to.waiters.push(...waiters)
  from.waiters = undefined
  state.refresh(record.taskId)
}

/** A task has ended: resumes those who wait for it. */
export const conclude = (awaited: Awaited, ending: Ending): void => {
  const { waiters } = awaited
  awaited.ending = ending
  awaited.waiters = undefined
  if (waiters !== undefined) { for (const waiter of waiters) waiter(ending) }
}

/** How a task ends for those who waited here when the manager stopped. */
const unknown = (record: TaskRecord): Ending => ({ record, exit: Exit.fail(new TaskManagerStopped()) })

/** The manager has stopped: fails those who still wait for the end of a task. */
export const leave = (state: State): void => {
  state.peers.hasLeft = true
  const awaited: ReadonlyArray<Awaited> = [...state.peers.followed.values(), ...state.live.values()]
  for (const one of awaited) conclude(one, unknown(one.record))
}

/** A task has ended in any process: resumes those who follow it. */
export const ended = (state: State, ending: Ending): void => {
  const { followed } = state.peers
  if (followed.size === 0) return
  const awaited = followed.get(ending.record.taskId)
  if (awaited === undefined) return
  followed.delete(ending.record.taskId)
  conclude(awaited, ending)
}
