/**
 * Reading tasks: one, those that live, and those for which conditions hold, all of them in SQL.
 */
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import type { Fragment } from "effect/sql/Statement"
import type { Held, Search, TaskRecord, TaskStore } from "../../TaskStore.ts"
import * as columns from "./columns.ts"
import type { Database } from "./database.ts"
import type { Columns, ColumnType } from "./dialect.ts"
import * as rows from "./rows.ts"
import { selection } from "./tasks.ts"
import { toText } from "./text.ts"

type Wanted = string | number | boolean | null

const tasksOf = (statement: Effect.Effect<ReadonlyArray<rows.Row>, SqlError>) =>
  Effect.map(statement, (found) => found.map(rows.toTask))

/** One task. */
export const get = (database: Database, taskId: string): Effect.Effect<TaskRecord | undefined, SqlError> => {
  const { sql, tasks } = database
  return Effect.map(
    tasksOf(sql`select ${sql.literal(selection(database))} from ${tasks} where task_id = ${toText(taskId)}`),
    ([task]) => task
  )
}

/** Tasks that have not ended, oldest first. */
export const live = (database: Database): Effect.Effect<ReadonlyArray<TaskRecord>, SqlError> => {
  const { sql, tasks } = database
  return tasksOf(sql`select ${sql.literal(selection(database))} from ${tasks} where completed_at is null order by seq`)
}

/** Extends the leases of an owner. */
export const heartbeat = (
  { sql, tasks }: Database,
  { leaseUntil, owner }: Parameters<typeof TaskStore.Service["heartbeat"]>[0]
): Effect.Effect<ReadonlyArray<Held>, SqlError> =>
  Effect.map(
    sql<rows.Row>`update ${tasks} set lease_until = ${Math.round(leaseUntil)} where owner = ${toText(owner)}
      returning task_id, attempt, seq`,
    (found) =>
      [...found]
        .sort((a, b) => rows.number(a.seq) - rows.number(b.seq))
        .map((row) => ({ taskId: rows.taskIdOf(row), attempt: rows.number(row.attempt) }))
  )

/** Running tasks that lost their owner, oldest first. */
export const abandoned = (
  database: Database,
  { now, owner, taskTypes }: Parameters<typeof TaskStore.Service["abandonedTasks"]>[0]
): Effect.Effect<ReadonlyArray<TaskRecord>, SqlError> => {
  const { dialect, sql, tasks } = database
  const name = toText(owner.slice(0, owner.lastIndexOf("/") + 1))
  const isLate = sql`lease_until < ${Math.floor(now)}`
  const isEarlierStart = sql`(owner <> ${toText(owner)} and substr(owner, 1, length(${name})) = ${name})`
  const types = dialect.rows({ task_type: "text" }, taskTypes.map((task_type) => ({ task_type })))
  return tasksOf(sql`select ${sql.literal(selection(database))} from ${tasks}
    where owner is not null and ${name === "" ? isLate : sql.or([isLate, isEarlierStart])}
      and task_type in (select x.task_type from ${types})
    order by seq`)
}

/** Tasks for which every condition holds, newest first. */
export const search = (database: Database, search: Search): Effect.Effect<ReadonlyArray<TaskRecord>, SqlError> => {
  const { dialect, sql, tasks } = database
  const conditions = [
    ...Object.entries(search.where).map(([attribute, wanted]) => attributeIs(database, attribute, wanted)),
    ...Object.entries(search.payload).map(([path, wanted]) => fieldIs(database, path, wanted))
  ]
  return tasksOf(sql`select ${sql.literal(selection(database))} from ${tasks}
    where ${sql.and(conditions)} order by seq desc ${dialect.limit(search.limit)} offset ${search.offset}`)
}

/** `createdAt` is `created_at`. */
const columnOf = (attribute: string): string => attribute.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

const typeOf = (attribute: string): ColumnType | undefined => {
  const name = columnOf(attribute)
  return attribute.includes("_") || !Object.hasOwn(columns.task, name) ? undefined : (columns.task as Columns)[name]
}

const never = (sql: Database["sql"]) => sql.literal("1 = 0")

/** A text is never a number, as `===` has it. */
const attributeIs = ({ dialect, sql }: Database, attribute: string, wanted: Wanted): Fragment => {
  const type = typeOf(attribute)
  if (type === undefined || !isJson(wanted)) return never(sql)
  const column = sql.literal(columnOf(attribute))
  if (wanted === null) return sql`${column} is null`
  if (type === "json") return dialect.sameJson(column, wanted)
  if (type === "text") return typeof wanted === "string" ? sql`${column} = ${toText(wanted)}` : never(sql)
  return typeof wanted === "number" ? numberIs(sql, column, wanted) : never(sql)
}

/** As text, since a driver may take a whole number for a type that is too small. */
const numberIs = (sql: Database["sql"], column: Fragment, wanted: number) =>
  sql`${column} = cast(${String(wanted)} as double precision)`

const isJson = (wanted: Wanted): boolean => typeof wanted !== "number" || Number.isFinite(wanted)

const fieldIs = ({ dialect, sql }: Database, path: string, wanted: Wanted): Fragment =>
  isJson(wanted)
    ? dialect.sameJson(path.split(".").reduce<Fragment>(inner({ dialect, sql }), sql.literal("payload")), wanted)
    : never(sql)

const isIndex = (key: string): boolean => /^(?:0|[1-9]\d{0,8})$/.test(key)

/** One step deeper: `0` is an element of an array and a field of anything else. */
const inner = ({ dialect, sql }: Pick<Database, "dialect" | "sql">) => (json: Fragment, key: string): Fragment => {
  if (!isIndex(key)) return dialect.field(json, key)
  const outer = sql.literal("j")
  return sql`(select case when ${dialect.isArray(outer)} then ${dialect.element(outer, Number(key))}
    else ${dialect.field(outer, key)} end from (select ${json} as j) as deeper)`
}
