/**
 * What the page knows: every task and every recurring task that the server has reported, and how fresh that is. Pure
 * data and functions, without a browser; changes come in through `apply`.
 */
import { Lineage } from "./lineage.ts"
import { isLongAgo } from "./status.ts"
import type { Backlog, Info, Recurring, Status, Task } from "./wire.ts"

/**
 * The state of the connection. `lost` is since when nothing arrives, `retryAt` when the next attempt begins.
 *
 * @category models
 * @since 0.1.0
 */
export type Connection =
  | { readonly is: "connecting" }
  | { readonly is: "live" }
  | { readonly is: "lost"; readonly since: number; readonly retryAt: number; readonly why: string }
  | { readonly is: "refused"; readonly why: string }

/**
 * What the user may do: look, operate, or change and remove.
 *
 * @category models
 * @since 0.1.0
 */
export type Role = Info["caller"]["role"]

const roles: ReadonlyArray<Role> = ["read", "operate", "admin"]

/**
 * Whether a role includes another one.
 *
 * @category predicates
 * @since 0.1.0
 */
export const may = (role: Role, needed: Role): boolean => roles.indexOf(role) >= roles.indexOf(needed)

/**
 * Everything that the elements draw. `lineage` has the tasks as families; `known` says whether anything has been read yet; `offset` is how far the clock of
 * the server is ahead of this one, in milliseconds; `gaps` counts how often changes were lost and everything was read
 * again; `took` remembers how long the latest runs took, until their outcomes are read again; `unhandled` is what has
 * waited for long because no process handles it, and `paused` has the types that are paused.
 *
 * @category models
 * @since 0.1.0
 */
export interface State {
  readonly tasks: Map<string, Task>
  readonly lineage: Lineage
  readonly recurring: Map<string, Recurring>
  readonly took: Map<string, number>
  unhandled: ReadonlyArray<Backlog>
  paused: ReadonlyArray<Backlog>
  connection: Connection
  known: boolean
  offset: number
  lastHeard: number
  gaps: number
  role: Role
}

/**
 * A state that knows nothing.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (): State => ({
  tasks: new Map(),
  lineage: new Lineage(),
  recurring: new Map(),
  took: new Map(),
  unhandled: [],
  paused: [],
  connection: { is: "connecting" },
  known: false,
  offset: 0,
  lastHeard: 0,
  gaps: 0,
  role: "admin"
})

/**
 * What can happen to the state.
 *
 * @category models
 * @since 0.1.0
 */
export type Change =
  | { readonly is: "snapshot"; readonly tasks: ReadonlyArray<Task>; readonly recurring: ReadonlyArray<Recurring> }
  | { readonly is: "read"; readonly tasks: ReadonlyArray<Task>; readonly recurring: ReadonlyArray<Recurring> }
  | { readonly is: "task"; readonly task: Task }
  | { readonly is: "taskRemoved"; readonly id: string }
  | { readonly is: "recurring"; readonly recurring: Recurring }
  | { readonly is: "recurringRemoved"; readonly id: string }
  | { readonly is: "backlog"; readonly backlog: ReadonlyArray<Backlog>; readonly now: number }
  | { readonly is: "role"; readonly role: Role }
  | { readonly is: "gap"; readonly lost: number | null }
  | { readonly is: "time"; readonly serverTime: number; readonly now: number }

/**
 * Applies a change. A snapshot replaces everything. What was read page by page only adds what is unknown, since the
 * stream is always newer.
 *
 * @category changing
 * @since 0.1.0
 */
export const apply = (state: State, change: Change): void => {
  switch (change.is) {
    case "snapshot":
      return replaceAll(state, change.tasks, change.recurring)
    case "read":
      return addUnknown(state, change.tasks, change.recurring)
    case "task":
      return setTask(state, change.task)
    case "taskRemoved":
      return removeTask(state, change.id)
    case "recurring":
      return void state.recurring.set(change.recurring.recurring_id, change.recurring)
    case "recurringRemoved":
      return void state.recurring.delete(change.id)
    case "backlog":
      state.unhandled = change.backlog.filter(isUnhandled(change.now))
      state.paused = change.backlog.filter(({ paused }) => paused !== null)
      return
    case "role":
      state.role = change.role
      return
    case "gap":
      state.gaps++
      return
    case "time":
      state.offset = change.serverTime - change.now
  }
}

const remembered = 5_000

const setTask = (state: State, task: Task): void => {
  state.tasks.set(task.task_id, task)
  state.lineage.set(task)
  if (task.started_at === null || task.completed_at === null) return
  state.took.set(task.task_id, Date.parse(task.completed_at) - Date.parse(task.started_at))
  if (state.took.size > remembered) state.took.delete(state.took.keys().next().value!)
}

const removeTask = (state: State, id: string): void => {
  state.tasks.delete(id)
  state.lineage.remove(id)
}

const replaceAll = (state: State, tasks: ReadonlyArray<Task>, recurring: ReadonlyArray<Recurring>): void => {
  const kept = new Set(tasks.map(({ task_id }) => task_id))
  for (const id of state.tasks.keys()) if (!kept.has(id)) removeTask(state, id)
  state.tasks.clear()
  state.recurring.clear()
  for (const task of tasks) setTask(state, task)
  for (const config of recurring) state.recurring.set(config.recurring_id, config)
  state.known = true
}

const addUnknown = (state: State, tasks: ReadonlyArray<Task>, recurring: ReadonlyArray<Recurring>): void => {
  for (const task of tasks) if (!state.tasks.has(task.task_id)) setTask(state, task)
  for (const config of recurring) {
    if (!state.recurring.has(config.recurring_id)) state.recurring.set(config.recurring_id, config)
  }
  state.known = true
}

const isUnhandled = (now: number) => ({ handled_by, paused, waiting, waiting_since }: Backlog): boolean =>
  paused === null && waiting > 0 && handled_by.length === 0 && waiting_since !== null && isLongAgo(waiting_since, now)

/**
 * What the user looks for.
 *
 * @category models
 * @since 0.1.0
 */
export interface Filter {
  readonly status: Status | ""
  readonly taskType: string
  readonly parentId: string
  readonly text: string
}

/**
 * The filter that lets everything through.
 *
 * @category constructors
 * @since 0.1.0
 */
export const everything: Filter = { status: "", taskType: "", parentId: "", text: "" }

/**
 * Whether a filter hides anything.
 *
 * @category predicates
 * @since 0.1.0
 */
export const isFiltered = (filter: Filter): boolean => Object.values(filter).some((value) => value !== "")

const haystack = (task: Task): string =>
  [task.heading, task.body, task.task_type, task.task_id, task.parent_id, task.error?.message, task.error?.type]
    .join("\n").toLowerCase()

/**
 * Whether a task passes a filter.
 *
 * @category predicates
 * @since 0.1.0
 */
export const matches = (filter: Filter) => {
  const text = filter.text.trim().toLowerCase()
  return (task: Task): boolean =>
    (filter.status === "" || task.status === filter.status) &&
    (filter.taskType === "" || task.task_type === filter.taskType) &&
    (filter.parentId === "" || task.parent_id === filter.parentId) &&
    (text === "" || haystack(task).includes(text))
}

/**
 * How many tasks there are of each status.
 *
 * @category counting
 * @since 0.1.0
 */
export const countByStatus = (tasks: Iterable<Task>): Record<Status, number> => {
  const counts: Record<Status, number> = { queued: 0, running: 0, done: 0, failed: 0, cancelled: 0 }
  for (const task of tasks) counts[task.status]++
  return counts
}
