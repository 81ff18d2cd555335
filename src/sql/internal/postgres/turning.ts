/**
 * A function in the database that ends many tasks and claims others in their places, in one round trip and one commit.
 *
 * Locks are taken in the order tasks, recurring tasks, pools, and within each in the order of their names, so that two
 * calls that meet wait for each other instead of deadlocking. Nothing waits for older tasks that are to be pruned.
 * Whatever follows the locks sees what was committed until then, as every statement in a function does.
 */
import * as columns from "../columns.ts"
import * as conditions from "../conditions.ts"
import { fullName, madeFunction } from "./planning.ts"
import * as pools from "./pools.ts"
import { declarations } from "./recordset.ts"

/**
 * What is to be ended or claimed. `ord`, from 1, is its number, endings first. Of an ending, `keep` and `since` are the
 * retention, and `apart` is where it is kept if not with a recurring task or with the one-off tasks. A list of these is in the order of their ids.
 */
const targetColumns = {
  ord: "integer",
  status: "text",
  completed_at: "integer",
  keep: "integer",
  since: "integer",
  apart: "text",
  ...columns.endTarget,
  ...columns.claim
} as const

/** The names of everything. */
interface Names extends pools.Names {
  readonly tasks: string
  readonly configs: string
  readonly outcomes: string
}

/** The full name of the function. An older one is called `turn`; processes of an older version may still use it. */
export const functionName = (names: pools.Names): string => fullName(names, "take_turn")

/**
 * The definition of the function. It returns, as JSON: the verdict on each target, or null if it was not in the
 * expected state; the tasks that were pruned; and the counters of the recurring tasks as they were before.
 */
export const turning = (database: pools.Names): string => {
  const table = (name: string) => fullName(database, name)
  const names = { ...database, tasks: table("tasks"), configs: table("configs"), outcomes: table("outcomes") }
  return madeFunction(
    `${functionName(names)}(
      targets json, endings json, out verdicts text, out pruned text, out counters text
    )`,
    `declare
      -- of every target, in the order of ord: the place of its row, what is in that, and what is asked for
      _places tid[];
      _recurring_ids text[];
      _statuses text[];
      _ends bigint[];
      _keeps bigint[];
      _sinces bigint[];
      _aparts text[];
      _pools text[];
      _firsts boolean[];
      _owners text[];
      _starts bigint[];
      _leases bigint[];
      _mosts bigint[];
      _instances bigint[];
      -- of every recurring task
      _configs text[];
      _homes tid[];
      -- what becomes of the targets
      _shelves text[];
      _ended text[];
      _claimed text[];
    begin
      ${lock(names)}
      if _statuses[1] is not null then
        ${shelve}
        ${prune(names)}
        if 'stays' = any(_ended) then ${end(names)} end if;
        if 'goes' = any(_ended) then ${drop(names)} end if;
      end if;
      if _owners[cardinality(_owners)] is not null then
        ${lockPools(names)}
        ${claim(names)}
      end if;
      if _configs is not null then ${count(names)} end if;
      verdicts := to_json(_ended || _claimed);
    end`
  )
}

/** Takes the locks of tasks and recurring tasks, and determines which targets are in the expected state. */
const lock = (names: Names): string =>
  `select array_agg(place), array_agg(recurring_id), array_agg(status), array_agg(completed_at), array_agg(keep),
      array_agg(since), array_agg(apart), array_agg(semaphore), array_agg(expected = 0), array_agg(owner), array_agg(started_at),
      array_agg(lease_until), array_agg(most), array_agg(most_instances)
    into _places, _recurring_ids, _statuses, _ends, _keeps, _sinces, _aparts, _pools, _firsts, _owners, _starts, _leases, _mosts,
      _instances
    from (
      select * from (
        select x.*, t.* from json_to_recordset(targets) as x(${declarations(targetColumns)})
        left join lateral (
          select ctid as place, recurring_id, semaphore,
            case when x.owner is null then ${conditions.mayEnd} else ${conditions.mayBegin} end as is_meant
          from ${names.tasks} as t where t.task_id = x.task_id offset 0 for update
        ) as t on t.is_meant offset 0
      ) as locked order by ord
    ) as targets;

    select array_agg(recurring_id), array_agg(place), json_agg(json_build_object(
        'recurring_id', recurring_id, ${Object.keys(columns.counters).map((name) => `'${name}', ${name}`).join(", ")}
      ))
    into _configs, _homes, counters
    from (
      select *, ctid as place from ${names.configs}
      where recurring_id = any(_recurring_ids) order by recurring_id for update
    ) as configs;`

/** Takes the locks of the pools as late as possible: another claim in the same pool waits until this commits. */
const lockPools = (names: Names): string =>
  `perform ${pools.locks(names, "unnest(_pools, _mosts) as p(pool, most) where most is not null")};`

/**
 * Determines where ended tasks are kept: with those of their recurring task, apart, or with one-off tasks. If
 * there are many, only the last ones are written at all.
 */
const shelve = `select array_agg(history_of),
      array_agg(case when place is null then null when stays then 'stays' else 'goes' end)
    into _shelves, _ended
    from (
      select place, history_of, ended_at >= since is true
          or row_number() over (partition by place is null, history_of, status order by ord desc) <= keep as stays
      from (
        select x.*, coalesce(c.recurring_id, x.apart, '') as history_of
        from unnest(_places, _recurring_ids, _statuses, _ends, _keeps, _sinces, _aparts) with ordinality
          as x(place, recurring_id, status, ended_at, keep, since, apart, ord)
        left join unnest(_configs) as c(recurring_id) on c.recurring_id = x.recurring_id
        where status is not null
      ) as x order by ord
    ) as x;`

