/**
 * Ended tasks in memory: a shelf per status for every recurring task, and one per status for all other tasks. A shelf
 * is sorted by the time of the end, and loses its oldest task when it is too full.
 */
import type { Retention } from "../../TaskExchange.ts"
import type { TaskStatus } from "../../TaskInfo.ts"
import type { TaskRecord } from "../../TaskRecord.ts"
import * as fifo from "../fifo.ts"

/** Ended tasks of one status, oldest first. `latest` is the latest end of all that have ever been on the shelf. */
interface Shelf {
  readonly tasks: fifo.Fifo<TaskRecord>
  latest: number
}

/** The shelves of one recurring task, or of all other tasks. Each is made when the first task needs it. */
export interface Shelves {
  done: Shelf | undefined
  failed: Shelf | undefined
  cancelled: Shelf | undefined
}

/** Empty shelves. */
export const make = (): Shelves => ({ done: undefined, failed: undefined, cancelled: undefined })

const shelfOf = (shelves: Shelves, status: TaskStatus): Shelf =>
  shelves[status as keyof Shelves] ??= { tasks: fifo.make(), latest: -Infinity }

const isLater = (a: TaskRecord, b: TaskRecord): boolean => a.completedAt! > b.completedAt!

const keepOf = (status: TaskStatus, retention: Retention) =>
  status === "done" ? retention.done : status === "failed" ? retention.failed : retention.cancelled

/**
 * Most tasks are added in the order of their ends: then the others, which may be out of the cache, are not looked at.
 */
const add = (shelf: Shelf, task: TaskRecord): void => {
  if (task.completedAt! < shelf.latest) return fifo.insert(shelf.tasks, task, isLater)
  shelf.latest = task.completedAt!
  fifo.push(shelf.tasks, task)
}

/** Puts an ended task on its shelf, and returns the ids of those that have to go. */
export const put = (shelves: Shelves, task: TaskRecord, retention: Retention): ReadonlyArray<string> => {
  const shelf = shelfOf(shelves, task.status)
  add(shelf, task)
  const limit = keepOf(task.status, retention)
  return fifo.size(shelf.tasks) <= limit ? none : prune(shelf.tasks, limit, retention.since ?? Infinity)
}

const none: ReadonlyArray<string> = []

/** Mostly one task is added and one goes: an array made for one is much smaller than one that grows. */
const prune = (tasks: fifo.Fifo<TaskRecord>, limit: number, since: number): ReadonlyArray<string> => {
  if (fifo.first(tasks)!.completedAt! >= since) return none
  const pruned = [fifo.shift(tasks)!.taskId]
  while (fifo.size(tasks) > limit && fifo.first(tasks)!.completedAt! < since) pruned.push(fifo.shift(tasks)!.taskId)
  return pruned
}

/** Removes a task from its shelf. Returns whether it was there. */
export const takeDown = (shelves: Shelves, task: TaskRecord): boolean => {
  const shelf = shelves[task.status as keyof Shelves]
  return shelf !== undefined && fifo.remove(shelf.tasks, task)
}

/** Moves everything from some shelves to others. */
export const move = (from: Shelves, to: Shelves): void => {
  for (const shelf of [from.done, from.failed, from.cancelled]) {
    if (shelf === undefined) continue
    for (let task = fifo.shift(shelf.tasks); task !== undefined; task = fifo.shift(shelf.tasks)) {
      add(shelfOf(to, task.status), task)
    }
  }
}
