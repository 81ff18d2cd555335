/**
 * Recurring tasks as `/v1` shows and takes them, and their outcomes, forecasts and explanations.
 */
import * as Schema from "effect/Schema"
import * as Explanation from "../../../Explanation.ts"
import * as Recurrence from "../../../Recurrence.ts"
import { MissedPolicy, OccurrenceOutcome, OverlapPolicy } from "../../../RecurringTaskInfo.ts"
import { TaskStatus } from "../../../TaskInfo.ts"
import { shown } from "./tasks.ts"
import { Count, Id, Instant, keys, Limit, Millis, Nullable, Text } from "./wire.ts"

const milliseconds = {
  catchUpWindow: "catch_up_window_ms",
  startDeadline: "start_deadline_ms",
  jitter: "jitter_ms"
} as const

/** One recurring task, complete. `version` changes with everything that can be edited, and with nothing else. */
export const RecurringTask = Schema.Struct({
  recurringId: Schema.String,
  version: Schema.String,
  recurrence: Recurrence.Recurrence,
  description: Schema.String,
  cronExpression: Nullable(Schema.String),
  timezone: Nullable(Schema.String),
  taskType: Schema.String,
  payload: Schema.Unknown,
  heading: Nullable(Schema.String),
  body: Nullable(Schema.String),
  img: Nullable(Schema.String),
  priority: Schema.Finite,
  maxConcurrent: Schema.Int,
  overlap: OverlapPolicy,
  bufferLimit: Schema.Int,
  onMissed: MissedPolicy,
  catchUpWindow: Millis,
  catchUpMax: Schema.Int,
  startDeadline: Nullable(Millis),
  jitter: Millis,
  startAt: Nullable(Instant),
  endAt: Nullable(Instant),
  maxRuns: Nullable(Schema.Int),
  pauseAfterFailures: Nullable(Schema.Int),
  enabled: Schema.Boolean,
  note: Schema.String,
  exhausted: Schema.Boolean,
  buffered: Schema.Int,
  nextRun: Nullable(Instant),
  lastRun: Nullable(Instant),
  totalRuns: Schema.Int,
  totalFailures: Schema.Int,
  consecutiveFailures: Schema.Int,
  createdAt: Instant,
  updatedAt: Instant
}).pipe(keys(milliseconds))

const behaviour = {
  cronExpression: Schema.optionalKey(Text(1_000)),
  timezone: Schema.optionalKey(Text(100)),
  dst: Schema.optionalKey(Schema.Literals(["vixie", "ocps", "shift", "literal"])),
  recurrence: Schema.optionalKey(Recurrence.Recurrence),
  maxConcurrent: Schema.optionalKey(Count),
  overlap: Schema.optionalKey(OverlapPolicy),
  bufferLimit: Schema.optionalKey(Count),
  onMissed: Schema.optionalKey(MissedPolicy),
  catchUpWindow: Schema.optionalKey(Millis),
  catchUpMax: Schema.optionalKey(Count),
  startDeadline: Schema.optionalKey(Schema.NullOr(Millis)),
  jitter: Schema.optionalKey(Millis),
  startAt: Schema.optionalKey(Schema.NullOr(Instant)),
  endAt: Schema.optionalKey(Schema.NullOr(Instant)),
  maxRuns: Schema.optionalKey(Schema.NullOr(Count)),
  pauseAfterFailures: Schema.optionalKey(Schema.NullOr(Count))
}

const Payload = Schema.optionalKey(Schema.Record(Schema.String, Schema.Unknown))

/** A recurring task to add: when (`cron_expression` with `timezone` and `dst`, or `recurrence`), what, and how. */
export const NewRecurringTask = Schema.Struct({
  recurringId: Schema.optionalKey(Id),
  taskType: Schema.String,
  payload: Payload,
  ...shown,
  ...behaviour,
  runImmediately: Schema.optionalKey(Schema.Boolean),
  enabled: Schema.optionalKey(Schema.Boolean)
}).pipe(keys(milliseconds))

/** Changes to a recurring task: what is left out stays, and `null` removes a limit. */
export const RecurringTaskChanges = Schema.Struct({
  taskType: Schema.optionalKey(Schema.String),
  payload: Payload,
  ...shown,
  ...behaviour
}).pipe(keys(milliseconds))

/** What happened to an occurrence, or to a range of equal ones. */
export const Outcome = Schema.Struct({
  ...OccurrenceOutcome.fields,
  from: Instant,
  to: Instant,
  decidedAt: Instant,
  into: Nullable(Instant),
  taskId: Nullable(Schema.String),
  status: Nullable(TaskStatus),
  startedAt: Nullable(Instant),
  completedAt: Nullable(Instant)
}).pipe(keys())

/**
 * Outcomes, newest first. `next` is the `before` of the next page: the ordinal of the last one, or `null` on the last
 * page.
 */
export const OutcomePage = Schema.Struct({ items: Schema.Array(Outcome), next: Schema.NullOr(Schema.Int) })

/** Which outcomes to list. */
export const OutcomeQuery = Schema.Struct({
  outcome: Schema.optionalKey(Schema.Literals(["Started", "Skipped", "Missed", "Absorbed"])),
  before: Schema.optionalKey(Schema.Int),
  limit: Schema.optionalKey(Limit)
})

/** The next occurrences. */
export const Upcoming = Schema.Struct({ upcoming: Schema.Array(Instant) })

/** Why it did or did not run at an instant. `text` says the same for people. */
export const Explained = Schema.Struct({
  ...Explanation.Explanation.fields,
  instant: Instant,
  taskId: Nullable(Schema.String),
  text: Schema.String
}).pipe(keys())
