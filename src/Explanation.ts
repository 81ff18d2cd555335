/**
 * Why something did or did not run at an instant, as a value: a verdict, and the questions that led to it in the order
 * in which a decision asks them.
 */
import * as Schema from "effect/Schema"
import { iso } from "./internal/format.ts"

/**
 * The questions, in order.
 *
 * - `calendar`: does the recurrence have an occurrence there?
 * - `record`: is what was decided still kept?
 * - `pause`: is the recurring task enabled?
 * - `limit`: does `maxRuns` allow another run?
 * - `catchUp`: if it was missed, what do `onMissed` and `catchUp` make of it?
 * - `deadline`: does its turn come within `startDeadline`?
 * - `overlap`: does `maxConcurrent` leave room for it, and if not, what does the policy do?
 * - `pool`: does its instance have a place in its pool?
 *
 * `record` is included only when the answer is no, and `catchUp` only for an occurrence that was missed.
 *
 * @category models
 * @since 0.1.0
 */
export const Question = Schema.Literals([
  "calendar",
  "record",
  "pause",
  "limit",
  "catchUp",
  "deadline",
  "overlap",
  "pool"
])

/**
 * @category models
 * @since 0.1.0
 */
export type Question = typeof Question.Type

/**
 * A question and its answer: `ok` if it let the occurrence through, and why in `detail`, as sentences.
 *
 * @category models
 * @since 0.1.0
 */
export const Step = Schema.Struct({ step: Question, ok: Schema.Boolean, detail: Schema.String })

/**
 * @category models
 * @since 0.1.0
 */
export type Step = typeof Step.Type

/**
 * What became of the occurrence, or would become of it.
 *
 * `Waiting` is one that waits for room. `NotDue` is an instant without an occurrence, `Unknown` an occurrence whose
 * outcome is no longer kept. The `Would...` verdicts are predictions: the decision that would be made with everything
 * else as it is now.
 *
 * @category models
 * @since 0.1.0
 */
export const Verdict = Schema.Literals([
  "Started",
  "Skipped",
  "Missed",
  "Absorbed",
  "Waiting",
  "WouldStart",
  "WouldWait",
  "WouldBeSkipped",
  "WouldBeMissed",
  "WouldBeAbsorbed",
  "NotDue",
  "Unknown"
])

/**
 * @category models
 * @since 0.1.0
 */
export type Verdict = typeof Verdict.Type

/**
 * Why an occurrence does not start; empty if it does. The same reasons as `Decision.Reason`.
 *
 * @category models
 * @since 0.1.0
 */
export const Reason = Schema.Literals([
  "",
  "Overlap",
  "BufferFull",
  "Superseded",
  "DeadlinePassed",
  "LimitReached",
  "Disabled",
  "NotCaughtUp",
  "TooOld",
  "TooMany"
])

/**
 * Why something did or did not run at an instant: the verdict, and the steps up to the one that decided it. `source`
 * says whether this was recorded or is a prediction. `blockedBy` are the ids of the instances that leave no room,
 * `taskId` is the instance that was started.
 *
 * @category models
 * @since 0.1.0
 */
export class Explanation extends Schema.Class<Explanation>("Explanation")({
  recurringId: Schema.String,
  instant: Schema.DateTimeUtc,
  source: Schema.Literals(["record", "decision"]),
  verdict: Verdict,
  reason: Reason,
  blockedBy: Schema.Array(Schema.String),
  taskId: Schema.Option(Schema.String),
  steps: Schema.Array(Step)
}) {}

const longestQuestion = Math.max(...Question.literals.map((question) => question.length))

const line = ({ detail, ok, step }: Step): string => `  ${ok ? "✓" : "✗"} ${step.padEnd(longestQuestion)}  ${detail}`

/**
 * An explanation as text, with a line per step:
 *
 * ```text
 * report at 2026-01-01T02:00:00Z: Skipped (Overlap)
 *   ✓ calendar  It is an occurrence: every hour, UTC.
 *   ✓ pause     It was enabled.
 *   ✓ limit     It had runs left.
 *   ✓ deadline  It was decided at 2026-01-01T02:00:00Z, in time.
 *   ✗ overlap   There was no room: task 019b... was active.
 * ```
 *
 * @category formatting
 * @since 0.1.0
 */
export const format = ({ instant, reason, recurringId, steps, verdict }: Explanation): string => {
  const why = reason === "" ? "" : ` (${reason})`
  return [`${recurringId} at ${iso(instant)}: ${verdict}${why}`, ...steps.map(line)].join("\n")
}
