/**
 * Tasks in SQLite, which has one writer at a time: statement after statement in one transaction, without locks.
 */
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import { began, ended } from "../../../internal/counters.ts"
import type { Cancel, Claim, Counters, Settled, TaskRecord, Turned } from "../../../TaskStore.ts"
import * as claims from "../claims.ts"
import * as columns from "../columns.ts"
import * as conditions from "../conditions.ts"
import * as counters from "../counters.ts"
import type { Database } from "../database.ts"
import * as retention from "../retention.ts"
import * as rows from "../rows.ts"
import type { Change, Ending, Place, Reservation, Return } from "../writes.ts"
import * as places from "./places.ts"
import { keepRuns } from "./removals.ts"
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

const take = ({ sql, tasks }: Database, claims: ReadonlyArray<Claim>) =>
  forRows(
    columns.claim,
    claims.map(rows.fromClaim),
    (x) =>
      sql`update ${tasks} as t set ${sql.literal(columns.begun)},
        started_at = x.started_at, owner = x.owner, lease_until = x.lease_until
      from ${x} where t.task_id = x.task_id`
  )

/** Claims tasks. */
export const claim = Effect.fnUntraced(function*(
  database: Database,
  given: ReadonlyArray<Claim>
): Effect.fn.Return<Turned["claimed"], SqlError> {
  const { counters: base, verdicts } = yield* places.judge(database, given)
  yield* take(database, given.filter((_, i) => verdicts[i] === "taken"))
  return yield* claims.answer(given, verdicts, (taken) => count(database, base, taken, began))
})

/** Of tasks that are about to be added, those that are claimed and find room, as they are once they run. */
export const begin = (
  database: Database,
  given: ReadonlyArray<Claim | undefined>
): Effect.Effect<ReadonlyArray<TaskRecord | undefined>, SqlError> =>
  Effect.map(places.judgeNew(database, given.filter((claim) => claim !== undefined)), (verdicts) => {
    let judged = 0
    return given.map((claim) =>
      claim !== undefined && verdicts[judged++] === "taken" ? rows.toClaimed(claim) : undefined
    )
  })

/** Lends the places of running tasks. */
export const lend = ({ sql, tasks }: Database, lent: ReadonlyArray<Place>) =>
  Effect.map(
    forRows(columns.target, lent.map(rows.fromPlace), (x) =>
      sql<rows.Row>`update ${tasks} as t set lent = true from ${x}
        where t.task_id = x.task_id and ${sql.literal(conditions.runs)} returning task_id`),
    rows.idsOf
  )

/** Takes places back. */
export const takeBack = Effect.fnUntraced(function*(
  database: Database,
  returns: ReadonlyArray<Return>
): Effect.fn.Return<ReadonlyArray<boolean | "full">, SqlError> {
  const { sql, tasks } = database
  const answers = yield* places.judgeReturns(database, returns)
  const free = returns.filter((_, i) => answers[i] === true).map(rows.fromPlace)
  yield* forRows(
    { task_id: "text" },
    free,
    (x) => sql`update ${tasks} set lent = false where lent and task_id in (select x.task_id from ${x})`
  )
  return answers
})

const counted = { recurring_id: "text", ...columns.counters } as const

const write = ({ assign, configs, sql }: Database, changed: ReadonlyArray<readonly [string, Counters]>) =>
  forRows(
    counted,
    changed.map(([recurring_id, counters]) => ({ recurring_id, ...rows.fromCounters(counters) })),
    (x) => sql`update ${configs} as c set ${assign(columns.counters)} from ${x} where c.recurring_id = x.recurring_id`
  )

/** Counts tasks whose recurring tasks exist, starting from their counters. */
const count = (
  database: Database,
  base: ReadonlyMap<string, Counters>,
  tasks: ReadonlyArray<TaskRecord>,
  step: counters.Step
): Effect.Effect<counters.Folded, SqlError> => {
  const folded = counters.fold(base, tasks, step)
  return Effect.as(write(database, [...folded.changed]), folded)
}

const changed = { ...columns.ownTarget, ...columns.update } as const

const fromChange = ({ expected, reservedBy = null, task }: Change) => ({
  expected,
  owner: reservedBy,
  ...rows.fromUpdate(task)
})

const requeued = { ...columns.ownTarget, ...columns.requeued } as const

const fromRequeue = (change: Change) => ({ ...fromChange(change), ...rows.fromRequeued(change.task) })

/** Asks for tasks that have not ended to stop. */
export const cancel = ({ sql, tasks }: Database, cancels: ReadonlyArray<Cancel>) =>
  forRows(
    columns.cancel,
    cancels.map(rows.fromCancel),
    (x) =>
      sql`update ${tasks} as t set cancel_request = x.cancel_request
      from ${x} where t.task_id = x.task_id and t.completed_at is null`
  )

/** Writes the state of running tasks, but not their owners. */
export const update = ({ assign, sql, tasks }: Database, changes: ReadonlyArray<Change>) =>
  Effect.map(
    forRows(changed, changes.map(fromChange), (x) =>
      sql<rows.Row>`update ${tasks} as t set ${assign(columns.update)} from ${x}
        where t.task_id = x.task_id and ${sql.literal(conditions.runs)} returning task_id`),
    rows.idsOf
  )

