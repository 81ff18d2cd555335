/**
 * The marks on the line of a recurring task: runs from their start to their end, what did not run, and what will. Marks
 * that would overlap become one, so that a line never has more marks than can be seen. Pure functions.
 */
import { duration, plural } from "../core/format.ts"
import { type Look, lookOf, sentenceOf } from "../core/outcomes.ts"
import type { Task, Timeline } from "../core/wire.ts"

type Row = Timeline["rows"][number]
type Past = Row["past"][number]

/**
 * A mark from `from` to `to`, in epoch milliseconds. `count` is the number of occurrences that it stands for.
 *
 * @category models
 * @since 0.1.0
 */
export interface Mark {
  readonly look: Look | "planned"
  readonly from: number
  readonly to: number
  readonly count: number
  readonly text: string
  readonly taskId: string | null
}

const pastMark = (past: Past, task: Task | undefined, now: number): Mark => {
  const look = lookOf(past, task)
  const started = task?.started_at ?? past.started_at
  const completed = task?.completed_at ?? past.completed_at
  const from = Date.parse(started ?? past.from)
  const to = look === "running" ? now : completed === null ? Date.parse(started ?? past.to) : Date.parse(completed)
  const took = started !== null && completed !== null ? Date.parse(completed) - Date.parse(started) : undefined
  return {
    look,
    from,
    to: Math.max(from, to),
    count: past.count,
    text: sentenceOf(past, look, took),
    taskId: past.task_id
  }
}

const plannedMark = (at: string): Mark => {
  const from = Date.parse(at)
  return { look: "planned", from, to: from, count: 1, text: "Planned", taskId: null }
}

const join = (left: Mark, right: Mark): Mark => {
  const count = left.count + right.count
  const to = Math.max(left.to, right.to)
  return { ...left, to, count, text: `${namesOf(left, count)} within ${duration(to - left.from)}`, taskId: null }
}

const namesOf = ({ look }: Mark, count: number): string =>
  look === "planned" ? `${plural(count, "run")} planned` : `${plural(count, "occurrence")} ${look}`

/** Merges neighbours with the same look that are closer to each other than `gap`. */
const merge = (marks: ReadonlyArray<Mark>, gap: number): ReadonlyArray<Mark> => {
  const merged: Array<Mark> = []
  for (const mark of marks) {
    const last = merged.at(-1)
    if (last !== undefined && last.look === mark.look && mark.from - last.to < gap) {
      merged[merged.length - 1] = join(last, mark)
    } else merged.push(mark)
  }
  return merged
}

/**
 * The marks of a line, in order of time. `gap` is the time that a few pixels stand for, in milliseconds.
 *
 * @category drawing
 * @since 0.1.0
 */
export const marksOf = (row: Row, tasks: ReadonlyMap<string, Task>, now: number, gap: number): ReadonlyArray<Mark> => {
  const past = row.past.map((past) => pastMark(past, past.task_id === null ? undefined : tasks.get(past.task_id), now))
  const planned = row.upcoming.map(plannedMark)
  return merge([...past, ...planned].sort((left, right) => left.from - right.from), gap)
}
