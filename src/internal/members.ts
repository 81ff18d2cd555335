/**
 * The other processes on the store, as of this one's last heartbeat: whether there are any, and whose turn it is to
 * decide on a recurring task.
 *
 * There is no leader. For every recurring task, the processes order themselves by a hash of their names and its id,
 * those that have the handler first (rendezvous hashing). The first decides at once; each of the others waits a moment
 * longer than the one before it, and then finds nothing left to decide. If they disagree on who is there, several of
 * them decide, and the store accepts one decision.
 */
import type { Announcement } from "../Announcement.ts"
import type { Process, Retention, TaskRecord } from "../TaskStore.ts"
import * as coalescing from "./coalescing.ts"
import { hash } from "./hash.ts"
import { type Awaited, type Config, elapsed, now, type Pool, type State } from "./state.ts"

/** What a process knows of the other processes on its store, and what it exchanges with them. */
export interface Peers {
  /** The other processes, as of the last heartbeat. */
  others: ReadonlyArray<Process>
  /** When that heartbeat was sent, and how long after it the next one was to be. */
  beatAt: number
  interval: number
  /** After a silence of the store: when it began, and until when its end is too recent for what it has left. */
  silence: { readonly from: number; readonly until: number } | undefined
  /** How many hints there were of processes that no heartbeat has found yet. */
  hints: number
  /** Whether the next heartbeat may take longer, since nothing depends on it. */
  isResting: boolean
  /** Sends the next heartbeat now. Absent while one is being sent, after which `isHurried` requests another one. */
  hurry: (() => void) | undefined
  isHurried: boolean
  /** Whether it is known that another process has the same name. */
  hasNamesake: boolean
  /** Which of the others are known to be ahead of this process. */
  readonly ahead: Set<string>
  /** What is about to be announced, by what it is about. */
  readonly outbox: Map<string, Announcement>
  /** Tasks of other processes that somebody here waits for. */
  readonly followed: Map<string, Awaited>
  /** Ids of tasks to read again from the store, and of those that are being read. */
  readonly stale: Set<string>
  refreshing: Set<string> | undefined
  /** Ids of tasks that are being taken over, which one search may find after another. */
  readonly takenOver: Set<string>
  /** What the store has that this process has not read yet, by task type. */
  readonly backlogs: Map<string, Backlog>
  /** About how many bytes the payloads have that were last read of a type, on average. */
  readonly payloadSizes: Map<string, number>
  /** The task types that are being read, and whether they are to be read again. */
  readonly reading: Map<string, boolean>
  /** Whether recurring tasks may have changed unnoticed. */
  mayHaveMissed: boolean
  readonly sweeping: coalescing.Coalescing
  /** Whether this process has stopped and takes part no more. */
  hasLeft: boolean
}

/**
 * Queued tasks of a type that this process has not read yet: those after `after`, which wait for this pool; and whether
 * they are being read.
 */
export interface Backlog {
  readonly after: TaskRecord
  readonly pool: Pool
  isRead: boolean
}

/** What a process knows of the others before its first heartbeat. */
export const noPeers = (): Peers => ({
  others: [],
  beatAt: -Infinity,
  interval: Infinity,
  silence: undefined,
  hints: 0,
  isResting: false,
  hurry: undefined,
  isHurried: false,
  hasNamesake: false,
  ahead: new Set(),
  outbox: new Map(),
  followed: new Map(),
  stale: new Set(),
  refreshing: undefined,
  takenOver: new Set(),
  backlogs: new Map(),
  payloadSizes: new Map(),
  reading: new Map(),
  mayHaveMissed: false,
  sweeping: coalescing.make(),
  hasLeft: false
})

/** How much longer each process waits than the one before it, in milliseconds. */
const step = 250

/** The processes that are alive, this one included, by name. */
export const living = (state: State): ReadonlyArray<Omit<Process, "leaseUntil">> => {
  const others = state.peers.others.filter(({ leaseUntil }) => leaseUntil >= now(state))
  return [itself(state), ...others].sort((a, b) => a.owner < b.owner ? -1 : 1)
}

