/**
 * The store in memory. Records are immutable and shared with whoever reads them; what is kept beside them makes every
 * transition cost the same, however many tasks there are.
 */
import * as Effect from "effect/Effect"
import { isFinal, type TaskStatus } from "../TaskInfo.ts"
import type {
  Alive,
  CancelRequest,
  Claim,
  Claimed,
  Commit,
  ConfigRecord,
  Counters,
  Heartbeat,
  OutcomePage,
  OutcomeRecord,
  Retention,
  Settled,
  StoredConfig,
  StoredOutcome,
  TaskRecord,
  TaskStore,
  Turn,
  Turned
} from "../TaskStore.ts"
import { ChurnMap } from "./churnMap.ts"
import * as fifo from "./fifo.ts"
import * as answers from "./memory/answers.ts"
import * as members from "./memory/members.ts"
import * as reads from "./memory/reads.ts"
import * as shelves from "./memory/shelves.ts"

/** A task with what changes when it does: the outcome that it was started by, and its recurring task. */
interface Entry {
  task: TaskRecord
  readonly pool: Tally
  readonly outcome: Told | undefined
  config: Config | undefined
}

/** An outcome, which is numbered where it is read. A started one changes with its task, so readers get copies. */
type Told = Mutable<Omit<StoredOutcome, "ordinal">>

/** How many tasks hold a place in a pool. */
interface Tally {
  holders: number
}

interface Config {
  record: ConfigRecord
  counters: Counters
  removed: boolean
  /** The last outcomes, and how many there have been. */
  outcomes: fifo.Fifo<Told> | undefined
  told: number
}

const stored = ({ counters, record }: Config): StoredConfig => ({ record, counters })

/** The counters of a recurring task that has not run. */
const none: Counters = { totalRuns: 0, totalFailures: 0, consecutiveFailures: 0, lastRun: null }

type Mutable<A> = { -readonly [K in keyof A]: A[K] }

interface State {
  readonly tasks: ChurnMap<Entry>
  readonly pools: Map<string, Tally>
  /** How many instances run, by recurring task. */
  readonly runners: Map<string, number>
  readonly shelves: shelves.Shelves
  readonly configs: Map<string, Config>
  readonly members: members.Members
  readonly answers: answers.Answers
}

const add = (state: State, task: TaskRecord, outcome?: Told, config?: Config): void =>
  state.tasks.set(task.taskId, { task, pool: tallyOf(state, task.semaphore), outcome, config })

const tallyOf = ({ pools }: State, name: string): Tally => {
  let tally = pools.get(name)
  if (tally === undefined) pools.set(name, tally = { holders: 0 })
  return tally
}

const tasksOf = (state: State): ReadonlyArray<TaskRecord> => Array.from(state.tasks.values(), ({ task }) => task)

/** Another one may have come under the id of one that was removed. */
const configOf = (state: State, entry: Entry): Config | undefined => {
  const { recurringId } = entry.task
  if (recurringId === null) return undefined
  if (entry.config === undefined || entry.config.removed) entry.config = state.configs.get(recurringId)
  return entry.config
}

const count = (config: Config | undefined, change: (counters: Counters) => Counters): Counters | undefined => {
  if (config === undefined) return undefined
  config.counters = change(config.counters)
  return config.counters
}

const isRunning = (task: TaskRecord): boolean => task.status === "running"

/** Whether somebody runs it or has reserved it. */
const isOwned = ({ owner, status }: TaskRecord): boolean => owner !== null && !isFinal(status)

const holds = (task: TaskRecord): boolean => isRunning(task) && !task.lent

const countRunners = ({ runners }: State, recurringId: string, change: number): void => {
  if (change !== 0) runners.set(recurringId, (runners.get(recurringId) ?? 0) + change)
}

