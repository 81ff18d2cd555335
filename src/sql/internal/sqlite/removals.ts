/**
 * Taking away in SQLite: statement after statement, in the transaction of whoever asks.
 */
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import * as columns from "../columns.ts"
import type { Database } from "../database.ts"
import { inParts, rowsInParts } from "../parts.ts"
import { asNamed, type Removals } from "../removals.ts"
import * as rows from "../rows.ts"
import { toText } from "../text.ts"

/** The removals of a database. */
export const make = (database: Database): Removals => ({
  removeTasks: (taskIds) => removeTasks(database, taskIds),
  removeEndedTasks: removeEndedTasks(database),
  removeConfig: (recurringId) => removeConfig(database, recurringId)
})

/** The outcomes of tasks that are gone keep how it went with them. */
export const keepRuns = (
  { outcomes, sql }: Database,
  gone: ReadonlyArray<rows.Row>
): Effect.Effect<unknown, SqlError> => {
  const instances = gone.filter((row) => row.recurring_id !== null)
  return rowsInParts(instances, 4, (part) => {
    const runs = part.map((row) =>
      sql`(cast(${toText(rows.taskIdOf(row))} as text), cast(${row.status} as text),
        cast(${row.started_at} as bigint), cast(${row.completed_at} as bigint))`
    )
    return sql`with x (task_id, status, started_at, completed_at) as (values ${sql.csv(runs)})
      update ${outcomes} as o set status = x.status, started_at = x.started_at, completed_at = x.completed_at
      from x where o.task_id = x.task_id`
  })
}

const removeTasks = Effect.fnUntraced(function*(database: Database, taskIds: ReadonlyArray<string>) {
  const { list, sql, tasks } = database
  const gone = yield* inParts(
    taskIds,
    (part) =>
      sql<rows.Row>`delete from ${tasks} where status <> 'running' and reserved_by is null and ${
        sql.in("task_id", part)
      }
      returning task_id, recurring_id, ${list(columns.run)}`
  )
  yield* keepRuns(database, gone.flat())
  return asNamed(taskIds, rows.idsOf(gone.flat()))
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
