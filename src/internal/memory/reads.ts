/**
 * Queries for tasks in memory: searches, the queue in the order in which tasks are to run, and what is in it by type.
 */
import type { Backlog, BacklogQuery, QueuePage, Search } from "../../TaskExchange.ts"
import type { TaskRecord } from "../../TaskRecord.ts"
import { matches } from "../search.ts"

type Tasks = ReadonlyArray<TaskRecord>

/**
 * How many tasks, given oldest first, are older than this one. If it is gone, its place is after the next smaller id.
 */
const olderThan = (all: ReadonlyArray<TaskRecord>, taskId: string): number => {
  const index = all.findIndex((task) => task.taskId === taskId)
  if (index >= 0) return index
  let nearest = -1
  for (const [i, task] of all.entries()) {
    if (task.taskId < taskId && (nearest < 0 || task.taskId > all[nearest]!.taskId)) nearest = i
  }
  return nearest + 1
}

/** Tasks for which every condition holds, newest first. */
export const search = (tasks: Tasks, search: Search): ReadonlyArray<TaskRecord> => {
  const older = search.before === undefined ? tasks : tasks.slice(0, olderThan(tasks, search.before))
  return older.filter(matches(search)).reverse().slice(search.offset, search.offset + search.limit)
}

type Place = NonNullable<QueuePage["after"]>

/** The order in which tasks are to run. */
export const order = (a: Place, b: Place): number =>
  b.priority - a.priority || a.createdAt - b.createdAt || (a.taskId < b.taskId ? -1 : a.taskId > b.taskId ? 1 : 0)

/**
 * Queued tasks that nobody has reserved, and that neither sleep nor are parked, in the order in which they are to run.
 */
export const queued = (
  tasks: Tasks,
  { after, createdBefore, limit, taskTypes }: QueuePage
): ReadonlyArray<TaskRecord> =>
  tasks
    .filter((task) =>
      task.status === "queued" && task.owner === null && task.retryAt === null && !task.parked &&
      task.createdAt < createdBefore &&
      taskTypes.includes(task.taskType) &&
      (after === undefined || order(after, task) < 0)
    )
    .sort(order)
    .slice(0, limit)

/** How many tasks wait, sleep and are parked, by type. */
export const backlog = (tasks: Tasks, { except = [], most }: BacklogQuery): ReadonlyArray<Backlog> => {
  const queued = tasks.filter(({ status, taskType }) => status === "queued" && !except.includes(taskType))
  const awake = queued.filter(({ retryAt }) => retryAt === null)
  const waiting = byType(awake.filter(({ parked }) => !parked))
  const parked = byType(awake.filter(({ parked }) => parked).sort(byKey).slice(0, most))
  const toWake = queued.filter(({ retryAt }) => retryAt !== null).sort((a, b) => a.retryAt! - b.retryAt!)
  const asleep = byType(toWake.slice(0, most))
  return [...new Set([...waiting.keys(), ...asleep.keys(), ...parked.keys()])].sort().map((taskType) => ({
    ...count(taskType, waiting.get(taskType) ?? [], most),
    asleep: asleep.get(taskType)?.length ?? 0,
    parked: parked.get(taskType)?.length ?? 0
  }))
}

const byKey = ({ concurrency: a }: TaskRecord, { concurrency: b }: TaskRecord): number =>
  a!.key === b!.key ? 0 : a!.key < b!.key ? -1 : 1

const byType = (tasks: Tasks): ReadonlyMap<string, Tasks> => {
  const groups = new Map<string, Array<TaskRecord>>()
  for (const task of tasks) {
    const group = groups.get(task.taskType)
    if (group === undefined) groups.set(task.taskType, [task])
    else group.push(task)
  }
  return groups
}

const count = (taskType: string, waiting: Tasks, most: number) => ({
  taskType,
  waiting: Math.min(waiting.length, most),
  reserved: Math.min(waiting.filter(({ owner }) => owner !== null).length, most),
  since: waiting.length === 0 ? null : waiting.reduce((first, task) => Math.min(first, sinceOf(task)), Infinity)
})

/** Since when a task has waited. */
const sinceOf = ({ createdAt, scheduledAt, startedAt }: TaskRecord): number =>
  Math.max(createdAt, scheduledAt ?? -Infinity, startedAt ?? -Infinity)
