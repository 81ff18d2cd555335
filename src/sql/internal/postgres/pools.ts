/**
 * The limits of pools in Postgres, over all processes.
 *
 * What is counted must not change before it is acted upon. So a transaction that takes a place holds the lock of its
 * pool until it commits, and counts in a statement of its own, which sees what was committed before it had the lock.
 * Giving a place back needs no lock. Only rows of tasks are counted: there is no row of a pool that all would have to
 * write.
 */
import type { Database } from "../database.ts"
import { fullName } from "./planning.ts"

/** What names are made from. */
export type Names = Pick<Database, "place" | "sql">

/** Takes the locks of the pools in the column `pool` of a list of rows. */
export const locks = (names: Names, rows: string): string => {
  const scope = fullName(names, "pool").replaceAll("'", "''")
  return `pg_advisory_xact_lock(hashtextextended(pool, hashtext('${scope}')))
    from (select distinct pool from ${rows} order by pool) as pools`
}

/**
 * Judges what wants to run, in the order of its numbers. It follows two other parts of the statement: `x` has the
 * `pool` and the recurring task of each, the limits of both, and a `place` if it is in the expected state; `instances`
 * has how many instances of each recurring task are `running`. `judged` has a `verdict` on each. One that is too many
 * for its recurring task takes no place in a pool.
 */
export const judged = (names: Names): string =>
  `alone as (
      select x.*, case when x.recurring_id is null or most_instances is null then true else
          row_number() over (partition by x.recurring_id order by ord) <= most_instances - coalesce(running, 0)
        end as is_free
      from x left join instances on instances.recurring_id = x.recurring_id
    ),
    holders as (${holders(names, "x where most is not null")}),
    judged as (
      select alone.*, case when place is null then null when not is_free then 'busy' when most is not null and
          row_number() over (partition by alone.pool, is_free order by ord) > most - coalesce(held, 0) then 'full'
        else 'taken' end as verdict
      from alone left join holders on holders.pool = alone.pool
    )`

/** How many tasks hold a place in the pools of a list of rows. */
export const holders = (names: Names, rows: string): string =>
  `select pool, (
      select count(*) from ${fullName(names, "tasks")}
      where semaphore = pool and owner is not null and not lent
    ) as held from (select distinct pool from ${rows}) as pools`
