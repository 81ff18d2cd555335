/**
 * How tasks end and what is kept of them: result, counters and retention in one transaction.
 */
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import type { TaskStatus } from "../../TaskInfo.ts"
import type { Retention, Settled, TaskRecord } from "../../TaskStore.ts"
import * as counters from "./counters.ts"
import type { Database } from "./database.ts"
import type { Columns } from "./dialect.ts"
import * as rows from "./rows.ts"
import * as tasks from "./tasks.ts"

/** A task that has ended, if its attempt is still `expected`. */
export interface Ending extends tasks.Change {
  readonly retention: Retention
}

const isEnded = (status: TaskStatus): status is "done" | "failed" | "cancelled" =>
  status !== "queued" && status !== "running"

/** Ended tasks that are kept together, and how many. */
interface Shelf {
  readonly history_of: string
  readonly status: TaskStatus
  readonly keep: number
}

const shelfColumns = { history_of: "text", status: "text", keep: "integer" } as const satisfies Columns

const shelfOf = (task: TaskRecord, isOrphan: boolean, retention: Retention): Shelf => ({
  history_of: isOrphan ? "" : task.recurringId ?? "",
  status: task.status,
  keep: isEnded(task.status) ? retention[task.status] : 0
})

const keyOf = ({ history_of, status }: Pick<Shelf, "history_of" | "status">): string => `${status} ${history_of}`

/** The tasks of a recurring task that is gone are kept among the one-off ones. */
const adopt = (
  { dialect, sql, tasks }: Database,
  orphans: ReadonlyArray<TaskRecord>
): Effect.Effect<unknown, SqlError> =>
  orphans.length === 0
    ? Effect.void
    : sql`update ${tasks} set history_of = '' where task_id in (select x.task_id from ${
      dialect.rows({ task_id: "text" }, orphans.map((task) => ({ task_id: task.taskId })))
    })`

/** Takes the oldest from shelves that are too full. */
const prune = ({ dialect, sql, tasks }: Database, shelves: ReadonlyArray<Shelf>) =>
  sql<rows.Row>`delete from ${tasks} where seq in (
      select seq from ${tasks} where seq in (
        select seq from (
          select t.seq, x.keep, row_number() over (
            partition by t.history_of, t.status order by t.completed_at desc, t.seq desc
          ) as place
          from ${dialect.rows(shelfColumns, shelves)}
          join ${tasks} as t on t.history_of = x.history_of and t.status = x.status and t.completed_at is not null
        ) as ranked where place > keep
      ) order by seq ${dialect.skipLocked}
    ) returning task_id, recurring_id, history_of, status, completed_at, seq`

/** The outcomes of tasks that are about to go, or have gone, keep their last status. */
const keepStatus = (
  { dialect, outcomes, sql }: Database,
  gone: ReadonlyArray<rows.Row>
): Effect.Effect<unknown, SqlError> => {
  const last = gone.filter((row) => row.recurring_id !== null).map(({ status, task_id }) => ({
    task_id: rows.taskIdOf({ task_id }),
    status
  }))
  if (last.length === 0) return Effect.void
  return sql`update ${outcomes} set status = x.status
    from ${dialect.rows({ task_id: "text", status: "text" }, last)} where ${outcomes}.task_id = x.task_id`
}

const byAge = (a: rows.Row, b: rows.Row): number =>
  rows.number(a.completed_at) - rows.number(b.completed_at) || rows.number(a.seq) - rows.number(b.seq)

/** Ids of the pruned tasks by shelf, oldest first. */
const pruned = Effect.fnUntraced(function*(database: Database, shelves: ReadonlyMap<string, Shelf>) {
  const gone = [...yield* prune(database, [...shelves.values()])].sort(byAge)
  yield* keepStatus(database, gone)
  const ids = new Map<string, Array<string>>()
  for (const row of gone) {
    const key = keyOf({ history_of: rows.historyOf(row), status: row.status as TaskStatus })
    const shelf = ids.get(key)
    if (shelf === undefined) ids.set(key, [rows.taskIdOf(row)])
    else shelf.push(rows.taskIdOf(row))
  }
  return ids
})

/** Ends tasks that are all different. Of those that fill the same shelf, the last one is told what was pruned. */
export const settle = Effect.fnUntraced(function*(
  database: Database,
  endings: ReadonlyArray<Ending>
): Effect.fn.Return<ReadonlyArray<Settled | undefined>, SqlError> {
  const done = yield* tasks.end(database, endings)
  const settled = endings.filter(({ task }) => done.has(task.taskId))
  if (settled.length === 0) return endings.map(() => undefined)
  const counted = yield* tasks.countOf(
    database,
    settled.map(({ task }) => task),
    (task) => counters.ended(task.status)
  )
  const isOrphan = (task: TaskRecord) => task.recurringId !== null && counted.get(task) === undefined
  yield* adopt(database, settled.map(({ task }) => task).filter(isOrphan))
  const shelves = new Map<string, Shelf>()
  const last = new Map<string, TaskRecord>()
  for (const { retention, task } of settled) {
    const shelf = shelfOf(task, isOrphan(task), retention)
    shelves.set(keyOf(shelf), shelf)
    last.set(keyOf(shelf), task)
  }
  const gone = yield* pruned(database, shelves)
  const news = new Map(Array.from(last, ([key, task]) => [task, gone.get(key) ?? []]))
  return endings.map(({ task }) =>
    done.has(task.taskId) ? { counters: counted.get(task), pruned: news.get(task) ?? [] } : undefined
  )
})

const inOrder = (gone: ReadonlyArray<rows.Row>) =>
  [...gone].sort((a, b) => rows.number(a.seq) - rows.number(b.seq)).map(rows.taskIdOf)

/** Removes tasks that do not run, and gives their ids. */
export const remove = Effect.fnUntraced(function*(database: Database, taskIds: ReadonlyArray<string>) {
  const { dialect, sql, tasks } = database
  const ids = dialect.rows({ task_id: "text" }, taskIds.map((task_id) => ({ task_id })))
  const gone = yield* sql<rows.Row>`delete from ${tasks}
    where status <> 'running' and task_id in (select x.task_id from ${ids})
    returning task_id, recurring_id, status`
  yield* keepStatus(database, gone)
  return gone.map(rows.taskIdOf)
})

/** Removes all tasks that have ended, and gives their ids in the order in which they were added. */
export const removeEnded = Effect.fnUntraced(function*({ outcomes, sql, tasks }: Database) {
  yield* sql`update ${outcomes} set status = t.status from ${tasks} as t
    where ${outcomes}.task_id = t.task_id and t.completed_at is not null`
  return inOrder(yield* sql<rows.Row>`delete from ${tasks} where completed_at is not null returning task_id, seq`)
})
