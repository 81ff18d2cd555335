/**
 * A function in the database that commits many decisions of recurring tasks. It is one call: a process that is frozen
 * between two would keep its locks, and stop all others.
 *
 * Locks are taken in the order tasks, recurring tasks, pools, and within each in the order of their names, as
 * everywhere. What is counted after that is what was committed until the locks were held. Outcomes are written before
 * the row of their recurring task: the row that they refer to is still the one that is locked, and need not be locked
 * again for each of them.
 */
import * as columns from "../columns.ts"
import { fullName, locked, madeFunction, numbered } from "./planning.ts"
import * as pools from "./pools.ts"
import type { Usual } from "./recordset.ts"

type Names = pools.Names

/** Which recurring task, if its version is the expected one and so many of its instances are active. */
const targetColumns = {
  recurring_id: "text",
  expected: "integer",
  active: "integer",
  outcome_count: "integer",
  keep: "integer"
} as const

/** What is written of it; its version is the next one if none is given. */
const decisionColumns = { ...columns.decision, outcome_count: "integer" } as const

/** What is usual in the lists. */
export const usual = {
  targets: { values: { outcome_count: 1 } },
  decisions: { values: { revision: 1, enabled: true, note: "", declared: false, outcome_count: 1 } },
  outcomes: {
    values: { ordinal: 1, count: 1, outcome: "Started", reason: "", triggered_by: "schedule" },
    sameAs: { to_at: "from_at" }
  },
  instances: {
    values: { status: "queued", attempt: 0, progress: 0, priority: 0, parked: false },
    sameAs: { parent_id: "recurring_id", history_of: "recurring_id" }
  }
} as const satisfies Readonly<Record<string, Usual>>

/** A task that is to stop, if the decision of this number counts. */
const cancelColumns = { decision: "integer", ...columns.cancel } as const

/** An outcome; `ordinal` is its number among those that come with its recurring task. */
const outcomeColumns = { ordinal: "integer", ...columns.outcome } as const

/**
 * The full name of the function. An older one is called `commit_decisions`; processes of an older version may still use
 * it.
 */
export const functionName = (names: Names): string => fullName(names, "write_decisions")

/**
 * The function, as it is made. Of a list that is null there is nothing; `ord`, from 1, is the number of the decision, or of
 * the cancel that is asked for. It answers, in JSON, which decisions count, and the counters then of the recurring tasks whose
 * instances have begun. Unless it `waits`, it leaves out those that somebody else has locked, and answers null to these.
 */
export const deciding = (names: Names): string => {
  const table = (name: string) => fullName(names, name)
  return madeFunction(
    `${functionName(names)}(
      targets json, decisions json, cancels json, outcomes json, instances json, begins json, waits boolean,
      out written text, out begun text
    )`,
    `declare
      -- of every cancel, in the order of ord: the place of its task
      _stopping tid[];
      -- of every decision, in the order of ord: its recurring task, the expected version and the place of its row, how
      -- many active instances it must have, how many outcomes it has had, and the last one of these that is too old
      _recurring_ids text[];
      _versions bigint[];
      _homes tid[];
      _actives bigint[];
      _counts bigint[];
      _bounds bigint[];
      -- and of that whose instance begins: who runs it, since when and until when
      _owners text[];
      _starts bigint[];
      _leases bigint[];
      _ord bigint;
      -- the numbers of those that are left out
      _locked bigint[] := '{}';
    begin
      if cancels is not null then ${lockTasks(table("tasks"))} end if;
      if waits then
        ${lockConfigs(table("configs"), "for no key update")}
      else
        ${lockConfigs(table("configs"), "for no key update skip locked")}
        if array_position(_homes, null) is not null then ${findLocked(table("configs"))} end if;
      end if;
      ${leaveOut(table("tasks"))}
      ${forget(table("outcomes"))}
      if outcomes is not null then ${insertOutcomes(table("outcomes"))} end if;
      if begins is not null then ${judge(names)} end if;
      ${write(table("configs"))}
      if cancels is not null then ${cancel(table("tasks"))} end if;
      if instances is not null then ${add(table("tasks"), begun)} end if;
      ${answer}
    end`
  )
}

const lockTasks = (tasks: string): string =>
  `select array_agg(place) into _stopping from ${
    locked("cancels", cancelColumns, {
      table: tasks,
      where: "t.task_id = x.task_id",
      isMeant: "t.completed_at is null"
    })
  };`

const lockConfigs = (configs: string, lock: string): string =>
  `select array_agg(recurring_id), array_agg(expected), array_agg(place), array_agg(active), array_agg(count),
          array_agg(count + outcome_count - keep)
        into _recurring_ids, _versions, _homes, _actives, _counts, _bounds from ${
    locked("targets", targetColumns, {
      table: configs,
      usual: usual.targets,
      where: "t.recurring_id = x.recurring_id",
      isMeant: "t.version = x.expected",
      wanted: "t.outcome_count as count, ",
      lock
    })
  };`

