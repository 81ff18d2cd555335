/**
 * What a person reads about tasks: one event of the manager in, lines out. Pure, so that it can be tested.
 *
 * A task says that it has started, how far it is, and how it has ended, with the next run beside it.
 */
import type { RecurringTaskInfo, TaskEvent } from "brinjal"
import { DateTime, Option } from "effect"
import type { Line } from "./Screen.ts"
import * as text from "./text.ts"

type Info = RecurringTaskInfo.RecurringTaskInfo
type Update = TaskEvent.TaskUpdate

/**
 * Tasks that run, with the last quarter of their progress that was said; recurring tasks; and how many tasks ended how.
 */
export interface Report {
  readonly running: ReadonlyMap<string, { readonly task: Update; readonly quarter: number }>
  readonly recurring: ReadonlyMap<string, Info>
  readonly ended: { readonly done: number; readonly failed: number; readonly cancelled: number }
}

export const empty: Report = { running: new Map(), recurring: new Map(), ended: { done: 0, failed: 0, cancelled: 0 } }

export interface Situation {
  readonly now: DateTime.Utc
  readonly clock: text.Clock
  /** When the program began: what ended before that was told by an earlier run. */
  readonly since: DateTime.Utc
  /** Whether progress is shown by live lines, so that no other line needs to say it. */
  readonly isLive: boolean
}

type Step = readonly [report: Report, lines: ReadonlyArray<Line>]

/** Takes an event in, and gives the lines that it is worth. */
export const step = (report: Report, event: TaskEvent.TaskEvent, situation: Situation): Step => {
  switch (event._tag) {
    case "TaskUpdate":
      return stepTask(report, event, situation)
    case "RecurringTaskUpdate":
      return stepRecurring(report, event.recurringTask, situation)
    case "Gap":
      return [report, [{ text: `${event.to - event.from + 1} changes were too fast to be shown.`, tone: "quiet" }]]
    default:
      return [report, []]
  }
}

const stepTask = (report: Report, task: Update, situation: Situation): Step => {
  if (task.status === "queued" && !report.running.has(task.taskId)) return [report, []]
  if (task.status === "running") return stepRunning(report, task, situation)
  if (Option.exists(task.completedAt, (at) => DateTime.isLessThan(at, situation.since))) return [report, []]
  const running = new Map(report.running)
  running.delete(task.taskId)
  // one that was cut off is queued again
  const status = task.status === "queued" ? "cancelled" : task.status
  const ended = { ...report.ended, [status]: report.ended[status] + 1 }
  return [{ ...report, running, ended }, [
    ...unseenStart(report, task, situation),
    ...endLines(report, task, situation)
  ]]
}

/** A task may have started before anybody looked. */
const unseenStart = ({ running }: Report, task: Update, situation: Situation): ReadonlyArray<Line> =>
  running.has(task.taskId)
    ? []
    : Option.toArray(Option.map(task.startedAt, (now) => startLine(task, { ...situation, now })))

const stepRunning = (report: Report, task: Update, situation: Situation): Step => {
  const before = report.running.get(task.taskId)
  const said = before?.task.attempt === task.attempt ? before.quarter : 0
  const quarter = Math.max(said, Math.min(3, Math.floor(task.progress / 25)))
  const running = new Map(report.running).set(task.taskId, { task, quarter })
  return [{ ...report, running }, news(before?.task, task, situation, quarter > said)]
}

const news = (before: Update | undefined, task: Update, situation: Situation, isFurther: boolean) => {
  if (before === undefined) return [startLine(task, situation)]
  if (Option.isSome(task.retryAt)) {
    return Option.isSome(before.retryAt) ? [] : [retryLine(task, task.retryAt.value, situation)]
  }
  return isFurther && task.progress < 100 && !situation.isLive
    ? [line(situation, "·", `${task.taskType} ${Math.floor(task.progress)} %: ${heading(task)}`, "quiet")]
    : []
}

const startLine = (task: Update, situation: Situation): Line =>
  line(situation, "▶", `${task.taskType} ${beginning(task)}`)

