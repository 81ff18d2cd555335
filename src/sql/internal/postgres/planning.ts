/**
 * How the functions in the database are planned: once per connection, whatever the tables look like then. A plan that
 * is good for ten rows must be good for a million.
 *
 * So the planner is told to use the indexes and to read in their order, and locked rows are found again by their place
 * in the table (`ctid`): then there is only one plan, and no index is searched twice. Where a sort is inevitable, it
 * counts as immensely expensive, for which Postgres would compile the whole at each call; so JIT is off.
 *
 * A place that was found by waiting for a lock may be newer than the snapshot of its statement: only the next statement
 * can use it.
 */
import type * as columns from "../columns.ts"
import { quoted, tableName } from "../database.ts"
import type { Names } from "./pools.ts"
import { completed, declarations, type Usual } from "./recordset.ts"

const settings = `set enable_seqscan = off set enable_bitmapscan = off set enable_mergejoin = off
    set enable_sort = off set enable_incremental_sort = off set jit = off set plan_cache_mode = force_generic_plan`

/**
 * Creates or replaces a function. `block` goes from its declarations to its `end`. A name that could be a variable or a
 * column is a column.
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

/** The rows of a JSON list, called `x`; each has its number in the list as `ord`. */
export const numbered = (list: string, given: columns.Columns, usual?: Usual): string => {
  const numbered = { ord: "integer", ...given } as const
  const rows = `json_to_recordset(${list}) as x(${declarations(numbered)})`
  return usual === undefined ? rows : `(select ${completed(numbered, usual)} from ${rows}) as x`
}

/**
 * The rows of a list together with the rows `t` of a table that they are about, which are locked in the order of the
 * list and looked up one by one: the `place` of each, and the `wanted` columns. All of these are null if there is no
 * such row, or it is not what `isMeant` says.
 */
export const locked = (
  list: string,
  given: columns.Columns,
  { isMeant, lock = "for update", table, usual, wanted = "", where }: {
    readonly table: string
    readonly usual?: Usual
    readonly where: string
    readonly isMeant: string
    readonly wanted?: string
    readonly lock?: string
  }
): string =>
  `(
      select * from (
        select x.*, t.* from ${numbered(list, given, usual)} left join lateral (
          select ctid as place, ${wanted}${isMeant} as is_meant from ${table} as t where ${where} offset 0 ${lock}
        ) as t on t.is_meant offset 0
      ) as found order by ord
    ) as locked`

/**
 * The places of the `wanted` tasks, locked in the order of their ids. The `order` names the index by which they are
 * found.
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
