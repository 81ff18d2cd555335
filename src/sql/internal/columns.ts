/**
 * The columns of the tables and their types: the one list from which rows are written and read.
 */
import { memoize } from "./memoize.ts"

/**
 * What a column contains. `integer` is also used for instants (epoch milliseconds); `json` is null or any other JSON
 * value.
 */
export type ColumnType = "text" | "integer" | "number" | "boolean" | "json"

/** Columns by name. */
export type Columns = Readonly<Record<string, ColumnType>>

/** Values by column. */
export type Values = Readonly<Record<string, unknown>>

/** What identifies and configures a task, which never changes. */
const identity = {
  task_id: "text",
  recurring_id: "text",
  parent_id: "text",
  task_type: "text",
  payload: "json",
  priority: "number",
  semaphore: "text",
  concurrency_key: "text",
  concurrency_limit: "integer",
  created_at: "integer",
  scheduled_at: "integer",
  covers: "json"
} as const satisfies Columns

/** The state of a task, as its owner reports it. */
export const report = {
  status: "text",
  attempt: "integer",
  progress: "number",
  heading: "text",
  body: "text",
  img: "text",
  started_at: "integer",
  retry_at: "integer",
  completed_at: "integer",
  success: "json",
  error: "json",
  failure: "json"
} as const satisfies Columns

/** The state of a running task. */
export const update = { ...report, retries: "json" } as const satisfies Columns

/** The state of a task that goes back to the queue. */
export const requeued = { ...update, abandoned: "integer" } as const satisfies Columns

/** The owner of a running task. */
const owner = { owner: "text", lease_until: "integer" } as const satisfies Columns

/** Whether a queued task waits for its concurrency key. */
const parking = { parked: "boolean" } as const satisfies Columns

/**
 * Columns of running tasks only, of queued ones only, and of those that have not ended; how often it was abandoned, and
 * how far it has come with its retries.
 */
const ownership = {
  ...owner,
  ...parking,
  lent: "boolean",
  reserved_by: "text",
  reserved_until: "integer",
  abandoned: "integer",
  retries: "json",
  cancel_request: "json"
} as const satisfies Columns

/** Assignments: no process has reserved it. */
export const unreserved = "reserved_by = null, reserved_until = null"

/** Assignments: it begins its next attempt. */
export const begun = `status = 'running', attempt = t.attempt + 1, retry_at = null, ${unreserved}`

/** Assignments: it has no owner. For a task that goes back to the queue, and for one that ends. */
export const released = `owner = null, lease_until = null, lent = false, ${unreserved}`
/** Assignments: it has ended. */
export const ended = `${released}, parked = false, cancel_request = null`

/** A request that a task stop. */
export const cancel = { task_id: "text", cancel_request: "json" } as const satisfies Columns

/** A task as it is read. */
export const task = { ...identity, ...report, ...ownership } as const satisfies Columns

/**
 * A new task; `history_of` says with which others it is kept once it has ended: those of a recurring task, or one-off
 * tasks if it is empty. It has an
 * owner if it runs at once.
 */
export const newTask = { ...identity, ...report, ...owner, ...parking, history_of: "text" } as const satisfies Columns

/** What there must be room for, and who runs it then, from when and until when. A limit of null is none. */
export const begin = {
  pool: "text",
  most: "integer",
  most_instances: "integer",
  started_at: "integer",
  ...owner
} as const satisfies Columns

/** A claim. A limit of null is none. */
export const claim = {
  task_id: "text",
  expected: "integer",
  owner: "text",
  started_at: "integer",
  lease_until: "integer",
  most: "integer",
  most_instances: "integer",
  has_begun: "boolean"
} as const satisfies Columns

/** A task, if its attempt is the expected one. */
export const target = { task_id: "text", expected: "integer" } as const satisfies Columns

/** The same, with the process that has reserved it. */
export const ownTarget = { ...target, owner: "text" } as const satisfies Columns

/** The same, with the process that ends it. */
export const endTarget = { ...target, ender: "text" } as const satisfies Columns

/** What a reservation says. */
export const reservation = { ...ownTarget, lease_until: "integer" } as const satisfies Columns

/** What a decision or a change of a recurring task writes. */
export const decision = {
  version: "integer",
  revision: "integer",
  spec: "json",
  template: "json",
  enabled: "boolean",
  note: "text",
  last_decided: "integer",
  buffer: "json",
  runs: "integer",
  declared: "boolean",
  updated_at: "integer"
} as const satisfies Columns

/** What a recurring task has done so far. */
export const counters = {
  total_runs: "integer",
  total_failures: "integer",
  consecutive_failures: "integer",
  last_run: "integer"
} as const satisfies Columns

/** A new recurring task; `outcome_count` is the number of its last outcome. */
export const newConfig = {
  recurring_id: "text",
  created_at: "integer",
  ...decision,
  outcome_count: "integer"
} as const satisfies Columns

/** A recurring task as it is read. */
export const config = {
  recurring_id: "text",
  created_at: "integer",
  ...decision,
  ...counters
} as const satisfies Columns

/** An outcome. */
export const outcome = {
  from_at: "integer",
  to_at: "integer",
  count: "integer",
  outcome: "text",
  reason: "text",
  blocked_by: "json",
  into_at: "integer",
  triggered_by: "text",
  decided_at: "integer",
  task_id: "text",
  status: "text"
} as const satisfies Columns

/** The state of the task of an outcome. */
export const run = { status: "text", started_at: "integer", completed_at: "integer" } as const satisfies Columns

/** A process. */
export const process = {
  owner: "text",
  lease_until: "integer",
  task_types: "json",
  pools: "json"
} as const satisfies Columns

/** A pause of a task type. */
export const pause = { task_type: "text", since: "integer", note: "text" } as const satisfies Columns

/** The names, separated by commas. */
export const list: (columns: Columns) => string = memoize((columns) => Object.keys(columns).join(", "))

/** `x.a, x.b`, for the table or alias `x`. */
export const prefixed = (from: string, columns: Columns): string =>
  Object.keys(columns).map((name) => `${from}.${name}`).join(", ")

/** `a = x.a, b = x.b`, for an update from rows that are called `x`. */
export const assignments: (columns: Columns) => string = memoize((columns) =>
  Object.keys(columns).map((name) => `${name} = x.${name}`).join(", ")
)

const { spec: _spec, template: _template, version: _version, ...decided } = decision

/** What a decision writes to a recurring task `c`, beside its version. Its spec and template stay if none are given. */
export const decide = `${assignments(decided)}, spec = coalesce(x.spec, c.spec),
  template = coalesce(x.template, c.template), outcome_count = c.outcome_count + x.outcome_count`
