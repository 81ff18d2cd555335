/**
 * Instances that run as soon as they are stored. If the store outlives its processes, a process that decides and has
 * room asks for a place together with the decision, so that its instance is written once instead of being queued first
 * and claimed afterwards. It keeps a slot for the instance until the store has answered.
 */
import * as Effect from "effect/Effect"
import type { Begin, Claimed, TaskRecord } from "../TaskStore.ts"
import * as admission from "./admission.ts"
import * as announcing from "./announcing.ts"
import * as configs from "./configs.ts"
import * as members from "./members.ts"
import * as pools from "./pools.ts"
import { requeued } from "./records.ts"
import * as settling from "./settling.ts"
import { type Config, type Live, mayStart, now, type State } from "./state.ts"
import * as stopping from "./stopping.ts"
import { untilStored } from "./storeFailures.ts"

/**
 * Keeps a slot for an instance, and returns what to ask the store for; `undefined` if the instance has to wait in line,
 * or for something else. Then it is claimed when its turn comes.
 */
export const request = (state: State, config: Config, task: TaskRecord): Begin | undefined => {
  if (!isReady(state, config, task) || !mayRun(state, config)) return undefined
  const pool = pools.named(state, task.semaphore)
  if (!pools.keep(state, pool)) return undefined
  state.starting.add(task.taskId)
  // a process that has rested has promised no heartbeat within this lease
  if (state.peers.isResting) members.hurry(state)
  const at = now(state)
  return {
    owner: state.owner,
    now: at,
    leaseUntil: at + state.settings.lease,
    limit: pool.limit,
    maxConcurrent: configs.maxActive(config)
  }
}

const isReady = (state: State, config: Config, record: TaskRecord): boolean =>
  state.store.durable && !state.stopping && !record.parked && mayStart(state, record.taskType) &&
  !stopping.isTooLate(state, { config, record })

/** Whether no other instance is in its way, or waits for the place that it would take. */
const mayRun = (state: State, config: Config): boolean =>
  configs.countActive(config) < configs.maxActive(config) && !state.blocked.has(config.record.recurringId)

/** The instance does not begin now: its slot is free again. */
export const giveUp = (state: State, task: TaskRecord): void => {
  state.starting.delete(task.taskId)
  pools.giveUp(state, pools.named(state, task.semaphore))
  settling.drain(state)
}

/** The store has not answered, but the instance may be running there. The next heartbeat will tell. */
export const fail = (state: State, task: TaskRecord): void => {
  giveUp(state, task)
  members.hurry(state)
}

/** The instance runs in the store, and from now on here. */
export const start = (
  state: State,
  config: Config,
  queued: TaskRecord,
  claimed: Claimed,
  link: Live["link"]
): void => {
  if (state.stopping || !mayStart(state, queued.taskType)) return putBack(state, config, claimed.task)
  // this process was frozen for so long that it has taken the task for abandoned: the task waits again
  if (state.live.has(queued.taskId)) return giveUp(state, queued)
  const live = admission.receive(state, queued, pools.named(state, queued.semaphore), config, link)
  state.starting.delete(queued.taskId)
  configs.addActive(config, live)
  live.holdsSlot = true
  state.start(live, claimed)
}

/**
 * This process, or its handler, has begun to stop meanwhile, or the type was paused: the instance is left to others.
 */
const putBack = (state: State, config: Config, task: TaskRecord): void => {
  configs.addElsewhere(config, task.taskId)
  state.fork(Effect.map(untilStored(state, state.store.requeue(requeued(task), task.attempt)), () => {
    announcing.queued(state, task.taskType)
    giveUp(state, task)
  }))
}
