/**
 * Taking away in Postgres: each is one statement or one call, since a process that is frozen between two would keep its
 * locks. Tasks are locked before the outcomes that tell of them, and both in an order that all keep to.
 *
 * A recurring task goes by a function in the database: whoever ends an instance has its row until he commits, and what he
 * has put beside the other ended ones until then is seen by the statement that comes after the lock.
 */
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import type { Fragment } from "effect/sql/Statement"
import * as columns from "../columns.ts"
import { type Database, quoted, tableName } from "../database.ts"
import { asNamed, type Removals } from "../removals.ts"
import * as rows from "../rows.ts"
import { toText } from "../text.ts"
import type { Names } from "./pools.ts"
import { inLockingOrder, recordset } from "./recordset.ts"

/** The removals of a database. */
export const make = (database: Database): Removals => ({
  removeTasks: (taskIds) =>
    Effect.map(remove(database, named(database, taskIds)), (gone) => asNamed(taskIds, rows.idsOf(gone))),
  removeEndedTasks: Effect.map(remove(database, ended(database)), (gone) => [...rows.idsOf(rows.inOrder(gone))]),
  removeConfig: (recurringId) => removeConfig(database, recurringId)
})

const targetColumns = { task_id: "text" } as const

const named = ({ sql, tasks }: Database, taskIds: ReadonlyArray<string>): Fragment => {
  const targets = inLockingOrder(taskIds.map((taskId) => ({ task_id: taskId })))
  return sql`select t.seq from ${recordset(sql, targetColumns, targets)}
    cross join lateral (
      select seq, status <> 'running' and reserved_by is null as is_meant
      from ${tasks} where task_id = x.task_id offset 0 for update
    ) as t where t.is_meant`
}

const ended = ({ sql, tasks }: Database): Fragment =>
  sql`select seq from ${tasks} where completed_at is not null order by task_id for update`

/** Removes tasks. The outcomes of those that are gone keep how it went with them. */
const remove = (
  { outcomes, sql, tasks }: Database,
  targets: Fragment
): Effect.Effect<ReadonlyArray<rows.Row>, SqlError> =>
  sql<rows.Row>`with
    x as (${targets}),
    gone as (
      delete from ${tasks} as t using x where t.seq = x.seq
      returning t.seq, t.task_id, t.recurring_id, ${sql.literal(columns.prefixed("t", columns.run))}
    ),
    telling as (
      select o.recurring_id, o.ordinal, ${sql.literal(columns.prefixed("gone", columns.run))}
      from ${outcomes} as o join gone on gone.task_id = o.task_id
      where gone.recurring_id is not null order by o.recurring_id, o.ordinal for update of o
    ),
    told as (
      update ${outcomes} as o set ${sql.literal(columns.assignments(columns.run))}
      from telling as x where o.recurring_id = x.recurring_id and o.ordinal = x.ordinal
    )
    select seq, task_id from gone`

const functionName = ({ place, sql }: Names): string => quoted(sql, tableName(place, "remove_config"))

const removeConfig = (database: Database, recurringId: string): Effect.Effect<boolean, SqlError> => {
  const { sql } = database
  return Effect.map(
    sql<rows.Row>`select ${sql.literal(functionName(database))}(${toText(recurringId)}) as was_there`,
    ([row]) => row?.was_there === true
  )
}

/** The function, as it is made. Its outcomes go with a recurring task; its ended tasks are kept among all others. */
export const removing = (names: Names): string => {
  const table = (name: string) => quoted(names.sql, tableName(names.place, name))
  return `create or replace function ${functionName(names)}(id text) returns boolean
    language plpgsql
    as $body$
    begin
      perform 1 from ${table("configs")} where recurring_id = id for update;
      if not found then return false; end if;

      update ${table("tasks")} set history_of = '' where seq in (
        select seq from ${table("tasks")} where history_of = id and completed_at is not null
        order by task_id for update
      );
      delete from ${table("configs")} where recurring_id = id;
      return true;
    end
    $body$`
}
