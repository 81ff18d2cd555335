/**
 * What SQLite and Postgres write differently, as fragments. Everything else is the same SQL for both.
 */
import * as Effect from "effect/Effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Fragment } from "effect/sql/Statement"
import { remembered } from "./remembered.ts"
import { toJson, toText } from "./text.ts"

/**
 * What a column holds: `integer` also for instants, in epoch milliseconds; `json` is null or any other JSON value.
 */
export type ColumnType = "text" | "integer" | "number" | "boolean" | "json"

/** Columns by name. */
export type Columns = Readonly<Record<string, ColumnType>>

/** The differences. */
export interface Dialect {
  readonly name: "sqlite" | "pg"
  /** How columns of a type are declared. `text` compares by bytes. */
  readonly types: Readonly<Record<ColumnType, string>>
  /** The column that counts rows in the order in which they were added, as the primary key or beside it. */
  readonly sequence: { readonly primary: string; readonly beside: string }
  /** At the end of `create table`; `churn` is for one whose rows change often. */
  readonly tableOptions: { readonly plain: string; readonly churn: string }
  /** Many rows as one parameter, so that the text of a statement is always the same: `... from (rows) as x`. */
  readonly rows: (columns: Columns, rows: ReadonlyArray<object>) => Fragment
  /** A JSON column as text. */
  readonly json: (column: string) => string
  /** `for update`: SQLite has one writer at a time and needs no locks. */
  readonly forUpdate: Fragment
  /** Leaves out what another transaction is about to change. */
  readonly skipLocked: Fragment
  /** A field of a JSON value. */
  readonly field: (json: Fragment, key: string) => Fragment
  /** An element of a JSON array. */
  readonly element: (json: Fragment, index: number) => Fragment
  /** Whether a JSON value is an array. */
  readonly isArray: (json: Fragment) => Fragment
  /** Whether two JSON values are the same. */
  readonly sameJson: (json: Fragment, value: unknown) => Fragment
  /** How many rows at most. */
  readonly limit: (count: number) => Fragment
}

const sqliteTypes = { text: "text", integer: "integer", number: "real", boolean: "integer", json: "text" } as const

const sqliteColumn = (name: string, type: ColumnType): string =>
  type === "json" ? `nullif(value -> '$.${name}', 'null') as ${name}` : `value ->> '$.${name}' as ${name}`

const sqlite = (sql: SqlClient): Dialect => ({
  name: "sqlite",
  types: sqliteTypes,
  sequence: { primary: "seq integer primary key", beside: "seq integer primary key" },
  tableOptions: { plain: "strict", churn: "strict" },
  rows: (columns, rows) => sql`(select ${sql.literal(sqliteList(columns))} from json_each(${toJson(rows)})) as x`,
  json: (column) => column,
  forUpdate: sql.literal(""),
  skipLocked: sql.literal(""),
  field: (json, key) => sql`(${json} -> ${`$.${toJson(key)}`})`,
  element: (json, index) => sql`(${json} -> ${`$[${index}]`})`,
  isArray: (json) => sql`(json_type(${json}) = 'array')`,
  sameJson: (json, value) => sql`(${json} = ${toJson(value)})`,
  limit: (count) => sql`limit ${Number.isFinite(count) ? count : -1}`
})

const sqliteList = remembered((columns: Columns) =>
  Object.entries(columns).map(([name, type]) => sqliteColumn(name, type)).join(", ")
)

const pgTypes = {
  text: "text collate \"C\"",
  integer: "bigint",
  number: "double precision",
  boolean: "boolean",
  json: "jsonb"
} as const

const pgList = remembered((columns: Columns) =>
  Object.entries(columns).map(([name, type]) => `${name} ${type === "text" ? "text" : pgTypes[type]}`).join(", ")
)

const pg = (sql: SqlClient): Dialect => ({
  name: "pg",
  types: pgTypes,
  sequence: {
    primary: "seq bigint generated always as identity primary key",
    beside: "seq bigint generated always as identity"
  },
  tableOptions: {
    plain: "",
    // room for new versions of a row on its page, and dead ones taken away before they pile up
    churn: "with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05)"
  },
  rows: (columns, rows) => sql`jsonb_to_recordset(${toJson(rows)}::jsonb) as x(${sql.literal(pgList(columns))})`,
  json: (column) => `${column}::text`,
  forUpdate: sql.literal("for update"),
  skipLocked: sql.literal("for update skip locked"),
  field: (json, key) => sql`(${json} -> ${toText(key)}::text)`,
  element: (json, index) => sql`(${json} -> ${index}::int)`,
  isArray: (json) => sql`(jsonb_typeof(${json}) = 'array')`,
  sameJson: (json, value) => sql`(${json} = ${toJson(value)}::jsonb)`,
  limit: (count) => Number.isFinite(count) ? sql`limit ${count}::bigint` : sql.literal("")
})

/** The dialect of a client, or its failure when there is none. */
export const of = <E>(sql: SqlClient, otherwise: E): Effect.Effect<Dialect, E> =>
  sql.onDialectOrElse({
    sqlite: () => Effect.succeed(sqlite(sql)),
    pg: () => Effect.succeed(pg(sql)),
    orElse: () => Effect.fail(otherwise)
  })
