/**
 * Which ended tasks stay. They are kept on shelves: one for every status of every recurring task, and one for every status
 * of all others. What one batch puts on a shelf beyond its size need not be put there in the first place.
 */
import type { TaskStatus } from "../../TaskInfo.ts"
import type { Settled, TaskRecord } from "../../TaskStore.ts"
import type { Ending } from "./writes.ts"

/** How many tasks that ended like this one are kept. */
export const keepOf = ({ retention, task: { status } }: Ending): number => {
  if (status === "done") return retention.done
  return status === "failed" ? retention.failed : retention.cancelled
}

/** Where ended tasks are kept together, and how many besides those since an instant. `history_of` may be empty. */
export interface Shelf {
  readonly history_of: string
  readonly status: TaskStatus
  readonly keep: number
  readonly since: number
}

/** An ending, and whether it is among the last ones of its shelf. */
export interface Placed {
  readonly ending: Ending
  readonly shelf: Shelf
  readonly stays: boolean
}

/** Places endings, of which later ones are newer; those whose recurring task is gone are put among all others. */
export const place = (
  endings: ReadonlyArray<Ending>,
  isThere: (recurringId: string) => boolean
): ReadonlyArray<Placed> => {
  const shelves = new Map<string, { readonly shelf: Shelf; newer: number }>()
  const placed = endings.toReversed().map((ending): Placed => {
    const { completedAt, recurringId, status } = ending.task
    const { since = Infinity } = ending.retention
    const history_of = recurringId !== null && isThere(recurringId) ? recurringId : ""
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

/** Answers to endings. Who was taken from the shelves is told once, to the last of those who ended a task. */
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
