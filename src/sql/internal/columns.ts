/**
 * The columns of the tables and what they hold: the one list from which tables are made, rows written and rows read.
 */
import type { Columns } from "./dialect.ts"

/** What a task is; it does not change once it is there. */
const identity = {
  task_id: "text",
  recurring_id: "text",
  parent_id: "text",
  task_type: "text",
  payload: "json",
  priority: "number",
  semaphore: "text",
  created_at: "integer",
  scheduled_at: "integer",
  covers: "json"
} as const satisfies Columns

/** How it looks and how far it is. */
const progress = {
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

/** Who runs it. */
const ownership = { owner: "text", lease_until: "integer" } as const satisfies Columns

/** The columns of a task. */
export const task = { ...identity, ...progress, ...ownership } as const satisfies Columns

/** What an owner may say about a task, and what ends it. */
export const change = { ...progress, ...ownership } as const satisfies Columns

/** What an owner may say about a task while he keeps it. */
export const word = progress

/** What a decision or a change of a recurring task writes. */
export const decision = {
  version: "integer",
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

/** The columns of a recurring task; `outcome_count` numbers its outcomes. */
export const config = {
  recurring_id: "text",
  created_at: "integer",
  ...decision,
  outcome_count: "integer"
} as const satisfies Columns

/** The columns of an outcome; `ordinal` is its number in its recurring task, from 1. */
export const outcome = {
  recurring_id: "text",
  ordinal: "integer",
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
