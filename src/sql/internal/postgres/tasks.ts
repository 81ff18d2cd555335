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
import * as claims from "../claims.ts"
import * as columns from "../columns.ts"
import * as counters from "../counters.ts"
import type { Database } from "../database.ts"
import * as retention from "../retention.ts"
import * as rows from "../rows.ts"
import { toJson } from "../text.ts"
import type { Change, Ending, Place, Return } from "../writes.ts"
import { functionName, holders, lockPools } from "./claiming.ts"
import { recordset } from "./recordset.ts"

/** Adds tasks, in this order. */
export const insert = (
  { list, sql, tasks }: Database,
  records: ReadonlyArray<TaskRecord>
): Effect.Effect<unknown, SqlError> =>
  sql`insert into ${tasks} (${list(columns.newTask)})
    select ${list(columns.newTask)} from ${recordset(sql, columns.newTask, records.map(rows.fromTask))}`

/**
 * The rows about tasks that are as they are meant to be, which are locked one after another. Each is looked up by its id:
 * joined to many rows, whose number Postgres cannot know, it may be looked for in a way that takes the square of the time.
 * For the same reason whether it `isMeant` is worked out before it is asked for.
 */
const meant = (
  { sql, tasks }: Database,
  given: columns.Columns,
  values: ReadonlyArray<columns.Values & { readonly task_id: string }>,
  isMeant: string
): Fragment =>
  sql`select x.*, t.seq, t.recurring_id, t.pool, t.lent from ${recordset(sql, given, inLockingOrder(values))}
    cross join lateral (
      select seq, recurring_id, semaphore as pool, lent, ${sql.literal(isMeant)} as is_meant
      from ${tasks} where task_id = x.task_id offset 0 for update
    ) as t where t.is_meant`

const inLockingOrder = <A extends { readonly task_id: string }>(values: ReadonlyArray<A>): ReadonlyArray<A> =>
  values.toSorted((a, b) => a.task_id < b.task_id ? -1 : 1)

const isRunning = "(status = 'running' and attempt = x.expected)"

const isLive = "(completed_at is null and attempt = x.expected)"

/** The counters of the recurring tasks that `x` belongs to, before this statement, locked. */
const base = ({ configs, list, sql }: Database): Fragment =>
  sql`select recurring_id, ${list(columns.counters)} from ${configs}
    where recurring_id in (select recurring_id from x) order by recurring_id for update`

/** Claims tasks, by a function that is in the database. */
export const claim = Effect.fnUntraced(function*(
  database: Database,
  given: ReadonlyArray<Claim>
): Effect.fn.Return<claims.Answers, SqlError> {
  const { sql } = database
  const values = inLockingOrder(given.map((claim, ord) => ({ ord, ...rows.fromClaim(claim) })))
  const found = yield* sql<rows.Row>`select * from ${sql.literal(functionName(database))}(${toJson(values)}::json)`
  const verdicts = new Map(found.map((row) => [rows.number(row.ord), row.verdict as claims.Verdict]))
  const base = rows.countersById(found)
  return yield* claims.answer(
    given,
    given.map((_, ord) => verdicts.get(ord)),
    (taken) => Effect.succeed(counters.fold(base, taken, counters.began))
  )
})

const placeColumns = { ord: "integer", ...columns.target } as const

/** Lends the places of running tasks. */
export const lend = (database: Database, places: ReadonlyArray<Place>) => {
  const { sql, tasks } = database
  const values = places.map((place, ord) => ({ ord, ...rows.fromPlace(place) }))
  return Effect.map(
    sql<rows.Row>`with x as (${meant(database, placeColumns, values, isRunning)})
      update ${tasks} as t set lent = true from x where t.seq = x.seq returning t.task_id`,
    rows.idsOf
  )
}

const returnColumns = { ...placeColumns, most: "integer" } as const

/** Takes places back: the first statement locks, the second one counts what was committed until then. */
export const takeBack = Effect.fnUntraced(function*(
  database: Database,
  returns: ReadonlyArray<Return>
): Effect.fn.Return<ReadonlyArray<boolean | "full">, SqlError> {
  const { sql, tasks } = database
  const values = returns.map((place, ord) => ({
    ord,
    ...rows.fromPlace(place),
    most: rows.limitOrNull(place.limit)
  }))
  const x = meant(database, returnColumns, values, isRunning)
  yield* sql`with x as (${x}) select ${sql.literal(lockPools(database, "x where most is not null"))}`
  const found = yield* sql<rows.Row>`with
    x as (${x}),
    holders as (${sql.literal(holders(database, "x where most is not null"))}),
    judged as (
      select x.*, not lent or most is null or
        row_number() over (partition by x.pool, lent order by ord) <= most - coalesce(held, 0) as is_free
      from x left join holders on holders.pool = x.pool
    ),
    hit as (update ${tasks} as t set lent = false from judged where is_free and judged.lent and t.seq = judged.seq)
    select task_id, is_free from judged`
  const answers = new Map(found.map((row) => [rows.taskIdOf(row), row.is_free ? true : "full" as const]))
  return returns.map(({ taskId }) => answers.get(taskId) ?? false)
})

