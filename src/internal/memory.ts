/**
 * The store in memory. Records are immutable and shared with whoever reads them; what is kept beside them makes every
 * transition cost the same, however many tasks there are.
 */
import * as Effect from "effect/Effect"
import { isFinal, type TaskStatus } from "../TaskInfo.ts"
import type {
  Claim,
  Commit,
  ConfigRecord,
  Counters,
  Held,
  OutcomeRecord,
  Retention,
  Search,
  Settled,
  StoredConfig,
  TaskRecord,
  TaskStore
} from "../TaskStore.ts"
import { ChurnMap } from "./churnMap.ts"
import * as fifo from "./fifo.ts"
import { matches } from "./search.ts"

/** Ids of the ended tasks of one recurring task (or of all one-off tasks), oldest first, by status. */
interface Ended {
  readonly done: fifo.Fifo<string>
  readonly failed: fifo.Fifo<string>
  readonly cancelled: fifo.Fifo<string>
}

/** A started outcome changes with its task, so readers get copies; `open` finds it while the task lives. */
interface Config {
  record: ConfigRecord
  counters: Counters
  outcomes: fifo.Fifo<Mutable<OutcomeRecord>> | undefined
  open: Map<string, Mutable<OutcomeRecord>> | undefined
}

const stored = ({ counters, record }: Config): StoredConfig => ({ record, counters })

/** The counters of a recurring task that has not run. */
const none: Counters = { totalRuns: 0, totalFailures: 0, consecutiveFailures: 0, lastRun: null }

type Mutable<A> = { -readonly [K in keyof A]: A[K] }

interface State {
  readonly tasks: ChurnMap<TaskRecord>
  readonly ended: Map<string | null, Ended>
  readonly configs: Map<string, Config>
}

const configOf = (state: State, task: TaskRecord) =>
  task.recurringId === null ? undefined : state.configs.get(task.recurringId)

const count = (config: Config | undefined, change: (counters: Counters) => Counters): Counters | undefined => {
  if (config === undefined) return undefined
  config.counters = change(config.counters)
  return config.counters
}

const claim = (state: State, claim: Claim) => {
  const task = state.tasks.get(claim.taskId)
  if (task === undefined || task.status !== "queued" || task.attempt !== claim.attempt) return undefined
  const running: TaskRecord = {
    ...task,
    status: "running",
    attempt: task.attempt + 1,
    startedAt: claim.now,
    owner: claim.owner,
    leaseUntil: claim.leaseUntil
  }
  state.tasks.set(task.taskId, running)
  const config = configOf(state, task)
  follow(config, running)
  return {
    task: running,
    counters: count(config, (all) => ({ ...all, totalRuns: all.totalRuns + 1, lastRun: claim.now }))
  }
}

const update = (state: State, task: TaskRecord, attempt: number): boolean => {
  const stored = state.tasks.get(task.taskId)
  if (stored === undefined || stored.status !== "running" || stored.attempt !== attempt) return false
  state.tasks.set(task.taskId, { ...task, owner: stored.owner, leaseUntil: stored.leaseUntil })
  return true
}

const running = (state: State): ReadonlyArray<TaskRecord> =>
  [...state.tasks.values()].filter((task) => task.status === "running")

const heartbeat = (state: State, owner: string, leaseUntil: number): ReadonlyArray<Held> => {
  const held = running(state).filter((task) => task.owner === owner)
  for (const task of held) state.tasks.set(task.taskId, { ...task, leaseUntil })
  return held.map(({ attempt, taskId }) => ({ taskId, attempt }))
}

const isAbandoned =
  ({ now, owner, taskTypes }: { now: number; owner: string; taskTypes: ReadonlyArray<string> }) =>
  (task: TaskRecord): boolean => {
    const name = owner.slice(0, owner.lastIndexOf("/") + 1)
    const restarted = name !== "" && task.owner !== owner && task.owner!.startsWith(name)
    return taskTypes.includes(task.taskType) && (restarted || (task.leaseUntil !== null && task.leaseUntil < now))
  }

