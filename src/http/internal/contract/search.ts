/**
 * The search of the original: every named attribute must have exactly the given value.
 */
import * as Option from "effect/Option"
import type { TaskInfo } from "../../../TaskInfo.ts"
import type * as TaskRegistry from "../../../TaskRegistry.ts"
import { taskEvent } from "./entries.ts"

type Attributes = Readonly<Record<string, unknown>>

const isAttributes = (value: unknown): value is Attributes =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Attributes of every task, unless a field of its payload has the same name. */
const defaults = (registry: typeof TaskRegistry.TaskRegistry.Service, task: TaskInfo): Attributes => ({
  semaphore_name: registry.definition(task.taskType)?.definition.options.semaphore ?? "default",
  update_sleep_time: 0.05,
  results: Option.match(task.error, { onNone: () => null, onSome: ({ message }) => message })
})

/**
 * All attributes that can be searched. The state of a task takes precedence over a field of its payload with the same
 * name.
 */
const attributesOf = (registry: typeof TaskRegistry.TaskRegistry.Service, task: TaskInfo): Attributes => {
  const { completed_at: _completed, started_at: _started, ...state } = taskEvent(task)
  return { ...defaults(registry, task), ...isAttributes(task.payload) ? task.payload : {}, ...state }
}

/** In the original, a number equals the boolean that it stands for. */
const comparable = (value: unknown): unknown => typeof value === "boolean" ? Number(value) : value

const isEqual = (a: unknown, b: unknown): boolean =>
  comparable(a) === comparable(b) && (typeof a !== "object" || a === null)

/** Whether a task has all the given values. Without criteria, none does. */
export const matches = (registry: typeof TaskRegistry.TaskRegistry.Service, criteria: Attributes) => {
  const wanted = Object.entries(criteria)
  return (task: TaskInfo): boolean => {
    if (wanted.length === 0) return false
    const attributes = attributesOf(registry, task)
    return wanted.every(([name, value]) => Object.hasOwn(attributes, name) && isEqual(attributes[name], value))
  }
}
