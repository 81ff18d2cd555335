/**
 * Running tasks and upcoming runs as lines of a terminal. Pure.
 */
import { CliOutput } from "effect/cli"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as format from "./format.ts"
import * as table from "./table.ts"
import type { RecurringTask, Task } from "./views.ts"
import * as views from "./views.ts"

/** Colours a text, if colours are supported. */
export type Paint = (text: string, tone: table.Tone) => string

const length = 20

/** A bar for a progress from 0 to 100; an indeterminate one (-1) moves with time. */
const bar = (progress: number, now: DateTime.Utc): string => {
  if (progress < 0) {
    const at = Math.floor(now.epochMilliseconds / 500) % length
    return Array.from({ length }, (_, i) => (i - at + length) % length < 4 ? "█" : "░").join("")
  }
  const full = Math.min(length, Math.floor(progress / 100 * length))
  return "█".repeat(full) + "░".repeat(length - full)
}

const percent = (progress: number): string => progress < 0 ? "" : `${Math.floor(progress)}%`

const pad = (text: string, width: number) => text + " ".repeat(Math.max(0, width - CliOutput.displayWidth(text)))

const since = (task: Task, now: DateTime.Utc): string =>
  Option.match(task.startedAt, { onNone: () => "", onSome: (at) => format.duration(DateTime.distance(at, now)) })

/** A running task: its bar, how long it has run, and what it reports. */
export const running = (
  task: Task,
  options: { readonly now: DateTime.Utc; readonly width: number; readonly paint: Paint }
): string => {
  const { now, paint, width } = options
  const start = `${pad(percent(task.progress), 4)} ${pad(since(task, now), 7)} `
  const retrying = Option.match(task.retryAt, {
    onNone: () => "",
    onSome: (at) => `attempt ${task.attempt + 1} ${format.away(at, now)} `
  })
  const label = table.printable(`${task.taskType} ${retrying}${views.lastWord(task)}`)
  const text = table.fit(start + label, width - length - 2)
  return `${paint(bar(task.progress, now), "good")} ${text}`
}

/** The recurring tasks that are due next, soonest first. */
export const upcoming = (recurring: Iterable<RecurringTask>, count: number): ReadonlyArray<RecurringTask> =>
  [...recurring]
    .filter(({ nextRun }) => Option.isSome(nextRun))
    .sort((a, b) => dueAt(a) - dueAt(b))
    .slice(0, count)

const dueAt = ({ nextRun }: RecurringTask): number =>
  Option.match(nextRun, { onNone: () => Number.POSITIVE_INFINITY, onSome: (at) => at.epochMilliseconds })

/** How far away the next run of a recurring task is. */
export const dueIn = ({ nextRun }: RecurringTask, now: DateTime.Utc): string =>
  Option.match(nextRun, { onNone: () => "", onSome: (at) => format.away(at, now) })
