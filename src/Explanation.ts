/**
 * Why something did or did not run at an instant, as a value: a verdict and the questions that led to it, in the order in
 * which a decision asks them.
 */
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"

/**
 * The questions, in order.
 *
 * - `calendar`: whether the recurrence has an occurrence there.
 * - `record`: whether what was decided is still known.
 * - `pause`: whether the recurring task is enabled.
 * - `limit`: whether `maxRuns` allows another run.
 * - `catchUp`: what `onMissed` and `catchUp` make of an occurrence that nobody was there for.
 * - `deadline`: whether it comes to its turn within `startDeadline`.
 * - `overlap`: whether `maxConcurrent` leaves room for it, and else what the policy does.
 * - `pool`: whether its instance has a place in its pool.
 *
 * `record` is asked only when the answer is no, `catchUp` only about what was missed.
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
 * A question and its answer: whether it let the occurrence through, and why, as sentences.
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
 * What came of the occurrence, or would come of it.
 *
 * `Waiting` is one that waits for room. `NotDue` is an instant without an occurrence, `Unknown` one whose outcome is not
 * kept any more. The `Would...` ones are of the decision that would be made with everything else as it is now.
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
 * Why an occurrence does not start; empty where it does. As in `Decision.Reason`.
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
 * Why something did or did not run at an instant: the verdict, and the steps up to the one that decided it. `source` says
 * whether it is what was recorded, or a decision that was tried out. `blockedBy` are the ids of the instances that leave
 * no room, `taskId` is that of the instance that was started.
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
 * An explanation as text, a line per step:
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
  const when = DateTime.formatIso(instant).replace(".000Z", "Z")
  return [`${recurringId} at ${when}: ${verdict}${why}`, ...steps.map(line)].join("\n")
}
