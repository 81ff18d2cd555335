/**
 * Recurring tasks in Postgres. A decision with its outcomes and instances is one call of a function in the database, and so
 * are a thousand.
 */
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import * as columns from "../columns.ts"
import type { Database } from "../database.ts"
import { recent } from "../outcomes.ts"
import * as rows from "../rows.ts"
import type { Decided, Insertion } from "../writes.ts"
import { functionName } from "./deciding.ts"
import { inLockingOrder, recordset, toList, withNumbers } from "./recordset.ts"

const outcomeColumns = { recurring_id: "text", ordinal: "integer", ...columns.outcome } as const

const instanceColumns = { written_for: "text", ...columns.newTask } as const

/** Adds recurring tasks. */
export const insert = (
  database: Database,
  insertions: ReadonlyArray<Insertion>
): Effect.Effect<ReadonlyArray<boolean>, SqlError> => {
  const { configs, list, outcomes, sql, tasks } = database
  const told = insertions.flatMap((one) => recent(one, 0))
  const begun = insertions.flatMap(({ config, tasks }) =>
    tasks.map((task) => ({ written_for: config.recurringId, ...rows.fromTask(task) }))
  )
  const statement = sql<rows.Row>`with
    written as (
      insert into ${configs} (${list(columns.newConfig)}) select ${list(columns.newConfig)}
      from ${recordset(sql, columns.newConfig, insertions.map(rows.fromInsertion))}
      on conflict (recurring_id) do nothing returning recurring_id
    ),
    told as (
      insert into ${outcomes} (${list(outcomeColumns)}) select ${list(outcomeColumns)}
      from ${recordset(sql, outcomeColumns, told)} where recurring_id in (select recurring_id from written)
    ),
    begun as (
      insert into ${tasks} (${list(columns.newTask)}) select ${list(columns.newTask)}
      from ${recordset(sql, instanceColumns, begun)} where written_for in (select recurring_id from written)
    )
    select recurring_id from written`
  return Effect.map(statement, (written) => {
    const ids = new Set(written.map(rows.recurringIdOf))
    return insertions.map(({ config }) => ids.has(config.recurringId))
  })
}

/** A list for the function; null says that there is nothing in it. */
const listOf = (values: ReadonlyArray<columns.Values>): string | null => values.length === 0 ? null : toList(values)

/** What decisions have of something, each with the number of its decision. */
const ofEach = (
  decisions: ReadonlyArray<Decided>,
  valuesOf: (decision: Decided) => ReadonlyArray<columns.Values>
): ReadonlyArray<columns.Values> =>
  decisions.flatMap((decision, i) => valuesOf(decision).map((values) => ({ ord: i + 1, ...values })))

/** The tasks that are to stop, in the order in which they are locked. */
const cancelsOf = (decisions: ReadonlyArray<Decided>): ReadonlyArray<columns.Values> => {
  const all = decisions.flatMap(({ cancels = [] }, i) =>
    cancels.map((cancel) => ({ decision: i + 1, ...rows.fromCancel(cancel) }))
  )
  return withNumbers(inLockingOrder(all))
}

/** Commits decisions. */
export const commit = (
  database: Database,
  decisions: ReadonlyArray<Decided>
): Effect.Effect<ReadonlyArray<boolean>, SqlError> => {
  const { sql } = database
  const sorted = decisions.toSorted((a, b) => a.config.recurringId < b.config.recurringId ? -1 : 1)
  const call = sql<rows.Row>`select ${sql.literal(functionName(database))}(
      ${listOf(ofEach(sorted, (decision) => [rows.fromExpected(decision)]))}::json,
      ${listOf(ofEach(sorted, (decision) => [rows.fromDecision(decision)]))}::json,
      ${listOf(cancelsOf(sorted))}::json,
      ${listOf(ofEach(sorted, (decision) => recent(decision, 0)))}::json,
      ${listOf(ofEach(sorted, ({ tasks }) => tasks.map(rows.fromTask)))}::json
    ) as written`
  return Effect.map(call, ([answer]) => {
    const written = JSON.parse(answer!.written as string) as ReadonlyArray<boolean>
    const counts = new Set(sorted.filter((_, i) => written[i]))
    return decisions.map((decision) => counts.has(decision))
  })
}
