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

const keyOf = ({ history_of, status }: Omit<Shelf, "keep">): string => `${status} ${history_of}`

const keepOf = (status: TaskStatus, retention: Retention): number => {
  if (status === "done") return retention.done
  return status === "failed" ? retention.failed : retention.cancelled
}

const shelfOf = ({ retention, task: { recurringId, status } }: Ending): Shelf => ({
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

/** The shelves that tasks which have really ended were put on; those of removed recurring tasks share one. */
export const shelvesOf = (
  planned: ReadonlyArray<Shelf>,
  settled: ReadonlyArray<TaskRecord>,
  orphans: ReadonlyArray<TaskRecord>
): ReadonlyArray<Shelf> => {
  const filled = new Set(settled.map(({ recurringId, status }) => keyOf({ history_of: recurringId ?? "", status })))
  const orphaned = new Set(orphans.map(({ recurringId, status }) => keyOf({ history_of: recurringId!, status })))
  return planned
    .filter((shelf) => filled.has(keyOf(shelf)))
    .map((shelf) => orphaned.has(keyOf(shelf)) ? { ...shelf, history_of: "" } : shelf)
}

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
