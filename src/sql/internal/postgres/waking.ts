/**
 * A function in the database that wakes tasks whose time has come. It does not wait for rows that are locked: whoever
 * has them ends them, or wakes them too.
 */
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import type { Woken } from "../../../TaskStore.ts"
import * as conditions from "../conditions.ts"
import type { Database } from "../database.ts"
import * as rows from "../rows.ts"
import { fullName, madeFunction } from "./planning.ts"
import type { Names } from "./pools.ts"
import { listIn } from "./recordset.ts"

/** An older function is called `wake_tasks`; processes of an older version may still use it. */
const functionName = (names: Names): string => fullName(names, "wake_sleepers")

/**
 * The definition of the function. It returns the types of the tasks and the concurrency keys of those that are parked,
 * as JSON, and when the next one is due.
 */
export const waking = (names: Names): string => {
  const tasks = fullName(names, "tasks")
  return madeFunction(
    `${functionName(names)}(
      now bigint, most bigint, out task_types text, out parked_keys text, out next_at bigint
    )`,
    `declare
      _places tid[];
    begin
      select array_agg(place) into _places from (
        select ctid as place from ${tasks} where ${conditions.sleeps} and retry_at <= now
        order by retry_at limit most for update skip locked
      ) as due;

      with woken as (
        update ${tasks} as t set retry_at = null where t.ctid = any(_places) 
        returning t.task_type, case when t.parked then t.concurrency_key end as parked_key
      )
      select to_json(array_agg(distinct task_type)),
        to_json(array_agg(distinct parked_key) filter (where parked_key is not null))
      into task_types, parked_keys from woken;

      next_at := (select retry_at from ${tasks} where ${conditions.sleeps} order by retry_at limit 1);
    end`
  )
}

/** Calls the function. */
export const wake = (database: Database, now: number, limit: number): Effect.Effect<Woken, SqlError> => {
  const { sql } = database
  const call = sql<rows.Row>`select * from ${sql.literal(functionName(database))}(${Math.floor(now)}, ${limit})`
  return Effect.map(call, ([answer]) => ({
    taskTypes: listIn<string>(answer!.task_types).map(rows.text),
    parked: listIn<string>(answer!.parked_keys).map(rows.text),
    next: rows.numberOrNull(answer!.next_at)
  }))
}
