/**
 * Recurring tasks in Postgres. A decision with its outcomes and instances is one statement, and so are a thousand.
 */
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import type { Fragment } from "effect/sql/Statement"
import * as columns from "../columns.ts"
import type { Database } from "../database.ts"
import { type Belongings, recent } from "../outcomes.ts"
import * as rows from "../rows.ts"
import type { Decided, Insertion } from "../writes.ts"
import { recordset } from "./recordset.ts"

const outcomeColumns = { recurring_id: "text", ordinal: "integer", ...columns.outcome } as const

const instanceColumns = { written_for: "text", ...columns.newTask } as const

/** Adds what belongs to rows that are `written`; their outcomes are numbered after those that were there before. */
const belongings = ({ list, outcomes, sql, tasks }: Database, all: ReadonlyArray<Belongings>): Fragment => {
  const told = all.flatMap((one) => recent(one, 0))
  const begun = all.flatMap(({ config, tasks }) =>
    tasks.map((task) => ({ written_for: config.recurringId, ...rows.fromTask(task) }))
  )
  return sql`told as (
      insert into ${outcomes} (recurring_id, ordinal, ${list(columns.outcome)})
      select o.recurring_id, written.before + o.ordinal, ${sql.literal(columns.prefixed("o", columns.outcome))}
      from ${recordset(sql, outcomeColumns, told, "o")} join written on written.recurring_id = o.recurring_id
    ),
    begun as (
      insert into ${tasks} (${list(columns.newTask)}) select ${list(columns.newTask)}
      from ${recordset(sql, instanceColumns, begun)}
      where x.written_for in (select recurring_id from written)
    )`
}

const answers = (all: ReadonlyArray<Belongings>) => (written: ReadonlyArray<rows.Row>): ReadonlyArray<boolean> => {
  const ids = new Set(written.map(rows.recurringIdOf))
  return all.map(({ config }) => ids.has(config.recurringId))
}

/** Adds recurring tasks. */
export const insert = (
  database: Database,
  insertions: ReadonlyArray<Insertion>
): Effect.Effect<ReadonlyArray<boolean>, SqlError> => {
  const { configs, list, sql } = database
  const statement = sql<rows.Row>`with
    written as (
      insert into ${configs} (${list(columns.newConfig)}) select ${list(columns.newConfig)}
      from ${recordset(sql, columns.newConfig, insertions.map(rows.fromInsertion))}
      on conflict (recurring_id) do nothing returning recurring_id, 0::bigint as before
    ),
    ${belongings(database, insertions)}
    select recurring_id from written`
  return Effect.map(statement, answers(insertions))
}

const decidedColumns = {
  recurring_id: "text",
  expected: "integer",
  active: "integer",
  ...columns.decision,
  outcome_count: "integer",
  keep: "integer"
} as const

const inLockingOrder = <A extends { readonly recurring_id: string }>(values: ReadonlyArray<A>): ReadonlyArray<A> =>
  values.toSorted((a, b) => a.recurring_id < b.recurring_id ? -1 : 1)

const cancelColumns = { written_for: "text", ...columns.cancel } as const

const cancelsOf = (decisions: ReadonlyArray<Decided>) =>
  decisions.flatMap(({ cancels = [], config }) =>
    cancels.map((cancel) => ({ written_for: config.recurringId, ...rows.fromCancel(cancel) }))
  )

/** Locks the tasks that are to stop: before recurring tasks, as whoever locks both does. */
const lock = ({ sql, tasks }: Database, decisions: ReadonlyArray<Decided>): Fragment => {
  const ids = cancelsOf(decisions).map(({ task_id }) => task_id)
  return ids.length === 0 ? sql.literal("select 0 as locked") : sql`select count(*) as locked from (
        select 1 from ${tasks} where ${sql.in("task_id", ids)} order by task_id for update
      ) as tasks`
}

const cancel = ({ sql, tasks }: Database, decisions: ReadonlyArray<Decided>): Fragment => {
  const cancels = cancelsOf(decisions)
  return cancels.length === 0 ? sql.literal("") : sql`cancelled as (
      update ${tasks} as t set cancel_request = x.cancel_request
      from ${recordset(sql, cancelColumns, cancels)} join written on written.recurring_id = x.written_for
      where t.task_id = x.task_id and t.completed_at is null
    ),`
}

/**
 * Commits decisions. Whatever it takes, it is one statement: a process that is frozen between two would keep its locks, and
 * all others from going on.
 */
export const commit = (
  database: Database,
  decisions: ReadonlyArray<Decided>
): Effect.Effect<ReadonlyArray<boolean>, SqlError> => {
  const { assign, configs, outcomes, sql, tasks } = database
  const statement = sql<rows.Row>`with
    stopping as materialized (${lock(database, decisions)}),
    x as (
      select x.* from stopping
      cross join ${recordset(sql, decidedColumns, inLockingOrder(decisions.map(rows.fromDecided)))}
      cross join lateral (
        select version = x.expected and (x.active is null or x.active <= (
          select count(*) from ${tasks} where recurring_id = x.recurring_id and completed_at is null
        )) as is_meant from ${configs} where recurring_id = x.recurring_id and stopping.locked >= 0 for update
      ) as c where c.is_meant
    ),
    written as (
      update ${configs} as c set ${assign(columns.decision)}, outcome_count = c.outcome_count + x.outcome_count
      from x where c.recurring_id = x.recurring_id
      returning c.recurring_id, c.outcome_count - x.outcome_count as before, c.outcome_count - x.keep as bound
    ),
    forgotten as (
      delete from ${outcomes} as o using written
      where o.recurring_id = written.recurring_id and o.ordinal <= written.bound
    ),
    ${cancel(database, decisions)}
    ${belongings(database, decisions)}
    select recurring_id from written`
  return Effect.map(statement, answers(decisions))
}
