/**
 * A function in the database that claims many tasks in one round trip, and within the limits of all processes.
 *
 * What is counted must not change before it is acted upon: so whoever takes a place in a pool holds the lock of that pool
 * until he commits, and counts in a statement of its own, which sees what was committed before he had the lock. Giving a
 * place back needs no lock.
 *
 * It is planned once per connection, whatever the tables look like then: so the planner is told to use the indexes.
 *
 * Locks are taken in the order tasks, recurring tasks, pools, and within each in the order of their names.
 */
import { claim } from "../columns.ts"
import { type Database, quoted, tableName } from "../database.ts"
import { declarations } from "./recordset.ts"

/** The full name of the function. */
export const functionName = ({ place, sql }: Pick<Database, "place" | "sql">): string =>
  quoted(sql, tableName(place, "claim"))

/** What takes the locks of pools, whose names `pool` are given in a list of rows. */
export const lockPools = ({ place, sql }: Pick<Database, "place" | "sql">, rows: string): string => {
  const scope = quoted(sql, tableName(place, "pool")).replaceAll("'", "''")
  return `pg_advisory_xact_lock(hashtextextended(pool, hashtext('${scope}')))
    from (select distinct pool from ${rows} order by pool) as pools`
}

/** How many tasks hold a place, by pool; of the pools in a list of rows. */
export const holders = ({ place, sql }: Pick<Database, "place" | "sql">, rows: string): string =>
  `select pool, (
      select count(*) from ${quoted(sql, tableName(place, "tasks"))}
      where semaphore = pool and owner is not null and not lent
    ) as held from (select distinct pool from ${rows}) as pools`

/** The function. Its parameter is a list of claims in the order of their ids, `ord` is the order in which they came. */
export const claiming = (database: Pick<Database, "place" | "sql">): string => {
  const { place, sql } = database
  const tasks = quoted(sql, tableName(place, "tasks"))
  const configs = quoted(sql, tableName(place, "configs"))
  return `create or replace function ${functionName(database)}(given json)
  returns table (
    ord bigint, verdict text, recurring_id text,
    total_runs bigint, total_failures bigint, consecutive_failures bigint, last_run bigint
  )
  language plpgsql
  set enable_seqscan = off set enable_bitmapscan = off set plan_cache_mode = force_generic_plan
  as $body$
#variable_conflict use_column
declare
  _ords bigint[];
  _seqs bigint[];
  _recurring_ids text[];
  _pools text[];
  _owners text[];
  _starts bigint[];
  _leases bigint[];
  _mosts bigint[];
  _instances bigint[];
begin
  select array_agg(x.ord), array_agg(t.seq), array_agg(t.recurring_id), array_agg(t.semaphore), array_agg(x.owner),
    array_agg(x.started_at), array_agg(x.lease_until), array_agg(x.most), array_agg(x.most_instances)
  into _ords, _seqs, _recurring_ids, _pools, _owners, _starts, _leases, _mosts, _instances
  from json_to_recordset(given) as x(ord bigint, ${declarations(claim)})
  cross join lateral (
    select seq, recurring_id, semaphore, (status = 'queued' and attempt = x.expected) as is_meant
    from ${tasks} where task_id = x.task_id offset 0 for update
  ) as t where t.is_meant;

  perform 1 from ${configs} where recurring_id = any(_recurring_ids) order by recurring_id for update;

  perform ${lockPools(database, "unnest(_pools, _mosts) as p(pool, most) where most is not null")};

  return query with
  x as (
    select * from unnest(_ords, _seqs, _recurring_ids, _pools, _owners, _starts, _leases, _mosts, _instances)
      as x(ord, seq, recurring_id, pool, owner, started_at, lease_until, most, most_instances)
  ),
  instances as (
    select recurring_id, (
      select count(*) from ${tasks} as t
      where t.recurring_id = limited.recurring_id and completed_at is null and owner is not null
    ) as running
    from (select distinct recurring_id from x where recurring_id is not null and most_instances is not null) as limited
  ),
  alone as (
    select x.*, case when x.recurring_id is null or most_instances is null then true else
        row_number() over (partition by x.recurring_id order by ord) <= most_instances - coalesce(running, 0)
      end as is_free
    from x left join instances on instances.recurring_id = x.recurring_id
  ),
  holders as (${holders(database, "x where most is not null")}),
  judged as (
    select alone.*, case when not is_free then 'busy' when most is not null and
        row_number() over (partition by alone.pool, is_free order by ord) > most - coalesce(held, 0) then 'full'
      else 'taken' end as verdict
    from alone left join holders on holders.pool = alone.pool
  ),
  hit as (
    update ${tasks} as t set status = 'running', attempt = t.attempt + 1,
      started_at = judged.started_at, owner = judged.owner, lease_until = judged.lease_until
    from judged where verdict = 'taken' and t.seq = judged.seq
  ),
  tally as (
    select recurring_id, count(*) as runs, (array_agg(started_at order by ord desc))[1] as last_run
    from judged where verdict = 'taken' and recurring_id is not null group by recurring_id
  ),
  base as (
    select c.recurring_id, c.total_runs, c.total_failures, c.consecutive_failures, c.last_run
    from ${configs} as c join tally on tally.recurring_id = c.recurring_id
  ),
  counted as (
    update ${configs} as c set total_runs = base.total_runs + tally.runs, last_run = tally.last_run
    from base join tally on tally.recurring_id = base.recurring_id where c.recurring_id = base.recurring_id
  )
  select judged.ord, judged.verdict, base.recurring_id,
    base.total_runs, base.total_failures, base.consecutive_failures, base.last_run
  from judged left join base on judged.verdict = 'taken' and base.recurring_id = judged.recurring_id;
end
$body$`
}