/** Writes a task that is there already. */
const write = (state: State, entry: Entry, task: TaskRecord): void => {
  const before = entry.task
  entry.task = task
  if (entry.outcome !== undefined) follow(entry.outcome, task)
  entry.pool.holders += Number(holds(task)) - Number(holds(before))
  if (task.recurringId === null) return
  countRunners(state, task.recurringId, Number(isRunning(task)) - Number(isRunning(before)))
  if (entry.config?.removed !== false) forgetNobody(state, task.recurringId)
}

const follow = (outcome: Told, { completedAt, startedAt, status }: TaskRecord): void => {
  outcome.status = status
  outcome.startedAt = startedAt
  outcome.completedAt = completedAt
}

/** Nobody runs of a recurring task that is gone. */
const forgetNobody = ({ runners }: State, recurringId: string): void => {
  if (runners.get(recurringId) === 0) runners.delete(recurringId)
}

/** What a task does not have that does not run. */
const unowned = { owner: null, leaseUntil: null, lent: false } as const

/** Whether a queued task is there for somebody: what he has reserved and begun is his, whoever wants it to stop. */
const isOffered = ({ cancelRequest, owner }: TaskRecord, claim: Pick<Claim, "owner" | "hasBegun">): boolean =>
  claim.hasBegun === true
    ? owner === claim.owner
    : cancelRequest === null && (owner === null || owner === claim.owner)

const claim = (state: State, claim: Claim): Claimed | "busy" | "full" | undefined => {
  const entry = state.tasks.get(claim.task.taskId)
  if (entry === undefined) return undefined
  const { task } = entry
  if (task.status !== "queued" || task.attempt !== claim.task.attempt || !isOffered(task, claim)) return undefined
  if (task.recurringId !== null && (state.runners.get(task.recurringId) ?? 0) >= claim.maxConcurrent) return "busy"
  if (entry.pool.holders >= claim.limit) return "full"
  const { leaseUntil, now, owner } = claim
  const running: TaskRecord = {
    ...task,
    status: "running",
    attempt: task.attempt + 1,
    startedAt: now,
    owner,
    leaseUntil
  }
  write(state, entry, running)
  const config = configOf(state, entry)
  // one that begins again, since its process has died, was counted before
  const counters = running.attempt > 1
    ? config?.counters
    : count(config, (all) => ({ ...all, totalRuns: all.totalRuns + 1, lastRun: now }))
  return { task: running, counters }
}

/** A running task, if this is its attempt. */
const runningAt = (state: State, taskId: string, attempt: number): Entry | undefined => {
  const entry = state.tasks.get(taskId)
  return entry !== undefined && isRunning(entry.task) && entry.task.attempt === attempt ? entry : undefined
}

const lend = (state: State, taskId: string, attempt: number): boolean => {
  const entry = runningAt(state, taskId, attempt)
  if (entry !== undefined) write(state, entry, { ...entry.task, lent: true })
  return entry !== undefined
}

const takeBack = (state: State, taskId: string, attempt: number, limit: number): boolean | "full" => {
  const entry = runningAt(state, taskId, attempt)
  if (entry === undefined) return false
  if (holds(entry.task)) return true
  if (entry.pool.holders >= limit) return "full"
  write(state, entry, { ...entry.task, lent: false })
  return true
}

const update = (state: State, task: TaskRecord, attempt: number): boolean => {
  const entry = runningAt(state, task.taskId, attempt)
  if (entry === undefined) return false
  const { cancelRequest, leaseUntil, lent, owner } = entry.task
  write(state, entry, { ...task, owner, leaseUntil, lent, cancelRequest })
  return true
}

const requestCancel = (state: State, taskId: string, cancelRequest: CancelRequest): TaskRecord | undefined => {
  const entry = state.tasks.get(taskId)
  if (entry !== undefined && !isFinal(entry.task.status)) write(state, entry, { ...entry.task, cancelRequest })
  return entry?.task
}

const running = (state: State): ReadonlyArray<Entry> => [...state.tasks.values()].filter(({ task }) => isRunning(task))

