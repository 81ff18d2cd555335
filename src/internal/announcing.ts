/**
 * What this process announces to the others. Announcements are sent after what they are about is stored, those of one
 * moment together, and none while no other process is there.
 */
import * as Effect from "effect/Effect"
import type { Announcement } from "../Announcement.ts"
import { isFinal } from "../TaskInfo.ts"
import type { ConfigRecord, TaskRecord } from "../TaskStore.ts"
import * as members from "./members.ts"
import type { State } from "./state.ts"

/** Announces something under a key. Of everything announced under one key in one moment, only the last is sent. */
const announce = (state: State, key: string, announcement: Announcement): void => {
  if (members.isAlone(state)) return
  if (state.peers.outbox.size === 0) state.fork(Effect.andThen(Effect.yieldNow, flush(state)))
  state.peers.outbox.set(key, announcement)
}

/** Sends what is in the outbox. */
const flush = (state: State): Effect.Effect<void> =>
  Effect.suspend(() => {
    const pending = [...state.peers.outbox.values()]
    state.peers.outbox.clear()
    return pending.length === 0 ? Effect.void : state.store.announce(state.owner, pending)
  })

// the checks below keep frequent announcements from even being made while this process is alone

/** A task has changed. */
export const task = (state: State, { recurringId, status, taskId }: TaskRecord): void => {
  if (members.isAlone(state)) return
  announce(state, taskId, { _tag: "Task", taskId, recurringId, ended: isFinal(status) })
}

/** Tasks are gone. */
export const removed = (state: State, taskIds: ReadonlyArray<string>): void => {
  if (members.isAlone(state)) return
  for (const taskId of taskIds) announce(state, taskId, { _tag: "Task", taskId, recurringId: null, ended: true })
}

/** Another process should take tasks of this type. */
export const queued = (state: State, taskType: string): void =>
  announce(state, `queued ${taskType}`, { _tag: "Queued", taskType })

const asleepKey = "asleep"

/** A task of this type sleeps until an instant. Of those of one moment, the first to be due is enough. */
export const asleep = (state: State, taskType: string, at: number): void => {
  const pending = state.peers.outbox.get(asleepKey)
  if (pending?._tag === "Queued" && pending.at! <= at) return
  announce(state, asleepKey, { _tag: "Queued", taskType, at })
}

/** Another process runs this task and should stop it. */
export const cancel = (state: State, taskId: string): void =>
  announce(state, `cancel ${taskId}`, { _tag: "Cancel", taskId })

/** There is room in a pool, and this process does not need it. */
export const freed = (state: State, pool: string): void => {
  if (members.isAlone(state)) return
  announce(state, `freed ${pool}`, { _tag: "Freed", pool })
}

/** A recurring task was added or changed. */
export const config = (state: State, { recurringId, version }: ConfigRecord): void => {
  if (members.isAlone(state)) return
  announce(state, recurringId, { _tag: "Config", recurringId, version, lastDecided: null })
}

/**
 * A recurring task was decided. Others need not read it again if only its occurrences have moved on, unless more was
 * announced in the same moment.
 */
export const decided = (state: State, { lastDecided, recurringId, version }: ConfigRecord): void => {
  if (members.isAlone(state)) return
  const pending = state.peers.outbox.get(recurringId)
  const isMore = pending?._tag === "Config" && pending.lastDecided === null
  announce(state, recurringId, { _tag: "Config", recurringId, version, lastDecided: isMore ? null : lastDecided })
}

/** A recurring task was removed. */
export const configGone = (state: State, recurringId: string): void =>
  announce(state, recurringId, { _tag: "ConfigGone", recurringId })

/** A task type was paused or resumed. */
export const paused = (state: State, taskType: string): void =>
  announce(state, `paused ${taskType}`, { _tag: "Paused", taskType })

/** This process has started, or has noticed others. */
export const presence = (state: State): void => announce(state, "members", { _tag: "Members", owner: state.owner })

/** Others may have been there while this process seemed to be alone and announced nothing. */
export const gap = (state: State): void => announce(state, "gap", { _tag: "Gap" })

/**
 * This process is about to stop. It announces that even while it seems to be alone: another one may have just started.
 */
export const farewell = (state: State): Effect.Effect<void> =>
  Effect.andThen(flush(state), state.store.announce(state.owner, [{ _tag: "Members", owner: state.owner }]))
