/**
 * The other processes on the store, as of this one's last heartbeat: whether there are any, and whose turn it is to
 * decide on a recurring task.
 *
 * There is no leader. For every recurring task, the processes order themselves by a hash of their names and its id,
 * those that have the handler first (rendezvous hashing). The first decides at once; each of the others waits a moment
 * longer than the one before it, and then finds nothing left to decide. If they disagree on who is there, several of
 * them decide, and the store accepts one decision.
 */
import type { Process, Retention } from "../TaskStore.ts"
import { hash } from "./hash.ts"
import { type Config, now, type Peers, type State } from "./state.ts"

/** What a process knows of the others before its first heartbeat. */
export const noPeers = (): Peers => ({
  others: [],
  beatAt: -Infinity,
  hints: 0,
  isResting: false,
  hurry: undefined,
  isHurried: false,
  outbox: new Map(),
  followed: new Map(),
  stale: new Set(),
  refreshing: undefined,
  backlogs: new Map(),
  reading: new Map(),
  mayHaveMissed: false,
  isSweeping: false,
  sweepAgain: false
})

/** How much longer each process waits than the one before it, in milliseconds. */
const step = 250

/** Whether there is no sign of another process. */
export const isAlone = ({ peers }: State): boolean => peers.others.length === 0 && peers.hints === 0

/**
 * There is a sign of another process. If none is known, the next heartbeat is hurried, and until then this process does
 * not count as alone.
 */
export const notice = (state: State): void => {
  if (state.peers.others.length > 0) return
  state.peers.hints++
  hurry(state)
}

/** Whether any process has come or gone between two heartbeats. */
export interface Change {
  readonly come: boolean
  readonly gone: boolean
  /** Those who have come and are ahead of this process, so that its leases end early for them. */
  readonly ahead: ReadonlyArray<Process>
}

/** When a heartbeat was sent, and how many hints at other processes there were then. */
export interface Sent {
  readonly at: number
  readonly hints: number
}

/** Takes over the processes in the answer to a heartbeat. */
export const take = (
  { owner: own, peers, settings: { lease } }: State,
  processes: ReadonlyArray<Process>,
  { at, hints }: Sent
): Change => {
  const before = peers.others
  peers.beatAt = at
  peers.hints -= hints
  peers.others = processes.filter(({ owner }) => owner !== own)
  const isMissing = (list: ReadonlyArray<Process>) => (one: Process) => list.every(({ owner }) => owner !== one.owner)
  const come = peers.others.filter(isMissing(before))
  return {
    come: come.length > 0,
    gone: before.some(isMissing(peers.others)),
    ahead: come.filter(({ leaseUntil }) => leaseUntil > at + 2 * lease)
  }
}

/** Sends the next heartbeat now: something runs here again, or another process has come or gone. */
export const hurry = ({ peers }: State): void => {
  const { hurry } = peers
  peers.isResting = false
  peers.isHurried = hurry === undefined
  peers.hurry = undefined
  hurry?.()
}

/** When this process is to decide, if noPeers else has, what it found due at `at`. */
export const turn = (state: State, config: Config, at: number): number =>
  isAlone(state) ? at : at + step * rank(state, config)

/** How many processes decide before this one. */
const rank = (state: State, { record }: Config): number => {
  const { recurringId, template: { taskType } } = record
  const isAble = state.registry.get(taskType) !== undefined
  const weight = hash(state.owner + recurringId)
  return state.peers.others.filter(({ owner, taskTypes }) =>
    taskTypes.includes(taskType) === isAble ? hash(owner + recurringId) > weight : !isAble
  ).length
}

/**
 * How many ended tasks to keep. While other processes are there, one that has just ended is kept, as they may still
 * have to read its result.
 */
export const retention = (state: State): Retention =>
  isAlone(state) ? state.settings.retention : { ...state.settings.retention, since: now(state) - state.settings.lease }
