/**
 * The store in memory: everything is lost with the process. The manager can also call it directly, without Effects.
 */
import * as Effect from "effect/Effect"
import type { Claimed, Commit, Retention, Settled } from "../TaskExchange.ts"
import { isFinal } from "../TaskInfo.ts"
import type { ConfigRecord, OutcomeRecord, TaskRecord } from "../TaskRecord.ts"
import type { TaskStore } from "../TaskStore.ts"
import * as answers from "./memory/answers.ts"
import * as configs from "./memory/configs.ts"
import * as members from "./memory/members.ts"
import * as pauses from "./memory/pauses.ts"
import * as reads from "./memory/reads.ts"
import {
  activeTasks,
  add,
  type Config,
  configNamed,
  emptyState,
  type Entry,
  entryOf,
  live,
  type State,
  tasksOf
} from "./memory/state.ts"
import * as tasks from "./memory/tasks.ts"

/** By what the store knows a task or a recurring task. Who holds it saves the store a look-up. */
export type Task = Entry
export type RecurringTask = Config

/**
 * What a manager can call without an Effect. What it holds of a task or a recurring task may be out of date: then the
 * store looks it up.
 */
export interface Direct {
  readonly task: (taskId: string) => Task | undefined
  readonly recurringTask: (recurringId: string, known?: RecurringTask) => RecurringTask | undefined
  readonly insertTask: (task: TaskRecord) => void
  /** Claims a task without lease or limits: no other process takes part in them. */
  readonly claim: (task: TaskRecord, owner: string, now: number, known?: Task) => Claimed | undefined
  readonly settle: (task: TaskRecord, attempt: number, retention: Retention, known?: Task) => Settled | undefined
  readonly insertConfig: (
    config: ConfigRecord,
    outcomes: ReadonlyArray<OutcomeRecord>,
    tasks: ReadonlyArray<TaskRecord>,
    retention: Retention
  ) => boolean
  readonly commit: (request: Commit, retention: Retention, known?: RecurringTask) => boolean | Claimed
  /** Commits that a single occurrence has started, and nothing else: so it is almost always. */
  readonly start: (config: ConfigRecord, task: TaskRecord, retention: Retention, known?: RecurringTask) => boolean
}

const directs = new WeakMap<typeof TaskStore.Service, Direct>()

/** Direct access to a store in memory; `undefined` for any other store, even one that wraps a store in memory. */
export const direct = (store: typeof TaskStore.Service): Direct | undefined => directs.get(store)

/** An empty store. */
export const make: Effect.Effect<typeof TaskStore.Service> = Effect.map(members.bus, (bus) => {
  const state = emptyState()
  const store = over(state, bus)
  directs.set(store, directOver(state))
  return store
})

const directOver = (state: State): Direct => ({
  task: (taskId) => entryOf(state, taskId),
  recurringTask: (recurringId, known) => configNamed(state, recurringId, known),
  insertTask: (task) => add(state, task),
  claim: (task, owner, now, known) => tasks.claimFreely(state, task, owner, now, known),
  settle: (task, attempt, retention, known) => tasks.settle(state, task, attempt, retention, null, known),
  insertConfig: (config, outcomes, tasks, retention) => configs.insertConfig(state, config, outcomes, tasks, retention),
  commit: (request, retention, known) => configs.commit(state, request, retention, known),
  start: (config, task, retention, known) => configs.start(state, config, task, retention, known)
})

const over = (
  state: State,
  bus: Pick<typeof TaskStore.Service, "announce" | "announcements">
): typeof TaskStore.Service => ({
  name: "memory",
  durable: false,
  insertTasks: (tasks) =>
    Effect.sync(() => {
      for (const task of tasks) add(state, task)
    }),
  claim: (request) => Effect.sync(() => tasks.claim(state, request)),
  lend: (taskId, attempt) => Effect.sync(() => tasks.lend(state, taskId, attempt)),
  takeBack: (taskId, attempt, limit) => Effect.sync(() => tasks.takeBack(state, taskId, attempt, limit)),
  requeue: (...args) => Effect.sync(() => tasks.requeue(state, ...args)),
  update: (task, attempt) => Effect.sync(() => tasks.update(state, task, attempt)),
  settle: (task, attempt, retention, owner) => Effect.sync(() => tasks.settle(state, task, attempt, retention, owner)),
  turn: (request) => Effect.sync(() => tasks.turn(state, request)),
  requestCancel: (taskId, request) => Effect.sync(() => tasks.requestCancel(state, taskId, request)),
  getTask: (taskId) => Effect.sync(() => state.tasks.get(taskId)?.task),
  getTasks: (taskIds) => Effect.sync(() => taskIds.flatMap((taskId) => state.tasks.get(taskId)?.task ?? [])),
  searchTasks: (search) => Effect.sync(() => reads.search(tasksOf(state), search)),
  countTasks: (search) => Effect.sync(() => reads.search(tasksOf(state), search).length),
  removeTasks: (taskIds) => Effect.sync(() => taskIds.filter(tasks.remove(state, tasks.isLeft))),
  removeEndedTasks: Effect.sync(() =>
    tasksOf(state).map(({ taskId }) => taskId).filter(tasks.remove(state, (task) => isFinal(task.status)))
  ),
  liveTasks: Effect.sync(() => live(state)),
  activeTasks: (recurringId) => Effect.sync(() => activeTasks(state, recurringId)),
  queuedTasks: (page) => Effect.sync(() => reads.queued(tasksOf(state), page)),
  backlog: (query) => Effect.sync(() => reads.backlog(tasksOf(state), query)),
  unparkTasks: (keys, limit) => Effect.sync(() => tasks.unparkTasks(state, keys, limit)),
  parkedKeys: (after, limit) => Effect.sync(() => tasks.parkedKeys(state, after, limit)),
  wakeTasks: (now, limit) => Effect.sync(() => tasks.wakeTasks(state, now, limit)),
  abandonedTasks: (search) => Effect.sync(() => tasksOf(state).filter(tasks.isAbandoned(search))),
  pauseType: (pause) => Effect.sync(() => pauses.pauseType(state, pause)),
  resumeType: (taskType) => Effect.sync(() => pauses.resumeType(state, taskType)),
  pauses: Effect.sync(() => pauses.all(state)),
  insertConfig: (config, outcomes, tasks, retention) =>
    Effect.sync(() => configs.insertConfig(state, config, outcomes, tasks, retention)),
  commit: (request, retention) => Effect.sync(() => configs.commit(state, request, retention)),
  configs: Effect.sync(() => [...state.configs.values()].map(configs.stored)),
  configVersions: Effect.sync(() =>
    Array.from(state.configs.values(), ({ record: { recurringId, version } }) => ({ recurringId, version }))
  ),
  getConfig: (recurringId) =>
    Effect.sync(() => {
      const config = state.configs.get(recurringId)
      return config === undefined ? undefined : configs.stored(config)
    }),
  removeConfig: (recurringId) => Effect.sync(() => configs.removeConfig(state, recurringId)),
  outcomes: (recurringId, page) => Effect.sync(() => configs.outcomesOf(state, recurringId, page)),
  once: (request, work) => answers.once(state.answers, request, work),
  heartbeat: (beat) => Effect.sync(() => tasks.heartbeat(state, beat)),
  leave: (owner) => Effect.sync(() => void state.members.delete(owner)),
  afterCommit: (effect) => effect,
  ...bus
})
