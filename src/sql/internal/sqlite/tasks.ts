/**
 * Tasks in SQLite, which has one writer at a time: statement after statement in one transaction, without locks.
 */
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import type { Claim, Counters, Settled, TaskRecord } from "../../../TaskStore.ts"
import * as columns from "../columns.ts"
import * as counters from "../counters.ts"
import type { Database } from "../database.ts"
import { keepStatuses } from "../removals.ts"
import * as retention from "../retention.ts"
import * as rows from "../rows.ts"
import type { Change, Claimed, Ending } from "../writes.ts"
import { forRows } from "./values.ts"

/** Adds tasks, in this order. */
export const insert = (
  { list, sql, tasks }: Database,
  records: ReadonlyArray<TaskRecord>
): Effect.Effect<unknown, SqlError> =>
  forRows(
    columns.newTask,
    records.map(rows.fromTask),
    (x) => sql`insert into ${tasks} (${list(columns.newTask)}) select ${list(columns.newTask)} from ${x}`
  )

const take = ({ read, sql, tasks }: Database, claims: ReadonlyArray<Claim>) =>
  forRows(
    columns.claim,
    claims.map(rows.fromClaim),
    (x) =>
      sql<rows.Row>`update ${tasks} as t set status = 'running', attempt = t.attempt + 1,
        started_at = x.started_at, owner = x.owner, lease_until = x.lease_until
      from ${x} where t.task_id = x.task_id and t.status = 'queued' and t.attempt = x.expected
      returning ${read(columns.task)}`
  )

/** Claims tasks. */
export const claim = Effect.fnUntraced(function*(
  database: Database,
  claims: ReadonlyArray<Claim>
): Effect.fn.Return<ReadonlyArray<Claimed | undefined>, SqlError> {
  const taken = rows.tasksById(yield* take(database, claims))
  const tasks = claims.map(({ taskId }) => taken.get(taskId))
  const { after } = yield* count(database, tasks.filter((task) => task !== undefined), counters.began)
  return tasks.map((task) => task && { task, counters: after.get(task) })
})

const idColumns = { recurring_id: "text" } as const

const countersOf = ({ configs, read, sql }: Database, recurringIds: ReadonlyArray<string>) =>
  Effect.map(
    forRows(idColumns, recurringIds.map((recurring_id) => ({ recurring_id })), (x) =>
      sql<rows.Row>`select recurring_id, ${read(columns.counters)} from ${configs}
        where recurring_id in (select x.recurring_id from ${x})`),
    rows.countersById
  )

const counted = { ...idColumns, ...columns.counters } as const

const write = ({ assign, configs, sql }: Database, changed: ReadonlyArray<readonly [string, Counters]>) =>
  forRows(
    counted,
    changed.map(([recurring_id, counters]) => ({ recurring_id, ...rows.fromCounters(counters) })),
    (x) => sql`update ${configs} as c set ${assign(columns.counters)} from ${x} where c.recurring_id = x.recurring_id`
  )

/** Counts those whose recurring task is there. */
const count = Effect.fnUntraced(function*(
  database: Database,
  tasks: ReadonlyArray<TaskRecord>,
  step: counters.Step
): Effect.fn.Return<counters.Folded, SqlError> {
  const base = yield* countersOf(database, rows.recurringIdsOf(tasks))
  const folded = counters.fold(base, tasks, step)
  yield* write(database, [...folded.last].filter(([id, counters]) => base.get(id) !== counters))
  return folded
})

const changed = { ...columns.target, ...columns.change } as const
const worded = { ...columns.target, ...columns.word } as const

const fromChange = ({ expected, task }: Change) => ({ expected, ...rows.fromChange(task) })

/** Changes running tasks, all but who owns them. */
export const update = ({ assign, sql, tasks }: Database, changes: ReadonlyArray<Change>) =>
  Effect.map(
    forRows(worded, changes.map(fromChange), (x) =>
      sql<rows.Row>`update ${tasks} as t set ${assign(columns.word)} from ${x}
        where t.task_id = x.task_id and t.attempt = x.expected and t.status = 'running' returning task_id`),
    rows.idsOf
  )

/** Puts running tasks back into the queue. */
export const requeue = ({ assign, sql, tasks }: Database, changes: ReadonlyArray<Change>) =>
  Effect.map(
    forRows(changed, changes.map(fromChange), (x) =>
      sql<rows.Row>`update ${tasks} as t set ${assign(columns.change)} from ${x}
        where t.task_id = x.task_id and t.attempt = x.expected and t.status = 'running' returning task_id`),
    rows.idsOf
  )

const end = ({ assign, sql, tasks }: Database, changes: ReadonlyArray<Change>) =>
  forRows(
    changed,
    changes.map(fromChange),
    (x) =>
      sql<rows.Row>`update ${tasks} as t set ${assign(columns.change)} from ${x}
      where t.task_id = x.task_id and t.attempt = x.expected and t.completed_at is null returning task_id`
  )

const drop = ({ sql, tasks }: Database, changes: ReadonlyArray<Change>) =>
  forRows(columns.target, changes.map(fromChange), (x) =>
    sql<rows.Row>`delete from ${tasks} where seq in (
        select t.seq from ${x} join ${tasks} as t
        on t.task_id = x.task_id and t.attempt = x.expected and t.completed_at is null
      ) returning task_id`)

/** The tasks of a recurring task that is gone are kept among all others. */
const adopt = ({ sql, tasks }: Database, orphans: ReadonlyArray<TaskRecord>) =>
  forRows(
    { task_id: "text" },
    orphans.map(({ taskId }) => ({ task_id: taskId })),
    (x) => sql`update ${tasks} set history_of = '' where task_id in (select x.task_id from ${x})`
  )

/** Takes the oldest from a shelf that is too full. */
const clear = ({ sql, tasks }: Database) => ({ history_of, keep, status }: retention.Shelf) =>
  sql<rows.Row>`delete from ${tasks} where seq in (
      select seq from ${tasks}
      where history_of = ${history_of} and status = ${status} and completed_at is not null
      order by completed_at desc, seq desc limit -1 offset ${keep}
    ) returning task_id, recurring_id, status`

/** Ends tasks. */
export const settle = Effect.fnUntraced(function*(
  database: Database,
  endings: ReadonlyArray<Ending>
): Effect.fn.Return<ReadonlyArray<Settled | undefined>, SqlError> {
  const { shelves, stays } = retention.plan(endings)
  const ended = yield* end(database, endings.filter((_, i) => stays[i]))
  const dropped = rows.idsOf(yield* drop(database, endings.filter((_, i) => !stays[i])))
  const hit = new Set([...rows.idsOf(ended), ...dropped])
  const settled = endings.filter(({ task }) => hit.has(task.taskId)).map(({ task }) => task)
  const { after } = yield* count(database, settled, counters.ended)
  const orphans = settled.filter((task) => task.recurringId !== null && !after.has(task))
  yield* adopt(database, orphans)
  const full = retention.shelvesOf(shelves, settled, orphans)
  const pruned = (yield* Effect.forEach(full, clear(database))).flat()
  const last = settled.filter(({ taskId }) => dropped.has(taskId)).map(rows.fromTask)
  yield* keepStatuses(database, [...last, ...pruned])
  return retention.answers(endings, hit, after, [...rows.idsOf(pruned), ...dropped])
})
