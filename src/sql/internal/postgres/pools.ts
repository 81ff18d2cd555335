/**
 * The limits of pools in Postgres, over all processes.
 *
 * What is counted must not change before it is acted upon: so whoever takes a place holds the lock of its pool until he
 * commits, and counts in a statement of its own, which sees what was committed before he had the lock. Giving a place back
 * needs no lock. There are rows of tasks and nothing else to count, and no row of a pool that all would have to write.
 */
import type { Database } from "../database.ts"
import { fullName } from "./planning.ts"

/** What names are made from. */
export type Names = Pick<Database, "place" | "sql">

/** What takes the locks of the pools, whose names `pool` are given in a list of rows. */
export const locks = (names: Names, rows: string): string => {
  const scope = fullName(names, "pool").replaceAll("'", "''")
  return `pg_advisory_xact_lock(hashtextextended(pool, hashtext('${scope}')))
    from (select distinct pool from ${rows} order by pool) as pools`
}

/**
 * Judges what wants to run, in the order of its numbers, after two other parts of a statement: `x` has the `pool` and the
 * recurring task of each, the limits of both, and a `place` if it is what it is meant to be; `instances` has how many are
 * `running` of the recurring tasks. Then `judged` has a `verdict` on each. Who is too many for his recurring task takes no
 * place in a pool.
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
