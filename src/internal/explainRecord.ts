/**
 * Explains an occurrence that was decided, from what was recorded of it. The recurring task may have changed since, so
 * only the calendar is consulted again.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Explanation } from "../Explanation.ts"
import type { TaskStoreError } from "../TaskError.ts"
import type { OutcomeRecord, TaskRecord } from "../TaskStore.ts"
import * as configs from "./configs.ts"
import { plural } from "./format.ts"
import * as sentences from "./sentences.ts"
import type { Config, State } from "./state.ts"

/** The explanation for an instant from its recorded outcome; absent if none is recorded. */
export const recall = (
  state: State,
  config: Config,
  rows: ReadonlyArray<OutcomeRecord>,
  at: number
): Effect.Effect<Explanation | undefined, TaskStoreError> => {
  const row = rowOf(config, rows, at)
  if (row === undefined) return Effect.succeed(undefined)
  const task = row.taskId === null ? Effect.succeed(undefined) : state.store.getTask(row.taskId)
  const evidence = { row, carrier: carrierOf(rows, row), repair: repairOf(rows, row, at) }
  return Effect.map(task, (task) => recorded(config, { ...evidence, task }, at))
}

/**
 * What is recorded of an occurrence: its outcome, its instance, the outcome of the occurrence that ran on its behalf,
 * and the last one that was triggered for it by hand.
 */
interface Evidence {
  readonly row: OutcomeRecord
  readonly task: TaskRecord | undefined
  readonly carrier: OutcomeRecord | undefined
  readonly repair: OutcomeRecord | undefined
}

const carrierOf = (rows: ReadonlyArray<OutcomeRecord>, { into }: OutcomeRecord): OutcomeRecord | undefined =>
  into === null
    ? undefined
    : rows.find(({ from, to, trigger }) => trigger === "schedule" && from === into && to === into)

const repairOf = (
  rows: ReadonlyArray<OutcomeRecord>,
  row: OutcomeRecord,
  at: number
): OutcomeRecord | undefined => rows.find((other) => other.trigger === "manual" && other.from === at && other !== row)

const explanation = (
  { record }: Config,
  at: number,
  fields: Pick<Explanation, "verdict" | "steps"> & Partial<Explanation>
): Explanation => sentences.explanation(record.recurringId, at, { source: "record", ...fields })

const calendarOf = ({ record }: Config, at: number) =>
  sentences.calendar(configs.specOf(record), record.spec.recurrence, at)

/** The outcome that covers an instant; one of the schedule is preferred to a manual one. */
const rowOf = (config: Config, rows: ReadonlyArray<OutcomeRecord>, at: number): OutcomeRecord | undefined => {
  const matching = rows.filter((row) => isIn(config, row, at))
  return matching.find(({ trigger }) => trigger === "schedule") ?? matching[0]
}

/** A range records only its ends, so the calendar is asked about the instants in between. */
const isIn = (config: Config, { count, from, to }: OutcomeRecord, at: number): boolean =>
  at === from || at === to || (count > 2 && from < at && at < to && calendarOf(config, at).due)

const recorded = (config: Config, evidence: Evidence, at: number): Explanation => {
  const { repair, row } = evidence
  const steps = sentences.steps(sentencesOf(config, evidence, at), failedAt(evidence))
  return explanation(config, at, {
    verdict: row.outcome,
    reason: row.reason,
    blockedBy: row.blockedBy,
    taskId: Option.fromNullishOr(row.taskId),
    steps: repair === undefined ? steps : repaired(steps, repair)
  })
}

const repaired = (steps: Explanation["steps"], { decidedAt, taskId }: OutcomeRecord): Explanation["steps"] =>
  steps.map((step, i) =>
    i < steps.length - 1
      ? step
      : {
        ...step,
        detail: `${step.detail} Task ${taskId} was triggered for it by hand, at ${sentences.at(decidedAt)}.`
      }
  )

const failedAt = ({ row, task }: Evidence) => {
  if (row.outcome !== "Started") return sentences.failedAt(row)
  return task !== undefined && task.startedAt === null ? "pool" : undefined
}

const sentencesOf = (config: Config, evidence: Evidence, at: number): sentences.Sentences => {
  const { row } = evidence
  const pool = row.outcome === "Started" ? poolText(evidence) : undefined
  if (row.trigger === "manual") return { calendar: byHand(config, row), pool }
  if (row.trigger === "registration") {
    return { calendar: "It is not on the schedule: it ran once when it was added.", pool }
  }
  return {
    calendar: wasDue(config, row, at),
    pause: row.reason === "Disabled" ? `It was disabled${noteOf(config)}.` : "It was enabled.",
    limit: row.reason === "LimitReached" ? "maxRuns was reached." : "No limit of runs was reached.",
    catchUp: catchUpText(evidence),
    deadline: deadlineText(row, at),
    overlap: overlapText(row),
    pool
  }
}

/** What was triggered stands for the occurrence that it was triggered for, if any. */
const byHand = (config: Config, { decidedAt, from }: OutcomeRecord): string => {
  const { detail, due } = calendarOf(config, from)
  return due && from !== decidedAt
    ? `${detail} It was triggered by hand, at ${sentences.at(decidedAt)}.`
    : "It is not on the schedule: it was triggered by hand."
}

/** The recurrence may have changed since, so that the calendar says something else now. */
const wasDue = (config: Config, row: OutcomeRecord, at: number): string => {
  const { due, detail } = calendarOf(config, at)
  return due
    ? detail
    : `It was an occurrence when it was decided, at ${sentences.at(row.decidedAt)}; it no longer is.`
}

