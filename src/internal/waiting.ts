/**
 * Where tasks wait: in line for their pool or, as long as they cannot run here, for what is in the way. Their handler
 * is missing (it may be provided later, or another process may have it), their type is paused, their next attempt is
 * not due, as many tasks with their concurrency key are active as may be, or other processes run as many instances of
 * their recurring task as may run.
 */
import * as Ticker from "../Ticker.ts"
import * as announcing from "./announcing.ts"
import * as configs from "./configs.ts"
import * as pools from "./pools.ts"
import * as queue from "./queue.ts"
import { type Config, type Live, now, type State } from "./state.ts"

/**
 * Lets a task wait for its pool, or first for whatever it lacks: at the end of the line or, with `inOrder`, in front of
 * those that are younger.
 */
export const enter = (state: State, live: Live, inOrder = false): void => {
  const { retryAt, taskType } = live.record
  if (retryAt !== null && retryAt > now(state)) {
    live.trailing = Ticker.alarm(() => enterNow(state, live))
    state.ticker.set(live.trailing, retryAt)
  } else if (live.record.parked) {
    state.unpark(live.record.concurrency!.key)
  } else if (hold(state, live)) {
    return
  } else if (state.registry.get(taskType) === undefined) {
    const waiting = state.awaitingHandler.get(taskType)
    if (waiting === undefined) state.awaitingHandler.set(taskType, new Set([live]))
    else waiting.add(live)
  } else if (inOrder) {
    queue.insert(live.pool.waiting, live, pools.isYounger)
  } else {
    queue.push(live.pool.waiting, live)
    // the processes that hold all places have to know what waits for them here
    if (live.pool.tries < 1) announcing.queued(state, taskType)
  }
}

/** Holds a task back if its type is paused. Returns whether it did. */
const hold = ({ pauses: { held } }: State, live: Live): boolean => {
  if (held.size === 0) return false
  const ofType = held.get(live.record.taskType)
  ofType?.tasks.add(live)
  return ofType !== undefined
}

const enterNow = (state: State, live: Live): void => {
  if (live.settled) return
  live.record = { ...live.record, retryAt: null }
  state.parking.isDue ||= live.record.parked
  enter(state, live, true)
  pools.pump(state, live.pool)
}

/** Removes a task from wherever it waits. */
export const withdraw = (state: State, live: Live): void => {
  queue.remove(live.pool.waiting, live)
  live.pool.ahead?.reserved.delete(live)
  if (live.trailing !== undefined) state.ticker.clear(live.trailing)
  state.awaitingHandler.get(live.record.taskType)?.delete(live)
  state.pauses.held.get(live.record.taskType)?.tasks.delete(live)
  if (live.config !== undefined) leaveBlocked(state, live.config.record.recurringId, live)
}

/** Nobody is blocked any more once the last one has left: a set that is empty would keep others from starting at once. */
const leaveBlocked = ({ blocked }: State, recurringId: string, live: Live): void => {
  const waiting = blocked.get(recurringId)
  if (waiting?.delete(live) === true && waiting.size === 0) blocked.delete(recurringId)
}

/** The handler is here: what has waited for it may run. */
export const handlerAdded = (state: State, taskType: string): void => {
  const waiting = state.awaitingHandler.get(taskType)
  if (waiting === undefined) return
  state.awaitingHandler.delete(taskType)
  for (const live of waiting) if (!hold(state, live)) queue.push(live.pool.waiting, live)
  for (const pool of new Set(Array.from(waiting, (live) => live.pool))) pools.pump(state, pool)
}

/** The type is paused: what waits for a place no longer does, and makes room for others. */
export const holdAll = (state: State, taskType: string): void => {
  if (state.pauses.held.has(taskType)) return
  const tasks = new Set<Live>()
  state.pauses.held.set(taskType, { tasks, attempts: new Set() })
  for (const { ahead, waiting } of state.pools.values()) {
    for (const live of queue.first(waiting, Infinity)) {
      if (live.record.taskType !== taskType) continue
      queue.remove(waiting, live)
      // it is given back as soon as the store has answered
      if (live.reservation?.stage === "asked") ahead?.reserved.delete(live)
      tasks.add(live)
    }
  }
}

/**
 * What was held back waits for its place, and attempts go on, unless the type is paused again. Returns whether anything
 * was.
 */
export const releaseAll = (state: State, taskType: string): boolean => {
  const { held, known } = state.pauses
  const ofType = held.get(taskType)
  if (ofType === undefined || known.has(taskType)) return false
  held.delete(taskType)
  for (const live of ofType.tasks) enter(state, live, true)
  for (const begin of ofType.attempts) begin()
  return true
}

/** As many instances as may run are running in other processes: this one waits until one of them has ended. */
export const block = (state: State, live: Live): void => {
  const { recurringId } = live.config!.record
  const waiting = state.blocked.get(recurringId)
  if (waiting === undefined) state.blocked.set(recurringId, new Set([live]))
  else waiting.add(live)
}

/** One of the instances in other processes may have ended. */
export const unblock = (state: State, recurringId: string): void => {
  const waiting = state.blocked.get(recurringId)
  if (waiting === undefined) return
  state.blocked.delete(recurringId)
  for (const live of waiting) if (!hold(state, live)) queue.insert(live.pool.waiting, live, pools.isYounger)
  for (const pool of new Set(Array.from(waiting, (live) => live.pool))) pools.pump(state, pool)
}

/** An instance has ended here: there may be room for another one. */
export const released = (state: State, config: Config): void => {
  if (state.blocked.size > 0) unblock(state, config.record.recurringId)
  configs.released(config)
}

/** An instance has ended in another process: there may be room for another one. */
export const endedElsewhere = (state: State, recurringId: string | null, taskId: string): void => {
  const config = recurringId === null ? undefined : state.configs.get(recurringId)
  if (config === undefined) return
  configs.endedElsewhere(config, taskId)
  if (config.record.buffer.length > 0) configs.wake(config)
  unblock(state, config.record.recurringId)
}