const heartbeat = (state: State, beat: Heartbeat): Alive => {
  const held = running(state).filter(({ task }) => task.owner === beat.owner)
  for (const entry of held) write(state, entry, { ...entry.task, leaseUntil: beat.leaseUntil })
  return {
    held: held.map(({ task: { attempt, cancelRequest, taskId } }) => ({ taskId, attempt, cancelRequest })),
    processes: members.beat(state.members, beat)
  }
}

const isAbandoned =
  ({ now, owner, taskTypes }: { now: number; owner: string; taskTypes: ReadonlyArray<string> }) =>
  (task: TaskRecord): boolean =>
    taskTypes.includes(task.taskType) &&
    (members.isOtherStart(task.owner!, owner) || (task.leaseUntil !== null && task.leaseUntil < now))

const requeue = (state: State, task: TaskRecord, attempt: number, reservedBy: string | null = null): boolean => {
  const entry = state.tasks.get(task.taskId)
  if (entry === undefined || !isOwned(entry.task) || entry.task.attempt !== attempt) return false
  if (!isRunning(entry.task) && entry.task.owner !== reservedBy) return false
  write(state, entry, { ...task, ...unowned, cancelRequest: entry.task.cancelRequest })
  return true
}

/** Whether somebody may end a task at this attempt: a reserved one only its owner, who may have begun the next attempt. */
const mayEnd = ({ attempt, owner, status }: TaskRecord, at: number, by: string | null): boolean => {
  if (status !== "queued" || owner === null) return attempt === at && !isFinal(status)
  return owner === by && (attempt === at || attempt + 1 === at)
}

const settle = (
  state: State,
  last: TaskRecord,
  attempt: number,
  retention: Retention,
  owner: string | null = null
): Settled | undefined => {
  const entry = state.tasks.get(last.taskId)
  if (entry === undefined || !mayEnd(entry.task, attempt, owner)) return undefined
  const isBare = last.owner === null && !last.lent && last.cancelRequest === null
  const task = isBare ? last : { ...last, ...unowned, cancelRequest: null }
  write(state, entry, task)
  const config = configOf(state, entry)
  const counters = config === undefined ? undefined : count(config, ended(task.status))
  // the tasks of a removed recurring task are kept among the one-off ones
  const pruned = shelves.put(state.shelves, config === undefined ? null : task.recurringId, task, retention)
  for (const taskId of pruned) state.tasks.delete(taskId)
  return { counters, pruned }
}

const reserve = (state: State, { attempt, taskId }: TaskRecord, owner: string, leaseUntil: number): boolean => {
  const entry = state.tasks.get(taskId)
  if (entry === undefined || entry.task.status !== "queued" || entry.task.attempt !== attempt) return false
  const isFree = isOffered(entry.task, { owner })
  if (isFree) write(state, entry, { ...entry.task, owner, leaseUntil })
  return isFree
}

const giveBack = (state: State, { attempt, taskId }: TaskRecord, owner: string): void => {
  const entry = state.tasks.get(taskId)
  if (entry === undefined || entry.task.status !== "queued" || entry.task.attempt !== attempt) return
  if (entry.task.owner === owner) write(state, entry, { ...entry.task, ...unowned })
}