const noteOf = ({ record }: Config): string =>
  record.enabled || record.note === "" ? "" : ` (${record.note.replace(/\.$/, "")})`

const catchUpText = ({ carrier, row, task }: Evidence): string | undefined => {
  const covers = task?.covers ?? null
  if (covers !== null) {
    return `It also stands for ${plural(covers.count, "missed occurrence")}, ` +
      `from ${sentences.at(covers.from)} to ${sentences.at(covers.to)}.`
  }
  if (row.outcome === "Absorbed") return absorbedText(row, carrier)
  return row.outcome === "Missed" ? missedText(row) : undefined
}

const absorbedText = ({ into }: OutcomeRecord, carrier: OutcomeRecord | undefined): string => {
  const stand = `It was missed, and left to the occurrence of ${sentences.at(into ?? 0)}`
  if (carrier === undefined) return `${stand}.`
  return carrier.outcome === "Started"
    ? `${stand}, which was started for both.`
    : `${stand}, which was not started either: ${carrier.outcome} (${carrier.reason}).`
}

const missedText = ({ decidedAt, reason }: OutcomeRecord): string => {
  const missed = `No process was there for it before ${sentences.at(decidedAt)}`
  switch (reason) {
    case "NotCaughtUp":
      return `${missed}, and onMissed was "none".`
    case "TooOld":
      return `${missed}, and by then it was older than catchUp.window.`
    default:
      return `${missed}, and more were missed than catchUp.max allows.`
  }
}

/** Below this lateness (in milliseconds), "in time" says more than a number. */
const prompt = 1_000

const deadlineText = ({ decidedAt, reason }: OutcomeRecord, at: number): string => {
  const late = decidedAt - at
  const when = `at ${sentences.at(decidedAt)}, ${
    late < prompt ? "in time" : `${sentences.length(late)} after its nominal time`
  }`
  return reason === "DeadlinePassed"
    ? `Its turn came ${when}: too late for startDeadline.`
    : `It was decided ${when}.`
}

const overlapText = ({ blockedBy, reason }: OutcomeRecord): string => {
  const active = `${sentences.tasks(blockedBy)} ${blockedBy.length === 1 ? "was" : "were"} active`
  switch (reason) {
    case "Overlap":
      return `There was no room: ${active}.`
    case "BufferFull":
      return `There was no room to wait either: ${active}, and no more could wait.`
    case "Superseded":
      return "While it waited, a later occurrence or a change of the recurring task took its place."
    default:
      return "There was room for it."
  }
}

const poolText = ({ row: { status, taskId }, task }: Evidence): string => {
  if (task === undefined) return `Task ${taskId} ended as ${status}; nothing more of it is kept.`
  const { completedAt, createdAt, failure, semaphore, startedAt } = task
  if (startedAt === null) {
    return completedAt === null
      ? `Task ${taskId} waits for a place in the pool "${semaphore}".`
      : `Task ${taskId} never began: ${failure?.message ?? task.status}`
  }
  const wait = startedAt === createdAt ? "at once" : `after ${sentences.length(startedAt - createdAt)}`
  const end = completedAt === null ? `is ${task.status}` : `ended as ${task.status} at ${sentences.at(completedAt)}`
  return `Task ${taskId} had its place in the pool "${semaphore}" ${wait}, and ${end}.`
}

/** The explanation for an instant that is decided, but has no outcome among the `limit` newest. */
export const unrecorded = (
  config: Config,
  rows: ReadonlyArray<OutcomeRecord>,
  limit: number,
  at: number
): Explanation => {
  const { buffer, createdAt, updatedAt } = config.record
  const place = buffer.findIndex(({ scheduledAt }) => scheduledAt === at)
  if (place >= 0) return waiting(config, place, at)
  const { due, detail } = calendarOf(config, at)
  if (at <= createdAt) {
    const added = `Nothing was due then: the recurring task was added at ${sentences.at(createdAt)}.`
    return explanation(config, at, { verdict: "NotDue", steps: sentences.steps({ calendar: added }, "calendar") })
  }
  if (!due) {
    return explanation(config, at, { verdict: "NotDue", steps: sentences.steps({ calendar: detail }, "calendar") })
  }
  const changed = updatedAt > at ? `: the recurring task was changed at ${sentences.at(updatedAt)}` : ""
  const oldest = rows.at(-1)
  const record = rows.length < limit
    ? `No outcome is recorded for it${changed}.`
    : `Its outcome is no longer kept: only the newest ${limit} are` +
      `${oldest === undefined ? "" : `, back to ${sentences.at(oldest.from)}`}.`
  return explanation(config, at, { verdict: "Unknown", steps: sentences.steps({ calendar: detail, record }, "record") })
}

const waiting = (config: Config, place: number, at: number): Explanation => {
  const blockedBy = configs.activeIds(config)
  const { maxConcurrent, startDeadline } = config.record.spec
  const before = place === 0 ? "" : `, and ${plural(place, "occurrence")} before it`
  const active = blockedBy.length === 0 ? "" : ` (${sentences.tasks(blockedBy)})`
  return explanation(config, at, {
    verdict: "Waiting",
    blockedBy,
    steps: sentences.steps({
      calendar: calendarOf(config, at).detail,
      pause: "It is enabled.",
      limit: "It has runs left.",
      deadline: startDeadline === null ? undefined : `It must start before ${sentences.at(at + startDeadline + 1)}.`,
      overlap: `It waits for room: ${blockedBy.length} of ${maxConcurrent} are active${active}${before}.`
    }, "overlap")
  })
}
