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

/** The function, as it is made. It returns the ids of the tasks. */
export const parking = (names: Names): string => {
  const tasks = fullName(names, "tasks")
  const scope = fullName(names, "key").replaceAll("'", "''")
  return madeFunction(
    `${functionName(names)}(wanted json, most bigint) returns setof text`,
    `declare
      _keys text[];
      _key text;
      _active bigint;
      _limit bigint;
      _place tid;
      _places tid[] := '{}';
    begin
      select array_agg(name order by ord) into _keys
        from json_array_elements_text(wanted) with ordinality as x(name, ord)
        where exists (select from ${tasks} where concurrency_key = name and ${conditions.isParked});
      if _keys is null then return; end if;
      -- in one order, so that two calls do not wait for each other
      perform pg_advisory_xact_lock(hash) from (
        select hashtextextended(name, hashtext('${scope}')) as hash from unnest(_keys) as x(name) order by hash
      ) as hashes;

      foreach _key in array _keys loop
        _active := (select count(*) from ${tasks} where concurrency_key = _key and ${conditions.isActive});
        for _place, _limit in
          select ctid, concurrency_limit from ${tasks} where concurrency_key = _key and ${conditions.isParked}
          order by ${inLine} for update skip locked
        loop
          exit when _active >= _limit or cardinality(_places) >= most;
          _active := _active + 1;
          _places := _places || _place;
        end loop;
      end loop;

      return query update ${tasks} as t set parked = false where t.ctid = any(_places) returning t.task_id;
    end`
  )
}

/** Calls the function. */
export const unpark = (
  database: Database,
  keys: ReadonlyArray<string>,
  limit: number
): Effect.Effect<ReadonlyArray<string>, SqlError> => {
  const { sql } = database
  const call = sql<rows.Row>`select ${sql.literal(functionName(database))}(${toJson(keys)}::json, ${limit}) as task_id`
  return Effect.map(call, (found) => found.map(rows.taskIdOf))
}
