/**
 * Tables of what the server knows: their columns and rows. Pure.
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import type * as recurring from "../../http/internal/v1/recurring.ts"
import type * as tasks from "../../http/internal/v1/tasks.ts"
import type { TaskStatus } from "../../TaskInfo.ts"
import * as format from "./format.ts"
import { type Cell, type Column, fit, type Row, type Tone } from "./table.ts"

/** A task in the answers of the API. */
export type Task = typeof tasks.Task.Type

/** A recurring task in the answers of the API. */
export type RecurringTask = typeof recurring.RecurringTask.Type

/** An outcome in the answers of the API. */
export type Outcome = typeof recurring.Outcome.Type

/** A task type in the answers of the API. */
export type TaskType = typeof tasks.TaskType.Type

const tones: Record<TaskStatus, Tone> = {
  queued: "quiet",
  running: "strong",
  done: "good",
  failed: "bad",
  cancelled: "warning"
}

const marks: Record<TaskStatus, string> = { queued: "·", running: "▶", done: "✓", failed: "✗", cancelled: "✗" }

/** A status in its colour. */
export const status = (status: TaskStatus): Cell => ({ text: status, tone: tones[status] })

/** When a task is to start that is queued for later. */
export const startsAt = ({ scheduledAt, status }: Task, now: DateTime.Utc): Option.Option<DateTime.Utc> =>
  status === "queued" ? Option.filter(scheduledAt, (at) => DateTime.isGreaterThan(at, now)) : Option.none()

/** The concurrency key of which as many tasks are active as may be. */
const key = ({ concurrencyKey, parked }: Task): string =>
  Option.match(concurrencyKey, { onNone: () => "", onSome: (key) => parked ? `waits for ${key}` : "" })

/** What a task waits for, if that is known: its next attempt, its start, or its concurrency key. */
export const awaited = (task: Task, now: DateTime.Utc): string =>
  Option.match(task.retryAt, {
    onNone: () =>
      Option.match(startsAt(task, now), { onNone: () => key(task), onSome: (at) => `starts ${format.away(at, now)}` }),
    onSome: (at) => `attempt ${task.attempt + 1} ${format.away(at, now)}`
  })

/** The status of a task. Of a queued one, people see what it waits for. */
const state = (task: Task, now: DateTime.Utc): Cell =>
  task.status === "queued"
    ? { text: awaited(task, now) || task.status, plain: task.status, tone: tones.queued }
    : status(task.status)

/** A task type after a mark for its status, in the colour of the status. */
export const marked = ({ status, taskType }: Task): { readonly text: string; readonly tone: Tone } => ({
  text: `${marks[status]} ${taskType}`,
  tone: tones[status]
})

const moment = (instant: Option.Option<DateTime.Utc>, now: DateTime.Utc, tone?: Tone): Cell => ({
  text: Option.match(instant, { onNone: () => "-", onSome: (at) => format.away(at, now) }),
  plain: Option.match(instant, { onNone: () => "", onSome: format.iso }),
  tone
})

const text = Option.getOrElse(() => "")

/** The columns of a list of recurring tasks. */
export const recurringColumns: ReadonlyArray<Column> = [
  { title: "id", elastic: true },
  { title: "state" },
  { title: "task", elastic: true },
  { title: "when", elastic: true },
  { title: "next" },
  { title: "last" },
  { title: "runs", right: true },
  { title: "failed", right: true }
]

const stateOf = (config: RecurringTask): Cell =>
  config.exhausted
    ? { text: "ended", tone: "quiet" }
    : config.enabled
    ? { text: "enabled", tone: "good" }
    : { text: "disabled", tone: "warning" }

const when = ({ cronExpression, description, timezone }: RecurringTask): string =>
  Option.match(cronExpression, {
    onNone: () => description,
    onSome: (expression) => `${expression} ${text(timezone)}`.trimEnd()
  })

/** A line of a list of recurring tasks. */
export const recurringRow = (config: RecurringTask, now: DateTime.Utc): Row => [
  config.recurringId,
  stateOf(config),
  config.taskType,
  when(config),
  moment(config.nextRun, now),
  moment(config.lastRun, now),
  String(config.totalRuns),
  { text: String(config.totalFailures), tone: config.consecutiveFailures > 0 ? "bad" : undefined }
]

