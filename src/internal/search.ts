/**
 * Whether a task is one of those that a search is for: every condition must hold, by equality.
 */
import type { Search, TaskRecord } from "../TaskStore.ts"

/** An array has elements and no other fields. */
const isField = (value: object, key: string): boolean =>
  Object.hasOwn(value, key) && (!Array.isArray(value) || key !== "length")

const deep = (value: unknown, path: string): unknown =>
  path.split(".").reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null && isField(inner, key) ? inner[key as never] : undefined,
    value
  )

/** The predicate of a search. An attribute that no task has matches none. */
export const matches = (
  { createdBefore = Infinity, createdFrom = -Infinity, ...search }: Pick<
    Search,
    "where" | "payload" | "createdFrom" | "createdBefore"
  >
) => {
  const where = Object.entries(search.where)
  const payload = Object.entries(search.payload)
  return (task: TaskRecord): boolean =>
    task.createdAt >= createdFrom && task.createdAt < createdBefore &&
    where.every(([key, wanted]) => Object.hasOwn(task, key) && task[key as keyof TaskRecord] === wanted) &&
    payload.every(([path, wanted]) => deep(task.payload, path) === wanted)
}