const requeue = (state: State, task: TaskRecord, attempt: number): boolean => {
  const stored = state.tasks.get(task.taskId)
  if (stored === undefined || stored.status !== "running" || stored.attempt !== attempt) return false
  state.tasks.set(task.taskId, task)
  follow(configOf(state, task), task)
  return true
}

const settle = (state: State, task: TaskRecord, attempt: number, retention: Retention): Settled | undefined => {
  const stored = state.tasks.get(task.taskId)
  if (stored === undefined || isFinal(stored.status) || stored.attempt !== attempt) return undefined
  state.tasks.set(task.taskId, task)
  const config = configOf(state, task)
  follow(config, task)
  const counters = config === undefined ? undefined : count(config, ended(task.status))
  return { counters, pruned: prune(state, task, retention) }
}

const ended = (status: TaskStatus) => (counters: Counters): Counters => {
  if (status === "done") return counters.consecutiveFailures === 0 ? counters : { ...counters, consecutiveFailures: 0 }
  if (status !== "failed") return counters
  return {
    ...counters,
    totalFailures: counters.totalFailures + 1,
    consecutiveFailures: counters.consecutiveFailures + 1
  }
}

/** The outcome of a started occurrence follows its task. */
const follow = (config: Config | undefined, task: TaskRecord) => {
  const outcome = config?.open?.get(task.taskId)
  if (outcome === undefined) return
  outcome.status = task.status
  if (isFinal(task.status)) config!.open!.delete(task.taskId)
}

/** In one shape and without spreading, which would take twice the room: these are what a store has most of. */
const rowOf = (outcome: OutcomeRecord): Mutable<OutcomeRecord> => ({
  from: outcome.from,
  to: outcome.to,
  count: outcome.count,
  outcome: outcome.outcome,
  reason: outcome.reason,
  blockedBy: outcome.blockedBy.length === 0 ? nobody : outcome.blockedBy,
  into: outcome.into,
  trigger: outcome.trigger,
  decidedAt: outcome.decidedAt,
  taskId: outcome.taskId,
  status: outcome.status
})

const nobody: ReadonlyArray<string> = []

const record = (config: Config, outcomes: ReadonlyArray<OutcomeRecord>, retention: Retention) => {
  if (outcomes.length === 0) return
  config.outcomes ??= fifo.make()
  for (const outcome of outcomes) {
    const row = rowOf(outcome)
    fifo.push(config.outcomes, row)
    if (row.taskId !== null) (config.open ??= new Map()).set(row.taskId, row)
  }
  while (fifo.size(config.outcomes) > retention.outcomes) fifo.shift(config.outcomes)
}

const keep = (status: TaskStatus, retention: Retention) =>
  status === "done" ? retention.done : status === "failed" ? retention.failed : retention.cancelled

const prune = (state: State, task: TaskRecord, retention: Retention): ReadonlyArray<string> => {
  const ids = endedOf(state, task)
  fifo.push(ids, task.taskId)
  const limit = keep(task.status, retention)
  if (fifo.size(ids) <= limit) return []
  const pruned: Array<string> = []
  while (fifo.size(ids) > limit) {
    const taskId = fifo.shift(ids)!
    // an id may have been removed by hand before it was its turn
    if (state.tasks.delete(taskId)) pruned.push(taskId)
  }
  return pruned
}

const endedOf = (state: State, task: TaskRecord): fifo.Fifo<string> => {
  // the tasks of a removed recurring task are kept among the one-off ones
  const owner = configOf(state, task) === undefined ? null : task.recurringId
  let ended = state.ended.get(owner)
  if (ended === undefined) {
    ended = { done: fifo.make(), failed: fifo.make(), cancelled: fifo.make() }
    state.ended.set(owner, ended)
  }
  return ended[task.status as keyof Ended]
}

const searchTasks = (state: State, search: Search): ReadonlyArray<TaskRecord> =>
  [...state.tasks.values()]
    .filter(matches(search))
    .reverse()
    .slice(search.offset, search.offset + search.limit)

