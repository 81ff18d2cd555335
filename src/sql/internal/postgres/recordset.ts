/**
 * Many rows for one statement of Postgres, as one JSON parameter, so that the text of the statement is always the same.
 */
import type { SqlClient } from "effect/sql/SqlClient"
import type { Fragment } from "effect/sql/Statement"
import type { Columns, ColumnType, Values } from "../columns.ts"
import { memoize } from "../memoize.ts"
import { toJson } from "../text.ts"

const types: Readonly<Record<ColumnType, string>> = {
  text: "text",
  integer: "bigint",
  number: "double precision",
  boolean: "boolean",
  json: "jsonb"
}

/** Columns with their types. */
export const declarations = memoize((columns: Columns) =>
  Object.entries(columns).map(([name, type]) => `${name} ${types[type]}`).join(", ")
)

/** Rows in the order in which they are locked. */
export const inLockingOrder = <A extends { readonly task_id: string }>(rows: ReadonlyArray<A>): ReadonlyArray<A> =>
  rows.toSorted((a, b) => a.task_id < b.task_id ? -1 : 1)

/** Drops nulls: an absent field is read as null, and costs nothing. */
export const withoutNulls = (row: Values): Values => {
  const present: Record<string, unknown> = {}
  for (const name in row) if (row[name] !== null && row[name] !== undefined) present[name] = row[name]
  return present
}

/** Rows with their numbers, from 1. */
export const withNumbers = <A extends Values>(rows: ReadonlyArray<A>): ReadonlyArray<A & { readonly ord: number }> =>
  rows.map((row, i) => ({ ord: i + 1, ...row }))

/** Rows for a function. */
export const toList = (rows: ReadonlyArray<Values>): string => toJson(rows.map(withoutNulls))

/** `json_to_recordset(...) as alias(...)`, in the order of the rows. */
export const recordset = (sql: SqlClient, columns: Columns, rows: ReadonlyArray<Values>, alias = "x"): Fragment =>
  sql`json_to_recordset(${toList(rows)}::json) as ${sql.literal(`${alias}(${declarations(columns)})`)}`
