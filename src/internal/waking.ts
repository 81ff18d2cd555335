/**
 * Wakes tasks that sleep in the store when their time has come: from then on they wait for a place like all others.
 */
import * as Effect from "effect/Effect"
import type { Woken } from "../TaskStore.ts"
import * as announcing from "./announcing.ts"
import * as fetching from "./fetching.ts"
import * as sleeping from "./sleeping.ts"
import { now, type State } from "./state.ts"
import { untilStored } from "./storeFailures.ts"

/** How many are woken at once. */
const most = 1_000

/** How long to wait, in milliseconds, for those that are due and are being changed by somebody else. */
const again = 100

/** Wakes those that are due, and finds out when the next one is. */
export const wake = (state: State): Effect.Effect<void> => {
  const woken = untilStored(state, Effect.suspend(() => state.store.wakeTasks(now(state), most)))
  return Effect.flatMap(woken, (woken) => {
    expectNext(state, woken)
    // at once, and even while this process stops
    for (const key of woken.parked) state.unpark(key)
    for (const taskType of woken.taskTypes) announcing.queued(state, taskType)
    return Effect.forEach(woken.taskTypes, (taskType) => fetching.fetchType(state, taskType), { discard: true })
  })
}

const expectNext = (state: State, { next, taskTypes }: Woken): void => {
  if (next === null) return
  sleeping.expect(state, taskTypes.length > 0 ? next : Math.max(next, now(state) + again))
}
