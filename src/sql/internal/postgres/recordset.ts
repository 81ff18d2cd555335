/**
 * Many rows for one statement of Postgres, whose text is always the same: as one JSON parameter or, where there are
 * many, as an array for each column: a row costs less then, and a statement more.
 */
import type { SqlClient } from "effect/sql/SqlClient"
import type { Fragment } from "effect/sql/Statement"
import { type Columns, type ColumnType, list as namesOf, type Values } from "../columns.ts"
import { memoize } from "../memoize.ts"
import { toJson, toText } from "../text.ts"

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

/** Rows with their numbers, from 1. */
export const withNumbers = <A extends Values>(rows: ReadonlyArray<A>): ReadonlyArray<A & { readonly ord: number }> =>
  rows.map((row, i) => ({ ord: i + 1, ...row }))

/**
 * What most rows have in some columns, and which is therefore left out: a value, or what is in another column. Such
 * columns are never null.
 */
export interface Usual {
  readonly values?: Readonly<Record<string, string | number | boolean>>
  readonly sameAs?: Readonly<Record<string, string>>
}

const without = ({ sameAs = {}, values = {} }: Usual) => (row: Values): Values => {
  const left: Record<string, unknown> = {}
  for (const name in row) {
    const value = row[name]
    if (value === null || value === undefined || value === values[name]) continue
    const other = sameAs[name]
    if (other === undefined || value !== row[other]) left[name] = value
  }
  return left
}

/** Drops nulls: an absent field is read as null, and costs nothing. */
export const withoutNulls = without({})

/** Rows for a function, without what is null or usual. */
export const toList = (rows: ReadonlyArray<Values>, usual: Usual = {}): string => toJson(rows.map(without(usual)))

const literalOf = (value: string | number | boolean): string => typeof value === "string" ? `'${value}'` : String(value)

/** The columns as they are read, with what is usual where it was left out. */
export const completed = (columns: Columns, { sameAs = {}, values = {} }: Usual): string =>
  Object.keys(columns).map((name) => {
    const value = values[name]
    const usual = value === undefined ? sameAs[name] : literalOf(value)
    return usual === undefined ? name : `coalesce(${name}, ${usual}) as ${name}`
  }).join(", ")

/** What a function answers with, as JSON: null if it is nothing. */
export const listIn = <A>(json: unknown): ReadonlyArray<A> => json === null ? [] : JSON.parse(json as string)

/** `json_to_recordset(...) as x(...)`, in the order of the rows. */
export const recordset = (sql: SqlClient, columns: Columns, rows: ReadonlyArray<Values>, usual?: Usual): Fragment =>
  sql`json_to_recordset(${toList(rows, usual)}::json) as ${sql.literal(`x(${declarations(columns)})`)}`

const quoted = (text: string): string =>
  text.includes("\"") || text.includes("\\") ? `"${text.replaceAll(/["\\]/g, "\\$&")}"` : `"${text}"`

/** How a value of a type is written in an array. JSON, and so the database, has only finite numbers. */
const elements: Readonly<Record<ColumnType, (value: any) => string>> = {
  text: (value: string) => quoted(toText(value)),
  integer: (value: number) => Number.isFinite(value) ? String(value) : "null",
  number: (value: number) => Number.isFinite(value) ? String(value) : "null",
  boolean: String,
  json: (value: unknown) => quoted(toJson(value))
}

/** A column of rows. One that has only nulls is empty: what is missing at the end is null. So is a usual one. */
const arrayOf = (name: string, type: ColumnType, rows: ReadonlyArray<Values>, usual: unknown): string => {
  const element = elements[type]
  let array = ""
  let isEmpty = true
  for (const row of rows) {
    const value = row[name]
    const isLeftOut = value === null || value === undefined || value === usual
    isEmpty &&= isLeftOut
    array += isLeftOut ? ",null" : `,${element(value)}`
  }
  return isEmpty ? "{}" : `{${array.slice(1)}}`
}

/** Rows as an array for each column, separated by commas. */
export const arrays = (
  sql: SqlClient,
  columns: Columns,
  rows: ReadonlyArray<Values>,
  { values = {} }: Pick<Usual, "values"> = {}
): Fragment =>
  sql.csv(
    Object.entries(columns).map(([name, type]) =>
      sql`${arrayOf(name, type, rows, values[name])}::${sql.literal(types[type])}[]`
    )
  )

/** The parameters of a function that takes a list of rows as `arrays`. */
export const parameters = (list: string, columns: Columns): string =>
  Object.entries(columns).map(([name, type]) => `${list}_${name} ${types[type]}[]`).join(", ")

/** The rows of such a list as `x`, with their numbers from 1 as `ord`. */
export const unnested = (list: string, columns: Columns): string =>
  `unnest(${Object.keys(columns).map((name) => `${list}_${name}`).join(", ")}) with ordinality as x(${
    namesOf(columns)
  }, ord)`
