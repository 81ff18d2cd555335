/**
 * The state of a store in memory. Records are immutable and shared with readers. Tallies beside them keep the cost of a
 * transition independent of the number of tasks.
 */
import { isFinal } from "../../TaskInfo.ts"
import type { ConfigRecord, Counters, Pause, TaskRecord } from "../../TaskRecord.ts"
import type * as fifo from "../fifo.ts"
import type * as answers from "./answers.ts"
import type * as members from "./members.ts"
import { follow, type OutcomeRow } from "./outcomes.ts"
import * as parking from "./parking.ts"
import * as shelves from "./shelves.ts"
import { isGone, TaskIndex } from "./taskIndex.ts"

/**
 * A task, with what changes together with it: the tally of its pool, the outcome that started it, and its recurring
 * task; and where in the index it is.
 */
export interface Entry {
  readonly taskId: string
  task: TaskRecord
  readonly pool: Tally
  readonly outcome: OutcomeRow | undefined
  config: Config | undefined
  place: number
}

/** How many tasks hold a place in a pool. */
interface Tally {
  holders: number
}

/** A recurring task. */
export interface Config {
  record: ConfigRecord
  counters: Counters
  removed: boolean
  /** Its outcomes and ended instances; absent until there are any, since most recurring tasks wait. */
  past: Past | undefined
}

/**
 * What a recurring task has done: its last outcomes, of which it is the queue, how many there have been, and the
 * shelves of its ended instances. It is one object, since each one more is out of the cache when many are due.
 */
export interface Past extends fifo.Fifo<OutcomeRow>, shelves.Shelves {
  recorded: number
  /** How many of its instances run. */
  runners: number
}

/** Everything in the store. */
export interface State {
  readonly tasks: TaskIndex
  readonly pools: Map<string, Tally>
  /** Who is in line for which concurrency key. */
  readonly lines: parking.Lines
  /** How many instances run of recurring tasks that were removed; one may be added again under the same id. */
  readonly runners: Map<string, number>
  /** What has ended and is of no recurring task that is here, without the children of tasks, and these. */
  readonly shelves: shelves.Shelves
  readonly children: shelves.Shelves
  readonly configs: Map<string, Config>
  readonly members: members.Members
  readonly answers: answers.Answers
  readonly pauses: Map<string, Pause>
}

/** A store without content. */
export const emptyState = (): State => ({
  tasks: new TaskIndex(),
  pools: new Map(),
  lines: new Map(),
  runners: new Map(),
  shelves: shelves.make(),
  children: shelves.make(),
  configs: new Map(),
  members: new Map(),
  answers: new Map(),
  pauses: new Map()
})

/** Adds a task. */
export const add = (state: State, task: TaskRecord, outcome?: OutcomeRow, config?: Config): void => {
  const pool = tallyOf(state, task.semaphore)
  const entry: Entry = { taskId: task.taskId, task, pool, outcome, config, place: 0 }
  state.tasks.add(entry)
  if (task.concurrency !== null) parking.follow(state.lines, undefined, entry)
}

/** Takes a task out of everything but the shelves. */
export const drop = (state: State, entry: Entry): void => {
  state.tasks.remove(entry)
  if (entry.task.concurrency !== null) parking.follow(state.lines, entry.task, entry, true)
}

/** The entry of a task, unless somebody who had it before already holds it; `undefined` if there is no such task. */
export const entryOf = ({ tasks }: State, taskId: string, known?: Entry): Entry | undefined =>
  known !== undefined && !isGone(known) ? known : tasks.get(taskId)

/** The same for a recurring task. */
export const configNamed = ({ configs }: State, recurringId: string, known?: Config): Config | undefined =>
  known !== undefined && !known.removed ? known : configs.get(recurringId)

const tallyOf = ({ pools }: State, name: string): Tally => {
  let tally = pools.get(name)
  if (tally === undefined) pools.set(name, tally = { holders: 0 })
  return tally
}

/** All tasks, oldest first. */
export const tasksOf = (state: State): ReadonlyArray<TaskRecord> => Array.from(state.tasks.values(), ({ task }) => task)

/** The recurring task of an instance. Another one may have been added under the id of one that was removed. */
export const configOf = (state: State, entry: Entry): Config | undefined => {
  const { recurringId } = entry.task
  if (recurringId === null) return undefined
  return entry.config = configNamed(state, recurringId, entry.config)
}

/** Replaces the counters of a recurring task, if there is one, and returns them. */
export const count = (config: Config | undefined, counters: Counters | undefined): Counters | undefined => {
  if (config !== undefined && counters !== undefined) config.counters = counters
  return counters
}

/** Whether a task runs. */
export const isRunning = (task: TaskRecord): boolean => task.status === "running"

/** Whether a process runs it or has reserved it. */
export const isOwned = ({ owner, status }: TaskRecord): boolean => owner !== null && !isFinal(status)

/** Whether a task holds a place in its pool. */
export const holds = (task: TaskRecord): boolean => isRunning(task) && !task.lent

/** What a recurring task has done; made when it is needed first. */
export const pastOf = (config: Config): Past =>
  config.past ??= {
    items: [],
    head: 0,
    size: 0,
    recorded: 0,
    done: undefined,
    failed: undefined,
    cancelled: undefined,
    runners: 0
  }

/** How many instances of the recurring task of this instance run. */
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

/** Most recurring tasks that were removed have no running instances, and need no entry. */
export const setRunners = ({ runners }: State, recurringId: string, count: number): void => {
  if (count === 0) runners.delete(recurringId)
  else runners.set(recurringId, count)
}

/** Replaces the record of a task that exists, and updates what changes together with it. */
export const write = (state: State, entry: Entry, task: TaskRecord): void => {
  const before = entry.task
  entry.task = task
  if (entry.outcome !== undefined) follow(entry.outcome, task)
  entry.pool.holders += Number(holds(task)) - Number(holds(before))
  if (task.concurrency !== null) parking.follow(state.lines, before, entry)
  if (isRunning(task) !== isRunning(before)) countRunners(state, entry, isRunning(task) ? 1 : -1)
}

/** Tasks that have not ended, oldest first. */
export const live = (state: State): ReadonlyArray<TaskRecord> => tasksOf(state).filter((task) => !isFinal(task.status))

/** Instances of a recurring task, or of all of them, that have not ended, oldest first. */
export const activeTasks = (state: State, recurringId?: string): ReadonlyArray<TaskRecord> =>
  live(state).filter((task) => task.recurringId !== null && (recurringId ?? task.recurringId) === task.recurringId)
