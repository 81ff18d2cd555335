/**
 * Places in pools and recurring tasks, in SQLite: the transaction that holds the only write lock counts what is taken,
 * and then judges one request after another.
 */
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import type { Claim, Counters, TaskRecord } from "../../../TaskStore.ts"
import type { Verdict } from "../claims.ts"
import * as columns from "../columns.ts"
import * as conditions from "../conditions.ts"
import type { Database } from "../database.ts"
import * as rows from "../rows.ts"
import type { Return } from "../writes.ts"
import { forRows } from "./values.ts"

/** The pool and the recurring task of a task. */
interface Found {
  readonly pool: string
  readonly recurringId: string | null
  readonly isLent: boolean
}

const toFound = (row: rows.Row): Found => ({
  pool: rows.text(row.semaphore),
  recurringId: rows.textOrNull(row.recurring_id),
  isLent: Boolean(row.lent)
})

/** The tasks that are in the expected state, each with the counters of its recurring task. */
const find = (
  { configs, read, sql, tasks }: Database,
  given: columns.Columns,
  values: ReadonlyArray<columns.Values>,
  isMeant: string
): Effect.Effect<ReadonlyArray<rows.Row>, SqlError> =>
  forRows(
    given,
    values,
    (x) =>
      sql<rows.Row>`select t.task_id, t.semaphore, t.recurring_id, t.lent, ${read(columns.counters, "c")}
      from ${x} join ${tasks} as t on t.task_id = x.task_id and ${sql.literal(isMeant)}
      left join ${configs} as c on c.recurring_id = t.recurring_id`
  )

const byId = (found: ReadonlyArray<rows.Row>): ReadonlyMap<string, Found> =>
  new Map(found.map((row) => [rows.taskIdOf(row), toFound(row)]))

/** How many places are taken, by name. */
type Counts = Map<string, number>

const count = (
  { sql, tasks }: Database,
  column: "semaphore" | "recurring_id",
  condition: string,
  names: ReadonlyArray<string | null>
): Effect.Effect<Counts, SqlError> =>
  Effect.map(
    forRows(
      { name: "text" },
      [...new Set(names)].filter((name) => name !== null).map((name) => ({ name })),
      (x) =>
        sql<rows.Row>`select x.name, (
        select count(*) from ${tasks} where ${sql.literal(`${column} = x.name and owner is not null and ${condition}`)}
      ) as count from ${x}`
    ),
    (counted) => new Map(counted.map((row) => [rows.text(row.name), rows.number(row.count)]))
  )

const holders = (database: Database, places: ReadonlyArray<Found>) =>
  count(database, "semaphore", "not lent", places.map(({ pool }) => pool))

const instances = (database: Database, places: ReadonlyArray<Found>) =>
  count(database, "recurring_id", "completed_at is null", places.map(({ recurringId }) => recurringId))

const isRoom = (counts: Counts, name: string, limit: number): boolean => (counts.get(name) ?? 0) < limit

const take = (counts: Counts, name: string): void => void counts.set(name, (counts.get(name) ?? 0) + 1)

/** The verdicts on claims. */
export interface Judgement {
  readonly verdicts: ReadonlyArray<Verdict | undefined>
  /** The counters of the recurring tasks of those that are there to be claimed. */
  readonly counters: ReadonlyMap<string, Counters>
}

/** Judges claims. */
export const judge = Effect.fnUntraced(function*(
  database: Database,
  claims: ReadonlyArray<Claim>
): Effect.fn.Return<Judgement, SqlError> {
  const found = yield* find(database, columns.claim, claims.map(rows.fromClaim), conditions.mayBegin)
  return { verdicts: yield* judgeAll(database, claims, byId(found)), counters: rows.countersById(found) }
})

/** Judges claims of tasks that are not stored yet. */
export const judgeNew = (
  database: Database,
  claims: ReadonlyArray<Claim>
): Effect.Effect<ReadonlyArray<Verdict | undefined>, SqlError> =>
  judgeAll(database, claims, new Map(claims.map(({ task }) => [task.taskId, placeOf(task)])))

const placeOf = ({ recurringId, semaphore }: TaskRecord): Found => ({ pool: semaphore, recurringId, isLent: false })

/** Judges claims of tasks of which it is known where they want to be, one after another. */
const judgeAll = Effect.fnUntraced(function*(
  database: Database,
  claims: ReadonlyArray<Claim>,
  wanted: ReadonlyMap<string, Found>
): Effect.fn.Return<ReadonlyArray<Verdict | undefined>, SqlError> {
  const placesOf = (isLimited: (claim: Claim) => boolean) =>
    claims.filter(isLimited).flatMap(({ task }) => wanted.get(task.taskId) ?? [])
  const inPools = yield* holders(database, placesOf(({ limit }) => limit < Infinity))
  const running = yield* instances(database, placesOf(({ maxConcurrent }) => maxConcurrent < Infinity))
  return claims.map(({ limit, maxConcurrent, task }): Verdict | undefined => {
    const place = wanted.get(task.taskId)
    if (place === undefined) return undefined
    const { pool, recurringId } = place
    if (recurringId !== null && !isRoom(running, recurringId, maxConcurrent)) return "busy"
    if (!isRoom(inPools, pool, limit)) return "full"
    take(inPools, pool)
    if (recurringId !== null) take(running, recurringId)
    return "taken"
  })
})

/** Judges requests to take places back. */
export const judgeReturns = Effect.fnUntraced(function*(
  database: Database,
  returns: ReadonlyArray<Return>
): Effect.fn.Return<ReadonlyArray<boolean | "full">, SqlError> {
  const running = byId(yield* find(database, columns.target, returns.map(rows.fromPlace), conditions.runs))
  const limited = returns.filter(({ limit }) => limit < Infinity)
  const inPools = yield* holders(database, limited.flatMap(({ taskId }) => running.get(taskId) ?? []))
  return returns.map(({ limit, taskId }) => {
    const place = running.get(taskId)
    if (place === undefined) return false
    if (!place.isLent) return true
    if (!isRoom(inPools, place.pool, limit)) return "full"
    take(inPools, place.pool)
    return true
  })
})
