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

/** A task: its bar, how long it has run, what it waits for, and what it reports. */
export const running = (
  task: Task,
  options: { readonly now: DateTime.Utc; readonly width: number; readonly paint: Paint }
): string => {
  const { now, paint, width } = options
  const start = `${pad(percent(task.progress), 4)} ${pad(since(task, now), 7)} `
  const words = [task.taskType, views.awaited(task, now), views.lastWord(task)].filter((word) => word !== "")
  const label = table.printable(words.join(" "))
  const text = table.fit(start + label, width - length - 2)
  return `${paint(bar(task.progress, now), "good")} ${text}`
}

/** How much of something is done. */
export const part = (
  done: number,
  of: number,
  { paint, width, words }: { readonly words: string; readonly width: number; readonly paint: Paint }
): string => {
  const full = "█".repeat(Math.floor(done / of * length))
  return `${paint(full.padEnd(length, "░"), "good")} ${table.fit(`${words} ${done} of ${of}`, width - length - 2)}`
}

/** Something that will start: what it is called, and when. */
type Due = readonly [name: string, at: DateTime.Utc]

const nextRun = ({ nextRun, recurringId }: RecurringTask): ReadonlyArray<Due> =>
  Option.toArray(Option.map(nextRun, (at) => [recurringId, at]))

const start = (task: Task, now: DateTime.Utc): ReadonlyArray<Due> =>
  Option.toArray(Option.map(views.startsAt(task, now), (at) => [task.taskType, at]))

/** What starts next, soonest first: runs of recurring tasks, and tasks that are queued for later. */
export const upcoming = (
  { recurring, tasks }: {
    readonly recurring: ReadonlyMap<string, RecurringTask>
    readonly tasks: ReadonlyMap<string, Task>
  },
  options: { readonly now: DateTime.Utc; readonly count: number }
): ReadonlyArray<string> => {
  const { count, now } = options
  return [...[...recurring.values()].flatMap(nextRun), ...[...tasks.values()].flatMap((task) => start(task, now))]
    .sort(([, a], [, b]) => a.epochMilliseconds - b.epochMilliseconds)
    .slice(0, count)
    .map(([name, at]) => `${name} ${format.away(at, now)}`)
}
