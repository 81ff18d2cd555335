/**
 * A function in the database that reserves queued tasks and gives others back. It does not wait for rows that are
 * locked, since another process is likely to take them, and reserves the rest.
 */
import type { Fragment } from "effect/sql/Statement"
import * as columns from "../columns.ts"
import * as conditions from "../conditions.ts"
import type { Database } from "../database.ts"
import * as rows from "../rows.ts"
import type { Reservation } from "../writes.ts"
import { fullName, madeFunction } from "./planning.ts"
import type { Names } from "./pools.ts"
import { arrays, parameters, unnested } from "./recordset.ts"

/** What is given back. */
const returned = columns.ownTarget

/** The full name of the function. An older one is called `reserve`; processes of an older version may still use it. */
const functionName = (names: Names): string => fullName(names, "reserve_tasks")

/** The definition of the function. It returns the numbers of the reservations that count, from 1, as JSON. */
export const reserving = (names: Names): string => {
  const tasks = fullName(names, "tasks")
  return madeFunction(
    `${functionName(names)}(
      ${parameters("reserved", columns.reservation)}, ${parameters("returned", returned)}, out numbers text
    )`,
    `declare
      -- of what is given back: the place of its row
      _places tid[];
    begin
      if cardinality(returned_task_id) > 0 then
        select array_agg(place) into _places from (
          select place from (select * from ${unnested("returned", returned)} order by task_id offset 0) as x
          cross join lateral (
            select ctid as place, ${conditions.isReserved} as is_meant from ${tasks} as t
            where t.task_id = x.task_id offset 0 for update
          ) as t where is_meant
        ) as locked;
        update ${tasks} as t set ${columns.unreserved} from unnest(_places) as x(place) where t.ctid = x.place;
      end if;

      with taken as (
        update ${tasks} as t set reserved_by = x.owner, reserved_until = x.lease_until
        from (
          select x.*, t.place from ${unnested("reserved", columns.reservation)} cross join lateral (
            select ctid as place, ${conditions.isFree} as is_meant from ${tasks} as t
            where t.task_id = x.task_id offset 0 for update skip locked
          ) as t where t.is_meant offset 0
        ) as x where t.ctid = x.place returning x.ord
      )
      select json_agg(ord) into numbers from taken;
    end`
  )
}

/** Calls the function. */
export const call = (
  database: Database,
  reservations: ReadonlyArray<Reservation>,
  returns: ReadonlyArray<Reservation>
): Fragment => {
  const { sql } = database
  const given = arrays(sql, columns.reservation, reservations.map(rows.fromReservation))
  return sql`${sql.literal(functionName(database))}(${given}, ${
    arrays(sql, returned, returns.map(rows.fromReservation))
  })`
}