/** What this process tells the others of itself: what it can run, and the sizes of the pools that this uses. */
export const itself = ({ owner, registry, settings }: State): Omit<Process, "leaseUntil"> => {
  const taskTypes = registry.taskTypes()
  const used = new Set(taskTypes.map((taskType) => registry.get(taskType)?.definition.options.semaphore ?? "default"))
  return { owner, taskTypes, pools: Object.fromEntries([...settings.pools].filter(([pool]) => used.has(pool))) }
}

/** Whether there is no hint of another process. */
export const isAlone = ({ peers }: State): boolean => peers.others.length === 0 && peers.hints === 0

/**
 * There is a hint of another process. If none is known, the next heartbeat is hurried, and until then this process does
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
  /** Whether this process was alone until now, so that those who have come were told nothing by it. */
  readonly wasAlone: boolean
  /** Whether others may have taken this process for dead meanwhile, and so may have told it nothing. */
  readonly wasSilent: boolean
  /** Those who are now known to be ahead of this process, so that its leases end early for them. */
  readonly ahead: ReadonlyArray<Process>
}

/** When a heartbeat was sent, and how many hints of other processes there were then. */
export interface Sent {
  readonly at: number
  readonly hints: number
}

/** Takes over the processes in the answer to a heartbeat. */
export const take = (state: State, processes: ReadonlyArray<Process>, { at, hints }: Sent): Change => {
  const { owner: own, peers, settings: { lease } } = state
  const before = peers.others
  const isFirst = peers.beatAt === -Infinity
  const wasSilent = !isFirst && at - peers.beatAt > lease
  if (isSilent(state)) peers.silence = { from: peers.beatAt, until: elapsed(state) + lease }
  peers.beatAt = at
  peers.hints -= hints
  peers.others = processes.filter(({ owner }) => owner !== own)
  const isMissing = (list: ReadonlyArray<Process>) => (one: Process) => list.every(({ owner }) => owner !== one.owner)
  const come = peers.others.filter(isMissing(before))
  return {
    come: come.length > 0,
    gone: before.some(isMissing(peers.others)),
    wasAlone: !isFirst && before.length === 0,
    wasSilent,
    ahead: newlyAhead(state)
  }
}

/** Whether the next heartbeat should have been answered long ago. */
const isSilent = (state: State): boolean => {
  const { peers: { beatAt, interval }, settings: { lease } } = state
  return beatAt > -Infinity && now(state) - beatAt > interval + lease / 3
}

/**
 * Until when leases that have ended tell that their processes are dead. While the store was away for this process, it
 * may have been away for all: those that live could not renew their leases, and have the time of one lease to do so, and
 * to store what they have done meanwhile.
 */
export const leasesReadableUntil = (state: State): number => {
  const { peers } = state
  if (isSilent(state)) return peers.beatAt
  if (peers.silence !== undefined && elapsed(state) >= peers.silence.until) peers.silence = undefined
  return peers.silence?.from ?? now(state)
}

/** Those who have come with a clock that is ahead, or whose clock has been set forward; each once. */
const newlyAhead = (state: State): ReadonlyArray<Process> => {
  const { peers, settings: { lease } } = state
  const present = new Set(peers.others.map(({ owner }) => owner))
  for (const owner of peers.ahead) if (!present.has(owner)) peers.ahead.delete(owner)
  // the answer may have been long on its way, and they have renewed their leases meanwhile
  const latest = now(state) + 2 * lease
  const found = peers.others.filter(({ leaseUntil, owner }) => leaseUntil > latest && !peers.ahead.has(owner))
  for (const { owner } of found) peers.ahead.add(owner)
  return found
}

/** Sends the next heartbeat now: something runs here again, or another process has come or gone. */
export const hurry = ({ peers }: State): void => {
  const { hurry } = peers
  peers.isResting = false
  peers.isHurried = hurry === undefined
  peers.hurry = undefined
  hurry?.()
}

/** When this process is to decide, if nobody else has, what it found due at `at`. */
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

/** When this process is to wake tasks that sleep until `at`, if no other process has. */
export const wakingTurn = ({ owner: own, peers }: State, at: number): number =>
  at + step * peers.others.filter(({ owner }) => owner < own).length

/**
 * How many ended tasks to keep. While other processes are there, one that has just ended is kept, as they may still
 * have to read its result.
 */
export const retention = (state: State): Retention =>
  isAlone(state) ? state.settings.retention : { ...state.settings.retention, since: now(state) - state.settings.lease }
