/**
 * Where the store in memory keeps what has ended: a shelf for every status of every recurring task, and one for every
 * status of all other tasks. Each is sorted by the time of the end and loses its oldest when it is too full.
 */
import type { Retention } from "../../TaskExchange.ts"
import type { TaskStatus } from "../../TaskInfo.ts"
import type { TaskRecord } from "../../TaskRecord.ts"
import * as fifo from "../fifo.ts"

/** Ended tasks of one status, oldest first, and when the latest of all that were there has ended. */
interface Shelf {
  readonly tasks: fifo.Fifo<TaskRecord>
  latest: number
}

/** The shelves of one recurring task, or of all other tasks; one is absent until a task ends so. */
export interface Shelves {
  done: Shelf | undefined
  failed: Shelf | undefined
  cancelled: Shelf | undefined
}

/** No shelves. */
export const make = (): Shelves => ({ done: undefined, failed: undefined, cancelled: undefined })

const shelfOf = (shelves: Shelves, status: TaskStatus): Shelf =>
  shelves[status as keyof Shelves] ??= { tasks: fifo.make(), latest: -Infinity }

const isLater = (a: TaskRecord, b: TaskRecord): boolean => a.completedAt! > b.completedAt!

const keepOf = (status: TaskStatus, retention: Retention) =>
  status === "done" ? retention.done : status === "failed" ? retention.failed : retention.cancelled

/** Mostly a task comes that has ended last: the others need not be looked at, which nobody has touched for long. */
const add = (shelf: Shelf, task: TaskRecord): void => {
  if (task.completedAt! < shelf.latest) return fifo.insert(shelf.tasks, task, isLater)
  shelf.latest = task.completedAt!
  fifo.push(shelf.tasks, task)
}

/** Puts a task that has ended on its shelf, and gives those that have to go. */
export const put = (shelves: Shelves, task: TaskRecord, retention: Retention): ReadonlyArray<string> => {
  const shelf = shelfOf(shelves, task.status)
  add(shelf, task)
  const limit = keepOf(task.status, retention)
  return fifo.size(shelf.tasks) <= limit ? none : prune(shelf.tasks, limit, retention.since ?? Infinity)
}

const none: ReadonlyArray<string> = []

/** Mostly one has come, and one goes: a list that is made for one is much smaller than one that grows. */
const prune = (tasks: fifo.Fifo<TaskRecord>, limit: number, since: number): ReadonlyArray<string> => {
  if (fifo.first(tasks)!.completedAt! >= since) return none
  const pruned = [fifo.shift(tasks)!.taskId]
  while (fifo.size(tasks) > limit && fifo.first(tasks)!.completedAt! < since) pruned.push(fifo.shift(tasks)!.taskId)
  return pruned
}

/** Takes a task down that was removed by hand; whether it was there. */
export const takeDown = (shelves: Shelves, task: TaskRecord): boolean => {
  const shelf = shelves[task.status as keyof Shelves]
  return shelf !== undefined && fifo.remove(shelf.tasks, task)
}

/** Puts everything that is on some shelves on others. */
export const move = (from: Shelves, to: Shelves): void => {
  for (const shelf of [from.done, from.failed, from.cancelled]) {
    if (shelf === undefined) continue
    for (let task = fifo.shift(shelf.tasks); task !== undefined; task = fifo.shift(shelf.tasks)) {
      add(shelfOf(to, task.status), task)
    }
  }
}
