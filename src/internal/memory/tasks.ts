/**
 * The life of a task in memory: queued, reserved, claimed, and ended by its owner. Each function is the method of
 * `TaskStore` with its name.
 */
import type {
  Alive,
  Claim,
  Claimed,
  Heartbeat,
  Retention,
  Settled,
  Turn,
  Turned,
  Unparked,
  Woken
} from "../../TaskExchange.ts"
import { isFinal } from "../../TaskInfo.ts"
import type { CancelRequest, TaskRecord } from "../../TaskRecord.ts"
import * as counters from "../counters.ts"
import { isChild } from "../retention.ts"
import * as members from "./members.ts"
import * as parking from "./parking.ts"
import { order } from "./reads.ts"
import * as shelves from "./shelves.ts"
import {
  configOf,
  count,
  drop,
  type Entry,
  entryOf,
  holds,
  isOwned,
  isRunning,
  pastOf,
  runnersOf,
  type State,
  write
} from "./state.ts"
import { isGone } from "./taskIndex.ts"

/** The fields of a task that no process owns. */
const unowned = { owner: null, leaseUntil: null, lent: false } as const

/**
 * Whether a queued task can be claimed. One that the claimer has reserved and begun is the claimer's, even if somebody
 * wants it to stop.
 */
const isOffered = ({ cancelRequest, owner, parked }: TaskRecord, by: string, hasBegun = false): boolean =>
  hasBegun ? owner === by : !parked && cancelRequest === null && (owner === null || owner === by)

export const claim = (state: State, claim: Claim, known?: Entry): Claimed | "busy" | "full" | undefined => {
  const entry = queuedAt(state, claim.task, known)
  if (entry === undefined || !isOffered(entry.task, claim.owner, claim.hasBegun)) return undefined
  if (runnersOf(state, entry) >= claim.maxConcurrent) return "busy"
  if (entry.pool.holders >= claim.limit) return "full"
  return begin(state, entry, claim.owner, claim.now, claim.leaseUntil)
}

/** The same without lease or limits. */
export const claimFreely = (
  state: State,
  task: TaskRecord,
  owner: string,
  now: number,
  known?: Entry
): Claimed | undefined => {
  const entry = queuedAt(state, task, known)
  return entry !== undefined && isOffered(entry.task, owner) ? begin(state, entry, owner, now, null) : undefined
}

const begin = (state: State, entry: Entry, owner: string, now: number, leaseUntil: number | null): Claimed => {
  const { task } = entry
  const running: TaskRecord = {
    ...task,
    status: "running",
    attempt: task.attempt + 1,
    startedAt: now,
    retryAt: null,
    owner,
    leaseUntil
  }
  write(state, entry, running)
  const config = configOf(state, entry)
  return { task: running, counters: count(config, config && counters.began(config.counters, running)) }
}

/** A queued task, if its attempt is still what the caller has seen. */
const queuedAt = (state: State, { attempt, taskId }: TaskRecord, known?: Entry): Entry | undefined => {
  const entry = entryOf(state, taskId, known)
  return entry !== undefined && entry.task.status === "queued" && entry.task.attempt === attempt ? entry : undefined
}

/** A running task, if this is its attempt. */
const runningAt = (state: State, taskId: string, attempt: number): Entry | undefined => {
  const entry = state.tasks.get(taskId)
  return entry !== undefined && isRunning(entry.task) && entry.task.attempt === attempt ? entry : undefined
}

export const lend = (state: State, taskId: string, attempt: number): boolean => {
  const entry = runningAt(state, taskId, attempt)
  if (entry !== undefined) write(state, entry, { ...entry.task, lent: true })
  return entry !== undefined
}

export const takeBack = (state: State, taskId: string, attempt: number, limit: number): boolean | "full" => {
  const entry = runningAt(state, taskId, attempt)
  if (entry === undefined) return false
  if (holds(entry.task)) return true
  if (entry.pool.holders >= limit) return "full"
  write(state, entry, { ...entry.task, lent: false })
  return true
}

export const update = (state: State, task: TaskRecord, attempt: number): boolean => {
  const entry = runningAt(state, task.taskId, attempt)
  if (entry === undefined) return false
  const { cancelRequest, leaseUntil, lent, owner } = entry.task
  write(state, entry, { ...task, owner, leaseUntil, lent, cancelRequest })
  return true
}

export const requestCancel = (state: State, taskId: string, cancelRequest: CancelRequest): TaskRecord | undefined => {
  const entry = state.tasks.get(taskId)
  if (entry !== undefined && !isFinal(entry.task.status)) write(state, entry, { ...entry.task, cancelRequest })
  return entry?.task
}

const isAsleep = ({ task }: Entry): boolean => task.status === "queued" && task.retryAt !== null

export const wakeTasks = (state: State, now: number, limit: number): Woken => {
  const asleep = [...state.tasks.values()].filter(isAsleep).sort((a, b) => a.task.retryAt! - b.task.retryAt!)
  const due = asleep.slice(0, limit).filter(({ task }) => task.retryAt! <= now)
  for (const entry of due) write(state, entry, { ...entry.task, retryAt: null })
  return {
    taskTypes: [...new Set(due.map(({ task }) => task.taskType))],
    parked: [...new Set(due.flatMap(({ task: { concurrency, parked } }) => parked ? concurrency!.key : []))],
    next: asleep[due.length]?.task.retryAt ?? null
  }
}

