/**
 * Whether a task matches a search, in memory: every condition must hold.
 */
import type { Search, TaskRecord } from "../TaskStore.ts"

/** Whether a value has this field. An array has its elements and no other fields. */
const isField = (value: object, key: string): boolean =>
  Object.hasOwn(value, key) && (!Array.isArray(value) || key !== "length")

const deep = (value: unknown, path: string): unknown =>
  path.split(".").reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null && isField(inner, key) ? inner[key as never] : undefined,
    value
  )

/** Lower case for ASCII letters only, which is all that every database agrees on. */
const lower = (text: string): string => text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())

const texts = ({ body, heading, taskId, taskType }: TaskRecord) => [heading, body, taskId, taskType]

/** The value of an attribute. */
const valueOf = (task: TaskRecord, attribute: string): unknown => {
  if (attribute === "concurrencyKey") return task.concurrency?.key ?? null
  return Object.hasOwn(task, attribute) ? task[attribute as keyof TaskRecord] : undefined
}

/** The predicate of a search. An attribute that no task has matches none. */
export const matches = (
  { createdBefore = Infinity, createdFrom = -Infinity, text = "", ...search }: Omit<
    Search,
    "before" | "limit" | "offset"
  >
) => {
  const part = lower(text)
  const where = Object.entries(search.where)
  const payload = Object.entries(search.payload)
  return (task: TaskRecord): boolean =>
    task.createdAt >= createdFrom && task.createdAt < createdBefore &&
    (part === "" || texts(task).some((text) => text !== null && lower(text).includes(part))) &&
    where.every(([attribute, wanted]) => valueOf(task, attribute) === wanted) &&
    payload.every(([path, wanted]) => deep(task.payload, path) === wanted)
}