const turn = (state: State, { claims, endings, leaseUntil, owner, reservations, retention, returns }: Turn): Turned => {
  const settled = endings.map(({ attempt, task }) => settle(state, task, attempt, retention, owner))
  const claimed = claims.map((request) => claim(state, request))
  for (const task of returns) giveBack(state, task, owner)
  const reserved = reservations.map((task) => reserve(state, task, owner, leaseUntil))
  return { settled, claimed, reserved }
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

/** In one shape and without spreading, which would take twice the room: these are what a store has most of. */
const rowOf = (outcome: OutcomeRecord): Told => ({
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
  status: outcome.status,
  startedAt: null,
  completedAt: null
})

const nobody: ReadonlyArray<never> = []

/** Keeps outcomes, and the tasks that they have started. */
const record = (
  state: State,
  config: Config,
  outcomes: ReadonlyArray<OutcomeRecord>,
  tasks: ReadonlyArray<TaskRecord>,
  retention: Retention
): void => {
  if (outcomes.length === 0) return
  const rows = outcomes.map(rowOf)
  for (const task of tasks) add(state, task, rows.find(({ taskId }) => taskId === task.taskId), config)
  config.outcomes ??= fifo.make()
  config.told += rows.length
  for (const row of rows) fifo.push(config.outcomes, row)
  while (fifo.size(config.outcomes) > retention.outcomes) fifo.shift(config.outcomes)
}

/** Whether nobody has anything to do with it. */
const isLeft = (task: TaskRecord): boolean => !isRunning(task) && !isOwned(task)

const remove = (state: State, mayGo: (task: TaskRecord) => boolean) => (taskId: string): boolean => {
  const task = state.tasks.get(taskId)?.task
  if (task === undefined || !mayGo(task)) return false
  if (isFinal(task.status)) shelves.takeDown(state.shelves, task)
  return state.tasks.delete(taskId)
}

const live = (state: State): ReadonlyArray<TaskRecord> => tasksOf(state).filter((task) => !isFinal(task.status))

const activeTasks = (state: State, recurringId?: string): ReadonlyArray<TaskRecord> =>
  live(state).filter((task) => task.recurringId !== null && (recurringId ?? task.recurringId) === task.recurringId)

const insertConfig = (
  state: State,
  inserted: ConfigRecord,
  outcomes: ReadonlyArray<OutcomeRecord>,
  tasks: ReadonlyArray<TaskRecord>,
  retention: Retention
): boolean => {
  if (state.configs.has(inserted.recurringId)) return false
  const config: Config = { record: inserted, counters: none, removed: false, outcomes: undefined, told: 0 }
  state.configs.set(inserted.recurringId, config)
  record(state, config, outcomes, tasks, retention)
  return true
}

const commit = (state: State, commit: Commit, retention: Retention): boolean => {
  const config = state.configs.get(commit.config.recurringId)
  if (config === undefined || config.record.version !== commit.expected) return false
  if (commit.active !== undefined && activeTasks(state, config.record.recurringId).length < commit.active) return false
  config.record = commit.config
  record(state, config, commit.outcomes, commit.tasks, retention)
  for (const { request, taskId } of commit.cancels ?? nobody) requestCancel(state, taskId, request)
  return true
}

const removeConfig = (state: State, recurringId: string): boolean => {
  const config = state.configs.get(recurringId)
  if (config !== undefined) config.removed = true
  shelves.orphan(state.shelves, recurringId)
  forgetNobody(state, recurringId)
  return state.configs.delete(recurringId)
}

const outcomesOf = (
  state: State,
  recurringId: string,
  { before = Infinity, limit, offset, outcome }: OutcomePage
): ReadonlyArray<StoredOutcome> => {
  const config = state.configs.get(recurringId)
  if (config?.outcomes === undefined) return []
  const { outcomes, told } = config
  // the newest has the highest ordinal
  const skipped = Math.max(0, told - Math.max(0, before - 1))
  if (outcome === undefined) return numbered(fifo.newest(outcomes, skipped + offset, limit), told - skipped - offset)
  return numbered(fifo.newest(outcomes, skipped, Infinity), told - skipped)
    .filter((one) => one.outcome === outcome)
    .slice(offset, offset + limit)
}

const numbered = (newestFirst: ReadonlyArray<Told>, last: number): ReadonlyArray<StoredOutcome> =>
  newestFirst.map((outcome, i) => ({ ...outcome, ordinal: last - i }))

const emptyState = (): State => ({
  tasks: new ChurnMap(),
  pools: new Map(),
  runners: new Map(),
  shelves: shelves.make(),
  configs: new Map(),
  members: new Map(),
  answers: new Map()
})

/** What a store in memory can do at once, without an Effect, for the manager that it belongs to. */
export interface Direct {
  readonly insertTask: (task: TaskRecord) => void
  readonly claim: (request: Claim) => Claimed | "busy" | "full" | undefined
  readonly settle: (task: TaskRecord, attempt: number, retention: Retention) => Settled | undefined
  readonly insertConfig: (
    config: ConfigRecord,
    outcomes: ReadonlyArray<OutcomeRecord>,
    tasks: ReadonlyArray<TaskRecord>,
    retention: Retention
  ) => boolean
  readonly commit: (request: Commit, retention: Retention) => boolean
}

const directs = new WeakMap<typeof TaskStore.Service, Direct>()

/** The direct way into a store, if it is one in memory; one that wraps it has none. */
export const direct = (store: typeof TaskStore.Service): Direct | undefined => directs.get(store)

/** An empty store. */
export const make: Effect.Effect<typeof TaskStore.Service> = Effect.map(members.bus, (bus) => {
  const state = emptyState()
  const store = over(state, bus)
  directs.set(store, directOver(state))
  return store
})

const directOver = (state: State): Direct => ({
  insertTask: (task) => add(state, task),
  claim: (request) => claim(state, request),
  settle: (task, attempt, retention) => settle(state, task, attempt, retention),
  insertConfig: (config, outcomes, tasks, retention) => insertConfig(state, config, outcomes, tasks, retention),
  commit: (request, retention) => commit(state, request, retention)
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
  claim: (request) => Effect.sync(() => claim(state, request)),
  lend: (taskId, attempt) => Effect.sync(() => lend(state, taskId, attempt)),
  takeBack: (taskId, attempt, limit) => Effect.sync(() => takeBack(state, taskId, attempt, limit)),
  requeue: (...args) => Effect.sync(() => requeue(state, ...args)),
  update: (task, attempt) => Effect.sync(() => update(state, task, attempt)),
  settle: (task, attempt, retention, owner) => Effect.sync(() => settle(state, task, attempt, retention, owner)),
  turn: (request) => Effect.sync(() => turn(state, request)),
  requestCancel: (taskId, request) => Effect.sync(() => requestCancel(state, taskId, request)),
  getTask: (taskId) => Effect.sync(() => state.tasks.get(taskId)?.task),
  getTasks: (taskIds) => Effect.sync(() => taskIds.flatMap((taskId) => state.tasks.get(taskId)?.task ?? [])),
  searchTasks: (search) => Effect.sync(() => reads.search(tasksOf(state), search)),
  removeTasks: (taskIds) => Effect.sync(() => taskIds.filter(remove(state, isLeft))),
  removeEndedTasks: Effect.sync(() => [...state.tasks.keys()].filter(remove(state, (task) => isFinal(task.status)))),
  liveTasks: Effect.sync(() => live(state)),
  activeTasks: (recurringId) => Effect.sync(() => activeTasks(state, recurringId)),
  queuedTasks: (page) => Effect.sync(() => reads.queued(tasksOf(state), page)),
  abandonedTasks: (search) => Effect.sync(() => tasksOf(state).filter(isOwned).filter(isAbandoned(search))),
  insertConfig: (config, outcomes, tasks, retention) =>
    Effect.sync(() => insertConfig(state, config, outcomes, tasks, retention)),
  commit: (request, retention) => Effect.sync(() => commit(state, request, retention)),
  configs: Effect.sync(() => [...state.configs.values()].map(stored)),
  configVersions: Effect.sync(() =>
    Array.from(state.configs.values(), ({ record: { recurringId, version } }) => ({ recurringId, version }))
  ),
  getConfig: (recurringId) =>
    Effect.sync(() => {
      const config = state.configs.get(recurringId)
      return config === undefined ? undefined : stored(config)
    }),
  removeConfig: (recurringId) => Effect.sync(() => removeConfig(state, recurringId)),
  outcomes: (recurringId, page) => Effect.sync(() => outcomesOf(state, recurringId, page)),
  once: (request, work) => answers.once(state.answers, request, work),
  heartbeat: (beat) => Effect.sync(() => heartbeat(state, beat)),
  leave: (owner) => Effect.sync(() => void state.members.delete(owner)),
  afterCommit: (effect) => effect,
  ...bus
})
