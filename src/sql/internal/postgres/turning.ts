/**
 * A function in the database that ends many tasks and claims others in their places, in one round trip and one commit.
 *
 * Locks are taken in the order tasks, recurring tasks, pools, older tasks, and within each in the order of their names, so
 * that two that meet wait for each other and do not block. What comes then sees what was committed until then, since in a
 * function every statement does.
 *
 * It is planned once per connection, whatever the tables look like then: so the planner is told to use the indexes.
 */
import * as columns from "../columns.ts"
import * as conditions from "../conditions.ts"
import { quoted, tableName } from "../database.ts"
import * as pools from "./pools.ts"
import { declarations } from "./recordset.ts"

/** What is to be ended or claimed; `ord` is the order in which it came. A list of these is in the order of their ids. */
const targetColumns = { ord: "integer", is_claim: "boolean", ...columns.claim } as const

/** How a task ends; `ord` is that of its target, `keep` and `since` are the retention. */
const endingColumns = { ord: "integer", keep: "integer", since: "integer", ...columns.word } as const

/** The names of everything. */
interface Names extends pools.Names {
  readonly tasks: string
  readonly configs: string
  readonly outcomes: string
}

/** The full name of the function. */
export const functionName = ({ place, sql }: pools.Names): string => quoted(sql, tableName(place, "turn"))

/** The function, as it is made. */
export const turning = ({ place, sql }: pools.Names): string => {
  const table = (name: string) => quoted(sql, tableName(place, name))
  const names = { place, sql, tasks: table("tasks"), configs: table("configs"), outcomes: table("outcomes") }
  return `create or replace function ${functionName(names)}(targets json, endings json)
    returns table (
      ord bigint, verdict text, task_id text, recurring_id text,
      total_runs bigint, total_failures bigint, consecutive_failures bigint, last_run bigint
    )
    language plpgsql
    set enable_seqscan = off set enable_bitmapscan = off set plan_cache_mode = force_generic_plan
    as $body$
    #variable_conflict use_column
    declare
      _ords bigint[];
      _claims boolean[];
      _firsts boolean[];
      _seqs bigint[];
      _recurring_ids text[];
      _pools text[];
      _owners text[];
      _starts bigint[];
      _leases bigint[];
      _mosts bigint[];
      _instances bigint[];
    begin
      ${lock(names)}
      if json_array_length(endings) > 0 then return query ${end(names)}; end if;
      if true = any(_claims) then return query ${claim(names)}; end if;
    end
    $body$`
}

/** Takes all locks, and finds out which targets are what they are meant to be. */
const lock = (names: Names): string =>
  `select array_agg(x.ord), array_agg(x.is_claim), array_agg(x.expected = 0), array_agg(t.seq),
      array_agg(t.recurring_id), array_agg(t.semaphore), array_agg(x.owner), array_agg(x.started_at),
      array_agg(x.lease_until), array_agg(x.most), array_agg(x.most_instances)
    into _ords, _claims, _firsts, _seqs, _recurring_ids, _pools, _owners, _starts, _leases, _mosts, _instances
    from json_to_recordset(targets) as x(${declarations(targetColumns)})
    cross join lateral (
      select seq, recurring_id, semaphore,
        case when x.is_claim then ${conditions.mayBegin} else ${conditions.mayEnd} end as is_meant
      from ${names.tasks} as t where t.task_id = x.task_id offset 0 for update
    ) as t where t.is_meant;

    perform 1 from ${names.configs} where recurring_id = any(_recurring_ids) order by recurring_id for update;

    perform ${pools.locks(names, "unnest(_pools, _mosts) as p(pool, most) where most is not null")};`

const counters = (alias: string): string => Object.keys(columns.counters).map((name) => `${alias}.${name}`).join(", ")

/**
 * Ends tasks. They are put beside those of their recurring task, or those of all others when it is gone. Of many the last
 * ones stay, and the others need not be put there in the first place.
 */
