/**
 * Outcomes as they are kept in memory. A store has more of them than of anything else, and almost every one says that a
 * single occurrence has started: that is kept in brief, with times that are counted from the occurrence, because small
 * numbers need no memory of their own.
 */
import type { TaskStatus } from "../../TaskInfo.ts"
import type { OutcomeRecord, StoredOutcome, TaskRecord } from "../../TaskRecord.ts"

/** An outcome; its ordinal is computed when it is read. A started one changes with its task, so readers get copies. */
export type OutcomeRow = Started | Whole

/** A single occurrence at `at` that has started. */
interface Started {
  readonly at: number
  readonly decidedAfter: number
  readonly trigger: OutcomeRecord["trigger"]
  readonly taskId: string
  status: TaskStatus
  startedAfter: number | null
  completedAfter: number | null
}

/** Any other outcome. */
interface Whole {
  readonly at: undefined
  outcome: Omit<StoredOutcome, "ordinal">
}

/** What is kept of an outcome. */
export const rowOf = (outcome: OutcomeRecord): OutcomeRow => {
  const { decidedAt, from, status, taskId, trigger } = outcome
  if (taskId === null || status === null || !isPlain(outcome)) {
    return { at: undefined, outcome: { ...outcome, startedAt: null, completedAt: null } }
  }
  return started(from, decidedAt, trigger, taskId, status)
}

const started = (
  at: number,
  decidedAt: number,
  trigger: OutcomeRecord["trigger"],
  taskId: string,
  status: TaskStatus
): Started => ({
  at,
  decidedAfter: decidedAt - at,
  trigger,
  taskId,
  status,
  startedAfter: null,
  completedAfter: null
})

/** What is kept of an occurrence that has just started this instance. */
export const startOf = ({ createdAt, scheduledAt, status, taskId }: TaskRecord): OutcomeRow =>
  started(scheduledAt!, createdAt, "schedule", taskId, status)

const isPlain = ({ blockedBy, count, from, into, outcome, reason, to }: OutcomeRecord): boolean =>
  outcome === "Started" && from === to && count === 1 && reason === "" && blockedBy.length === 0 && into === null

/** Takes over how far the task of an outcome has got. */
export const follow = (row: OutcomeRow, { completedAt, startedAt, status }: TaskRecord): void => {
  if (row.at === undefined) {
    row.outcome = { ...row.outcome, status, startedAt, completedAt }
    return
  }
  row.status = status
  row.startedAfter = after(row.at, startedAt)
  row.completedAfter = after(row.at, completedAt)
}

const after = (at: number, time: number | null): number | null => time === null ? null : time - at

/** An outcome as readers get it. */
export const stored = (row: OutcomeRow, ordinal: number): StoredOutcome => {
  if (row.at === undefined) return { ...row.outcome, ordinal }
  const { at, completedAfter, decidedAfter, startedAfter, status, taskId, trigger } = row
  return {
    from: at,
    to: at,
    count: 1,
    outcome: "Started",
    reason: "",
    blockedBy: nothing,
    into: null,
    trigger,
    decidedAt: at + decidedAfter,
    taskId,
    status,
    startedAt: startedAfter === null ? null : at + startedAfter,
    completedAt: completedAfter === null ? null : at + completedAfter,
    ordinal
  }
}

const nothing: ReadonlyArray<never> = []
