/**
 * Which ended tasks stay. They are kept on shelves: one for every status of every recurring task, and one for every status
 * of all others. What one batch puts on a shelf beyond its size need not be put there in the first place.
 */
import type { TaskStatus } from "../../TaskInfo.ts"
import type { Retention, Settled, TaskRecord } from "../../TaskStore.ts"
import type { Columns } from "./columns.ts"
import type { Ending } from "./writes.ts"

/** Where ended tasks are kept together, and how many. `history_of` is a recurring task, or empty. */
export interface Shelf {
  readonly history_of: string
  readonly status: TaskStatus
  readonly keep: number
}

/** A shelf as a row. */
export const shelfColumns = { history_of: "text", status: "text", keep: "integer" } as const satisfies Columns

/** Tells shelves apart. */
export const keyOf = ({ history_of, status }: Omit<Shelf, "keep">): string => `${status} ${history_of}`

const keepOf = (status: TaskStatus, retention: Retention): number => {
  if (status === "done") return retention.done
  return status === "failed" ? retention.failed : retention.cancelled
}

/** The shelf of an ending. */
export const shelfOf = ({ retention, task: { recurringId, status } }: Ending): Shelf => ({
  history_of: recurringId ?? "",
  status,
  keep: keepOf(status, retention)
})

/** The shelves that endings go to, and whether each of these is among the newest of its shelf. */
export interface Plan {
  readonly shelves: ReadonlyArray<Shelf>
  readonly stays: ReadonlyArray<boolean>
}

/** Plans where endings go; later ones are newer. */
export const plan = (endings: ReadonlyArray<Ending>): Plan => {
  const shelves = new Map<string, Shelf>()
  const newer = new Map<string, number>()
  const stays = endings.toReversed().map((ending) => {
    const shelf = shelfOf(ending)
    const key = keyOf(shelf)
    const before = newer.get(key) ?? 0
    newer.set(key, before + 1)
    if (before === 0) shelves.set(key, shelf)
    return before < shelf.keep
  })
  return { shelves: [...shelves.values()], stays: stays.reverse() }
}

/** A task that is gone, and the shelf that it was on. */
export interface Gone extends Omit<Shelf, "keep"> {
  readonly taskId: string
}

/** Of those that fill the same shelf, the last one is told what is gone from it. */
export const tell = (
  endings: ReadonlyArray<Ending>,
  hit: ReadonlySet<string>,
  counters: ReadonlyMap<TaskRecord, Settled["counters"]>,
  gone: ReadonlyArray<Gone>
): ReadonlyArray<Settled | undefined> => {
  const byShelf = Map.groupBy(gone, keyOf)
  const answers = endings.toReversed().map((ending): Settled | undefined => {
    if (!hit.has(ending.task.taskId)) return undefined
    const key = keyOf(shelfOf(ending))
    const pruned = (byShelf.get(key) ?? []).map(({ taskId }) => taskId)
    byShelf.delete(key)
    return { counters: counters.get(ending.task), pruned }
  })
  return answers.reverse()
}
