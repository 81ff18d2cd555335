/**
 * Removals in Postgres. Each is one call of a function in the database, since a process that is frozen between two
 * would keep its locks. Tasks are locked before their outcomes, and both in the common order.
 *
 * A transaction that ends an instance locks the row of its recurring task until it commits. Whatever it has added to
 * the ended tasks by then is seen by the statement that follows that lock here.
 */
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import * as columns from "../columns.ts"
import type { Database } from "../database.ts"
import { asNamed, type Removals } from "../removals.ts"
import * as rows from "../rows.ts"
import { toText } from "../text.ts"
import { fullName, locked, lockedWhere, madeFunction } from "./planning.ts"
import type { Names } from "./pools.ts"
import { inLockingOrder, toList, withNumbers } from "./recordset.ts"

/** The removals of a database. */
export const make = (database: Database): Removals => ({
  removeTasks: (taskIds) =>
    Effect.map(remove(database, targetsOf(taskIds)), (gone) => asNamed(taskIds, rows.idsOf(gone))),
  removeEndedTasks: Effect.map(remove(database, null), (gone) => [...rows.idsOf(rows.inOrder(gone))]),
  removeConfig: (recurringId) => removeConfig(database, recurringId)
})

const targetColumns = { task_id: "text" } as const

const targetsOf = (taskIds: ReadonlyArray<string>): string =>
  toList(withNumbers(inLockingOrder(taskIds.map((taskId) => ({ task_id: taskId })))))

const tasksName = (names: Names): string => fullName(names, "remove_tasks")

/** Removes tasks that do not run, or all that have ended. */
const remove = (database: Database, targets: string | null): Effect.Effect<ReadonlyArray<rows.Row>, SqlError> => {
  const { sql } = database
  return sql<rows.Row>`select * from ${sql.literal(tasksName(database))}(${targets}::json)`
}

/** The definition of the function. Outcomes of removed tasks keep the state that these had. */
export const removingTasks = (names: Names): string => {
  const [tasks, outcomes] = [fullName(names, "tasks"), fullName(names, "outcomes")]
  const named = locked("targets", targetColumns, {
    table: tasks,
    where: "t.task_id = x.task_id",
    isMeant: "t.status <> 'running' and t.reserved_by is null"
  })
  return madeFunction(
    `${tasksName(names)}(targets json) returns table (seq bigint, task_id text)`,
    `declare
      _places tid[];
    begin
      if targets is null then
        select array_agg(place) into _places from (
          select ctid as place from ${tasks} where completed_at is not null order by task_id for update
        ) as ended;
      else
        select array_agg(place) into _places from ${named};
      end if;

      return query with
        gone as (
          delete from ${tasks} as t where t.ctid = any(_places)
          returning t.seq, t.task_id, t.recurring_id, ${columns.prefixed("t", columns.run)}
        ),
        told as (
          update ${outcomes} as o set ${columns.assignments(columns.run)}
          from (
            select o.place, ${columns.prefixed("gone", columns.run)} from gone cross join lateral (
              select ctid as place, recurring_id, ordinal from ${outcomes} where task_id = gone.task_id offset 0
            ) as o
            where gone.recurring_id is not null order by o.recurring_id, o.ordinal
          ) as x where o.ctid = x.place
        )
        select gone.seq, gone.task_id from gone;
    end`
  )
}

const configName = (names: Names): string => fullName(names, "remove_config")

const removeConfig = (database: Database, recurringId: string): Effect.Effect<boolean, SqlError> => {
  const { sql } = database
  return Effect.map(
    sql<rows.Row>`select ${sql.literal(configName(database))}(${toText(recurringId)}) as was_there`,
    ([row]) => row?.was_there === true
  )
}

/**
 * The definition of the function. Outcomes are removed with their recurring task; its ended tasks count as one-off
 * tasks from then on.
 */
export const removing = (names: Names): string => {
  const [tasks, configs] = [fullName(names, "tasks"), fullName(names, "configs")]
  return madeFunction(
    `${configName(names)}(id text) returns boolean`,
    `declare
      _places tid[];
    begin
      perform 1 from ${configs} where recurring_id = id for update;
      if not found then return false; end if;

      select array_agg(place) into _places
      from ${lockedWhere(tasks, "history_of = id and completed_at is not null", "status, completed_at, seq")};
      update ${tasks} set history_of = '' where ctid = any(_places);
      delete from ${configs} where recurring_id = id;
      return true;
    end`
  )
}
