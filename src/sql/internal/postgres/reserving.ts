/**
 * A function in the database that reserves queued tasks and gives others back. It does not wait for rows that are
 * locked, since another process is likely to take them, and reserves the rest.
 */
import * as columns from "../columns.ts"
import * as conditions from "../conditions.ts"
import { fullName, locked, madeFunction, numbered } from "./planning.ts"
import type { Names } from "./pools.ts"

/** The full name of the function. */
export const functionName = (names: Names): string => fullName(names, "reserve")

/** The definition of the function. It returns the ids of what is reserved now, as JSON. */
export const reserving = (names: Names): string => {
  const tasks = fullName(names, "tasks")
  return madeFunction(
    `${functionName(names)}(reservations json, returns json, out reserved text)`,
    `declare
      -- of what is given back: the place of its row
      _places tid[];
    begin
      select array_agg(place) into _places from ${
      locked("returns", columns.ownTarget, {
        table: tasks,
        where: "t.task_id = x.task_id",
        isMeant: conditions.isReserved
      })
    };
      update ${tasks} as t set ${columns.unreserved} from unnest(_places) as x(place) where t.ctid = x.place;

      with taken as (
        update ${tasks} as t set reserved_by = x.owner, reserved_until = x.lease_until
        from (
          select x.*, t.place from ${numbered("reservations", columns.reservation)} cross join lateral (
            select ctid as place, ${conditions.isFree} as is_meant from ${tasks} as t
            where t.task_id = x.task_id offset 0 for update skip locked
          ) as t where t.is_meant offset 0
        ) as x where t.ctid = x.place returning t.task_id
      )
      select json_agg(task_id) into reserved from taken;
    end`
  )
}
