/**
 * Acts on announcements of other processes. All of them are hints: whatever they lead to asks the store.
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Announcement } from "../Announcement.ts"
import { Gap } from "../TaskEvent.ts"
import * as configSync from "./configSync.ts"
import * as fetching from "./fetching.ts"
import * as members from "./members.ts"
import * as pausing from "./pausing.ts"
import * as pools from "./pools.ts"
import { refresh } from "./refresh.ts"
import * as sleeping from "./sleeping.ts"
import type { State } from "./state.ts"
import { logDefects } from "./storeFailures.ts"
import { sweep } from "./sweep.ts"
import * as waiting from "./waiting.ts"

/** Handles announcements until the stream ends. */
export const listen = (state: State, announcements: Stream.Stream<Announcement>): Effect.Effect<void> =>
  Stream.runForEach(announcements, (announcement) => {
    if (state.stopping) return Effect.void
    members.notice(state)
    return logDefects("What another process has announced", Effect.suspend(() => act(state, announcement)))
  })

const act = (state: State, announcement: Announcement): Effect.Effect<void> => {
  switch (announcement._tag) {
    case "Task":
      return Effect.sync(() => onTask(state, announcement))
    case "Config":
      return configSync.announced(state, announcement)
    case "ConfigGone":
      return configSync.sync(state, announcement.recurringId)
    case "Queued":
      return Effect.sync(() => onQueued(state, announcement))
    case "Cancel":
      return Effect.sync(() => state.live.has(announcement.taskId) && refresh(state, announcement.taskId))
    case "Freed":
      return Effect.sync(() => onFreed(state, announcement.pool))
    case "Paused":
      return Effect.sync(() => void state.fork(pausing.look(state)))
    case "Members":
      return Effect.sync(() => onMembers(state))
    case "Gap":
      return onGap(state)
  }
}

/** A process has started or stopped, or has just noticed this one and may not have told it anything before. */
const onMembers = (state: State): void => {
  members.hurry(state)
  state.peers.mayHaveMissed = true
  state.fork(sweep(state))
}

const onQueued = (state: State, { at, taskType }: Extract<Announcement, { readonly _tag: "Queued" }>): void => {
  if (at === undefined) state.fork(fetching.fetchType(state, taskType))
  else sleeping.expect(state, at)
}

/** Reads a task only if somebody here is interested in it. */
const onTask = (
  state: State,
  { ended, recurringId, taskId }: Extract<Announcement, { readonly _tag: "Task" }>
): void => {
  if (ended) waiting.endedElsewhere(state, recurringId, taskId)
  const isOfInterest = state.live.has(taskId) || state.peers.followed.has(taskId) || state.events.hasReaders()
  if (isOfInterest) refresh(state, taskId)
}

const onFreed = (state: State, name: string): void => {
  const pool = state.pools.get(name)
  if (pool === undefined) return
  pools.signal(pool)
  pools.pump(state, pool)
}

/** Nobody knows what was missed: looks at everything, and tells readers that they may have missed something too. */
const onGap = (state: State): Effect.Effect<void> => {
  state.peers.mayHaveMissed = true
  state.events.publish((sequence) => new Gap({ from: sequence, to: sequence }))
  return sweep(state)
}
