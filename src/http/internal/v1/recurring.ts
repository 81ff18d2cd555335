/**
 * Recurring tasks as `/v1` shows and takes them, and their outcomes, forecasts and explanations.
 */
import * as Schema from "effect/Schema"
import * as Explanation from "../../../Explanation.ts"
import * as Recurrence from "../../../Recurrence.ts"
import { MissedPolicy, OccurrenceOutcome, OverlapPolicy } from "../../../RecurringTaskInfo.ts"
import { TaskStatus } from "../../../TaskInfo.ts"
import { ofTypes, payload, shown } from "./tasks.ts"
import {
  Count,
  cronDescription,
  CronExpression,
  dst,
  field,
  GivenInstant,
  Id,
  Instant,
  keys,
  Limit,
  Millis,
  Nullable,
  optional,
  Text
} from "./wire.ts"

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
  cronExpression: optional(CronExpression, cronDescription),
  timezone: optional(Text(100), "IANA name of the zone that the cron expression is read in. Default `UTC`."),
  dst,
  recurrence: optional(Recurrence.Recurrence, "In place of a cron expression."),
  maxConcurrent: optional(Count, "How many instances may be active: queued, running, or waiting to retry. Default 1."),
  overlap: optional(
    OverlapPolicy,
    "What happens to an occurrence that finds `max_concurrent` instances active. Default `skip`."
  ),
  bufferLimit: optional(Count, "How many occurrences `bufferAll` keeps at most. Default 1000."),
  onMissed: optional(
    MissedPolicy,
    "Which occurrences still run that were missed while no server was up. Default `latest`."
  ),
  catchUpWindow: optional(Millis, "How old missed occurrences may be to run. Default 1 day."),
  catchUpMax: optional(Count, "How many missed occurrences run at most. Default 100."),
  startDeadline: optional(
    Schema.NullOr(Millis),
    "An occurrence that would start later than this after its nominal time is skipped. Default none."
  ),
  jitter: optional(
    Millis,
    "Spreads starts over at most this time after the nominal one, always the same for the same occurrence. Default 0."
  ),
  startAt: optional(Schema.NullOr(GivenInstant), "The first instant, included, at which it may be due."),
  endAt: optional(Schema.NullOr(GivenInstant), "The last instant, included, at which it may be due."),
  maxRuns: optional(Schema.NullOr(Count), "How many occurrences may start in all. Default no limit."),
  pauseAfterFailures: optional(
    Schema.NullOr(Count),
    "Disables it after this many failed runs in a row, each after its retries. Default never."
  )
}

/** A recurring task to add: when (`cron_expression` with `timezone` and `dst`, or `recurrence`), what, and how. */
export const NewRecurringTask = Schema.Struct({
  recurringId: optional(Id, "A name of your own. Default a new UUID."),
  taskType: field(Schema.String, ofTypes),
  payload,
  ...shown,
  ...behaviour,
  runImmediately: optional(Schema.Boolean, "Starts one instance more, now. Default `false`."),
  enabled: optional(Schema.Boolean, "Whether it starts enabled. Default `true`.")
}).pipe(keys(milliseconds))

/** Changes to a recurring task: what is left out stays, and `null` removes a limit. */
export const RecurringTaskChanges = Schema.Struct({
  taskType: optional(Schema.String, ofTypes),
  payload,
  ...shown,
  ...behaviour
}).pipe(keys(milliseconds))

/** What an instance that is triggered stands for. */
export const Trigger = Schema.Struct({
  scheduledAt: optional(
    GivenInstant,
    "The time of the occurrence that it stands for, such as one that was missed: not in the future. Default none."
  )
}).pipe(keys())

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
  outcome: optional(Schema.Literals(["Started", "Skipped", "Missed", "Absorbed"]), "Only those of one kind."),
  before: optional(Schema.Int, "Only earlier ones: the `next` of a page gives the one after it."),
  limit: optional(Limit, "How many to return at most. Default 100.")
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
