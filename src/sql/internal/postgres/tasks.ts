/**
 * Tasks in Postgres. A transition with all that belongs to it is one statement, however many tasks it is about: its parts
 * see the database as it was, so what one has changed, the next one gets by `returning`.
 *
 * Rows are locked in the order tasks, recurring tasks, older tasks, and within each in the order of their ids, so that two
 * statements that meet wait for each other and do not block.
 */
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import type { Fragment } from "effect/sql/Statement"
import type { Claim, Settled, TaskRecord } from "../../../TaskStore.ts"
import * as columns from "../columns.ts"
import * as counters from "../counters.ts"
import type { Database } from "../database.ts"
import * as retention from "../retention.ts"
import * as rows from "../rows.ts"
import type { Change, Claimed, Ending } from "../writes.ts"
import { recordset } from "./recordset.ts"

/** Adds tasks, in this order. */
export const insert = (
  { list, sql, tasks }: Database,
  records: ReadonlyArray<TaskRecord>
): Effect.Effect<unknown, SqlError> =>
  sql`insert into ${tasks} (${list(columns.newTask)})
    select ${list(columns.newTask)} from ${recordset(sql, columns.newTask, records.map(rows.fromTask))}`

/**
 * The rows of the tasks that are meant, locked one after another. Each is looked up by its id: joined to many rows, whose
 * number Postgres cannot know, it may be looked for in a way that takes the square of the time. For the same reason
 * whether it `isMeant` is worked out before it is asked for.
 */
const meant = (
  { sql, tasks }: Database,
  given: columns.Columns,
  values: ReadonlyArray<columns.Values & { readonly task_id: string }>,
  isMeant: string
): Fragment =>
  sql`select x.*, t.seq from ${recordset(sql, given, inLockingOrder(values))}
    cross join lateral (
      select seq, ${sql.literal(isMeant)} as is_meant from ${tasks} where task_id = x.task_id for update
    ) as t where t.is_meant`

const inLockingOrder = <A extends { readonly task_id: string }>(values: ReadonlyArray<A>): ReadonlyArray<A> =>
  values.toSorted((a, b) => a.task_id < b.task_id ? -1 : 1)

const isQueued = "(status = 'queued' and attempt = x.expected)"

const isRunning = "(status = 'running' and attempt = x.expected)"

const isLive = "(completed_at is null and attempt = x.expected)"

/** The counters of the recurring tasks of `hit`, before this statement, locked. */
const base = ({ configs, list, sql }: Database): Fragment =>
  sql`select recurring_id, ${list(columns.counters)} from ${configs}
    where recurring_id in (select recurring_id from hit) order by recurring_id for update`

const claimColumns = { ord: "integer", ...columns.claim } as const

const take = (database: Database, claims: ReadonlyArray<Claim>) => {
  const { configs, read, sql, tasks } = database
  const values = claims.map((claim, ord) => ({ ord, ...rows.fromClaim(claim) }))
  return sql<rows.Row>`with
    x as (${meant(database, claimColumns, values, isQueued)}),
    hit as (
      update ${tasks} as t set status = 'running', attempt = t.attempt + 1,
        started_at = x.started_at, owner = x.owner, lease_until = x.lease_until
      from x where t.seq = x.seq returning t.*, x.ord
    ),
    base as (${base(database)}),
    tally as (
      select recurring_id, count(*) as runs, (array_agg(started_at order by ord desc))[1] as last_run
      from hit where recurring_id is not null group by recurring_id
    ),
    counted as (
      update ${configs} as c set total_runs = base.total_runs + tally.runs, last_run = tally.last_run
      from base join tally on tally.recurring_id = base.recurring_id where c.recurring_id = base.recurring_id
    )
    select ${read(columns.task, "hit")}, ${read(columns.counters, "base")}
    from hit left join base on base.recurring_id = hit.recurring_id order by hit.ord`
}

/** Claims tasks. */
export const claim = Effect.fnUntraced(function*(
  database: Database,
  claims: ReadonlyArray<Claim>
): Effect.fn.Return<ReadonlyArray<Claimed | undefined>, SqlError> {
  const found = yield* take(database, claims)
  const taken = rows.tasksById(found)
  const { after } = counters.fold(rows.countersById(found), [...taken.values()], counters.began)
  return claims.map(({ taskId }) => {
    const task = taken.get(taskId)
    return task && { task, counters: after.get(task) }
  })
})

const changed = { ...columns.target, ...columns.change } as const

const fromChange = ({ expected, task }: Change) => ({ expected, ...rows.fromChange(task) })

const change = (database: Database, changes: ReadonlyArray<Change>, set: columns.Columns) => {
  const { assign, sql, tasks } = database
  return Effect.map(
    sql<rows.Row>`with
      x as (${meant(database, changed, changes.map(fromChange), isRunning)})
      update ${tasks} as t set ${assign(set)} from x where t.seq = x.seq returning t.task_id`,
    rows.idsOf
  )
}

/** Changes running tasks, all but who owns them. */
export const update = (database: Database, changes: ReadonlyArray<Change>) => change(database, changes, columns.word)