/** The columns of a list of tasks. */
export const taskColumns: ReadonlyArray<Column> = [
  { title: "id" },
  { title: "status" },
  { title: "task", elastic: true },
  { title: "made" },
  { title: "took" },
  { title: "heading", elastic: true }
]

const took = ({ completedAt, startedAt }: Task, now: DateTime.Utc): Cell =>
  Option.match(startedAt, {
    onNone: () => "",
    onSome: (start) => format.duration(DateTime.distance(start, Option.getOrElse(completedAt, () => now)))
  })

/** The latest about a task: why it failed, or what it reports. */
export const lastWord = ({ body, error, heading }: Task): string =>
  Option.match(error, {
    onNone: () => [text(heading), text(body)].filter((part) => part !== "").join(": "),
    onSome: ({ message, type }) => message.startsWith(type) ? message : `${type}: ${message}`
  })

/** How much of a result people see. */
const resultWidth = 500

/** What JSON may have as it is, but no line of a table. */
const unprintable = /[\u007F-\u009F\u2028\u2029]/g

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`

/** The result of a task as JSON, which programs get whole; `undefined` if it has none. */
export const result = (task: Task): Exclude<Cell, string> | undefined => {
  const value = Option.getOrElse(task.result, () => null)
  if (value === null) return undefined
  const plain = JSON.stringify(value).replaceAll(unprintable, escaped)
  return { text: fit(plain, resultWidth), plain }
}

/** A line of a list of tasks. */
export const taskRow = (task: Task, now: DateTime.Utc): Row => [
  task.taskId,
  state(task, now),
  task.taskType,
  moment(Option.some(task.createdAt), now),
  took(task, now),
  lastWord(task)
]

/** The columns of a task that has ended: those of a list, and its result. */
export const endedColumns: ReadonlyArray<Column> = [...taskColumns, { title: "result" }]

/** The line of a task that has ended. */
export const endedRow = (task: Task, now: DateTime.Utc): Row => [...taskRow(task, now), result(task) ?? ""]

/** The columns of a list of outcomes. Programs get the same facts in more columns. */
export const outcomeColumns: ReadonlyArray<Column> = [
  { title: "due" },
  { title: "last due", for: "programs" },
  { title: "", right: true },
  { title: "what came of it", for: "people" },
  { title: "outcome", for: "programs" },
  { title: "status or reason", for: "programs" },
  { title: "trigger", for: "programs" },
  { title: "task" }
]

const outcomeTones: Record<Outcome["outcome"], Tone | undefined> = {
  Started: undefined,
  Skipped: "warning",
  Missed: "warning",
  Absorbed: "quiet"
}

const triggers = { schedule: "", manual: ", by hand", registration: ", at once" } as const

const cameOf = ({ outcome, reason, status, trigger }: Outcome): Cell =>
  Option.match(status, {
    onNone: () => ({ text: `${outcome.toLowerCase()}: ${reason}`, tone: outcomeTones[outcome] }),
    onSome: (status) => ({ text: status + triggers[trigger], tone: tones[status] })
  })

/** A line of a list of outcomes. */
export const outcomeRow = (outcome: Outcome): Row => [
  { text: format.day(outcome.from), plain: format.iso(outcome.from) },
  format.iso(outcome.to),
  { text: outcome.count === 1 ? "" : `x${outcome.count}`, plain: String(outcome.count) },
  cameOf(outcome),
  outcome.outcome,
  Option.getOrElse(outcome.status, () => outcome.reason),
  outcome.trigger,
  text(outcome.taskId)
]

/** The columns of a list of types of tasks. */
export const typeColumns: ReadonlyArray<Column> = [
  { title: "task" },
  { title: "pool" },
  { title: "payload", elastic: true }
]

const fieldsOf = ({ payloadSchema }: TaskType): string => {
  const { properties, required } = payloadSchema
  const needed = Array.isArray(required) ? required : []
  return Object.keys(properties ?? {}).map((name) => needed.includes(name) ? name : `${name}?`).join(", ")
}

/** A line of a list of types of tasks. */
export const typeRow = (type: TaskType): Row => [type.taskType, type.semaphore, fieldsOf(type)]
