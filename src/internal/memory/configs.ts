/**
 * Recurring tasks in memory: decisions by compare-and-swap, together with their outcomes.
 */
import type { Claimed, Commit, OutcomePage, Retention } from "../../TaskExchange.ts"
import type { ConfigRecord, OutcomeRecord, StoredConfig, StoredOutcome, TaskRecord } from "../../TaskRecord.ts"
import * as counters from "../counters.ts"
import * as fifo from "../fifo.ts"
import { type OutcomeRow, rowOf, startOf, stored as storedOutcome } from "./outcomes.ts"
import * as shelves from "./shelves.ts"
import { activeTasks, add, type Config, configNamed, pastOf, setRunners, type State } from "./state.ts"
import * as tasks from "./tasks.ts"

/** A recurring task as readers get it. */
export const stored = ({ counters, record }: Config): StoredConfig => ({ record, counters })

const empty: ReadonlyArray<never> = []

/** Stores outcomes, and the tasks that they started. */
const record = (
  state: State,
  config: Config,
  outcomes: ReadonlyArray<OutcomeRecord>,
  tasks: ReadonlyArray<TaskRecord>,
  retention: Retention
): void => {
  if (outcomes.length === 0) return
  const rows = outcomes.map(rowOf)
  for (const task of tasks) add(state, task, rows[outcomes.findIndex(({ taskId }) => taskId === task.taskId)], config)
  for (const row of rows) keep(config, row, retention)
}

const keep = (config: Config, row: OutcomeRow, retention: Retention): void => {
  const past = pastOf(config)
  past.recorded++
  fifo.push(past, row)
  while (fifo.size(past) > retention.outcomes) fifo.shift(past)
}

/** Adds a recurring task with its first outcomes and instances; `false` if the id is taken. */
export const insertConfig = (
  state: State,
  inserted: ConfigRecord,
  outcomes: ReadonlyArray<OutcomeRecord>,
  tasks: ReadonlyArray<TaskRecord>,
  retention: Retention
): boolean => {
  const { recurringId } = inserted
  if (state.configs.has(recurringId)) return false
  const config: Config = { record: inserted, counters: counters.none, removed: false, past: undefined }
  state.configs.set(recurringId, config)
  if (state.runners.size > 0) adoptRunners(state, config)
  record(state, config, outcomes, tasks, retention)
  return true
}

/** Instances of an earlier recurring task with the same id may still run, and count. */
const adoptRunners = (state: State, config: Config): void => {
  const { recurringId } = config.record
  const runners = state.runners.get(recurringId)
  if (runners === undefined) return
  pastOf(config).runners = runners
  state.runners.delete(recurringId)
}

/** Commits a decision, if the version is as expected and no fewer instances are live than it assumes. */
export const commit = (state: State, commit: Commit, retention: Retention, known?: Config): boolean | Claimed => {
  const config = configNamed(state, commit.config.recurringId, known)
  if (config === undefined || config.record.version !== commit.expected) return false
  if (commit.active !== undefined && activeTasks(state, config.record.recurringId).length < commit.active) return false
  config.record = commit.config
  record(state, config, commit.outcomes, commit.tasks, retention)
  for (const { request, taskId } of commit.cancels ?? empty) tasks.requestCancel(state, taskId, request)
  return begin(state, commit) ?? true
}

/** The same if a single occurrence has started, which is kept in brief at once. */
export const start = (
  state: State,
  next: ConfigRecord,
  task: TaskRecord,
  retention: Retention,
  known?: Config
): boolean => {
  const config = configNamed(state, next.recurringId, known)
  if (config === undefined || config.record.version + 1 !== next.version) return false
  config.record = next
  const row = startOf(task)
  add(state, task, row, config)
  keep(config, row, retention)
  return true
}

/** Runs the only instance of a decision, if that is asked for and there is room. */
const begin = (state: State, { begin, tasks: [task, ...others] }: Commit): Claimed | undefined => {
  if (begin === undefined || task === undefined || others.length > 0) return undefined
  const claimed = tasks.claim(state, { ...begin, task })
  return typeof claimed === "object" ? claimed : undefined
}

/** Removes a recurring task with its outcomes, but not its tasks. */
export const removeConfig = (state: State, recurringId: string): boolean => {
  const config = state.configs.get(recurringId)
  if (config === undefined) return false
  config.removed = true
  state.configs.delete(recurringId)
  if (config.past === undefined) return true
  // its ended tasks count as one-off tasks from now on
  shelves.move(config.past, state.shelves)
  setRunners(state, recurringId, config.past.runners)
  return true
}

/** A page of outcomes, newest first. */
export const outcomesOf = (
  state: State,
  recurringId: string,
  { before = Infinity, limit, offset, outcome }: OutcomePage
): ReadonlyArray<StoredOutcome> => {
  const config = state.configs.get(recurringId)
  const past = config?.past
  if (past === undefined) return []
  const { recorded } = past
  // the newest has the highest ordinal
  const skipped = Math.max(0, recorded - Math.max(0, before - 1))
  if (outcome === undefined) {
    return numbered(fifo.newest(past, skipped + offset, limit), recorded - skipped - offset)
  }
  return numbered(fifo.newest(past, skipped, Infinity), recorded - skipped)
    .filter((one) => one.outcome === outcome)
    .slice(offset, offset + limit)
}

const numbered = (newestFirst: ReadonlyArray<OutcomeRow>, last: number): ReadonlyArray<StoredOutcome> =>
  newestFirst.map((row, i) => storedOutcome(row, last - i))
