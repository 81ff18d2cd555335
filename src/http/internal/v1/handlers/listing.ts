/**
 * Pages of tasks, newest first. A page begins after the id where the last one ended, so that what comes or goes meanwhile
 * neither repeats nor hides anything. Ids are in the order of time.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { TaskStoreError } from "../../../../TaskError.ts"
import type { TaskInfo } from "../../../../TaskInfo.ts"
import type * as TaskManager from "../../../../TaskManager.ts"
import type { TaskPage, TaskQuery } from "../tasks.ts"

type Manager = typeof TaskManager.TaskManager.Service
type Page = typeof TaskPage.Type
type Conditions = Pick<TaskManager.SearchOptions, "parentId" | "status" | "taskType">

const defaultLimit = 100

/** How many tasks are looked at for a text at once, and how often before the rest is left to the next page. */
const chunk = 500
const chunks = 20

const at = (manager: Manager, conditions: Conditions, offset: number) =>
  Effect.map(manager.searchTasks({ ...conditions, offset, limit: 1 }), ([task]) => task?.taskId)

/** How many of the tasks are not older than `before`: found by halving, since they are in order. */
const offsetOf = Effect.fnUntraced(function*(
  manager: Manager,
  conditions: Conditions,
  before: string
): Effect.fn.Return<number, TaskStoreError> {
  const isBeyond = (taskId: string | undefined) => taskId === undefined || taskId < before
  let low = 0
  let high = 1
  while (!isBeyond(yield* at(manager, conditions, high - 1))) {
    low = high
    high *= 2
  }
  while (low < high - 1) {
    const middle = Math.floor((low + high) / 2)
    if (isBeyond(yield* at(manager, conditions, middle - 1))) high = middle
    else low = middle
  }
  return low
})

const textsOf = ({ body, heading, taskId, taskType }: TaskInfo): ReadonlyArray<string> => [
  taskId,
  taskType,
  Option.getOrElse(heading, () => ""),
  Option.getOrElse(body, () => "")
]

const contains = (q: string) => {
  const wanted = q.toLowerCase()
  return (task: TaskInfo): boolean => textsOf(task).some((text) => text.toLowerCase().includes(wanted))
}

const pageOf = (found: ReadonlyArray<TaskInfo>, limit: number): Page => {
  const items = found.slice(0, limit)
  return { items, next: found.length > limit ? items.at(-1)!.taskId : null }
}

/** Looks for a text in chunks, and stops when the page is full or enough has been looked at. */
const withText = Effect.fnUntraced(function*(
  manager: Manager,
  conditions: Conditions,
  q: string,
  offset: number,
  limit: number
): Effect.fn.Return<Page, TaskStoreError> {
  const matches = contains(q)
  const found: Array<TaskInfo> = []
  let last: string | undefined
  for (let i = 0; i < chunks; i++) {
    const tasks = yield* manager.searchTasks({ ...conditions, offset: offset + i * chunk, limit: chunk })
    found.push(...tasks.filter(matches))
    if (found.length > limit || tasks.length < chunk) return pageOf(found, limit)
    last = tasks.at(-1)!.taskId
  }
  return { items: found, next: last ?? null }
})

/** One page. */
export const list = Effect.fnUntraced(function*(
  manager: Manager,
  { before, limit = defaultLimit, q, recurringId, ...rest }: typeof TaskQuery.Type
): Effect.fn.Return<Page, TaskStoreError> {
  const conditions: Conditions = { ...rest, ...(recurringId === undefined ? {} : { parentId: recurringId }) }
  const offset = before === undefined ? 0 : yield* offsetOf(manager, conditions, before)
  if (q !== undefined && q !== "") return yield* withText(manager, conditions, q, offset, limit)
  return pageOf(yield* manager.searchTasks({ ...conditions, offset, limit: limit + 1 }), limit)
})
