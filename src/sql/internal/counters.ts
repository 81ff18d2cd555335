/**
 * The counters of recurring tasks. They are read under a lock, folded here, step by step so that everybody who waits gets
 * his own answer, and written back.
 */
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import type { TaskStatus } from "../../TaskInfo.ts"
import type { Counters } from "../../TaskStore.ts"
import * as columns from "./columns.ts"
import type { Database } from "./database.ts"
import * as rows from "./rows.ts"
import { assign, listOf } from "./sql.ts"

/** One step of the counters of one recurring task. */
export interface Step {
  readonly recurringId: string
  readonly count: (counters: Counters) => Counters
}

/** An instance began to run. */
export const began = (now: number) => (counters: Counters): Counters => ({
  ...counters,
  totalRuns: counters.totalRuns + 1,
  lastRun: now
})

/** An instance ended. */
export const ended = (status: TaskStatus) => (counters: Counters): Counters => {
  if (status === "done") return { ...counters, consecutiveFailures: 0 }
  if (status !== "failed") return counters
  return {
    ...counters,
    totalFailures: counters.totalFailures + 1,
    consecutiveFailures: counters.consecutiveFailures + 1
  }
}

const idColumns = { recurring_id: "text" } as const

/** Rows of recurring tasks that nobody else changes until the end of the transaction, in the order that all lock in. */
export const lock = (
  { configs, dialect, sql }: Database,
  recurringIds: Iterable<string>,
  wanted: string
): Effect.Effect<ReadonlyArray<rows.Row>, SqlError> => {
  const ids = Array.from(new Set(recurringIds), (recurring_id) => ({ recurring_id }))
  return sql<rows.Row>`select recurring_id, ${sql.literal(wanted)} from ${configs}
    where recurring_id in (select x.recurring_id from ${dialect.rows(idColumns, ids)})
    order by recurring_id ${dialect.forUpdate}`
}

const write = ({ configs, dialect, sql }: Database, changed: ReadonlyMap<string, Counters>) =>
  sql`update ${configs} set ${assign(sql, columns.counters)}
    from ${
    dialect.rows(
      { ...idColumns, ...columns.counters },
      Array.from(changed, ([recurring_id, counters]) => ({ recurring_id, ...rows.fromCounters(counters) }))
    )
  } where ${configs}.recurring_id = x.recurring_id`

/** Counts, and gives the counters after each step; `undefined` where there is no such recurring task any more. */
export const count = Effect.fnUntraced(function*(database: Database, steps: ReadonlyArray<Step>) {
  if (steps.length === 0) return []
  const current = new Map<string, Counters>()
  const locked = yield* lock(database, steps.map(({ recurringId }) => recurringId), listOf(columns.counters))
  for (const row of locked) current.set(rows.recurringIdOf(row), rows.toCounters(row))
  const answers = steps.map(({ count, recurringId }) => {
    const before = current.get(recurringId)
    if (before === undefined) return undefined
    const after = count(before)
    current.set(recurringId, after)
    return after
  })
  if (current.size > 0) yield* write(database, current)
  return answers
})
