/**
 * Counts what has not begun, by task type. However much there is, little of it is read: the types are found one after
 * another in the index of the queue, and of each no more tasks are read than are to be counted.
 */
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import type { Fragment, Statement } from "effect/sql/Statement"
import type { Backlog, BacklogQuery } from "../../TaskStore.ts"
import * as conditions from "./conditions.ts"
import type { Database } from "./database.ts"
import * as rows from "./rows.ts"
import { toText } from "./text.ts"

/** What has not begun, by type. */
export const backlog = (
  database: Database,
  query: BacklogQuery
): Effect.Effect<ReadonlyArray<Backlog>, SqlError> =>
  Effect.map(statement(database, query), (found) => {
    const counts = found.map(toCount).filter(({ taskType }) => !(query.except ?? []).includes(taskType))
    const taskTypes = [...new Set(counts.map(({ taskType }) => taskType))].sort()
    return taskTypes.map((taskType) => sum(taskType, counts.filter((count) => count.taskType === taskType), query.most))
  })

/** One statement, so that all counts are from the same moment. */
export const statement = (database: Database, query: BacklogQuery): Statement<rows.Row> => {
  const { sql } = database
  const most = Math.round(query.most)
  return sql<rows.Row>`with recursive types(task_type) as (${types(database)})
    select 'waiting' as state, task_type, (${line(database, most)}) as counted from types where ${
    wanted(database, query)
  }
    union all ${byType(database, "reserved", sql`${sql.literal(conditions.isHeld)} limit ${most}`)}
    union all ${byType(database, "asleep", sql`${sql.literal(conditions.sleeps)} order by retry_at limit ${most}`)}
    union all ${
    byType(database, "parked", sql`${sql.literal(conditions.isParked)} order by concurrency_key limit ${most}`)
  }`
}

/**
 * Every type in the queue: the first one, and after each the next one. An order is better here than `min`, which is
 * planned for a small table as a look at all of it.
 */
const types = ({ sql, tasks }: Database): Fragment => {
  const first = sql.literal("order by task_type limit 1")
  const waiting = sql`select task_type from ${tasks} where ${sql.literal(conditions.waits)}`
  return sql`select * from (${waiting} ${first}) as first_type union all
    select (${waiting} and task_type > types.task_type ${first}) from types where types.task_type is not null`
}

const wanted = ({ sql }: Database, { except = [] }: BacklogQuery): Fragment =>
  except.length === 0
    ? sql`task_type is not null`
    : sql`task_type is not null and not (${sql.in("task_type", except.map(toText))})`

const inLine = "priority desc, created_at, task_id"
const backwards = "priority, created_at desc, task_id desc"

/**
 * The first in the line of a type, as many as are to be counted; and the first of the least urgent, which may have
 * waited longer than any of these.
 */
const line = (database: Database, most: number): Fragment => {
  const { sql, tasks } = database
  const ofType = sql`from ${tasks} where ${sql.literal(conditions.waits)} and task_type = types.task_type`
  const since = sql`select ${sinceOf(database)} as since ${ofType}`
  const least = sql`select priority ${ofType} order by ${sql.literal(backwards)} limit 1`
  const leastUrgent = sql`${since} and priority = (${least}) order by ${sql.literal(inLine)} limit 1`
  return sql`select ${array(database, sql`count(*), min(since), (${leastUrgent})`)}
    from (${since} order by ${sql.literal(inLine)} limit ${most}) as line`
}

const byType = (database: Database, state: Count["state"], which: Fragment): Fragment => {
  const { sql, tasks } = database
  return sql`select ${sql.literal(`'${state}'`)}, task_type, ${array(database, sql`count(*), min(since)`)}
    from (select task_type, ${sinceOf(database)} as since from ${tasks} where ${which}) as found group by task_type`
}

/** Since when a task has waited: for a place or, if it was for later, from its time on; again, if it has begun before. */
const sinceOf = ({ dialect, sql }: Database): Fragment => {
  const latest = dialect.name === "sqlite" ? "max" : "greatest"
  return sql.literal(
    `${latest}(created_at, coalesce(scheduled_at, created_at), coalesce(started_at, created_at))`
  )
}

const array = ({ dialect, sql }: Database, items: Fragment): Fragment =>
  dialect.name === "sqlite" ? sql`json_array(${items})` : sql`json_build_array(${items})::text`

/** How many tasks of a type are in a state, and since when those that have been longest in it. */
interface Count {
  readonly state: "waiting" | "reserved" | "asleep" | "parked"
  readonly taskType: string
  readonly amount: number
  readonly since: ReadonlyArray<number>
}

const toCount = (row: rows.Row): Count => {
  const [amount, ...since] = JSON.parse(row.counted as string)
  return { state: row.state as Count["state"], taskType: rows.text(row.task_type), amount, since }
}

/** Reserved tasks wait too, but are not in the queue. */
const sum = (taskType: string, counts: ReadonlyArray<Count>, most: number): Backlog => {
  const amountOf = (state: Count["state"]) => counts.find((count) => count.state === state)?.amount ?? 0
  const since = counts.flatMap((count) => count.state === "asleep" || count.state === "parked" ? [] : count.since)
  const reserved = amountOf("reserved")
  return {
    taskType,
    waiting: Math.min(amountOf("waiting") + reserved, most),
    reserved,
    asleep: amountOf("asleep"),
    parked: amountOf("parked"),
    since: since.length === 0 ? null : Math.min(...since)
  }
}
