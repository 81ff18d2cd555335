/**
 * Converts records to rows and back. Instants are whole milliseconds in the database; null and absent are the same.
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Buffered, Outcome, Range } from "../../Decision.ts"
import { most } from "../../internal/sizes.ts"
import { Spec } from "../../RecurringTaskSpec.ts"
import { TaskTooLarge } from "../../TaskError.ts"
import type { TaskFailure, TaskStatus } from "../../TaskInfo.ts"
import type {
  Cancel,
  CancelRequest,
  Claim,
  Concurrency,
  ConfigRecord,
  Counters,
  Held,
  OutcomeRecord,
  Process,
  Retries,
  StoredConfig,
  StoredOutcome,
  TaskRecord,
  TemplateRecord
} from "../../TaskStore.ts"
import { memoize } from "./memoize.ts"
import { fromJson, fromText, toText } from "./text.ts"
import type { Decided, Insertion, Place, Reservation } from "./writes.ts"

/** A row as the driver gives it: integers are numbers or bigints, JSON is text. */
export type Row = Readonly<Record<string, unknown>>

/** A text. */
export const text = (value: unknown): string => fromText(value as string)

/** A text or null. */
export const textOrNull = (value: unknown): string | null => value === null ? null : text(value)

/** An integer or a number. */
export const number = (value: unknown): number => Number(value)

/** A number or null. */
export const numberOrNull = (value: unknown): number | null => value === null ? null : Number(value)

/** JSON. */
export const json = (value: unknown): unknown => value === null ? null : fromJson(value as string)

const instant = Math.round

/** An instant or null. */
export const instantOrNull = (value: number | null): number | null => value === null ? null : Math.round(value)

/** The state of a task as its owner reports it, with its id. */
export const fromReport = (task: TaskRecord) => ({
  task_id: task.taskId,
  status: task.status,
  attempt: task.attempt,
  progress: task.progress,
  heading: task.heading,
  body: task.body,
  img: task.img,
  started_at: instantOrNull(task.startedAt),
  retry_at: instantOrNull(task.retryAt),
  completed_at: instantOrNull(task.completedAt),
  success: task.success,
  error: task.error,
  failure: task.failure
})

/** The state of a running task. */
export const fromUpdate = (task: TaskRecord) => ({ ...fromReport(task), retries: task.retries })

/** The state of a task that goes back to the queue. */
export const fromRequeued = (task: TaskRecord) => ({ ...fromUpdate(task), abandoned: task.abandoned || null })

/** A new task. */
export const fromTask = (task: TaskRecord) => ({
  ...fromReport(task),
  recurring_id: task.recurringId,
  parent_id: task.parentId,
  task_type: task.taskType,
  payload: task.payload,
  priority: task.priority,
  semaphore: task.semaphore,
  concurrency_key: task.concurrency?.key ?? null,
  concurrency_limit: task.concurrency?.limit ?? null,
  created_at: instant(task.createdAt),
  scheduled_at: instantOrNull(task.scheduledAt),
  covers: task.covers,
  owner: task.owner,
  lease_until: instantOrNull(task.leaseUntil),
  parked: task.parked,
  history_of: task.recurringId ?? ""
})

/** A limit; null if there is none. */
export const limitOrNull = (limit: number): number | null => Number.isFinite(limit) ? limit : null

/** A claim. */
export const fromClaim = ({ hasBegun = false, leaseUntil, limit, maxConcurrent, now, owner, task }: Claim) => ({
  task_id: task.taskId,
  expected: task.attempt,
  owner,
  started_at: instant(now),
  lease_until: instantOrNull(leaseUntil),
  most: limitOrNull(limit),
  most_instances: limitOrNull(maxConcurrent),
  has_begun: hasBegun
})

/** The claim of the only instance of a decision, if it is to run at once. */
export const claimOf = ({ begin, tasks: [task, ...others] }: Decided): Claim | undefined =>
  begin === undefined || task === undefined || others.length > 0 ? undefined : { ...begin, task }

/** The conditions on which a new task runs at once, and what is written of it then. */
export const fromBegin = ({ leaseUntil, limit, maxConcurrent, now, owner, task }: Claim) => ({
  pool: task.semaphore,
  most: limitOrNull(limit),
  most_instances: limitOrNull(maxConcurrent),
  started_at: instant(now),
  owner,
  lease_until: instantOrNull(leaseUntil)
})

/** A reservation. */
export const fromReservation = ({ leaseUntil, owner, task }: Reservation) => ({
  task_id: task.taskId,
  expected: task.attempt,
  owner,
  lease_until: instant(leaseUntil)
})

/** The task that holds a place. */
export const fromPlace = ({ expected, taskId }: Place) => ({ task_id: taskId, expected })

/** A request that a task stop. */
export const fromCancel = ({ request, taskId }: Cancel) => ({ task_id: toText(taskId), cancel_request: request })

