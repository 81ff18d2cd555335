/**
 * How a stored task becomes live in this process: from then on it waits in its pool here, and is shown to readers.
 */
import type { TaskRecord } from "../TaskStore.ts"
import * as pools from "./pools.ts"
import * as publishing from "./publishing.ts"
import type { Config, Live, Pool, State } from "./state.ts"
import * as waiting from "./waiting.ts"

const liveOf = (
  { direct }: State,
  record: TaskRecord,
  pool: Pool,
  config: Config | undefined,
  link: Live["link"]
): Live => ({
  record,
  pool,
  stored: direct?.task(record.taskId),
  config,
  link,
  priority: record.priority,
  previous: undefined,
  next: undefined,
  line: undefined,
  fiber: undefined,
  handler: undefined,
  cancellation: undefined,
  settled: false,
  ending: undefined,
  waiters: undefined,
  unanswered: undefined,
  isAwaited: false,
  holdsSlot: false,
  holdsPermit: false,
  holdsPlace: false,
  reservation: undefined,
  awaiting: 0,
  watchdog: undefined,
  ultimatum: undefined,
  publishedAt: record.createdAt,
  trailing: undefined
})

/**
 * Makes a new task live, behind those that already wait. It may be live already, if it was read from the queue before
 * its writer knew that it was stored.
 */
export const admit = (
  state: State,
  record: TaskRecord,
  pool: Pool,
  config?: Config,
  link?: Live["link"]
): Live => {
  const known = state.store.durable ? state.live.get(record.taskId) : undefined
  if (known !== undefined) return known
  const live = liveOf(state, record, pool, config, link)
  state.live.set(record.taskId, live)
  waiting.enter(state, live)
  publishing.task(state, live.record)
  return live
}

/** Makes a new task live that is about to run, and waits for nothing. */
export const receive = (
  state: State,
  record: TaskRecord,
  pool: Pool,
  config: Config,
  link: Live["link"]
): Live => {
  const live = liveOf(state, record, pool, config, link)
  state.live.set(record.taskId, live)
  publishing.task(state, live.record)
  return live
}

/** Makes a task live that has waited elsewhere, and has been shown: it waits in front of younger ones. */
export const readmit = (state: State, record: TaskRecord): Live => {
  const config = record.recurringId === null ? undefined : state.configs.get(record.recurringId)
  const live = liveOf(state, record, pools.named(state, record.semaphore), config, undefined)
  state.live.set(record.taskId, live)
  waiting.enter(state, live, true)
  return live
}
