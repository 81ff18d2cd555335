/**
 * What differs between SQLite and Postgres in statements that are otherwise the same.
 */
import type { SqlClient } from "effect/sql/SqlClient"
import type { Fragment } from "effect/sql/Statement"
import type { ColumnType } from "./columns.ts"
import { toJson, toText } from "./text.ts"

/** The differences. */
export interface Dialect {
  readonly name: "sqlite" | "postgres"
  /** How columns of a type are declared. Texts are compared by bytes. */
  readonly types: Readonly<Record<ColumnType, string>>
  /** The literal `false`. */
  readonly no: string
  /** The column that numbers rows in the order of insertion, as the primary key. */
  readonly sequence: string
  /**
   * What ends a `create table`: for tables whose rows are written once (`calm`), and for those whose rows are updated
   * again and again (`busy`).
   */
  readonly tableOptions: { readonly calm: string; readonly busy: string }
  /** A JSON column, as text. */
  readonly json: (column: string) => string
  /** A field of a JSON value. */
  readonly field: (json: Fragment, key: string) => Fragment
  /** An element of a JSON array. */
  readonly element: (json: Fragment, index: number) => Fragment
  /** Whether a JSON value is an array. */
  readonly isArray: (json: Fragment) => Fragment
  /** A JSON value. */
  readonly toJson: (value: unknown) => Fragment
  /** Whether a text contains another one, ignoring the case of `a` to `z`. */
  readonly hasPart: (text: Fragment, part: string) => Fragment
  /** The rows, as `t`, whose text in a column is one of these. However many they are, it is the same statement. */
  readonly having: (table: Fragment, column: string, texts: ReadonlyArray<string>) => Fragment
  /** At most `limit` rows, without the first `offset`. */
  readonly page: (limit: number, offset: number) => Fragment
}

/** SQLite. */
export const sqlite = (sql: SqlClient): Dialect => ({
  name: "sqlite",
  types: { text: "text", integer: "integer", number: "real", boolean: "integer", json: "text" },
  no: "0",
  sequence: "seq integer primary key",
  tableOptions: { calm: "strict", busy: "strict" },
  json: (column) => column,
  field: (json, key) => sql`(${json} -> ${`$.${toJson(key)}`})`,
  element: (json, index) => sql`(${json} -> ${`$[${index}]`})`,
  isArray: (json) => sql`(json_type(${json}) = 'array')`,
  toJson: (value) => sql`${toJson(value)}`,
  hasPart: (text, part) => sql`instr(lower(${text}), lower(${part})) > 0`,
  having: (table, column, texts) =>
    sql`(select * from ${table} where ${sql(column)} in (select value from json_each(${toJson(texts)}))) as t`,
  page: (limit, offset) => sql`limit ${Number.isFinite(limit) ? limit : -1} offset ${offset}`
})

/** Postgres. */
export const postgres = (sql: SqlClient): Dialect => ({
  name: "postgres",
  types: {
    text: "text collate \"C\"",
    integer: "bigint",
    number: "double precision",
    boolean: "boolean",
    json: "jsonb"
  },
  no: "false",
  sequence: "seq bigint generated always as identity primary key",
  tableOptions: {
    calm: "",
    // leaves room for the next version of a row on its page, and removes dead rows before they pile up
    busy: "with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05)"
  },
  json: (column) => `${column}::text`,
  field: (json, key) => sql`(${json} -> ${toText(key)}::text)`,
  element: (json, index) => sql`(${json} -> ${index}::int)`,
  isArray: (json) => sql`(jsonb_typeof(${json}) = 'array')`,
  toJson: (value) => sql`${toJson(value)}::jsonb`,
  hasPart: (text, part) => sql`position(lower(${part} collate "C") in lower(${text})) > 0`,
  // each is found by itself: a plan for all of them that was made for a small table reads all of it
  having: (table, column, texts) =>
    sql`json_array_elements_text(${toJson(texts)}::json) as x(wanted)
      cross join lateral (select * from ${table} where ${sql(column)} = x.wanted offset 0) as t`,
  page: (limit, offset) => sql`limit ${Number.isFinite(limit) ? limit : null}::bigint offset ${offset}::bigint`
})