const beginning = ({ attempt }: Update) => attempt > 1 ? `started again, attempt ${attempt}` : "started"

const line = ({ clock, now }: Situation, sign: string, words: string, tone?: Line["tone"]): Line => ({
  text: `${clock(now, now)} ${sign} ${text.printable(words)}`,
  tone
})

const retryLine = (task: Update, at: DateTime.Utc, situation: Situation): Line =>
  line(
    situation,
    "↻",
    `${task.taskType} failed, attempt ${task.attempt + 1} at ${situation.clock(at, situation.now)}`
  )

const endLines = (report: Report, task: Update, situation: Situation): ReadonlyArray<Line> => {
  const next = nextRun(report, task, situation)
  switch (task.status) {
    case "done":
      return [
        line(situation, "✓", `${task.taskType}: ${heading(task)}`, "good"),
        ...detail(body(task)),
        ...detail(next)
      ]
    case "failed":
      return [line(situation, "✗", `${task.taskType} failed`, "bad"), ...detail(failure(task)), ...detail(next)]
    case "queued":
      return [line(situation, "■", `${task.taskType} was interrupted, and runs again at the next start`, "bad")]
    default:
      return [line(situation, "■", `${task.taskType} was interrupted and is recorded as cancelled`, "bad")]
  }
}

const detail = (words: string): ReadonlyArray<Line> =>
  words === "" ? [] : [{ text: `           ${text.printable(words)}`, tone: "quiet" }]

const heading = (task: Update) => Option.getOrElse(task.heading, () => "")

const body = (task: Update) => Option.getOrElse(task.body, () => "")

const failure = (task: Update) =>
  Option.match(task.error, { onNone: () => "", onSome: ({ message, type }) => `${type}: ${message}` })

const nextRun = (report: Report, task: Update, { clock, now }: Situation): string =>
  Option.flatMap(task.parentId, (id) => Option.fromUndefinedOr(report.recurring.get(id))).pipe(
    Option.flatMap(({ nextRun }) => nextRun),
    Option.match({ onNone: () => "", onSome: (at) => `next run ${clock(at, now)}` })
  )

const stepRecurring = (report: Report, info: Info, situation: Situation): Step => {
  const before = report.recurring.get(info.recurringId)
  const recurring = new Map(report.recurring).set(info.recurringId, info)
  const lines = before?.enabled === true && !info.enabled
    ? [line(situation, "‖", `${info.recurringId} is disabled: ${info.note || "no reason given"}`, "quiet")]
    : []
  return [{ ...report, recurring }, lines]
}

/** One line for each running task: how far it is. */
export const live = (report: Report): ReadonlyArray<Line> =>
  Array.from(report.running.values(), ({ task }) => ({
    text: text.printable(
      `  ${task.taskType} ${text.bar(task.progress)} ${percent(task.progress)}  ${heading(task)}  ${body(task)}`
    )
  }))

const percent = (progress: number) => progress < 0 ? "    " : `${Math.floor(progress)}%`.padStart(4)

/** What is said when the program is told to stop. */
export const stopping = (report: Report, grace: string): Line => {
  const names = Array.from(report.running.values(), ({ task }) => task.taskType)
  return {
    text: names.length === 0
      ? "Stopping."
      : `Stopping. ${names.join(" and ")} may take ${grace} to finish before being interrupted.`
  }
}

/** What is said beside it while the store takes nothing, so that nobody believes that what was shown is kept. */
export const unwritten = (
  failingSince: Option.Option<DateTime.Utc>,
  { clock, now }: Pick<Situation, "clock" | "now">
): ReadonlyArray<Line> =>
  Option.match(failingSince, {
    onNone: () => [],
    onSome: (since) => [{
      text: `Nothing could be kept since ${
        clock(since, now)
      }. Tasks whose end is not kept run again at the next start.`,
      tone: "bad"
    }]
  })

/** What is said at the end. */
export const stopped = ({ ended: { cancelled, done, failed } }: Report): Line => ({
  text: `Stopped. ${text.count(done + failed + cancelled, "task")}: ` +
    `${done} done, ${failed} failed, ${cancelled} interrupted.`
})
