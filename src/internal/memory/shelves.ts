/**
 * Ended tasks in memory: a shelf per status for every recurring task, for the children of tasks, and for all other tasks.
 * A shelf is sorted by the time of the end, and loses its oldest task when it is too full.
 */
import type { Retention } from "../../TaskExchange.ts"
import type { TaskStatus } from "../../TaskInfo.ts"
import * as fifo from "../fifo.ts"
import { keepOf } from "../retention.ts"
import type { Entry } from "./state.ts"
import type { TaskIndex } from "./taskIndex.ts"

/** Ended tasks of one status, oldest first. `latest` is the latest end of all that have ever been on the shelf. */
interface Shelf extends fifo.Fifo<Entry> {
  latest: number
}

/** The shelves of one recurring task, of all children, or of all other tasks. Each is made when the first task needs it. */
export interface Shelves {
  done: Shelf | undefined
  failed: Shelf | undefined
  cancelled: Shelf | undefined
}

/** Empty shelves. */
export const make = (): Shelves => ({ done: undefined, failed: undefined, cancelled: undefined })

const shelfOf = (shelves: Shelves, status: TaskStatus): Shelf =>
  shelves[status as keyof Shelves] ??= { items: [], head: 0, size: 0, latest: -Infinity }

const endOf = ({ task }: Entry): number => task.completedAt!

const isLater = (a: Entry, b: Entry): boolean => endOf(a) > endOf(b)

/**
 * Most tasks are added in the order of their ends: then the others, which may be out of the cache, are not looked at.
 */
const add = (shelf: Shelf, entry: Entry): void => {
  const end = endOf(entry)
  if (end < shelf.latest) return fifo.insert(shelf, entry, isLater)
  shelf.latest = end
  fifo.push(shelf, entry)
}

/** Puts an ended task on its shelf, and removes those that have to go. Returns their ids. */
export const put = (
  shelves: Shelves,
  entry: Entry,
  retention: Retention,
  all: TaskIndex
): ReadonlyArray<string> => {
  const shelf = shelfOf(shelves, entry.task.status)
  add(shelf, entry)
  const limit = keepOf(entry.task, retention)
  return fifo.size(shelf) <= limit ? none : prune(shelf, limit, retention.since, all)
}

const none: ReadonlyArray<string> = []

/** Mostly one task is added and one goes: an array made for one is much smaller than one that grows. */
const prune = (
  tasks: fifo.Fifo<Entry>,
  limit: number,
  since: number | undefined,
  all: TaskIndex
): ReadonlyArray<string> => {
  if (!mayGo(tasks, since)) return none
  const pruned = [removeFirst(tasks, all)]
  while (fifo.size(tasks) > limit && mayGo(tasks, since)) pruned.push(removeFirst(tasks, all))
  return pruned
}

const removeFirst = (tasks: fifo.Fifo<Entry>, all: TaskIndex): string => {
  const entry = fifo.shift(tasks)!
  all.remove(entry)
  return entry.taskId
}

/** Whether the oldest task may go. It may be out of the cache, and is looked at only where its end matters. */
const mayGo = (tasks: fifo.Fifo<Entry>, since: number | undefined): boolean =>
  since === undefined || endOf(fifo.first(tasks)!) < since

/** Removes a task from its shelf. Returns whether it was there. */
export const takeDown = (shelves: Shelves, entry: Entry): boolean => {
  const shelf = shelves[entry.task.status as keyof Shelves]
  return shelf !== undefined && fifo.remove(shelf, entry)
}

/** Moves everything from some shelves to others. */
export const move = (from: Shelves, to: Shelves): void => {
  for (const shelf of [from.done, from.failed, from.cancelled]) {
    if (shelf === undefined) continue
    for (let entry = fifo.shift(shelf); entry !== undefined; entry = fifo.shift(shelf)) {
      add(shelfOf(to, entry.task.status), entry)
    }
  }
}