/** A claimed task as it is now stored: the rest of it is what the claimer has seen. */
export const toClaimed = ({ leaseUntil, now, owner, task }: Claim): TaskRecord => ({
  ...task,
  status: "running",
  attempt: task.attempt + 1,
  startedAt: instant(now),
  retryAt: null,
  owner,
  leaseUntil: instantOrNull(leaseUntil),
  lent: false,
  cancelRequest: null
})

/** A task. The constraints of the table guarantee that its row is valid. */
export const toTask = (row: Row): TaskRecord => {
  const task = wholeTask(row)
  return row.hidden === undefined || row.hidden === "" ? task : withoutHidden(task, text(row.hidden))
}

const encodeTooLarge = Schema.encodeSync(Schema.toCodecJson(TaskTooLarge))

/** A task whose result was left out because it is too large: that is its error then, even if it is done. */
const withoutHidden = (task: TaskRecord, hidden: string): TaskRecord => {
  const [, part, size] = /(success|error)=(\d+)/.exec(hidden) ?? []
  if (part === undefined) return task
  const error = new TaskTooLarge({
    taskType: task.taskType,
    part: part === "success" ? part : "error",
    size: Number(size),
    limit: most
  })
  const failure = task.failure ?? { type: error._tag, message: error.message, trace: "" }
  return { ...task, error: encodeTooLarge(error), failure }
}

const wholeTask = (row: Row): TaskRecord => ({
  taskId: text(row.task_id),
  recurringId: textOrNull(row.recurring_id),
  parentId: textOrNull(row.parent_id),
  taskType: text(row.task_type),
  payload: json(row.payload),
  heading: textOrNull(row.heading),
  body: textOrNull(row.body),
  img: textOrNull(row.img),
  priority: number(row.priority),
  semaphore: text(row.semaphore),
  concurrency: toConcurrency(row),
  status: row.status as TaskStatus,
  progress: number(row.progress),
  attempt: number(row.attempt),
  createdAt: number(row.created_at),
  scheduledAt: numberOrNull(row.scheduled_at),
  startedAt: numberOrNull(row.started_at),
  retryAt: numberOrNull(row.retry_at),
  completedAt: numberOrNull(row.completed_at),
  covers: json(row.covers) as Range | null,
  success: json(row.success),
  error: json(row.error),
  failure: json(row.failure) as TaskFailure | null,
  owner: textOrNull(row.owner ?? row.reserved_by),
  leaseUntil: numberOrNull(row.lease_until ?? row.reserved_until),
  parked: Boolean(row.parked),
  lent: Boolean(row.lent),
  abandoned: number(row.abandoned ?? 0),
  retries: json(row.retries) as Retries | null,
  cancelRequest: toRequest(row)
})

const toConcurrency = ({ concurrency_key: key, concurrency_limit: limit }: Row): Concurrency | null =>
  key === null ? null : { key: text(key), limit: number(limit) }

const toRequest = (row: Row) => json(row.cancel_request) as CancelRequest | null

/** A task that still belongs to its owner. */
export const toHeld = (row: Row): Held => ({
  taskId: taskIdOf(row),
  attempt: number(row.attempt),
  cancelRequest: toRequest(row)
})

/** A process, from its heartbeat. */
export const fromProcess = ({ leaseUntil, owner, pools, taskTypes }: Process) => ({
  owner: toText(owner),
  lease_until: instant(leaseUntil),
  task_types: taskTypes,
  pools: pools === undefined ? null : sizes(pools, limitOrNull)
})

/** A process. */
export const toProcess = (row: Row): Process => {
  const pools = json(row.pools) as Readonly<Record<string, number | null>> | null
  return {
    owner: text(row.owner),
    leaseUntil: number(row.lease_until),
    taskTypes: json(row.task_types) as ReadonlyArray<string>,
    ...(pools === null ? undefined : { pools: sizes(pools, (size) => size ?? Infinity) })
  }
}

const sizes = <A, B>(pools: Readonly<Record<string, A>>, as: (size: A) => B): Readonly<Record<string, B>> =>
  Object.fromEntries(Object.entries(pools).map(([name, size]) => [name, as(size)]))

/** The id in a row of a task. */
export const taskIdOf = (row: Row): string => text(row.task_id)

/** The ids in rows of tasks. */
export const idsOf = (all: ReadonlyArray<Row>): Set<string> => new Set(all.map(taskIdOf))

/** Rows in the order in which they were added. */
export const inOrder = (all: ReadonlyArray<Row>): ReadonlyArray<Row> =>
  all.toSorted((a, b) => number(a.seq) - number(b.seq))

/** The recurring task that a row belongs to. */
export const recurringIdOf = (row: Row): string => text(row.recurring_id)

const specCodec = Schema.toCodecJson(Spec)
const encodeSpec = Schema.encodeSync(specCodec)
const decodeSpec = Schema.decodeUnknownResult(specCodec)

/** Specs are immutable, and are written again and again. */
const fromSpec = memoize((spec: Spec): unknown => encodeSpec(spec))

/** The spec and template of a recurring task. */
const fromDefinition = ({ spec, template }: ConfigRecord) => ({ spec: fromSpec(spec), template })

