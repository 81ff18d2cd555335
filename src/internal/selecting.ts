/**
 * Which tasks are acted on at once: those of a search, page by page, so that it does not matter how many there are.
 */
import * as Effect from "effect/Effect"
import { type TaskManagerStopped, TasksPartlyDone, type TaskStoreError } from "../TaskError.ts"
import type { TaskStatus } from "../TaskInfo.ts"
import type { BulkResult, Refused, Selection } from "../TaskSelection.ts"
import type { Search, TaskRecord } from "../TaskStore.ts"
import type { State } from "./state.ts"
import { searchOf } from "./tasks.ts"

/** What was done so far. */
export interface Tally {
  count: number
  skipped: number
  last: string | undefined
  readonly refused: Map<string, Refused>
}

const nothingYet = (): Tally => ({ count: 0, skipped: 0, last: undefined, refused: new Map() })

const resultOf = (tally: Tally): BulkResult => ({ ...tally, refused: [...tally.refused.values()] })

/** What acts on tasks at once. */
export interface Action<E> {
  readonly method: string
  /** The statuses of tasks that it can be done to. */
  readonly possible: ReadonlyArray<TaskStatus>
  /** Which tasks it is done to unless told otherwise, one kind after the other: with a status, or all that are left. */
  readonly statuses: ReadonlyArray<TaskStatus | undefined>
  /** Acts on a page of tasks, which may have changed since it was read. */
  readonly act: (page: ReadonlyArray<TaskRecord>, tally: Tally) => Effect.Effect<void, E>
}

const isCondition = ([name, value]: [string, unknown]): boolean => {
  if (value === undefined || name === "limit" || name === "before") return false
  return name === "text" ? value !== "" : name !== "payload" || Object.keys(value as object).length > 0
}

/** Whether it says anything of the tasks. */
export const hasCondition = (selection: Selection): boolean => Object.entries(selection).some(isCondition)

/** Makes sure that it means some tasks and not all, and only those that something can be done to. */
const check = ({ method, possible }: Action<unknown>, selection: Selection): void => {
  if (!hasCondition(selection)) {
    throw new RangeError(
      `TaskManager.${method} without a condition would mean all tasks: give one, such as a status or a taskType.`
    )
  }
  const { status } = selection
  if (status === undefined || possible.includes(status)) return
  throw new RangeError(
    `The option "status" of TaskManager.${method} is ${JSON.stringify(status)}: give one of ${possible.join(", ")}.`
  )
}

/** How many tasks are read at once: from a database they come with all that they have, which may be much. */
const pageSize = ({ store }: State): number => store.durable ? 100 : 2_000

/** Acts on all tasks of a search, newest first, until it was done to `limit`. */
const eachPage = Effect.fnUntraced(function*<E>(
  state: State,
  search: Search,
  { act }: Action<E>,
  tally: Tally
): Effect.fn.Return<void, E | TaskStoreError> {
  const limit = pageSize(state)
  const read = (before = search.before) => state.store.searchTasks({ ...search, before, limit })
  let page = yield* read()
  while (page.length > 0 && tally.count < search.limit) {
    // read before the tasks of this page may go, since the last of them says where the next one begins
    const next = page.length < limit ? [] : yield* read(page.at(-1)!.taskId)
    const part = page.slice(0, search.limit - tally.count)
    yield* act(part, tally)
    tally.last = part.at(-1)!.taskId
    page = next
  }
})

const withStatus = (search: Search, status: TaskStatus | undefined): Search =>
  status === undefined ? search : { ...search, where: { ...search.where, status } }

const stoppedAfter = <E extends TaskManagerStopped | TaskStoreError>(
  { count }: Tally,
  error: E
): E | TasksPartlyDone =>
  count === 0 ? error : new TasksPartlyDone({ done: count, reason: error.message, cause: error })

const count = (state: State, search: Search, statuses: Action<unknown>["statuses"]) => {
  const kinds = statuses.includes(undefined) ? [undefined] : statuses
  const counts = Effect.forEach(kinds, (status) => state.store.countTasks(withStatus(search, status)))
  return Effect.map(counts, (found) => Math.min(found.reduce((a, b) => a + b), search.limit))
}

/** Acts on the tasks that are selected; in a dry run, counts them. */
export const all = <E extends TaskManagerStopped | TaskStoreError>(
  state: State,
  selection: Selection,
  action: Action<E>,
  dryRun = false
): Effect.Effect<BulkResult, E | TaskStoreError | TasksPartlyDone> =>
  Effect.suspend(() => {
    check(action, selection)
    const search = searchOf({ ...selection, limit: selection.limit ?? Infinity })
    const statuses = selection.status === undefined ? action.statuses : [selection.status]
    const tally = nothingYet()
    if (dryRun) return Effect.map(count(state, search, statuses), (count) => resultOf({ ...tally, count }))
    return Effect.mapBoth(
      Effect.forEach(statuses, (status) => eachPage(state, withStatus(search, status), action, tally)),
      { onSuccess: () => resultOf(tally), onFailure: (error) => stoppedAfter(tally, error) }
    )
  })
