/**
 * Concurrency keys: unparks tasks, as many as may be active. Of one key, what is counted must not change before it is
 * acted upon: SQLite has one writer, and Postgres a lock for each key.
 */
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import { order } from "../../internal/memory/reads.ts"
import type { Unparked } from "../../TaskStore.ts"
import * as conditions from "./conditions.ts"
import type { Database } from "./database.ts"
import * as parking from "./postgres/parking.ts"
import * as reads from "./reads.ts"
import * as rows from "./rows.ts"
import { toText } from "./text.ts"

/** Unparks the first tasks of these keys, and returns them in the order in which they are to run. */
export const unparkTasks = (
  database: Database,
  keys: ReadonlyArray<string>,
  limit: number
): Effect.Effect<Unparked, SqlError> => {
  if (keys.length === 0) return Effect.succeed({ tasks: [], held: [] })
  const unparked = database.dialect.name === "postgres"
    ? parking.unpark(database, keys, limit)
    : database.sql.withTransaction(unparkHere(database, keys, limit))
  return Effect.flatMap(
    unparked,
    ({ held, taskIds }) =>
      Effect.map(reads.getTasks(database, taskIds), (tasks) => ({ tasks: tasks.toSorted(order), held }))
  )
}

const unparkHere = Effect.fnUntraced(function*(
  database: Database,
  keys: ReadonlyArray<string>,
  limit: number
): Effect.fn.Return<parking.Found, SqlError> {
  const { sql, tasks } = database
  const unparked: Array<string> = []
  for (const key of keys.map(toText)) {
    const ofKey = sql`from ${tasks} where concurrency_key = ${key}`
    const parked = yield* sql<rows.Row>`select task_id, concurrency_limit ${ofKey}
      and ${sql.literal(conditions.isParked)} order by ${sql.literal(parking.inLine)} limit ${limit - unparked.length}`
    if (parked.length === 0) continue
    const [row] = yield* sql<rows.Row>`select count(*) as active ${ofKey} and ${sql.literal(conditions.isActive)}`
    const active = rows.number(row!.active)
    const blocked = parked.findIndex((row, i) => active + i >= rows.number(row.concurrency_limit))
    unparked.push(...(blocked < 0 ? parked : parked.slice(0, blocked)).map(rows.taskIdOf))
  }
  if (unparked.length > 0) {
    yield* sql`update ${tasks} set parked = false where ${sql.in("task_id", unparked.map(toText))}`
  }
  // nobody else writes meanwhile
  return { taskIds: unparked, held: [] }
})

/** The keys after `after` that have parked tasks: the first one, and after each the next one. */
export const parkedKeys = (
  { sql, tasks }: Database,
  after: string,
  limit: number
): Effect.Effect<ReadonlyArray<string>, SqlError> => {
  const first = sql.literal("order by concurrency_key limit 1")
  const parked = sql`select concurrency_key from ${tasks} where ${sql.literal(conditions.isParked)}`
  const found = sql<rows.Row>`with recursive keys(name) as (
    select * from (${parked} and concurrency_key > ${toText(after)} ${first}) as first_key union all
    select (${parked} and concurrency_key > keys.name ${first}) from keys where keys.name is not null
  ) select name from keys where name is not null limit ${limit}`
  return Effect.map(found, (found) => found.map(({ name }) => rows.text(name)))
}
