/**
 * Whether a task is one of those that a search is for: every condition must hold, by equality.
 */
import type { Search, TaskRecord } from "../TaskStore.ts"

const deep = (value: unknown, path: string): unknown =>
  path.split(".").reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null && Object.hasOwn(inner, key) ? inner[key as never] : undefined,
    value
  )

/** The predicate of a search. An attribute that no task has matches none. */
export const matches = (search: Pick<Search, "where" | "payload">) => {
  const where = Object.entries(search.where)
  const payload = Object.entries(search.payload)
  return (task: TaskRecord): boolean =>
    where.every(([key, wanted]) => Object.hasOwn(task, key) && task[key as keyof TaskRecord] === wanted) &&
    payload.every(([path, wanted]) => deep(task.payload, path) === wanted)
}
