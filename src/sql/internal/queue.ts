/**
 * The queue of tasks. It is read in parts, each in the order of an index, so that a page costs the same however many
 * tasks wait and however far it is. Those that sleep or are parked are not in it.
 */
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import type { Fragment } from "effect/sql/Statement"
import type { QueuePage, TaskRecord, Woken } from "../../TaskStore.ts"
import * as columns from "./columns.ts"
import * as conditions from "./conditions.ts"
import type { Database } from "./database.ts"
import * as waking from "./postgres/waking.ts"
import * as rows from "./rows.ts"
import { toText } from "./text.ts"

const order = "priority desc, created_at, task_id"

/**
 * Queued tasks that nobody has reserved, and that neither sleep nor are parked, in the order in which they are to run.
 */
export const queuedTasks = (
  database: Database,
  page: QueuePage
): Effect.Effect<ReadonlyArray<TaskRecord>, SqlError> => {
  const { dialect, read, sql } = database
  if (page.taskTypes.length === 0) return Effect.succeed([])
  const parts = page.taskTypes.flatMap((taskType) =>
    placesOf(database, page).map((place) => part(database, sql`task_type = ${toText(taskType)} and ${place}`, page))
  )
  return Effect.map(
    sql<rows.Row>`select ${read(columns.task)} from (${union(database, parts)}) as q
      order by ${sql.literal(order)} ${dialect.page(page.limit, 0)}`,
    (found) => found.map(rows.toTask)
  )
}

const part = (
  { dialect, sql, tasks }: Database,
  place: Fragment,
  { createdBefore, limit }: QueuePage
): Fragment => {
  const inTime = Number.isFinite(createdBefore) ? sql`and created_at < ${Math.ceil(createdBefore)}` : sql.literal("")
  return sql`select * from (
    select * from ${tasks} where ${sql.literal(conditions.waits)} and ${place} ${inTime}
    order by ${sql.literal(order)} ${dialect.page(limit, 0)}
  ) as p`
}

/**
 * The parts after the last task: those with the same priority that came later, and those with a lower priority; or
 * everything.
 */
const placesOf = ({ sql }: Database, { after }: QueuePage): ReadonlyArray<Fragment> => {
  if (after === undefined) return [sql.literal("true")]
  const { createdAt, priority, taskId } = after
  // as text, since a driver may bind a whole number as one of 32 bits
  const urgency = sql`cast(${String(priority)} as double precision)`
  return [
    sql`priority = ${urgency} and (created_at, task_id) > (${Math.round(createdAt)}, ${toText(taskId)})`,
    sql`priority < ${urgency}`
  ]
}

const union = ({ sql }: Database, parts: ReadonlyArray<Fragment>): Fragment =>
  parts.reduce((all, one) => sql`${all} union all ${one}`)

/** Wakes sleeping tasks whose time has come. */
export const wakeTasks = (database: Database, now: number, limit: number): Effect.Effect<Woken, SqlError> =>
  database.dialect.name === "postgres"
    ? waking.wake(database, now, limit)
    : wakeHere(database, now, limit)

const wakeHere = Effect.fnUntraced(function*(
  { sql, tasks }: Database,
  now: number,
  limit: number
): Effect.fn.Return<Woken, SqlError> {
  const sleeps = sql.literal(conditions.sleeps)
  const woken = yield* sql<rows.Row>`update ${tasks} set retry_at = null where seq in (
    select seq from ${tasks} where ${sleeps} and retry_at <= ${Math.floor(now)} order by retry_at limit ${limit}
  ) returning task_type, case when parked then concurrency_key end as parked`
  const [next] = yield* sql<rows.Row>`select retry_at from ${tasks} where ${sleeps} order by retry_at limit 1`
  const taskTypes = [...new Set(woken.map(({ task_type }) => rows.text(task_type)))]
  const parked = [...new Set(woken.flatMap(({ parked }) => parked === null ? [] : rows.text(parked)))]
  return { taskTypes, parked, next: rows.numberOrNull(next?.retry_at ?? null) }
})
