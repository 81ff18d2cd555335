/**
 * Tasks in Postgres: adding and changing them. A change is one call, however many tasks it is about. Their rows are
 * locked in the order of their ids, so that two calls that meet wait for each other instead of deadlocking.
 */
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import type { Fragment } from "effect/sql/Statement"
import type { TaskRecord } from "../../../TaskStore.ts"
import * as columns from "../columns.ts"
import type { Database } from "../database.ts"
import * as rows from "../rows.ts"
import type { Change, Place, Return } from "../writes.ts"
import * as changing from "./changing.ts"
import { arrays, completed, inLockingOrder, recordset, toList, withNumbers } from "./recordset.ts"
import { functionName } from "./takingBack.ts"

/** From how many tasks on it pays to write an array for each of their columns. */
const many = 100

/** Almost all new tasks wait, and belong to no recurring task. */
const usual = {
  values: { status: "queued", attempt: 0, progress: 0, priority: 0, history_of: "", parked: false }
} as const

const selected = completed(columns.newTask, usual)

const insertion = ({ list, sql, tasks }: Database, records: ReadonlyArray<TaskRecord>): Fragment => {
  const values = records.map(rows.fromTask)
  const names = list(columns.newTask)
  const source = records.length < many
    ? recordset(sql, columns.newTask, values, usual)
    : sql`unnest(${arrays(sql, columns.newTask, values, usual)}) as x(${names})`
  return sql`insert into ${tasks} (${names}) select ${sql.literal(selected)} from ${source}`
}

/** Adds tasks, in this order. */
export const insert = (
  database: Database,
  records: ReadonlyArray<TaskRecord>
): Effect.Effect<unknown, SqlError> => database.sql`${insertion(database, records)}`

/** Adds those of the tasks that are not there. */
export const insertMissing = (
  database: Database,
  records: ReadonlyArray<TaskRecord>
): Effect.Effect<unknown, SqlError> => database.sql`${insertion(database, records)} on conflict (task_id) do nothing`

/** Calls a function that changes tasks, and gives the ids of those that it has changed. */
const change = (
  database: Database,
  name: changing.Name,
  targets: ReadonlyArray<columns.Values>,
  changes: ReadonlyArray<columns.Values>
): Effect.Effect<ReadonlySet<string>, SqlError> => {
  const { sql } = database
  const call = sql<rows.Row>`select ${sql.literal(changing.functionName(database, name))}(
      ${toList(withNumbers(targets))}::json, ${toList(withNumbers(changes))}::json
    ) as task_id`
  return Effect.map(call, rows.idsOf)
}

const targetOf = ({ expected, reservedBy = null, task }: Change) => ({
  task_id: task.taskId,
  expected,
  owner: reservedBy
})

const withoutId = <A extends { readonly task_id: string }>({ task_id: _, ...rest }: A) => rest

const inOrder = (changes: ReadonlyArray<Change>) => changes.toSorted((a, b) => a.task.taskId < b.task.taskId ? -1 : 1)

/** Writes the state of running tasks, but not their owners. */
export const update = (database: Database, changes: ReadonlyArray<Change>) => {
  const sorted = inOrder(changes)
  return change(database, "update", sorted.map(targetOf), sorted.map(({ task }) => withoutId(rows.fromUpdate(task))))
}

/** Puts running and reserved tasks back into the queue. */
export const requeue = (database: Database, changes: ReadonlyArray<Change>) => {
  const sorted = inOrder(changes)
  return change(database, "requeue", sorted.map(targetOf), sorted.map(({ task }) => withoutId(rows.fromRequeued(task))))
}

/** Lends the places of running tasks. */
export const lend = (database: Database, places: ReadonlyArray<Place>) =>
  change(database, "lend", inLockingOrder(places.map(rows.fromPlace)), places.map(() => ({})))

/** Takes places back: one call of the function that is there for that. */
export const takeBack = (
  database: Database,
  returns: ReadonlyArray<Return>
): Effect.Effect<ReadonlyArray<boolean | "full">, SqlError> => {
  const values = returns.map((place, ord) => ({
    ord,
    ...rows.fromPlace(place),
    most: rows.limitOrNull(place.limit)
  }))
  const { sql } = database
  return Effect.map(
    sql<rows.Row>`select * from ${sql.literal(functionName(database))}(${toList(inLockingOrder(values))}::json)`,
    (found) => {
      const answers = new Map(found.map((row) => [rows.taskIdOf(row), row.is_free ? true : "full" as const]))
      return returns.map(({ taskId }) => answers.get(taskId) ?? false)
    }
  )
}
