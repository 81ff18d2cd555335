/**
 * Converts the values of the manager to the JSON of the contract.
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Recurrence from "../../../Recurrence.ts"
import type { RecurringTaskInfo } from "../../../RecurringTaskInfo.ts"
import type { TaskInfo, TaskStatus } from "../../../TaskInfo.ts"
import type { RecurringEntry, TaskEntry, TaskEventEntry } from "./schemas.ts"

const time = Option.match({ onNone: () => null, onSome: DateTime.formatIso })

/** One of the four states that clients of the original know. */
const status = (status: TaskStatus) => status === "cancelled" ? "failed" : status

/** A failed task always says so in its body. */
const body = (task: TaskInfo): string | null => {
  const text = Option.getOrNull(task.body)
  if (Option.isNone(task.error) || (text !== null && /failed/i.test(text))) return text
  return `Task failed: ${task.error.value.message}`
}

/** A task in a list. As in the original, only a task that is done has an end time. */
export const taskEntry = (task: TaskInfo): typeof TaskEntry.Type => ({
  task_id: task.taskId,
  parent_id: Option.getOrNull(task.parentId),
  task_type: task.taskType,
  status: status(task.status),
  progress: Math.floor(task.progress),
  img: Option.getOrNull(task.img),
  heading: Option.getOrNull(task.heading),
  body: body(task),
  started_at: time(task.startedAt),
  completed_at: task.status === "done" ? time(task.completedAt) : null
})

/** A task in its own stream. */
export const taskEvent = (task: TaskInfo): typeof TaskEventEntry.Type => {
  const error = Option.getOrNull(task.error)
  return {
    ...taskEntry(task),
    error_message: error?.message ?? null,
    error_type: error?.type ?? null,
    error_traceback: error?.trace ?? null
  }
}

/** A recurring task in a list. One without a cron expression is described in words. */
export const recurringEntry = (config: RecurringTaskInfo): typeof RecurringEntry.Type => ({
  recurring_id: config.recurringId,
  cron_expression: Option.getOrElse(config.cronExpression, () => Recurrence.describe(config.recurrence)),
  task_type: config.templateTask.taskType,
  max_concurrent: config.maxConcurrent,
  enabled: config.enabled,
  next_run: time(config.nextRun),
  last_run: time(config.lastRun),
  consecutive_failures: config.consecutiveFailures,
  total_runs: config.totalRuns,
  total_failures: config.totalFailures,
  created_at: DateTime.formatIso(config.createdAt)
})
