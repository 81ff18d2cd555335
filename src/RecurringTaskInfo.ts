/**
 * A recurring task as users see it, and what happened to each of its occurrences.
 *
 * `totalRuns` counts the instances that started, `totalFailures` and `consecutiveFailures` those that failed after
 * their last retry.
 */
import * as Schema from "effect/Schema"
import * as Recurrence from "./Recurrence.ts"
import { TaskStatus } from "./TaskInfo.ts"

/**
 * What happens to an occurrence that finds `maxConcurrent` instances active.
 *
 * @category models
 * @since 0.1.0
 */
export const OverlapPolicy = Schema.Literals([
  "skip",
  "bufferOne",
  "bufferAll",
  "cancelOther",
  "terminateOther",
  "allowAll"
])

/**
 * @category models
 * @since 0.1.0
 */
export type OverlapPolicy = typeof OverlapPolicy.Type

/**
 * Which of the occurrences that were missed (process down, machine asleep, clock stepped) still run.
 *
 * @category models
 * @since 0.1.0
 */
export const MissedPolicy = Schema.Literals(["none", "latest", "earliest", "all"])

/**
 * @category models
 * @since 0.1.0
 */
export type MissedPolicy = typeof MissedPolicy.Type

/**
 * One recurring task. `version` counts the changes to what it is meant to do, from 1, whoever made them; occurrences,
 * enabling and disabling do not change it. `nextRun` is the nominal time of the next occurrence, absent while disabled
 * or when exhausted; `note` says why it was disabled.
 *
 * @category models
 * @since 0.1.0
 */
export class RecurringTaskInfo extends Schema.Class<RecurringTaskInfo>("RecurringTaskInfo")({
  recurringId: Schema.String,
  version: Schema.Int,
  recurrence: Recurrence.Recurrence,
  cronExpression: Schema.Option(Schema.String),
  timezone: Schema.Option(Schema.String),
  templateTask: Schema.Struct({
    taskType: Schema.String,
    payload: Schema.Unknown,
    heading: Schema.Option(Schema.String),
    body: Schema.Option(Schema.String),
    img: Schema.Option(Schema.String),
    priority: Schema.Finite
  }),
  maxConcurrent: Schema.Int,
  overlap: OverlapPolicy,
  bufferLimit: Schema.Int,
  onMissed: MissedPolicy,
  catchUp: Schema.Struct({ window: Schema.Duration, max: Schema.Int }),
  startDeadline: Schema.Option(Schema.Duration),
  jitter: Schema.Duration,
  startAt: Schema.Option(Schema.DateTimeUtc),
  endAt: Schema.Option(Schema.DateTimeUtc),
  maxRuns: Schema.Option(Schema.Int),
  pauseAfterFailures: Schema.Option(Schema.Int),
  enabled: Schema.Boolean,
  note: Schema.String,
  exhausted: Schema.Boolean,
  buffered: Schema.Int,
  nextRun: Schema.Option(Schema.DateTimeUtc),
  lastRun: Schema.Option(Schema.DateTimeUtc),
  totalRuns: Schema.Int,
  totalFailures: Schema.Int,
  consecutiveFailures: Schema.Int,
  createdAt: Schema.DateTimeUtc,
  updatedAt: Schema.DateTimeUtc
}) {}

/**
 * What happened to one occurrence, or to a range of equal ones (`from` to `to`, `count` of them).
 *
 * A `Started` one names its task; `status`, `startedAt` and `completedAt` follow that task, and stay when it is no
 * longer kept. `Skipped` and `Missed` ones have a `reason`, `Absorbed` ones are covered by the run at `into`. `trigger`
 * says whether the schedule, a person, or the registration caused it. `ordinal` grows in the order in which outcomes
 * are recorded: pass it as `before` to read the next page.
 *
 * @category models
 * @since 0.1.0
 */
export class OccurrenceOutcome extends Schema.Class<OccurrenceOutcome>("OccurrenceOutcome")({
  recurringId: Schema.String,
  ordinal: Schema.Int,
  outcome: Schema.Literals(["Started", "Skipped", "Missed", "Absorbed"]),
  reason: Schema.String,
  trigger: Schema.Literals(["schedule", "manual", "registration"]),
  from: Schema.DateTimeUtc,
  to: Schema.DateTimeUtc,
  count: Schema.Int,
  decidedAt: Schema.DateTimeUtc,
  blockedBy: Schema.Array(Schema.String),
  into: Schema.Option(Schema.DateTimeUtc),
  taskId: Schema.Option(Schema.String),
  status: Schema.Option(TaskStatus),
  startedAt: Schema.Option(Schema.DateTimeUtc),
  completedAt: Schema.Option(Schema.DateTimeUtc)
}) {}
