/**
 * A function in the database that reserves queued tasks and gives others back. Who reserves does not wait for rows that
 * somebody else has just locked, since those are likely to be his soon, and takes what is left.
 */
import * as columns from "../columns.ts"
import * as conditions from "../conditions.ts"
import { quoted, tableName } from "../database.ts"
import { settings } from "./planning.ts"
import type * as pools from "./pools.ts"
import { declarations } from "./recordset.ts"

/** The full name of the function. */
export const functionName = ({ place, sql }: pools.Names): string => quoted(sql, tableName(place, "reserve"))

/** The function, as it is made. It gives the ids of what is reserved now, in JSON. */
export const reserving = (names: pools.Names): string => {
  const tasks = quoted(names.sql, tableName(names.place, "tasks"))
  const found = (list: string, given: columns.Columns, isMeant: string, lock: string) =>
    `(select x.*, t.place from json_to_recordset(${list}) as x(${declarations(given)})
      cross join lateral (
        select ctid as place, ${isMeant} as is_meant from ${tasks} as t where t.task_id = x.task_id offset 0 ${lock}
      ) as t where t.is_meant offset 0) as x`
  return `create or replace function ${functionName(names)}(reservations json, returns json, out reserved text)
    language plpgsql
    ${settings}
    as $body$
    #variable_conflict use_column
    begin
      update ${tasks} as t set ${columns.unreserved}
      from ${found("returns", columns.ownTarget, conditions.isReserved, "for update")} where t.ctid = x.place;

      with taken as (
        update ${tasks} as t set reserved_by = x.owner, reserved_until = x.lease_until
        from ${found("reservations", columns.reservation, conditions.isFree, "for update skip locked")}
        where t.ctid = x.place returning t.task_id
      )
      select json_agg(task_id) into reserved from taken;
    end
    $body$`
}
