/**
 * A function in the database that unparks tasks. It locks the keys, and then counts in statements that see what was
 * committed until it had the locks. It does not wait for rows that are locked: somebody cancels them.
 */
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import * as conditions from "../conditions.ts"
import type { Database } from "../database.ts"
import * as rows from "../rows.ts"
import { toJson } from "../text.ts"
import { fullName, madeFunction } from "./planning.ts"
import type { Names } from "./pools.ts"

/** The order in which the tasks of a key are unparked. */
export const inLine = "priority desc, created_at, task_id"

const functionName = (names: Names): string => fullName(names, "unpark_tasks")

/** The function, as it is made. It returns the ids of the tasks, and then the keys that are held. */
export const parking = (names: Names): string => {
  const tasks = fullName(names, "tasks")
  const ofKey = (key: string) => `${tasks} where concurrency_key = ${key} and ${conditions.isParked}`
  const scope = fullName(names, "key").replaceAll("'", "''")
  return madeFunction(
    `${functionName(names)}(wanted json, most bigint) returns table(task_id text, held_key text)`,
    `declare
      _keys text[];
      _key text;
      _active bigint;
      _limit bigint;
      _place tid;
      _places tid[] := '{}';
      _is_full boolean;
      _held text[] := '{}';
    begin
      -- the limit has the index asked for each key, whatever is known of the table
      select array_agg(name order by ord) into _keys
        from json_array_elements_text(wanted) with ordinality as x(name, ord)
        cross join lateral (select from ${ofKey("name")} limit 1) as parked;
      if _keys is null then return; end if;
      -- in one order, so that two calls do not wait for each other
      perform pg_advisory_xact_lock(hash) from (
        select hashtextextended(name, hashtext('${scope}')) as hash from unnest(_keys) as x(name) order by hash
      ) as hashes;

      foreach _key in array _keys loop
        _active := (select count(*) from ${tasks} where concurrency_key = _key and ${conditions.isActive});
        _is_full := false;
        for _place, _limit in
          select ctid, concurrency_limit from ${ofKey("_key")} order by ${inLine} limit most for update skip locked
        loop
          _is_full := _active >= _limit or cardinality(_places) >= most;
          exit when _is_full;
          _active := _active + 1;
          _places := _places || _place;
        end loop;
        if not _is_full and cardinality(_places) < most and exists (
          select from ${ofKey("_key")} and concurrency_limit > _active and ctid <> all(_places)
        ) then
          _held := _held || _key;
        end if;
      end loop;

      return query update ${tasks} as t set parked = false where t.ctid = any(_places) returning t.task_id, null::text;
      return query select null::text, unnest(_held);
    end`
  )
}

/** The tasks that were unparked, and the keys that are held. */
export interface Found {
  readonly taskIds: ReadonlyArray<string>
  readonly held: ReadonlyArray<string>
}

/** Calls the function. */
export const unpark = (
  database: Database,
  keys: ReadonlyArray<string>,
  limit: number
): Effect.Effect<Found, SqlError> => {
  const { sql } = database
  const call = sql<rows.Row>`select * from ${sql.literal(functionName(database))}(${toJson(keys)}::json, ${limit})`
  return Effect.map(call, (found) => ({
    taskIds: found.filter((row) => row.task_id !== null).map(rows.taskIdOf),
    held: found.flatMap(({ held_key: key }) => key === null ? [] : rows.text(key))
  }))
}
