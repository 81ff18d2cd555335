/**
 * The limits of pools in Postgres, over all processes.
 *
 * What is counted must not change before it is acted upon: so whoever takes a place holds the lock of its pool until he
 * commits, and counts in a statement of its own, which sees what was committed before he had the lock. Giving a place back
 * needs no lock. There are rows of tasks and nothing else to count, and no row of a pool that all would have to write.
 */
import { type Database, quoted, tableName } from "../database.ts"

/** What names are made from. */
export type Names = Pick<Database, "place" | "sql">

/** What takes the locks of the pools, whose names `pool` are given in a list of rows. */
export const locks = ({ place, sql }: Names, rows: string): string => {
  const scope = quoted(sql, tableName(place, "pool")).replaceAll("'", "''")
  return `pg_advisory_xact_lock(hashtextextended(pool, hashtext('${scope}')))
    from (select distinct pool from ${rows} order by pool) as pools`
}

/** How many tasks hold a place in the pools of a list of rows. */
export const holders = ({ place, sql }: Names, rows: string): string =>
  `select pool, (
      select count(*) from ${quoted(sql, tableName(place, "tasks"))}
      where semaphore = pool and owner is not null and not lent
    ) as held from (select distinct pool from ${rows}) as pools`
