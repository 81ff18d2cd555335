/**
 * How the functions in the database are planned: once per connection, whatever the tables look like then, and a plan that is
 * good for ten rows must be so for a million.
 *
 * Hence the planner is told to use the indexes and to read in their order, and what is locked is found again by its place in
 * the table: then there is nothing to choose from, and no index to go down a second time. A sort that there is no other way
 * than counts as immensely expensive then, for which the whole would be compiled at each call: so that is off.
 *
 * A place that was found by waiting for a lock may be newer than what its statement sees: it is for the next statement.
 */
import type * as columns from "../columns.ts"
import { quoted, tableName } from "../database.ts"
import type { Names } from "./pools.ts"
import { declarations } from "./recordset.ts"

const settings = `set enable_seqscan = off set enable_bitmapscan = off set enable_mergejoin = off
    set enable_sort = off set enable_incremental_sort = off set jit = off set plan_cache_mode = force_generic_plan`

/**
 * Makes a function, from its declarations to its `end`, in place of the one that is there. What may be the name of a column in
 * it is one.
 */
export const madeFunction = (signature: string, block: string): string =>
  `create or replace function ${signature}
    language plpgsql
    ${settings}
    as $body$
    #variable_conflict use_column
    ${block}
    $body$`

/** The full name of a table or function. */
export const fullName = ({ place, sql }: Names, name: string): string => quoted(sql, tableName(place, name))

/** What a list of rows says, in JSON, as rows that are called `x`; each has the number that it is given as `ord`. */
export const numbered = (list: string, given: columns.Columns): string =>
  `json_to_recordset(${list}) as x(${declarations({ ord: "integer", ...given })})`

/**
 * What a list says, with those rows of a table that it is about, `t`, which are locked in the order of the list and looked up
 * one by one: the `place` of each, and what else of it is `wanted`. Of one that is not there, or not what it `isMeant` to be,
 * all that is null.
 */
export const locked = (
  list: string,
  given: columns.Columns,
  { isMeant, table, wanted = "", where }: {
    readonly table: string
    readonly where: string
    readonly isMeant: string
    readonly wanted?: string
  }
): string =>
  `(
      select * from (
        select x.*, t.* from ${numbered(list, given)} left join lateral (
          select ctid as place, ${wanted}${isMeant} as is_meant from ${table} as t where ${where} offset 0 for update
        ) as t on t.is_meant offset 0
      ) as found order by ord
    ) as locked`

/**
 * The places of those tasks that are `wanted`, locked in the order of their ids. They are found in the order of an index,
 * which says which index it is.
 */
export const lockedWhere = (tasks: string, wanted: string, order: string): string =>
  `(
      select place from unnest(array(
        select task_id from (select task_id from ${tasks} where ${wanted} order by ${order} offset 0) as found
        order by task_id
      )) as found(name)
      cross join lateral (
        select ctid as place, ${wanted} as is_wanted from ${tasks} where task_id = found.name offset 0 for update
      ) as t where is_wanted
    ) as locked`