/** Puts running tasks back into the queue. */
export const requeue = (database: Database, changes: ReadonlyArray<Change>) => change(database, changes, columns.change)

const endColumns = { ord: "integer", stays: "boolean", ...changed } as const

/** The oldest of shelves that are too full, beside those that this statement puts there. */
const pruned = ({ sql, tasks }: Database, shelves: ReadonlyArray<retention.Shelf>): Fragment =>
  sql`delete from ${tasks} where seq in (
      select seq from ${tasks} where seq in (
        select oldest.seq
        from ${recordset(sql, retention.shelfColumns, shelves.map((shelf) => ({ ...shelf })), "shelf")}
        cross join lateral (
          select t.seq from ${tasks} as t
          where t.history_of = shelf.history_of and t.status = shelf.status and t.completed_at is not null
          order by t.completed_at desc, t.seq desc
          offset greatest(0, shelf.keep - (
            select count(*) from ended where ended.history_of = shelf.history_of and ended.status = shelf.status
          ))
        ) as oldest
      ) order by seq for update skip locked
    ) returning task_id, recurring_id, status`

/** How each recurring task of `hit` did: failures, the last success, and failures after that. */
const tally = ({ sql }: Database): Fragment =>
  sql`select recurring_id, max(last_done) as last_done, count(*) filter (where status = 'failed') as failed,
      count(*) filter (where status = 'failed' and ord > last_done) as tail
    from (
      select recurring_id, ord, status,
        coalesce(max(ord) filter (where status = 'done') over (partition by recurring_id), -1) as last_done
      from hit where recurring_id is not null
    ) as ends group by recurring_id`

const end = (database: Database, endings: ReadonlyArray<Ending>) => {
  const { assign, configs, outcomes, read, sql, tasks } = database
  const { shelves, stays } = retention.plan(endings)
  const values = endings.map((ending, ord) => ({ ord, stays: stays[ord], ...fromChange(ending) }))
  return sql<rows.Row>`with
    x as (${meant(database, endColumns, values, isLive)}),
    ended as (
      update ${tasks} as t set ${assign(columns.change)} from x where x.stays and t.seq = x.seq
      returning t.task_id, t.recurring_id, t.status, t.history_of, x.ord
    ),
    dropped as (
      delete from ${tasks} as t using x where not x.stays and t.seq = x.seq
      returning t.task_id, t.recurring_id, x.status, x.ord
    ),
    hit as (
      select task_id, recurring_id, status, ord, false as is_gone from ended
      union all select task_id, recurring_id, status, ord, true from dropped
    ),
    base as (${base(database)}),
    tally as (${tally(database)}),
    counted as (
      update ${configs} as c set total_failures = base.total_failures + tally.failed,
        consecutive_failures = case
          when tally.last_done >= 0 then tally.tail else base.consecutive_failures + tally.failed
        end
      from base join tally on tally.recurring_id = base.recurring_id
      where c.recurring_id = base.recurring_id
        and (tally.failed > 0 or (tally.last_done >= 0 and base.consecutive_failures > 0))
    ),
    pruned as (${pruned(database, shelves)}),
    gone as (
      select task_id, recurring_id, status from dropped union all select task_id, recurring_id, status from pruned
    ),
    kept as (
      update ${outcomes} as o set status = gone.status from gone
      where o.task_id = gone.task_id and gone.recurring_id is not null
    )
    select true as is_hit, hit.task_id, hit.recurring_id, hit.is_gone, ${read(columns.counters, "base")}
    from hit left join base on base.recurring_id = hit.recurring_id
    union all select false, task_id, null, true, null, null, null, null from pruned`
}

/** The tasks of a recurring task that was removed while they ran are kept among all others. */
const adopt = Effect.fnUntraced(function*(database: Database, orphans: ReadonlyArray<Ending>) {
  const { sql, tasks } = database
  const ids = orphans.map(({ task }) => rows.fromTask(task))
  yield* sql`update ${tasks} as t set history_of = ''
    from ${recordset(sql, { task_id: "text" }, ids.map(({ task_id }) => ({ task_id })))} where t.task_id = x.task_id`
  const shelves = retention.plan(orphans).shelves.map((shelf) => ({ ...shelf, history_of: "" }))
  return yield* sql<rows.Row>`with ended as (select history_of, status from ${tasks} where false)
    ${pruned(database, shelves)}`
})

/** Ends tasks. */
export const settle = Effect.fnUntraced(function*(
  database: Database,
  endings: ReadonlyArray<Ending>
): Effect.fn.Return<ReadonlyArray<Settled | undefined>, SqlError> {
  const found = yield* end(database, endings)
  const hits = found.filter((row) => row.is_hit)
  const hit = rows.idsOf(hits)
  const settled = endings.filter(({ task }) => hit.has(task.taskId))
  const { after } = counters.fold(rows.countersById(hits), settled.map(({ task }) => task), counters.ended)
  const gone = [...rows.idsOf(found.filter((row) => row.is_gone))]
  const orphans = settled.filter(({ task }) => task.recurringId !== null && !after.has(task))
  if (orphans.length > 0) gone.push(...rows.idsOf(yield* adopt(database, orphans)))
  return retention.answers(endings, hit, after, gone)
})
