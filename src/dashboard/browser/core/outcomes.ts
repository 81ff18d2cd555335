/**
 * What happened to an occurrence, in words and as a mark that can be drawn. Pure functions.
 */
import { duration, plural } from "./format.ts"
import type { Outcome, Status, Task } from "./wire.ts"

/**
 * How an occurrence is drawn: by the status of its run, or by why there was none.
 *
 * @category models
 * @since 0.1.0
 */
export type Look = Status | "skipped" | "missed" | "absorbed"

type Facts = Pick<Outcome, "outcome" | "reason" | "status" | "trigger" | "count" | "task_id">

const looks: Record<Exclude<Outcome["outcome"], "Started">, Look> = {
  Skipped: "skipped",
  Missed: "missed",
  Absorbed: "absorbed"
}

/**
 * How an occurrence is drawn. The state of its task is newer than the outcome.
 *
 * @category drawing
 * @since 0.1.0
 */
export const lookOf = (outcome: Facts, task: Task | undefined): Look =>
  outcome.outcome === "Started" ? task?.status ?? outcome.status ?? "done" : looks[outcome.outcome]

const names: Record<Look, string> = {
  queued: "Waiting",
  running: "Running",
  done: "Done",
  failed: "Failed",
  cancelled: "Cancelled",
  skipped: "Skipped",
  missed: "Missed",
  absorbed: "Covered by a later run"
}

/**
 * What a look is called.
 *
 * @category wording
 * @since 0.1.0
 */
export const lookName = (look: Look): string => names[look]

const reasons: Record<string, string> = {
  Overlap: "an earlier run was still active, and no more may run at once",
  BufferFull: "as many runs were waiting as are allowed to",
  Superseded: "a newer run or a change of the schedule took its place",
  DeadlinePassed: "it would have started too late",
  LimitReached: "its maximum number of runs was reached",
  Disabled: "it was disabled",
  NotCaughtUp: "no process was running, and missed runs are not caught up",
  TooOld: "no process was running, and it was too long ago to catch up",
  TooMany: "no process was running, and too many were missed to catch up on all"
}

/** Why an occurrence did not run, as half a sentence. */
const reasonOf = (reason: string): string => reasons[reason] ?? reason

const triggers: Record<Outcome["trigger"], string> = {
  schedule: "",
  manual: "run by hand",
  registration: "run when it was added"
}

/**
 * How long its run took, in milliseconds, if it has ended. `took` is what is known of its task since.
 *
 * @category wording
 * @since 0.1.0
 */
export const tookOf = (
  { completed_at, started_at, task_id }: Outcome,
  took: ReadonlyMap<string, number>
): number | undefined => {
  if (started_at !== null && completed_at !== null) return Date.parse(completed_at) - Date.parse(started_at)
  return task_id === null ? undefined : took.get(task_id)
}

/**
 * What happened, as one line: `Failed after 3.1s, run by hand`, `Skipped: an earlier run was still active`.
 *
 * @category wording
 * @since 0.1.0
 */
export const sentenceOf = (outcome: Facts, look: Look, took: number | undefined): string => {
  const many = outcome.count > 1 ? ` (${plural(outcome.count, "occurrence")})` : ""
  if (outcome.reason !== "") return `${lookName(look)}: ${reasonOf(outcome.reason)}${many}`
  const time = took === undefined ? "" : ` after ${duration(took)}`
  const trigger = triggers[outcome.trigger] === "" ? "" : `, ${triggers[outcome.trigger]}`
  return `${lookName(look)}${time}${trigger}${many}`
}
