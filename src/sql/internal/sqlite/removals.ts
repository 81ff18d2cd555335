/**
 * Removals in SQLite: statement after statement, in the transaction of the caller.
 */
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import * as columns from "../columns.ts"
import type { Database } from "../database.ts"
import { asNamed, type Removals } from "../removals.ts"
import * as rows from "../rows.ts"
import { toJson, toText } from "../text.ts"
import { forRows } from "./values.ts"

/** The removals of a database. */
export const make = (database: Database): Removals => ({
  removeTasks: (taskIds) => removeTasks(database, taskIds),
  removeEndedTasks: removeEndedTasks(database),
  removeConfig: (recurringId) => removeConfig(database, recurringId)
})

const runColumns = { task_id: "text", ...columns.run } as const

/** Outcomes of removed tasks keep the state that these had. */
export const keepRuns = (
  { assign, outcomes, sql }: Database,
  gone: ReadonlyArray<rows.Row>
): Effect.Effect<unknown, SqlError> =>
  forRows(
    runColumns,
    gone.filter(({ recurring_id }) => recurring_id !== null).map((row) => ({
      task_id: rows.taskIdOf(row),
      status: row.status,
      started_at: row.started_at,
      completed_at: row.completed_at
    })),
    (x) => sql`update ${outcomes} as o set ${assign(columns.run)} from ${x} where o.task_id = x.task_id`
  )

const removeTasks = Effect.fnUntraced(function*(database: Database, taskIds: ReadonlyArray<string>) {
  const { list, sql, tasks } = database
  const gone = yield* sql<rows.Row>`delete from ${tasks}
    where status <> 'running' and reserved_by is null and task_id in (select value from json_each(${toJson(taskIds)}))
    returning task_id, recurring_id, ${list(columns.run)}`
  yield* keepRuns(database, gone)
  return asNamed(taskIds, rows.idsOf(gone))
})

const removeEndedTasks = Effect.fnUntraced(function*(database: Database) {
  const { list, sql, tasks } = database
  const gone = yield* sql<rows.Row>`delete from ${tasks} where completed_at is not null
    returning task_id, recurring_id, ${list(columns.run)}, seq`
  yield* keepRuns(database, gone)
  return [...rows.idsOf(rows.inOrder(gone))]
})

const removeConfig = Effect.fnUntraced(function*(
  { configs, outcomes, sql, tasks }: Database,
  recurringId: string
) {
  const id = toText(recurringId)
  yield* sql`delete from ${outcomes} where recurring_id = ${id}`
  const gone = yield* sql`delete from ${configs} where recurring_id = ${id} returning recurring_id`
  yield* sql`update ${tasks} set history_of = '' where completed_at is not null and history_of = ${id}`
  return gone.length > 0
})