const remove = (state: State, mayGo: (task: TaskRecord) => boolean) => (taskId: string): boolean => {
  const task = state.tasks.get(taskId)
  return task !== undefined && mayGo(task) && state.tasks.delete(taskId)
}

const insertConfig = (
  state: State,
  inserted: ConfigRecord,
  outcomes: ReadonlyArray<OutcomeRecord>,
  tasks: ReadonlyArray<TaskRecord>,
  retention: Retention
): boolean => {
  if (state.configs.has(inserted.recurringId)) return false
  const config: Config = { record: inserted, counters: none, outcomes: undefined, open: undefined }
  state.configs.set(inserted.recurringId, config)
  record(config, outcomes, retention)
  for (const task of tasks) state.tasks.set(task.taskId, task)
  return true
}

const commit = (state: State, commit: Commit, retention: Retention): boolean => {
  const config = state.configs.get(commit.config.recurringId)
  if (config === undefined || config.record.version !== commit.expected) return false
  config.record = commit.config
  record(config, commit.outcomes, retention)
  for (const task of commit.tasks) state.tasks.set(task.taskId, task)
  return true
}

const removeConfig = (state: State, recurringId: string): boolean => {
  const ended = state.ended.get(recurringId)
  const orphans = ended === undefined ? [] : [ended.done, ended.failed, ended.cancelled]
  const ids = orphans.flatMap((taskIds) => fifo.newest(taskIds, 0, Infinity).reverse())
  state.ended.delete(recurringId)
  if (!state.configs.delete(recurringId)) return false
  for (const task of ids.map((id) => state.tasks.get(id))) {
    if (task !== undefined) fifo.push(endedOf(state, task), task.taskId)
  }
  return true
}

/** An empty store. */
export const make = (): typeof TaskStore.Service => {
  const state: State = { tasks: new ChurnMap(), ended: new Map(), configs: new Map() }
  return {
    durable: false,
    insertTasks: (tasks) =>
      Effect.sync(() => {
        for (const task of tasks) state.tasks.set(task.taskId, task)
      }),
    claim: (request) => Effect.sync(() => claim(state, request)),
    heartbeat: ({ leaseUntil, owner }) => Effect.sync(() => heartbeat(state, owner, leaseUntil)),
    abandonedTasks: (search) => Effect.sync(() => running(state).filter(isAbandoned(search))),
    requeue: (task, attempt) => Effect.sync(() => requeue(state, task, attempt)),
    update: (task, attempt) => Effect.sync(() => update(state, task, attempt)),
    settle: (task, attempt, retention) => Effect.sync(() => settle(state, task, attempt, retention)),
    getTask: (taskId) => Effect.sync(() => state.tasks.get(taskId)),
    searchTasks: (search) => Effect.sync(() => searchTasks(state, search)),
    removeTasks: (taskIds) => Effect.sync(() => taskIds.filter(remove(state, (task) => task.status !== "running"))),
    removeEndedTasks: Effect.sync(() => [...state.tasks.keys()].filter(remove(state, (task) => isFinal(task.status)))),
    liveTasks: Effect.sync(() => [...state.tasks.values()].filter((task) => !isFinal(task.status))),
    insertConfig: (config, outcomes, tasks, retention) =>
      Effect.sync(() => insertConfig(state, config, outcomes, tasks, retention)),
    commit: (request, retention) => Effect.sync(() => commit(state, request, retention)),
    configs: Effect.sync(() => [...state.configs.values()].map(stored)),
    getConfig: (recurringId) =>
      Effect.sync(() => {
        const config = state.configs.get(recurringId)
        return config === undefined ? undefined : stored(config)
      }),
    removeConfig: (recurringId) => Effect.sync(() => removeConfig(state, recurringId)),
    outcomes: (recurringId, { offset, limit }) =>
      Effect.sync(() => {
        const outcomes = state.configs.get(recurringId)?.outcomes
        return outcomes === undefined ? [] : fifo.newest(outcomes, offset, limit).map((outcome) => ({ ...outcome }))
      })
  }
}
