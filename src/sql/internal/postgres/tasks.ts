/**
 * Tasks in Postgres: how they are added and changed. A change is one statement, however many tasks it is about; their rows
 * are locked in the order of their ids, so that two statements that meet wait for each other and do not block.
 */
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import type { Fragment } from "effect/sql/Statement"
import type { TaskRecord } from "../../../TaskStore.ts"
import * as columns from "../columns.ts"
import * as conditions from "../conditions.ts"
import type { Database } from "../database.ts"
import * as rows from "../rows.ts"
import { toJson } from "../text.ts"
import type { Change, Place, Return } from "../writes.ts"
import { inLockingOrder, recordset, withoutNulls } from "./recordset.ts"
import { functionName } from "./takingBack.ts"

/** Adds tasks, in this order. */
export const insert = (
  { list, sql, tasks }: Database,
  records: ReadonlyArray<TaskRecord>
): Effect.Effect<unknown, SqlError> =>
  sql`insert into ${tasks} (${list(columns.newTask)})
    select ${list(columns.newTask)} from ${recordset(sql, columns.newTask, records.map(rows.fromTask))}`

/**
 * The rows about tasks that are as they are meant to be, which are locked one after another. Each is looked up by its id:
 * joined to many rows, whose number Postgres cannot know, it may be looked for in a way that takes the square of the time.
 * For the same reason whether it `isMeant` is worked out before it is asked for.
 */
const meant = (
  { sql, tasks }: Database,
  given: columns.Columns,
  values: ReadonlyArray<columns.Values & { readonly task_id: string }>,
  isMeant: string
): Fragment =>
  sql`select x.*, t.seq, t.recurring_id, t.pool, t.lent from ${recordset(sql, given, inLockingOrder(values))}
    cross join lateral (
      select seq, recurring_id, semaphore as pool, lent, ${sql.literal(isMeant)} as is_meant
      from ${tasks} as t where t.task_id = x.task_id offset 0 for update
    ) as t where t.is_meant`

const placeColumns = { ord: "integer", ...columns.target } as const

/** Lends the places of running tasks. */
export const lend = (database: Database, places: ReadonlyArray<Place>) => {
  const { sql, tasks } = database
  const values = places.map((place, ord) => ({ ord, ...rows.fromPlace(place) }))
  return Effect.map(
    sql<rows.Row>`with x as (${meant(database, placeColumns, values, conditions.runs)})
      update ${tasks} as t set lent = true from x where t.seq = x.seq returning t.task_id`,
    rows.idsOf
  )
}

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
  const targets = toJson(inLockingOrder(values).map(withoutNulls))
  const { sql } = database
  return Effect.map(
    sql<rows.Row>`select * from ${sql.literal(functionName(database))}(${targets}::json)`,
    (found) => {
      const answers = new Map(found.map((row) => [rows.taskIdOf(row), row.is_free ? true : "full" as const]))
      return returns.map(({ taskId }) => answers.get(taskId) ?? false)
    }
  )
}

const changed = { ...columns.ownTarget, ...columns.word } as const

const fromChange = ({ expected, reservedBy = null, task }: Change) => ({
  expected,
  owner: reservedBy,
  ...rows.fromWord(task)
})

const change = (database: Database, changes: ReadonlyArray<Change>, isMeant: string, set: Fragment) => {
  const { sql, tasks } = database
  return Effect.map(
    sql<rows.Row>`with
      x as (${meant(database, changed, changes.map(fromChange), isMeant)})
      update ${tasks} as t set ${set} from x where t.seq = x.seq returning t.task_id`,
    rows.idsOf
  )
}

/** Changes running tasks, all but who owns them. */
export const update = (database: Database, changes: ReadonlyArray<Change>) =>
  change(database, changes, conditions.runs, database.assign(columns.word))

/** Puts running and reserved tasks back into the queue. */
export const requeue = (database: Database, changes: ReadonlyArray<Change>) =>
  change(database, changes, conditions.isOwned, database.release)
