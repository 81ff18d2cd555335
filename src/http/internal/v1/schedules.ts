/**
 * Previews of cron expressions, and the timeline of what ran and what will run.
 */
import * as Schema from "effect/Schema"
import { TaskStatus } from "../../../TaskInfo.ts"
import {
  cronDescription,
  CronExpression,
  dst,
  field,
  GivenInstant,
  Instant,
  keys,
  Limit,
  Nullable,
  optional,
  Text
} from "./wire.ts"

/** A cron expression to preview. `recurring_id` is the seed of its `H`, if it has one. */
export const PreviewRequest = Schema.Struct({
  cronExpression: field(CronExpression, cronDescription),
  timezone: optional(Text(100), "IANA name of the zone that it is read in. Default `UTC`."),
  dst,
  count: optional(Limit, "How many occurrences to show. Default 5."),
  after: optional(GivenInstant, "Only occurrences after this instant. Default now."),
  recurringId: optional(Text(200), "The id that spreads its `H`, if it has one.")
}).pipe(keys())

/** What may be wrong with it: the name of the warning, and its message. */
const Warning = Schema.Struct({ warning: Schema.String, message: Schema.String })

/** Why it cannot be read, and where; `position` counts from 0. */
const Problem = Schema.Struct({
  error: Schema.Literals(["InvalidRecurrence", "NeverFires"]),
  message: Schema.String,
  field: Nullable(Schema.String),
  position: Nullable(Schema.Int),
  reason: Schema.String,
  expected: Nullable(Schema.String)
})

/** What a cron expression means. One that cannot be read has an `error` and nothing else. */
export const Preview = Schema.Struct({
  description: Nullable(Schema.String),
  upcoming: Schema.Array(Instant),
  warnings: Schema.Array(Warning),
  error: Nullable(Problem)
})

/** Which part of the timeline to show. */
export const TimelineQuery = Schema.Struct({
  from: field(GivenInstant, "Where the timeline begins."),
  to: field(GivenInstant, "Where the timeline ends."),
  recurringId: optional(Schema.String, "Only this recurring task."),
  q: optional(Text(200), "A part of the id, the heading, the type or the cron expression, ignoring case."),
  limit: optional(Limit, "How many recurring tasks to show at most, those first that were added first. Default all.")
}).pipe(keys())

/** What happened to an occurrence, or to a range of equal ones, and when it ran, if it did. */
const Past = Schema.Struct({
  from: Instant,
  to: Instant,
  count: Schema.Int,
  outcome: Schema.Literals(["Started", "Skipped", "Missed", "Absorbed"]),
  reason: Schema.String,
  trigger: Schema.Literals(["schedule", "manual", "registration"]),
  taskId: Nullable(Schema.String),
  status: Nullable(TaskStatus),
  startedAt: Nullable(Instant),
  completedAt: Nullable(Instant)
}).pipe(keys())

/** One recurring task on the timeline. `truncated` says that more is upcoming than is listed. */
const TimelineRow = Schema.Struct({
  recurringId: Schema.String,
  taskType: Schema.String,
  heading: Nullable(Schema.String),
  enabled: Schema.Boolean,
  timezone: Nullable(Schema.String),
  past: Schema.Array(Past),
  upcoming: Schema.Array(Instant),
  truncated: Schema.Boolean
}).pipe(keys())

/** A change of the offset of a zone within the timeline. */
const ClockChange = Schema.Struct({
  timezone: Schema.String,
  at: Instant,
  offsetBefore: Schema.Finite,
  offsetAfter: Schema.Finite
}).pipe(keys({ offsetBefore: "offset_before_ms", offsetAfter: "offset_after_ms" }))

/**
 * What ran and what will run, with a row for each recurring task in the order in which they were added. `total` is how
 * many there are, of which `limit` may have left some out.
 */
export const Timeline = Schema.Struct({
  from: Instant,
  to: Instant,
  now: Instant,
  total: Schema.Int,
  rows: Schema.Array(TimelineRow),
  clockChanges: Schema.Array(ClockChange)
}).pipe(keys())
