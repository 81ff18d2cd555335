/**
 * Searches by attributes and by fields of the payload, entirely in SQL. Two values are equal if `===` says so.
 */
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import type { Fragment } from "effect/sql/Statement"
import type { Search, TaskRecord } from "../../TaskStore.ts"
import * as columns from "./columns.ts"
import type { Database } from "./database.ts"
import * as rows from "./rows.ts"
import { toText } from "./text.ts"

type Wanted = string | number | boolean | null

/** Tasks for which every condition holds, newest first. */
export const searchTasks = (
  database: Database,
  search: Search
): Effect.Effect<ReadonlyArray<TaskRecord>, SqlError> => {
  const { dialect, read, sql, tasks } = database
  const { limit, offset } = search
  return Effect.map(
    sql<rows.Row>`select ${read(columns.task)} from ${tasks}
      where ${sql.and(conditionsOf(database, search))} order by seq desc ${dialect.page(limit, offset)}`,
    (found) => found.map(rows.toTask)
  )
}

/** How many tasks a search finds. */
export const countTasks = (database: Database, search: Search): Effect.Effect<number, SqlError> => {
  const { dialect, sql, tasks } = database
  const { limit, offset } = search
  return Effect.map(
    sql<rows.Row>`select count(*) as found from (
      select 1 from ${tasks} where ${sql.and(conditionsOf(database, search))} ${dialect.page(limit, offset)}
    ) as t`,
    ([row]) => rows.number(row!.found)
  )
}

const conditionsOf = (
  database: Database,
  { before, createdBefore = Infinity, createdFrom = -Infinity, payload, text = "", where }: Search
): ReadonlyArray<Fragment> => {
  const { sql } = database
  return [
    ...Object.entries(where).map(([attribute, wanted]) => attributeIs(database, attribute, wanted)),
    ...Object.entries(payload).map(([path, wanted]) => fieldIs(database, path, wanted)),
    ...(text === "" ? [] : [hasText(database, text)]),
    ...(Number.isFinite(createdFrom) ? [sql`created_at >= ${Math.ceil(createdFrom)}`] : []),
    ...(Number.isFinite(createdBefore) ? [sql`created_at < ${Math.ceil(createdBefore)}`] : []),
    ...(before === undefined ? [] : [isOlder(database, before)]),
    ...isEnded(database, where.status)
  ]
}

const texts = ["heading", "body", "task_id", "task_type"]

const hasText = ({ dialect, sql }: Database, text: string): Fragment =>
  sql.or(texts.map((column) => dialect.hasPart(sql.literal(column), toText(text))))

/** Older than a task or, if that is gone, than the place that its id would have. */
const isOlder = ({ sql, tasks }: Database, taskId: string): Fragment => {
  const id = toText(taskId)
  return sql`seq < coalesce(
    (select seq from ${tasks} where task_id = ${id}),
    (select seq + 1 from ${tasks} where task_id < ${id} order by task_id desc limit 1),
    0
  )`
}

/** Implied by the status, but needed for the choice of an index. */
const isEnded = ({ sql }: Database, status: unknown): ReadonlyArray<Fragment> =>
  status === "done" || status === "failed" || status === "cancelled" ? [sql.literal("completed_at is not null")] : []

/** The column of an attribute: `created_at` for `createdAt`. */
const columnOf = (attribute: string): string => attribute.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

const typeOf = (attribute: string): columns.ColumnType | undefined => {
  const name = columnOf(attribute)
  return attribute.includes("_") || !Object.hasOwn(columns.task, name)
    ? undefined
    : columns.task[name as keyof typeof columns.task]
}

/** JSON, and so the database, has only finite numbers. */
const isKept = (wanted: Wanted): boolean => typeof wanted !== "number" || Number.isFinite(wanted)

const attributeIs = ({ dialect, sql }: Database, attribute: string, wanted: Wanted): Fragment => {
  const never = sql.literal("1 = 0")
  const type = typeOf(attribute)
  if (type === undefined || !isKept(wanted)) return never
  const column = sql.literal(columnOf(attribute))
  if (wanted === null) return sql`${column} is null`
  if (type === "json") return sql`(${column} = ${dialect.toJson(wanted)})`
  if (type === "boolean") return typeof wanted === "boolean" ? sql`${column} = ${wanted}` : never
  if (type === "text") return typeof wanted === "string" ? sql`${column} = ${toText(wanted)}` : never
  // as text, since a driver may bind a whole number as one of 32 bits
  return typeof wanted === "number" ? sql`${column} = cast(${String(wanted)} as double precision)` : never
}

const fieldIs = (database: Database, path: string, wanted: Wanted): Fragment => {
  const { dialect, sql } = database
  if (!isKept(wanted)) return sql.literal("1 = 0")
  return sql`(${path.split(".").reduce(inner(database), sql.literal("payload"))} = ${dialect.toJson(wanted)})`
}

const isIndex = (key: string): boolean => /^(?:0|[1-9]\d{0,8})$/.test(key)

/** One step deeper: `0` is an element of an array, and a field of anything else. */
const inner = ({ dialect, sql }: Database) => (json: Fragment, key: string): Fragment => {
  if (!isIndex(key)) return dialect.field(json, key)
  const outer = sql.literal("j")
  return sql`(select case when ${dialect.isArray(outer)} then ${dialect.element(outer, Number(key))}
    else ${dialect.field(outer, key)} end from (select ${json} as j) as deeper)`
}