/** Those whose row is still what is expected, as far as is known. */
const findLocked = (configs: string): string =>
  `select coalesce(array_agg(ord), '{}') into _locked
          from unnest(_recurring_ids, _versions, _homes) with ordinality as x(recurring_id, expected, home, ord)
          where home is null and expected = (select version from ${configs} where recurring_id = x.recurring_id);`

/** A decision that found no room does not count if instances have ended meanwhile. */
const leaveOut = (tasks: string): string =>
  `for _ord in
        select ord from unnest(_recurring_ids, _actives) with ordinality as x(recurring_id, active, ord)
        where active is not null and active > (
          select count(*) from ${tasks} where recurring_id = x.recurring_id and completed_at is null
        )
      loop
        _homes[_ord] := null;
      end loop;`

/** Removes the outcomes that are then too old. */
const forget = (outcomes: string): string =>
  `delete from ${outcomes} as o using (
        select o.place from unnest(_recurring_ids, _homes, _bounds) as x(recurring_id, home, bound)
        cross join lateral (
          select ctid as place from ${outcomes} where recurring_id = x.recurring_id and ordinal <= x.bound offset 0
        ) as o
        where home is not null and bound > 0 offset 0
      ) as old where o.ctid = old.place;`

const answer = `select json_agg(case when ord <> all(_locked) then home is not null end) into written
        from unnest(_homes) with ordinality as x(home, ord);`

/** Adds outcomes, numbered after those that were there before. */
export const insertOutcomes = (outcomes: string): string =>
  `insert into ${outcomes} (recurring_id, ordinal, ${columns.list(columns.outcome)})
      select _recurring_ids[x.ord], _counts[x.ord] + x.ordinal, ${columns.prefixed("x", columns.outcome)}
      from ${numbered("outcomes", outcomeColumns, usual.outcomes)} where _homes[x.ord] is not null;`

/**
 * Takes the locks of the pools, as late as possible, and determines which instances begin. Decisions and verdicts are
 * concatenated and grouped, not joined: the planner expects few of them, and would compare each with each.
 */
const judge = (names: Names): string => {
  const wanted = `${numbered("begins", columns.begin)} where _homes[x.ord] is not null`
  return `perform ${pools.locks(names, `${wanted} and most is not null`)};

      with
        x as (select x.*, _homes[x.ord] as place, _recurring_ids[x.ord] as recurring_id from ${wanted}),
        -- whoever asks knows of no more that are active than may run
        instances as (
          select recurring_id, (
            select count(*) from ${fullName(names, "tasks")}
            where recurring_id = x.recurring_id and completed_at is null and owner is not null
          ) as running from x where most_instances is not null
        ),
        ${pools.judged(names)}
      select array_agg(owner order by ord), array_agg(started_at order by ord), array_agg(lease_until order by ord)
        into _owners, _starts, _leases
        from (
          select ord, max(owner) as owner, max(started_at) as started_at, max(lease_until) as lease_until
          from (
            select ord, owner, started_at, lease_until from judged where verdict = 'taken'
            union all select ord, null, null, null from generate_subscripts(_homes, 1) as ord
          ) as each group by ord
        ) as each;`
}

const counters = Object.keys(columns.counters).map((name) => `'${name}', c.${name}`).join(", ")

const write = (configs: string): string =>
  `with written as (
        update ${configs} as c set version = coalesce(x.version, c.version + 1), ${columns.decide},
          total_runs = c.total_runs + case when _starts[x.ord] is null then 0 else 1 end,
          last_run = coalesce(_starts[x.ord], c.last_run)
        from ${numbered("decisions", decisionColumns, usual.decisions)} where c.ctid = _homes[x.ord]
        returning case when _starts[x.ord] is not null then json_build_object('ord', x.ord, ${counters}) end as counters
      )
      select json_agg(counters) filter (where counters is not null) into begun from written;`

const cancel = (tasks: string): string =>
  `update ${tasks} as t set cancel_request = x.cancel_request
      from ${numbered("cancels", cancelColumns)} where _homes[x.decision] is not null and t.ctid = _stopping[x.ord];`

/** How an instance is written that begins. */
const begun: Readonly<Record<string, string>> = {
  status: "case when _starts[x.ord] is null then x.status else 'running' end",
  attempt: "case when _starts[x.ord] is null then x.attempt else x.attempt + 1 end",
  started_at: "coalesce(_starts[x.ord], x.started_at)",
  owner: "_owners[x.ord]",
  lease_until: "_leases[x.ord]"
}

/** Adds instances as they are given, with `otherwise` instead of some columns. */
export const add = (tasks: string, otherwise: Readonly<Record<string, string>> = {}): string =>
  `insert into ${tasks} (${columns.list(columns.newTask)})
      select ${Object.keys(columns.newTask).map((name) => otherwise[name] ?? `x.${name}`).join(", ")}
      from ${numbered("instances", columns.newTask, usual.instances)} where _homes[x.ord] is not null;`
