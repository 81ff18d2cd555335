/**
 * Tasks that cannot run here yet: their handler is not provided (it may come, or another process may have it), or the
 * time of their next attempt has not come.
 */
import * as Ticker from "../Ticker.ts"
import * as pools from "./pools.ts"
import * as queue from "./queue.ts"
import { type Live, now, type State } from "./state.ts"

/** Lets a task wait for its pool, or first for whatever it lacks. */
export const enter = (state: State, live: Live): void => {
  const { retryAt, taskType } = live.record
  if (retryAt !== null && retryAt > now(state)) {
    live.trailing = Ticker.alarm(() => enterNow(state, live))
    state.ticker.set(live.trailing, retryAt)
  } else if (state.registry.get(taskType) === undefined) {
    const waiting = state.parked.get(taskType)
    if (waiting === undefined) state.parked.set(taskType, new Set([live]))
    else waiting.add(live)
  } else {
    queue.push(live.pool.waiting, live)
  }
}

const enterNow = (state: State, live: Live): void => {
  if (live.settled) return
  live.record = { ...live.record, retryAt: null }
  enter(state, live)
  pools.pump(state, live.pool)
}

/** Takes a task out of wherever it waits. */
export const withdraw = (state: State, live: Live): void => {
  queue.remove(live.pool.waiting, live)
  if (live.trailing !== undefined) state.ticker.clear(live.trailing)
  state.parked.get(live.record.taskType)?.delete(live)
}

/** The handler is here: what has waited for it may run. */
export const handlerCame = (state: State, taskType: string): void => {
  const waiting = state.parked.get(taskType)
  if (waiting === undefined) return
  state.parked.delete(taskType)
  for (const live of waiting) queue.push(live.pool.waiting, live)
  for (const pool of new Set(Array.from(waiting, (live) => live.pool))) pools.pump(state, pool)
}
