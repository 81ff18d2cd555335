/**
 * Where the store in memory keeps what has ended: a shelf for every status of every recurring task, and one for every
 * status of all other tasks. Each is sorted by the time of the end and loses its oldest when it is too full.
 */
import type { TaskStatus } from "../../TaskInfo.ts"
import type { Retention, TaskRecord } from "../../TaskStore.ts"
import * as fifo from "../fifo.ts"

/** Ended tasks of one status, oldest first. */
type Shelf = fifo.Fifo<TaskRecord>

/** The shelves of one recurring task, or of all other tasks. */
interface Ended {
  readonly done: Shelf
  readonly failed: Shelf
  readonly cancelled: Shelf
}

/** All shelves, by recurring task; `null` for all others. */
export type Shelves = Map<string | null, Ended>

/** No shelves. */
export const make = (): Shelves => new Map()

const shelfOf = (shelves: Shelves, owner: string | null, status: TaskStatus): Shelf => {
  let ended = shelves.get(owner)
  if (ended === undefined) {
    ended = { done: fifo.make(), failed: fifo.make(), cancelled: fifo.make() }
    shelves.set(owner, ended)
  }
  return ended[status as keyof Ended]
}

const isLater = (a: TaskRecord, b: TaskRecord): boolean => a.completedAt! > b.completedAt!

const keepOf = (status: TaskStatus, retention: Retention) =>
  status === "done" ? retention.done : status === "failed" ? retention.failed : retention.cancelled

/** Puts a task that has ended on its shelf, and gives those that have to go. */
export const put = (
  shelves: Shelves,
  owner: string | null,
  task: TaskRecord,
  retention: Retention
): ReadonlyArray<string> => {
  const shelf = shelfOf(shelves, owner, task.status)
  fifo.insert(shelf, task, isLater)
  const limit = keepOf(task.status, retention)
  if (fifo.size(shelf) <= limit) return none
  return prune(shelf, limit, retention.since ?? Infinity)
}

const none: ReadonlyArray<string> = []

/** Mostly one has come, and one goes: a list that is made for one is much smaller than one that grows. */
const prune = (shelf: Shelf, limit: number, since: number): ReadonlyArray<string> => {
  if (fifo.first(shelf)!.completedAt! >= since) return none
  const pruned = [fifo.shift(shelf)!.taskId]
  while (fifo.size(shelf) > limit && fifo.first(shelf)!.completedAt! < since) pruned.push(fifo.shift(shelf)!.taskId)
  return pruned
}

/** Takes a task down that was removed by hand. It may be on either shelf when its recurring task has come back. */
export const takeDown = (shelves: Shelves, task: TaskRecord): void => {
  for (const owner of [task.recurringId, null]) {
    const ended = shelves.get(owner)
    if (ended !== undefined && fifo.remove(ended[task.status as keyof Ended], task)) return
  }
}

/** The tasks of a recurring task that is gone are kept among all others from now on. */
export const orphan = (shelves: Shelves, recurringId: string): void => {
  const ended = shelves.get(recurringId)
  if (ended === undefined) return
  shelves.delete(recurringId)
  for (const shelf of [ended.done, ended.failed, ended.cancelled]) {
    for (let task = fifo.shift(shelf); task !== undefined; task = fifo.shift(shelf)) {
      fifo.insert(shelfOf(shelves, null, task.status), task, isLater)
    }
  }
}
