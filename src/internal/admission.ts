/**
 * How a task of the store comes to live in this process: it waits in its pool from then on, and is shown.
 */
import type { TaskRecord } from "../TaskStore.ts"
import * as parking from "./parking.ts"
import * as pools from "./pools.ts"
import * as progress from "./progress.ts"
import type { Config, Live, Pool, State } from "./state.ts"

const liveOf = (record: TaskRecord, pool: Pool, config: Config | undefined, link: Live["link"]): Live => ({
  record,
  pool,
  config,
  link,
  priority: record.priority,
  previous: undefined,
  next: undefined,
  line: undefined,
  fiber: undefined,
  cancellation: undefined,
  settled: false,
  ending: undefined,
  waiters: undefined,
  isAwaited: false,
  holdsSlot: false,
  holdsPermit: false,
  holdsPlace: false,
  reservation: undefined,
  awaiting: 0,
  watchdog: undefined,
  publishedAt: record.createdAt,
  trailing: undefined
})

/** Makes a new task live, behind those that wait already, unless it was read from the queue before its writer knew of it. */
export const admit = (
  state: State,
  record: TaskRecord,
  pool: Pool,
  config?: Config,
  link?: Live["link"]
): Live => {
  const known = state.store.durable ? state.live.get(record.taskId) : undefined
  if (known !== undefined) return known
  const live = liveOf(record, pool, config, link)
  state.live.set(record.taskId, live)
  parking.enter(state, live)
  progress.publish(state, live)
  return live
}

/** Makes a new task live that is about to run and waits for nothing. */
export const receive = (
  state: State,
  record: TaskRecord,
  pool: Pool,
  config: Config,
  link: Live["link"]
): Live => {
  const live = liveOf(record, pool, config, link)
  state.live.set(record.taskId, live)
  progress.publish(state, live)
  return live
}

/** Makes a task live that has waited elsewhere, before those that are younger. It has been shown already. */
export const readmit = (state: State, record: TaskRecord): Live => {
  const config = record.recurringId === null ? undefined : state.configs.get(record.recurringId)
  const live = liveOf(record, pools.named(state, record.semaphore), config, undefined)
  state.live.set(record.taskId, live)
  parking.enter(state, live, true)
  return live
}