const fromState = (config: ConfigRecord, outcomes: ReadonlyArray<OutcomeRecord>) => ({
  version: config.version,
  revision: config.revision,
  enabled: config.enabled,
  note: config.note,
  last_decided: instant(config.lastDecided),
  buffer: config.buffer.length === 0 ? null : config.buffer,
  runs: config.runs,
  declared: config.declared,
  updated_at: instant(config.updatedAt),
  outcome_count: outcomes.length
})

/** What a recurring task has done so far. */
export const fromCounters = (counters: Counters) => ({
  total_runs: counters.totalRuns,
  total_failures: counters.totalFailures,
  consecutive_failures: counters.consecutiveFailures,
  last_run: instantOrNull(counters.lastRun)
})

/** The counters in a row. */
export const toCounters = (row: Row): Counters => ({
  totalRuns: number(row.total_runs),
  totalFailures: number(row.total_failures),
  consecutiveFailures: number(row.consecutive_failures),
  lastRun: numberOrNull(row.last_run)
})

/** Counters by recurring task, of rows that have them. */
export const countersById = (all: ReadonlyArray<Row>): ReadonlyMap<string, Counters> =>
  new Map(all.filter((row) => row.total_runs !== null).map((row) => [recurringIdOf(row), toCounters(row)]))

/** A new recurring task. */
export const fromInsertion = ({ config, outcomes }: Insertion) => ({
  recurring_id: config.recurringId,
  created_at: instant(config.createdAt),
  ...fromDefinition(config),
  ...fromState(config, outcomes)
})

/**
 * The conditions for a decision to count, and how many outcomes are kept then. One that adds no outcomes prunes none.
 */
export const fromExpected = ({ active, config, expected, outcomes, retention }: Decided) => ({
  recurring_id: config.recurringId,
  expected,
  active: active ?? null,
  outcome_count: outcomes.length,
  keep: outcomes.length === 0 ? null : retention.outcomes
})

/** What a decision writes of its recurring task; `outcome_count` is how many outcomes it adds. */
export const fromDecision = ({ config, isRevised = true, outcomes }: Decided) => ({
  ...(isRevised ? fromDefinition(config) : undefined),
  ...fromState(config, outcomes)
})

/** A decision, with the conditions for it to count, and since when an instance runs with it. */
export const fromDecided = (decided: Decided, begunAt: number | null) => ({
  ...fromExpected(decided),
  ...fromDecision(decided),
  begun_at: begunAt
})

/** A template. One that was stored before there were concurrency keys has none. */
const toTemplate = ({ template }: Row): TemplateRecord => {
  const given = json(template) as Omit<TemplateRecord, "concurrency"> & Partial<TemplateRecord>
  return { ...given, concurrency: given.concurrency ?? null }
}

/**
 * A recurring task, unless its spec is one that this version of the library cannot read, or its template was left out
 * because it is too large.
 */
export const toConfig = (row: Row): Result.Result<StoredConfig, Schema.SchemaError> =>
  Result.map(decodeSpec(row.template === null ? null : json(row.spec)), (spec) => {
    const record: ConfigRecord = {
      recurringId: recurringIdOf(row),
      version: number(row.version),
      revision: number(row.revision),
      spec,
      template: toTemplate(row),
      enabled: Boolean(row.enabled),
      note: text(row.note),
      lastDecided: number(row.last_decided),
      buffer: (json(row.buffer) ?? []) as ReadonlyArray<Buffered>,
      runs: number(row.runs),
      declared: Boolean(row.declared),
      createdAt: number(row.created_at),
      updatedAt: number(row.updated_at)
    }
    return { record, counters: toCounters(row) }
  })

/** A new outcome. */
export const fromOutcome = (outcome: OutcomeRecord) => ({
  from_at: instant(outcome.from),
  to_at: instant(outcome.to),
  count: outcome.count,
  outcome: outcome.outcome,
  reason: outcome.reason,
  blocked_by: outcome.blockedBy.length === 0 ? null : outcome.blockedBy,
  into_at: instantOrNull(outcome.into),
  triggered_by: outcome.trigger,
  decided_at: instant(outcome.decidedAt),
  task_id: outcome.taskId,
  status: outcome.status
})

/** An outcome. */
export const toOutcome = (row: Row): StoredOutcome => ({
  ordinal: number(row.ordinal),
  from: number(row.from_at),
  to: number(row.to_at),
  count: number(row.count),
  outcome: row.outcome as Outcome["outcome"],
  reason: row.reason as Outcome["reason"],
  blockedBy: (json(row.blocked_by) ?? []) as ReadonlyArray<string>,
  into: numberOrNull(row.into_at),
  trigger: row.triggered_by as OutcomeRecord["trigger"],
  decidedAt: number(row.decided_at),
  taskId: textOrNull(row.task_id),
  status: row.status as TaskStatus | null,
  startedAt: numberOrNull(row.started_at),
  completedAt: numberOrNull(row.completed_at)
})
