/**
 * What a store in memory keeps. Records are immutable and shared with whoever reads them; what is kept beside them makes
 * every transition cost the same, however many tasks there are.
 */
import { isFinal } from "../../TaskInfo.ts"
import type { ConfigRecord, Counters, StoredOutcome, TaskRecord } from "../../TaskRecord.ts"
import { ChurnMap } from "../churnMap.ts"
import * as fifo from "../fifo.ts"
import type * as answers from "./answers.ts"
import type * as members from "./members.ts"
import * as shelves from "./shelves.ts"

/** A task with what changes when it does: the outcome that it was started by, and its recurring task. */
export interface Entry {
  task: TaskRecord
  readonly pool: Tally
  readonly outcome: Told | undefined
  config: Config | undefined
}

/** An outcome, which is numbered where it is read. A started one changes with its task, so readers get copies. */
export type Told = Mutable<Omit<StoredOutcome, "ordinal">>

/** How many tasks hold a place in a pool. */
interface Tally {
  holders: number
}

export interface Config {
  record: ConfigRecord
  counters: Counters
  removed: boolean
  /** What has come of it; absent until something has, since most wait. */
  past: Past | undefined
}

/** What has come of a recurring task: its last outcomes, how many there have been, and its instances that have ended. */
export interface Past {
  readonly outcomes: fifo.Fifo<Told>
  told: number
  readonly shelves: shelves.Shelves
  /** How many of its instances run. */
  runners: number
}

type Mutable<A> = { -readonly [K in keyof A]: A[K] }

export interface State {
  readonly tasks: ChurnMap<Entry>
  readonly pools: Map<string, Tally>
  /** How many instances run of recurring tasks that are gone: one may come back. */
  readonly runners: Map<string, number>
  /** What has ended and is of no recurring task that is here. */
  readonly shelves: shelves.Shelves
  readonly configs: Map<string, Config>
  readonly members: members.Members
  readonly answers: answers.Answers
}

export const emptyState = (): State => ({
  tasks: new ChurnMap(),
  pools: new Map(),
  runners: new Map(),
  shelves: shelves.make(),
  configs: new Map(),
  members: new Map(),
  answers: new Map()
})

export const add = (state: State, task: TaskRecord, outcome?: Told, config?: Config): void =>
  state.tasks.set(task.taskId, { task, pool: tallyOf(state, task.semaphore), outcome, config })

const tallyOf = ({ pools }: State, name: string): Tally => {
  let tally = pools.get(name)
  if (tally === undefined) pools.set(name, tally = { holders: 0 })
  return tally
}

export const tasksOf = (state: State): ReadonlyArray<TaskRecord> => Array.from(state.tasks.values(), ({ task }) => task)

/** Another one may have come under the id of one that was removed. */
export const configOf = (state: State, entry: Entry): Config | undefined => {
  const { recurringId } = entry.task
  if (recurringId === null) return undefined
  if (entry.config === undefined || entry.config.removed) entry.config = state.configs.get(recurringId)
  return entry.config
}

export const count = (config: Config | undefined, change: (counters: Counters) => Counters): Counters | undefined => {
  if (config === undefined) return undefined
  config.counters = change(config.counters)
  return config.counters
}

export const isRunning = (task: TaskRecord): boolean => task.status === "running"

/** Whether somebody runs it or has reserved it. */
export const isOwned = ({ owner, status }: TaskRecord): boolean => owner !== null && !isFinal(status)

export const holds = (task: TaskRecord): boolean => isRunning(task) && !task.lent

export const pastOf = (config: Config): Past =>
  config.past ??= { outcomes: fifo.make(), told: 0, shelves: shelves.make(), runners: 0 }

/** How many instances run of the recurring task of one of them. */
export const runnersOf = (state: State, entry: Entry): number => {
  const { recurringId } = entry.task
  const config = configOf(state, entry)
  if (config !== undefined) return config.past?.runners ?? 0
  return recurringId === null ? 0 : state.runners.get(recurringId) ?? 0
}

const countRunners = (state: State, entry: Entry, change: number): void => {
  const { recurringId } = entry.task
  const config = configOf(state, entry)
  if (config !== undefined) pastOf(config).runners += change
  else if (recurringId !== null) setRunners(state, recurringId, (state.runners.get(recurringId) ?? 0) + change)
}

/** Nobody runs of most that are gone. */
export const setRunners = ({ runners }: State, recurringId: string, count: number): void => {
  if (count === 0) runners.delete(recurringId)
  else runners.set(recurringId, count)
}

/** Writes a task that is there already. */
export const write = (state: State, entry: Entry, task: TaskRecord): void => {
  const before = entry.task
  entry.task = task
  if (entry.outcome !== undefined) follow(entry.outcome, task)
  entry.pool.holders += Number(holds(task)) - Number(holds(before))
  if (isRunning(task) !== isRunning(before)) countRunners(state, entry, isRunning(task) ? 1 : -1)
}

const follow = (outcome: Told, { completedAt, startedAt, status }: TaskRecord): void => {
  outcome.status = status
  outcome.startedAt = startedAt
  outcome.completedAt = completedAt
}

export const live = (state: State): ReadonlyArray<TaskRecord> => tasksOf(state).filter((task) => !isFinal(task.status))

export const activeTasks = (state: State, recurringId?: string): ReadonlyArray<TaskRecord> =>
  live(state).filter((task) => task.recurringId !== null && (recurringId ?? task.recurringId) === task.recurringId)
