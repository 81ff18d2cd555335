/**
 * Complete records for the tests of a store; a test names only the fields that matter to it.
 */
import * as Effect from "effect/Effect"
import { oneOff, queued } from "../../internal/records.ts"
import * as Recurrence from "../../Recurrence.ts"
import {
  type Begin,
  type Claim,
  type ConfigRecord,
  type OutcomeRecord,
  type Retention,
  type StoredOutcome,
  type TaskRecord,
  TaskStore,
  type TemplateRecord
} from "../../TaskStore.ts"
import { caseOf } from "../internal/suite.ts"

/** A test of a store. */
export const test = caseOf<TaskStore>()

/** The instant at which everything happens unless a test says otherwise. */
export const t0 = Date.UTC(2026, 0, 1)

/** A retention that prunes nothing. */
export const keepAll: Retention = { done: 1_000, failed: 1_000, cancelled: 1_000, outcomes: 1_000 }

/** The first page of outcomes, which has room for all of a test. */
export const firstPage = { offset: 0, limit: 100 }

/** The counters of a recurring task that has not run. */
export const noCounters = { totalRuns: 0, totalFailures: 0, consecutiveFailures: 0, lastRun: null }

const template: TemplateRecord = {
  taskType: "Backup",
  payload: { path: "/data", level: 9 },
  heading: null,
  body: null,
  img: null,
  priority: 0,
  semaphore: "default",
  concurrency: null
}

/** A queued one-off task. */
export const task = (taskId: string, given: Partial<TaskRecord> = {}): TaskRecord => ({
  ...queued(taskId, template, oneOff(null), t0),
  ...given
})

/** An instance of a recurring task. */
export const instance = (taskId: string, recurringId: string, given: Partial<TaskRecord> = {}): TaskRecord =>
  task(taskId, { recurringId, parentId: recurringId, scheduledAt: t0, ...given })

/** A new recurring task. */
export const config = (recurringId: string, given: Partial<ConfigRecord> = {}): ConfigRecord => ({
  recurringId,
  version: 1,
  revision: 1,
  spec: {
    recurrence: Recurrence.every("1 minute"),
    maxConcurrent: 1,
    overlap: "skip",
    bufferLimit: 1_000,
    onMissed: "latest",
    catchUpWindow: 86_400_000,
    catchUpMax: 100,
    startDeadline: null,
    jitter: 0,
    startAt: null,
    endAt: null,
    maxRuns: null,
    pauseAfterFailures: null
  },
  template: { ...template, heading: "Daily" },
  enabled: true,
  note: "",
  lastDecided: t0,
  buffer: [],
  runs: 0,
  declared: false,
  createdAt: t0,
  updatedAt: t0,
  ...given
})

/** What happened to one occurrence, `minutes` after `t0`. */
export const outcome = (minutes: number, given: Partial<OutcomeRecord> = {}): OutcomeRecord => ({
  from: t0 + minutes * 60_000,
  to: t0 + minutes * 60_000,
  count: 1,
  outcome: "Skipped",
  reason: "Overlap",
  blockedBy: [],
  into: null,
  trigger: "schedule",
  decidedAt: t0 + minutes * 60_000,
  taskId: null,
  status: null,
  ...given
})

/** The outcome of an occurrence that made a task. */
export const started = (minutes: number, taskId: string): OutcomeRecord =>
  outcome(minutes, { outcome: "Started", reason: "", taskId, status: "queued" })

/** A request that an instance run at once, without limits. */
export const beginOf = (given: Partial<Begin> = {}): Begin => ({
  owner: "process-1",
  now: t0 + 1_000,
  leaseUntil: null,
  limit: Infinity,
  maxConcurrent: Infinity,
  ...given
})

/** A claim of a task, without limits. */
export const claimOf = (task: TaskRecord, given: Partial<Claim> = {}): Claim => ({ task, ...beginOf(), ...given })

/** Claims a task as it is now, and returns the answer. */
export const claim = Effect.fnUntraced(function*(taskId: string, given: Partial<Claim> = {}) {
  const store = yield* TaskStore
  return yield* store.claim(claimOf((yield* store.getTask(taskId)) ?? task(taskId), given))
})

/** Claims a task that can be claimed, and returns the running task. */
export const claimed = Effect.fnUntraced(function*(taskId: string, given: Partial<Claim> = {}) {
  const answer = yield* claim(taskId, given)
  return typeof answer === "object" ? answer : yield* Effect.die(new Error(`not claimed: ${answer}`))
})

/** Adds a recurring task without outcomes and instances. */
export const insertConfig = (record: ConfigRecord, retention: Retention = keepAll) =>
  TaskStore.use((store) => store.insertConfig(record, [], [], retention))

/** Adds a recurring task with one instance that is queued, and the outcome that made it. */
export const insertConfigWithInstance = (recurringId: string, taskId: string) =>
  TaskStore.use((store) =>
    store.insertConfig(config(recurringId), [started(0, taskId)], [instance(taskId, recurringId)], keepAll)
  )

/** A task after its end. */
export const ended = (
  record: TaskRecord,
  status: "done" | "failed" | "cancelled",
  given: Partial<TaskRecord> = {}
): TaskRecord => ({ ...record, ...unowned, status, completedAt: t0 + 2_000, ...given })

const unowned = { owner: null, leaseUntil: null, lent: false, parked: false, cancelRequest: null } as const

/** Queues, claims and ends a task, and returns the answer to its end. */
export const runTask = Effect.fnUntraced(function*(
  record: TaskRecord,
  status: "done" | "failed" | "cancelled",
  retention: Retention = keepAll
) {
  const store = yield* TaskStore
  yield* store.insertTasks([record])
  const answer = yield* store.claim(claimOf(record))
  const running = typeof answer === "object" ? answer.task : record
  return yield* store.settle(ended(running, status), running.attempt, retention)
})

/** Outcomes as they were written, without what the store adds. */
export const asTold = (outcomes: ReadonlyArray<StoredOutcome>): ReadonlyArray<OutcomeRecord> =>
  outcomes.map(({ completedAt: _, ordinal: __, startedAt: ___, ...outcome }) => outcome)

/** The ids of all kept tasks, newest first. */
export const taskIds = Effect.map(
  TaskStore.use((store) => store.searchTasks({ where: {}, payload: {}, offset: 0, limit: 1_000 })),
  (tasks) => tasks.map(({ taskId }) => taskId)
)