const shelved = "history_of = shelf.history_of and status = shelf.status and completed_at is not null"

const newestFirst = "order by completed_at desc, seq desc"

/** Later than any instant. */
const forever = "9223372036854775807"

/**
 * Removes the oldest tasks if the new ones make them too many. Tasks that are too recent to be removed are not even
 * looked at, however many there are.
 */
const prune = (names: Names): string =>
  `with
    shelf as (
      select history_of, status, max(keep) - count(*) filter (where verdict = 'stays') as room,
        coalesce(max(since), ${forever}) as since
      from unnest(_shelves, _statuses, _keeps, _sinces, _ended) as x(history_of, status, keep, since, verdict)
      where verdict is not null group by history_of, status
    ),
    oldest as (
      select oldest.seq from shelf
      cross join lateral (
        select completed_at, seq from ${names.tasks} where ${shelved} ${newestFirst} limit 1 offset greatest(0, shelf.room)
      ) as first
      cross join lateral (
        select seq from ${names.tasks} where ${shelved} and (completed_at, seq) <= (
          least(first.completed_at, shelf.since), case when first.completed_at < shelf.since then first.seq else 0 end
        ) ${newestFirst} offset 0
      ) as oldest order by seq
    ),
    locked as (
      select t.place from oldest cross join lateral (
        select ctid as place from ${names.tasks} where seq = oldest.seq offset 0 for update skip locked
      ) as t
    ),
    gone as (
      delete from ${names.tasks} as t using locked where t.ctid = locked.place
      returning t.task_id, t.recurring_id, ${prefixed("t", columns.run)}
    ),
    told as (${tell(names)})
    select json_agg(task_id) into pruned from gone;`

/** Ends the tasks that are kept. */
const end = ({ tasks }: Names): string =>
  `update ${tasks} as t set ${columns.assignments(columns.report)}, ${columns.ended}, history_of = _shelves[ord]
    from rows from (json_to_recordset(endings) as (${declarations(columns.report)})) with ordinality
      as x(${columns.list(columns.report)}, ord)
    where _ended[ord] = 'stays' and t.ctid = _places[ord];`

/** Removes the tasks that end and are not kept. */
const drop = (names: Names): string =>
  `with
    gone as (
      delete from ${names.tasks} as t
      using unnest(_ended, _places, _statuses, _ends) as x(verdict, place, status, completed_at)
      where verdict = 'goes' and t.ctid = x.place
      returning t.task_id, t.recurring_id, x.status, t.started_at, x.completed_at
    )
    ${tell(names)};`

/** Copies the state of removed tasks to their outcomes. */
const tell = ({ outcomes }: Names): string =>
  `update ${outcomes} as o
    set status = gone.status, started_at = gone.started_at, completed_at = gone.completed_at
    from gone cross join lateral (select ctid as place from ${outcomes} where task_id = gone.task_id offset 0) as found
    where o.ctid = found.place and gone.recurring_id is not null`

const prefixed = (alias: string, wanted: columns.Columns): string =>
  Object.keys(wanted).map((name) => `${alias}.${name}`).join(", ")

/** Claims tasks, in the order of the claims. */
const claim = (names: Names): string =>
  `with
    x as (
      select * from unnest(
        _places, _recurring_ids, _pools, _owners, _starts, _leases, _mosts, _instances
      ) with ordinality as x(place, recurring_id, pool, owner, started_at, lease_until, most, most_instances, ord)
      where owner is not null
    ),
    instances as materialized (
      select recurring_id, count(*) as running from (
        -- in the order of the index of those that run: they are fewer than those that wait, and are gone through once
        select recurring_id from ${names.tasks} where owner is not null order by semaphore, owner
      ) as t
      where exists (select from x where recurring_id is not null and most_instances is not null) group by recurring_id
    ),
    ${pools.judged(names)},
    hit as (
      update ${names.tasks} as t set ${columns.begun},
        started_at = judged.started_at, owner = judged.owner, lease_until = judged.lease_until
      from judged where verdict = 'taken' and t.ctid = judged.place
    )
    select array_agg(verdict order by ord) into _claimed from judged;`

/** What each recurring task did: failures, failures since the last success, and first runs. */
const count = ({ configs }: Names): string =>
  `update ${configs} as c set
      total_failures = c.total_failures + tally.failed,
      consecutive_failures = case when tally.has_done then tally.tail else c.consecutive_failures + tally.failed end,
      total_runs = c.total_runs + tally.runs,
      last_run = coalesce(tally.last_run, c.last_run)
    from (
      select recurring_id, bool_or(status = 'done') as has_done, count(*) filter (where status = 'failed') as failed,
        count(*) filter (where status = 'failed' and ord > last_done) as tail, count(started_at) as runs,
        (array_agg(started_at order by ord desc) filter (where started_at is not null))[1] as last_run
      from (
        select recurring_id, ord, status, case when is_first and verdict = 'taken' then started_at end as started_at,
          coalesce(max(ord) filter (where status = 'done') over (partition by recurring_id), 0) as last_done
        from unnest(_recurring_ids, _firsts, _starts, _statuses, _ended || _claimed)
          with ordinality as x(recurring_id, is_first, started_at, status, verdict, ord)
        where recurring_id is not null
      ) as steps group by recurring_id
    ) as tally join unnest(_configs, _homes) as home(recurring_id, place) on home.recurring_id = tally.recurring_id
    where c.ctid = home.place and (tally.failed > 0 or tally.runs > 0 or (tally.has_done and c.consecutive_failures > 0));`