const changed = { ...columns.target, ...columns.word } as const

const fromChange = ({ expected, task }: Change) => ({ expected, ...rows.fromWord(task) })

const change = (database: Database, changes: ReadonlyArray<Change>, set: Fragment) => {
  const { sql, tasks } = database
  return Effect.map(
    sql<rows.Row>`with
      x as (${meant(database, changed, changes.map(fromChange), isRunning)})
      update ${tasks} as t set ${set} from x where t.seq = x.seq returning t.task_id`,
    rows.idsOf
  )
}

/** Changes running tasks, all but who owns them. */
export const update = (database: Database, changes: ReadonlyArray<Change>) =>
  change(database, changes, database.assign(columns.word))

/** Puts running tasks back into the queue. */
export const requeue = (database: Database, changes: ReadonlyArray<Change>) =>
  change(database, changes, database.release)

const endColumns = { ord: "integer", keep: "integer", ...changed } as const

/**
 * Where ended tasks are put: beside those of their recurring task, or those of all others when it is gone. Of many the last
 * ones stay, and the others need not be put there in the first place.
 */
const placed = ({ sql }: Database): Fragment =>
  sql`select x.*, coalesce(base.recurring_id, '') as history_of,
      row_number() over (partition by base.recurring_id, x.status order by x.ord desc) <= x.keep as stays
    from x left join base on base.recurring_id = x.recurring_id`

/** How each recurring task of `placed` did: failures, the last success, and failures after that. */
const tally = ({ sql }: Database): Fragment =>
  sql`select recurring_id, max(last_done) as last_done, count(*) filter (where status = 'failed') as failed,
      count(*) filter (where status = 'failed' and ord > last_done) as tail
    from (
      select recurring_id, ord, status,
        coalesce(max(ord) filter (where status = 'done') over (partition by recurring_id), -1) as last_done
      from placed where recurring_id is not null
    ) as ends group by recurring_id`

const counted = ({ configs, sql }: Database): Fragment =>
  sql`update ${configs} as c set total_failures = base.total_failures + tally.failed,
      consecutive_failures = case
        when tally.last_done >= 0 then tally.tail else base.consecutive_failures + tally.failed
      end
    from base join tally on tally.recurring_id = base.recurring_id
    where c.recurring_id = base.recurring_id
      and (tally.failed > 0 or (tally.last_done >= 0 and base.consecutive_failures > 0))`

/** The oldest tasks where there are too many, beside those that this statement puts there. */
const pruned = ({ sql, tasks }: Database): Fragment =>
  sql`delete from ${tasks} where seq in (
      select seq from ${tasks} where seq in (
        select oldest.seq from (
          select history_of, status, max(keep) - count(*) filter (where stays) as room
          from placed group by history_of, status
        ) as shelf
        cross join lateral (
          select t.seq from ${tasks} as t
          where t.history_of = shelf.history_of and t.status = shelf.status and t.completed_at is not null
          order by t.completed_at desc, t.seq desc offset greatest(0, shelf.room)
        ) as oldest
      ) order by seq for update skip locked
    ) returning task_id, recurring_id, status`

const fromEnding = (ending: Ending, ord: number) => ({ ord, keep: retention.keepOf(ending), ...fromChange(ending) })

const end = (database: Database, endings: ReadonlyArray<Ending>) => {
  const { outcomes, read, release, sql, tasks } = database
  return sql<rows.Row>`with
    x as (${meant(database, endColumns, endings.map(fromEnding), isLive)}),
    base as (${base(database)}),
    placed as (${placed(database)}),
    ended as (
      update ${tasks} as t set ${release}, history_of = x.history_of
      from placed as x where x.stays and t.seq = x.seq
    ),
    dropped as (delete from ${tasks} as t using placed as x where not x.stays and t.seq = x.seq),
    tally as (${tally(database)}),
    counted as (${counted(database)}),
    pruned as (${pruned(database)}),
    gone as (
      select task_id, recurring_id, status from placed where not stays
      union all select task_id, recurring_id, status from pruned
    ),
    told as (
      update ${outcomes} as o set status = gone.status from gone
      where o.task_id = gone.task_id and gone.recurring_id is not null
    )
    select true as is_hit, not x.stays as is_gone, x.task_id, x.recurring_id, ${read(columns.counters, "base")}
    from placed as x left join base on base.recurring_id = x.recurring_id
    union all select false, true, task_id, null, null, null, null, null from pruned`
}

/** Ends tasks. */
export const settle = Effect.fnUntraced(function*(
  database: Database,
  endings: ReadonlyArray<Ending>
): Effect.fn.Return<ReadonlyArray<Settled | undefined>, SqlError> {
  const found = yield* end(database, endings)
  const hits = found.filter((row) => row.is_hit)
  const hit = rows.idsOf(hits)
  const settled = endings.filter(({ task }) => hit.has(task.taskId)).map(({ task }) => task)
  const { after } = counters.fold(rows.countersById(hits), settled, counters.ended)
  return retention.answers(endings, hit, after, [...rows.idsOf(found.filter((row) => row.is_gone))])
})
