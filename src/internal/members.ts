/**
 * The other processes on the store, as this one knows them since its last heartbeat: whether there are any, and who is to
 * decide first on a recurring task.
 *
 * Nobody leads. For every recurring task all order themselves by a hash of their names and its id, those that have the
 * handler before those that have not. The first one decides at once, each other one a moment later than the one before it,
 * which will find that there is nothing left to decide. When they do not agree on who is there, several decide, and the
 * store takes one decision.
 */
import type { Process, Retention } from "../TaskStore.ts"
import { hash } from "./hash.ts"
import { type Config, now, type Peers, type State } from "./state.ts"

/** What a process knows that has not looked yet. */
export const nobody = (): Peers => ({
  others: [],
  beatAt: -Infinity,
  signs: 0,
  isResting: false,
  hurry: undefined,
  isHurried: false,
  outbox: new Map(),
  followed: new Map(),
  rumours: new Set(),
  looking: undefined,
  backlogs: new Map(),
  reading: new Map(),
  isSuspicious: false,
  isSweeping: false,
  isDirty: false
})

/** How long a process waits for the one before it, in milliseconds. */
const step = 250

/** Whether there is no sign of another process. */
export const isAlone = ({ peers }: State): boolean => peers.others.length === 0 && peers.signs === 0

/** Somebody else is there: one who is not known is asked after at once, and counted with until then. */
export const notice = (state: State): void => {
  if (state.peers.others.length > 0) return
  state.peers.signs++
  hurry(state)
}

/** Whether anybody has come, or gone, between two heartbeats. */
export interface Change {
  readonly come: boolean
  readonly gone: boolean
  /** Those who have come and are ahead of this process, so that its leases end early for them. */
  readonly ahead: ReadonlyArray<Process>
}

/** What was known when a heartbeat was sent. */
export interface Sent {
  readonly at: number
  readonly signs: number
}

/** Takes over who is there, as a heartbeat has found it. */
export const take = (
  { owner: own, peers, settings: { lease } }: State,
  processes: ReadonlyArray<Process>,
  { at, signs }: Sent
): Change => {
  const before = peers.others
  peers.beatAt = at
  peers.signs -= signs
  peers.others = processes.filter(({ owner }) => owner !== own)
  const isMissing = (list: ReadonlyArray<Process>) => (one: Process) => list.every(({ owner }) => owner !== one.owner)
  const come = peers.others.filter(isMissing(before))
  return {
    come: come.length > 0,
    gone: before.some(isMissing(peers.others)),
    ahead: come.filter(({ leaseUntil }) => leaseUntil > at + 2 * lease)
  }
}

/** Has the next heartbeat now: something runs here again, or somebody else has come or gone. */
export const hurry = ({ peers }: State): void => {
  const { hurry } = peers
  peers.isResting = false
  peers.isHurried = hurry === undefined
  peers.hurry = undefined
  hurry?.()
}

/** Until when to leave what is due to others, if it was seen to be due at `at`. */
export const turn = (state: State, config: Config, at: number): number =>
  isAlone(state) ? at : at + step * rank(state, config)

/** How many processes come before this one. */
const rank = (state: State, { record }: Config): number => {
  const { recurringId, template: { taskType } } = record
  const isAble = state.registry.get(taskType) !== undefined
  const weight = hash(state.owner + recurringId)
  return state.peers.others.filter(({ owner, taskTypes }) =>
    taskTypes.includes(taskType) === isAble ? hash(owner + recurringId) > weight : !isAble
  ).length
}

/** How many ended tasks stay. What has just ended stays as long as somebody elsewhere may still have to read its result. */
export const retention = (state: State): Retention =>
  isAlone(state) ? state.settings.retention : { ...state.settings.retention, since: now(state) - state.settings.lease }
