/**
 * Queued tasks that sleep until their time comes: they are to start later, or wait for their next attempt in no
 * process. They are only in the store, however many there are; every process knows when the next one is due, so that it
 * makes no difference which of them is there then. Those that are parked are only there, too.
 */
import type { TaskRecord } from "../TaskStore.ts"
import * as Ticker from "../Ticker.ts"
import * as announcing from "./announcing.ts"
import * as members from "./members.ts"
import type { State } from "./state.ts"

/** Whether a queued task is to be left in the store until it is woken or unparked. One in memory waits here. */
export const isAtRest = ({ store }: State, { parked, retryAt }: TaskRecord): boolean =>
  store.durable && (retryAt !== null || parked)

/** Something sleeps until an instant. */
export const expect = (state: State, at: number): void => {
  const turn = members.wakingTurn(state, at)
  if (!Ticker.isSet(state.waking) || turn < state.waking.at) state.ticker.set(state.waking, turn)
}

/** Offers a queued task to whoever can run it: now or, if it sleeps or is parked, then. */
export const offer = (state: State, { concurrency, parked, retryAt, taskType }: TaskRecord): void => {
  if (retryAt === null) return parked ? state.unpark(concurrency!.key) : announcing.queued(state, taskType)
  expect(state, retryAt)
  announcing.asleep(state, taskType, retryAt)
}