/** Puts running and reserved tasks back into the queue. */
export const requeue = ({ release, sql, tasks }: Database, changes: ReadonlyArray<Change>) =>
  Effect.map(
    forRows(requeued, changes.map(fromRequeue), (x) =>
      sql<rows.Row>`update ${tasks} as t set ${release} from ${x}
        where t.task_id = x.task_id and ${sql.literal(conditions.isOwned)} returning task_id`),
    rows.idsOf
  )

/** Reserves queued tasks. */
export const reserve = ({ sql, tasks }: Database, reservations: ReadonlyArray<Reservation>) =>
  Effect.map(
    forRows(columns.reservation, reservations.map(rows.fromReservation), (x) =>
      sql<rows.Row>`update ${tasks} as t set reserved_by = x.owner, reserved_until = x.lease_until from ${x}
        where t.task_id = x.task_id and ${sql.literal(conditions.isFree)} returning task_id`),
    (found) => {
      const reserved = rows.idsOf(found)
      return reservations.map(({ task }) =>
        reserved.has(task.taskId)
      )
    }
  )

/** Gives reserved tasks back. */
export const giveBack = ({ sql, tasks }: Database, returns: ReadonlyArray<Reservation>) =>
  forRows(
    columns.ownTarget,
    returns.map(rows.fromReservation),
    (x) =>
      sql`update ${tasks} as t set ${sql.literal(columns.unreserved)} from ${x}
        where t.task_id = x.task_id and ${sql.literal(conditions.isReserved)}`
  )

const fromEnding = ({ expected, owner, task }: Ending) => ({ task_id: task.taskId, expected, ender: owner })

/** Those that may end, each with the counters of its recurring task. */
const ending = ({ configs, read, sql, tasks }: Database, endings: ReadonlyArray<Ending>) =>
  forRows(
    columns.endTarget,
    endings.map(fromEnding),
    (x) =>
      sql<rows.Row>`select t.task_id, t.recurring_id, ${read(columns.counters, "c")}
      from ${x} join ${tasks} as t on t.task_id = x.task_id and ${sql.literal(conditions.mayEnd)}
      left join ${configs} as c on c.recurring_id = t.recurring_id`
  )

const endColumns = { ...columns.report, task_id: "text", history_of: "text" } as const

const put = ({ finish, sql, tasks }: Database, placed: ReadonlyArray<retention.Placed>) =>
  forRows(
    endColumns,
    placed.map(({ ending, shelf }) => ({ ...rows.fromReport(ending.task), history_of: shelf.history_of })),
    (x) =>
      sql`update ${tasks} as t set ${finish}, history_of = x.history_of
        from ${x} where t.task_id = x.task_id`
  )

const drop = ({ sql, tasks }: Database, dropped: ReadonlyArray<rows.Row>) =>
  forRows({ task_id: "text" }, dropped, (x) => sql`delete from ${tasks} where task_id in (select x.task_id from ${x})`)

const shelfColumns = { history_of: "text", status: "text", since: "integer" } as const

/**
 * Removes the oldest tasks from shelves that are too full: the first one beyond `keep`, and all that ended before it.
 */
const clear = ({ list, sql, tasks }: Database, keep: number, shelves: ReadonlyArray<retention.Shelf>) =>
  forRows(
    shelfColumns,
    shelves.map(({ history_of, since, status }) => ({ history_of, since, status })),
    (x) =>
      sql<rows.Row>`delete from ${tasks} where seq in (
        select t.seq from ${x}
        join ${tasks} as first on first.seq = (
          select seq from ${tasks} where history_of = x.history_of and status = x.status and completed_at is not null
          order by completed_at desc, seq desc limit 1 offset ${keep}
        )
        join ${tasks} as t on t.history_of = x.history_of and t.status = x.status and t.completed_at is not null
          and t.completed_at <= first.completed_at and (t.completed_at < first.completed_at or t.seq <= first.seq)
          and t.completed_at < x.since
      ) returning task_id, recurring_id, ${list(columns.run)}`
  )

/** Prunes all shelves. */
const clearAll = (database: Database, shelves: ReadonlyArray<retention.Shelf>) =>
  Effect.map(
    Effect.forEach(new Set(shelves.map(({ keep }) => keep)), (keep) =>
      clear(database, keep, shelves.filter((shelf) => shelf.keep === keep))),
    (gone) =>
      gone.flat()
  )

/** Ends tasks. */
export const settle = Effect.fnUntraced(function*(
  database: Database,
  endings: ReadonlyArray<Ending>
): Effect.fn.Return<ReadonlyArray<Settled | undefined>, SqlError> {
  const found = yield* ending(database, endings)
  const hit = rows.idsOf(found)
  const hits = endings.filter(({ task }) => hit.has(task.taskId))
  const base = rows.countersById(found)
  const { after, last } = yield* count(database, base, hits.map(({ task }) => task), ended)
  const placed = retention.place(hits, (recurringId) => last.has(recurringId))
  yield* put(database, placed.filter(({ stays }) => stays))
  const dropped = placed.filter(({ stays }) => !stays).map(({ ending }) => rows.fromTask(ending.task))
  yield* drop(database, dropped)
  const cleared = yield* clearAll(database, retention.shelvesOf(placed))
  const gone = [...cleared, ...dropped]
  yield* keepRuns(database, gone)
  return retention.answers(endings, hit, after, [...rows.idsOf(gone)])
})
