/**
 * A function in the database that reserves queued tasks and gives others back. Who reserves does not wait for rows that
 * somebody else has just locked, since those are likely to be his soon, and takes what is left.
 */
import * as columns from "../columns.ts"
import * as conditions from "../conditions.ts"
import { quoted, tableName } from "../database.ts"
import type * as pools from "./pools.ts"
import { declarations } from "./recordset.ts"

/** The full name of the function. */
export const functionName = ({ place, sql }: pools.Names): string => quoted(sql, tableName(place, "reserve"))

/** The function, as it is made. It gives the ids of what is reserved now. */
export const reserving = (names: pools.Names): string => {
  const tasks = quoted(names.sql, tableName(names.place, "tasks"))
  const found = (list: string, given: columns.Columns, isMeant: string, lock: string) =>
    `(select x.*, t.seq from json_to_recordset(${list}) as x(${declarations(given)})
      cross join lateral (
        select seq, ${isMeant} as is_meant from ${tasks} as t where t.task_id = x.task_id offset 0 ${lock}
      ) as t where t.is_meant) as x`
  return `create or replace function ${functionName(names)}(reservations json, returns json)
    returns table (task_id text)
    language plpgsql
    set enable_seqscan = off set enable_bitmapscan = off set plan_cache_mode = force_generic_plan
    as $body$
    #variable_conflict use_column
    begin
      update ${tasks} as t set ${columns.unreserved}
      from ${found("returns", columns.ownTarget, conditions.isReserved, "for update")} where t.seq = x.seq;

      return query update ${tasks} as t set reserved_by = x.owner, reserved_until = x.lease_until
        from ${found("reservations", columns.reservation, conditions.isFree, "for update skip locked")}
        where t.seq = x.seq returning t.task_id;
    end
    $body$`
}
