/**
 * Which ended tasks are kept: on a shelf per status for every recurring task, for the children of tasks, and for all other
 * tasks. If a batch alone exceeds the size of a shelf, its older tasks need not be written.
 */
import * as retention from "../../internal/retention.ts"
import type { TaskStatus } from "../../TaskInfo.ts"
import type { Settled, TaskRecord } from "../../TaskStore.ts"
import type { Ending } from "./writes.ts"

/** How many tasks are kept on the shelf of this one. */
export const keepOf = (ending: Ending): number => retention.keepOf(ending.task, ending.retention)

/** Where children are kept. No recurring task has this id: it begins with a character that nobody types. */
const children = "\u0001children"

/** The shelf of a task that is kept with no recurring task. */
export const apart = (task: TaskRecord): string => retention.isChild(task) ? children : ""

/**
 * A shelf, and how many tasks it keeps besides those since an instant. `history_of` is the recurring task, or
 * that of other tasks.
 */
export interface Shelf {
  readonly history_of: string
  readonly status: TaskStatus
  readonly keep: number
  readonly since: number
}

/** An ending, and whether it is among the last of its shelf. */
export interface Placed {
  readonly ending: Ending
  readonly shelf: Shelf
  readonly stays: boolean
}

/**
 * Places endings, of which later ones are newer. Those whose recurring task is gone go to the shelf of all other tasks.
 */
export const place = (
  endings: ReadonlyArray<Ending>,
  isThere: (recurringId: string) => boolean
): ReadonlyArray<Placed> => {
  const shelves = new Map<string, { readonly shelf: Shelf; newer: number }>()
  const placed = endings.toReversed().map((ending): Placed => {
    const { completedAt, recurringId, status } = ending.task
    const { since = Infinity } = ending.retention
    const history_of = recurringId !== null && isThere(recurringId) ? recurringId : apart(ending.task)
    const key = `${status} ${history_of}`
    let known = shelves.get(key)
    if (known === undefined) {
      shelves.set(key, known = { shelf: { history_of, status, keep: keepOf(ending), since }, newer: 0 })
    }
    return { ending, shelf: known.shelf, stays: known.newer++ < known.shelf.keep || completedAt! >= since }
  })
  return placed.reverse()
}

/** The shelves, each once. */
export const shelvesOf = (placed: ReadonlyArray<Placed>): ReadonlyArray<Shelf> => [
  ...new Set(placed.map(({ shelf }) => shelf))
]

/** The answers to endings. Pruned tasks are reported once, in the answer to the last ending that wrote something. */
export const answers = (
  endings: ReadonlyArray<Ending>,
  hit: ReadonlySet<string>,
  counters: ReadonlyMap<TaskRecord, Settled["counters"]>,
  pruned: ReadonlyArray<string>
): ReadonlyArray<Settled | undefined> => {
  const last = endings.findLast(({ task }) => hit.has(task.taskId))
  return endings.map((ending) =>
    hit.has(ending.task.taskId)
      ? { counters: counters.get(ending.task), pruned: ending === last ? pruned : [] }
      : undefined
  )
}