const isHere = (entry: Entry): boolean => !isGone(entry)

export const unparkTasks = (
  state: State,
  keys: ReadonlyArray<string>,
  limit: number
): Unparked => {
  const unparked: Array<TaskRecord> = []
  for (const key of keys) {
    while (unparked.length < limit) {
      const entry = parking.shift(state.lines, key, isHere)
      if (entry === undefined) break
      write(state, entry, { ...entry.task, parked: false })
      unparked.push(entry.task)
    }
  }
  return { tasks: unparked.sort(order), held: [] }
}

export const parkedKeys = (state: State, after: string, limit: number): ReadonlyArray<string> =>
  parking.keys(state.lines, after, limit, isHere)

const running = (state: State): ReadonlyArray<Entry> => [...state.tasks.values()].filter(({ task }) => isRunning(task))

export const heartbeat = (state: State, beat: Heartbeat): Alive => {
  const held = running(state).filter(({ task }) => task.owner === beat.owner)
  for (const entry of held) write(state, entry, { ...entry.task, leaseUntil: beat.leaseUntil })
  return {
    held: held.map(({ task: { attempt, cancelRequest, taskId } }) => ({ taskId, attempt, cancelRequest })),
    ...members.beat(state.members, beat)
  }
}

/** Whether a task has lost its owner: its lease has ended, or an earlier start of the same process had it. */
export const isAbandoned =
  ({ now, owner, taskTypes }: { now: number; owner: string; taskTypes: ReadonlyArray<string> }) =>
  (task: TaskRecord): boolean =>
    isOwned(task) && taskTypes.includes(task.taskType) &&
    (members.isOtherStart(task.owner!, owner) || (task.leaseUntil !== null && task.leaseUntil < now))

export const requeue = (state: State, task: TaskRecord, attempt: number, reservedBy: string | null = null): boolean => {
  const entry = state.tasks.get(task.taskId)
  if (entry === undefined || !isOwned(entry.task) || entry.task.attempt !== attempt) return false
  if (!isRunning(entry.task) && entry.task.owner !== reservedBy) return false
  write(state, entry, { ...task, ...unowned, cancelRequest: entry.task.cancelRequest })
  return true
}

/**
 * Whether a task at this attempt may be ended. A reserved one only by its owner, which may have begun the next attempt.
 */
const mayEnd = ({ attempt, owner, status }: TaskRecord, at: number, by: string | null): boolean => {
  if (status !== "queued" || owner === null) return attempt === at && !isFinal(status)
  return owner === by && (attempt === at || attempt + 1 === at)
}

export const settle = (
  state: State,
  last: TaskRecord,
  attempt: number,
  retention: Retention,
  owner: string | null = null,
  known?: Entry
): Settled | undefined => {
  const entry = entryOf(state, last.taskId, known)
  if (entry === undefined || !mayEnd(entry.task, attempt, owner)) return undefined
  const isBare = last.owner === null && !last.lent && !last.parked && last.cancelRequest === null
  const task = isBare ? last : { ...last, ...unowned, parked: false, cancelRequest: null }
  write(state, entry, task)
  const config = configOf(state, entry)
  const changed = count(config, config && counters.ended(config.counters, task))
  const shelf = config === undefined ? shelvesOf(state, task) : pastOf(config)
  return { counters: changed, pruned: shelves.put(shelf, entry, retention, state.tasks) }
}

/** The tasks of a removed recurring task are kept with the one-off ones. */
const shelvesOf = (state: State, task: TaskRecord): shelves.Shelves => isChild(task) ? state.children : state.shelves

const reserve = (state: State, task: TaskRecord, owner: string, leaseUntil: number): boolean => {
  const entry = queuedAt(state, task)
  if (entry === undefined || !isOffered(entry.task, owner)) return false
  write(state, entry, { ...entry.task, owner, leaseUntil })
  return true
}

const giveBack = (state: State, task: TaskRecord, owner: string): void => {
  const entry = queuedAt(state, task)
  if (entry?.task.owner === owner) write(state, entry, { ...entry.task, ...unowned })
}

export const turn = (
  state: State,
  { claims, endings, leaseUntil, owner, reservations, retention, returns }: Turn
): Turned => {
  const settled = endings.map(({ attempt, task }) => settle(state, task, attempt, retention, owner))
  const claimed = claims.map((request) => claim(state, request))
  for (const task of returns) giveBack(state, task, owner)
  const reserved = reservations.map((task) => reserve(state, task, owner, leaseUntil))
  return { settled, claimed, reserved }
}

/** Whether no process runs or has reserved it. */
export const isLeft = (task: TaskRecord): boolean => !isRunning(task) && !isOwned(task)

/** Removes a task if it may go. Returns whether it was removed. */
export const remove = (state: State, mayGo: (task: TaskRecord) => boolean) => (taskId: string): boolean => {
  const entry = state.tasks.get(taskId)
  if (entry === undefined || !mayGo(entry.task)) return false
  if (isFinal(entry.task.status)) takeDown(state, entry)
  drop(state, entry)
  return true
}

/** If its recurring task was removed and added again, it may be on either shelf. */
const takeDown = (state: State, entry: Entry): void => {
  const past = configOf(state, entry)?.past
  if (past === undefined || !shelves.takeDown(past, entry)) shelves.takeDown(shelvesOf(state, entry.task), entry)
}
