/**
 * Outcomes, numbered within their recurring task, so that the oldest are found without counting.
 */
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import type { OutcomePage, StoredOutcome } from "../../TaskStore.ts"
import * as columns from "./columns.ts"
import type { Database } from "./database.ts"
import * as rows from "./rows.ts"
import { toText } from "./text.ts"
import type { Insertion } from "./writes.ts"

/** What is written with a recurring task. */
export type Belongings = Insertion

/** The rows of a batch of outcomes, numbered from `count` + 1, without those that retention would remove at once. */
export const recent = ({ outcomes, retention }: Belongings, count: number) => {
  const first = Math.max(0, outcomes.length - retention.outcomes)
  return outcomes.slice(first).map((outcome, i) => ({ ordinal: count + first + i + 1, ...rows.fromOutcome(outcome) }))
}

const { status: _, ...ownColumns } = columns.outcome

/** The state of its task as long as that is kept, and then the state that it ended in. */
const run = Object.keys(columns.run).map((name) => `coalesce(t.${name}, o.${name}) as ${name}`).join(", ")

/** A page of outcomes, newest first. */
export const page = (
  { dialect, outcomes, read, sql, tasks }: Database,
  recurringId: string,
  { before, limit, offset, outcome }: OutcomePage
): Effect.Effect<ReadonlyArray<StoredOutcome>, SqlError> => {
  const conditions = [
    sql`o.recurring_id = ${toText(recurringId)}`,
    ...(before === undefined ? [] : [sql`o.ordinal < ${Math.ceil(before)}`]),
    ...(outcome === undefined ? [] : [sql`o.outcome = ${outcome}`])
  ]
  return Effect.map(
    sql<rows.Row>`select o.ordinal, ${read(ownColumns, "o")}, ${sql.literal(run)} from ${outcomes} as o
      left join ${tasks} as t on t.task_id = o.task_id
      where ${sql.and(conditions)} order by o.ordinal desc ${dialect.page(limit, offset)}`,
    (found) => found.map(rows.toOutcome)
  )
}