const end = (names: Names): string =>
  `with
    x as (
      select e.*, t.seq, t.task_id, t.recurring_id
      from json_to_recordset(endings) as e(${declarations(endingColumns)})
      join unnest(_ords, _seqs) as found(ord, seq) on found.ord = e.ord
      cross join lateral (
        select seq, task_id, recurring_id from ${names.tasks} where seq = found.seq offset 0
      ) as t
    ),
    base as (
      select recurring_id, ${columns.list(columns.counters)} from ${names.configs}
      where recurring_id in (select recurring_id from x)
    ),
    placed as (
      select x.*, coalesce(base.recurring_id, '') as history_of,
        row_number() over (partition by base.recurring_id, x.status order by x.ord desc) <= x.keep
          or coalesce(x.completed_at >= x.since, false) as stays
      from x left join base on base.recurring_id = x.recurring_id
    ),
    ended as (
      update ${names.tasks} as t set ${columns.assignments(columns.word)}, ${columns.ended}, history_of = x.history_of
      from placed as x where x.stays and t.seq = x.seq
    ),
    dropped as (delete from ${names.tasks} as t using placed as x where not x.stays and t.seq = x.seq),
    ${countEnds(names)},
    ${prune(names)},
    told as (
      update ${names.outcomes} as o
      set status = gone.status, started_at = gone.started_at, completed_at = gone.completed_at
      from (
        select task_id, recurring_id, ${columns.list(columns.run)} from placed where not stays
        union all select task_id, recurring_id, ${columns.list(columns.run)} from pruned
      ) as gone
      where o.task_id = gone.task_id and gone.recurring_id is not null
    )
    select x.ord, case when x.stays then 'stays' else 'goes' end, x.task_id, x.recurring_id, ${counters("base")}
    from placed as x left join base on base.recurring_id = x.recurring_id
    union all select null, 'pruned', task_id, null, null, null, null, null from pruned`

/** How each recurring task did: failures, the last success, and failures after that. */
const countEnds = ({ configs }: Names): string =>
  `tally as (
      select recurring_id, max(last_done) as last_done, count(*) filter (where status = 'failed') as failed,
        count(*) filter (where status = 'failed' and ord > last_done) as tail
      from (
        select recurring_id, ord, status,
          coalesce(max(ord) filter (where status = 'done') over (partition by recurring_id), -1) as last_done
        from placed where recurring_id is not null
      ) as ends group by recurring_id
    ),
    counted as (
      update ${configs} as c set total_failures = base.total_failures + tally.failed,
        consecutive_failures = case
          when tally.last_done >= 0 then tally.tail else base.consecutive_failures + tally.failed
        end
      from base join tally on tally.recurring_id = base.recurring_id
      where c.recurring_id = base.recurring_id
        and (tally.failed > 0 or (tally.last_done >= 0 and base.consecutive_failures > 0))
    )`

/** The oldest tasks where there are too many, beside those that are put there now. */
const prune = ({ tasks }: Names): string =>
  `pruned as (
      delete from ${tasks} where seq in (
        select seq from ${tasks} where seq in (
          select oldest.seq from (
            select history_of, status, max(keep) - count(*) filter (where stays) as room, max(since) as since
            from placed group by history_of, status
          ) as shelf
          cross join lateral (
            select t.seq, t.completed_at from ${tasks} as t
            where t.history_of = shelf.history_of and t.status = shelf.status and t.completed_at is not null
            order by t.completed_at desc, t.seq desc offset greatest(0, shelf.room)
          ) as oldest where shelf.since is null or oldest.completed_at < shelf.since
        ) order by seq for update skip locked
      ) returning task_id, recurring_id, ${columns.list(columns.run)}
    )`

/** Claims tasks. Who is too many for his recurring task takes no place in a pool; both are in the order of the claims. */
const claim = (names: Names): string =>
  `with
    x as (
      select * from unnest(
        _ords, _claims, _firsts, _seqs, _recurring_ids, _pools, _owners, _starts, _leases, _mosts, _instances
      ) as x(ord, is_claim, is_first, seq, recurring_id, pool, owner, started_at, lease_until, most, most_instances)
      where is_claim
    ),
    instances as (
      select recurring_id, (
        select count(*) from ${names.tasks} as t
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
    holders as (${pools.holders(names, "x where most is not null")}),
    judged as (
      select alone.*, case when not is_free then 'busy' when most is not null and
          row_number() over (partition by alone.pool, is_free order by ord) > most - coalesce(held, 0) then 'full'
        else 'taken' end as verdict
      from alone left join holders on holders.pool = alone.pool
    ),
    hit as (
      update ${names.tasks} as t set status = 'running', attempt = t.attempt + 1,
        started_at = judged.started_at, owner = judged.owner, lease_until = judged.lease_until, ${columns.unreserved}
      from judged where verdict = 'taken' and t.seq = judged.seq
    ),
    ${countStarts(names)}
    select judged.ord, judged.verdict, null::text, base.recurring_id, ${counters("base")}
    from judged left join base on judged.verdict = 'taken' and base.recurring_id = judged.recurring_id`

const countStarts = ({ configs }: Names): string =>
  `tally as (
      select recurring_id, count(*) as runs, (array_agg(started_at order by ord desc))[1] as last_run
      from judged where verdict = 'taken' and is_first and recurring_id is not null group by recurring_id
    ),
    base as (
      select c.recurring_id, ${counters("c")} from ${configs} as c
      where c.recurring_id in (select recurring_id from judged where verdict = 'taken')
    ),
    counted as (
      update ${configs} as c set total_runs = base.total_runs + tally.runs, last_run = tally.last_run
      from base join tally on tally.recurring_id = base.recurring_id where c.recurring_id = base.recurring_id
    )`
