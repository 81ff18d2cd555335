/**
 * A cache of prepared statements: preparing a short statement costs more than running it. The least recently used go
 * first.
 */
import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite"

/** A statement, and how its rows are read at present. */
interface Prepared {
  readonly statement: StatementSync
  /**
   * Whether it changes the schema. It is not cached then, and empties the cache: Node 22 reads rows with the columns
   * that there were when a statement was prepared.
   */
  readonly changesSchema: boolean
  bigints: boolean
  arrays: boolean
}

/** How rows are read: integers as `bigint` or `number`, rows as arrays or objects. */
export interface Reading {
  readonly bigints: boolean
  readonly arrays: boolean
}

/** A row as an object. */
export type Row = Record<string, SQLOutputValue>

/** Prepares statements. */
export interface Statements {
  /** The cached statement, or a new one. Throws the error of SQLite for invalid SQL. */
  readonly cached: (sql: string, reading: Reading) => StatementSync
  /** A statement that nobody else uses. */
  readonly fresh: (sql: string, reading: Reading) => StatementSync
}

const comments = /--[^\n]*|\/\*[^]*?(?:\*\/|$)/g

/** SQLite prepares the first statement of a text and ignores the rest, so the rest must be empty. */
const isComplete = (sql: string, statement: StatementSync): boolean =>
  statement.sourceSQL.length >= sql.length ||
  /^[\s;]*$/.test(sql.slice(statement.sourceSQL.length).replace(comments, ""))

const changesSchema = (sql: string): boolean => /^\s*(?:alter|create|drop)\b/i.test(sql.replace(comments, ""))

const prepare = (database: DatabaseSync, sql: string): Prepared => {
  const statement = database.prepare(sql)
  if (!isComplete(sql, statement)) throw new TypeError("More than one statement: run them one by one")
  return { statement, changesSchema: changesSchema(sql), bigints: false, arrays: false }
}

/** Changes only what differs, since each change is a call out of JavaScript. */
const read = (prepared: Prepared, { arrays, bigints }: Reading): StatementSync => {
  const { statement } = prepared
  if (prepared.bigints !== bigints) statement.setReadBigInts(prepared.bigints = bigints)
  if (prepared.arrays !== arrays) statement.setReturnArrays(prepared.arrays = arrays)
  return statement
}

/** The statements of a database, of which at most `capacity` are cached. */
export const make = (database: DatabaseSync, capacity: number): Statements => {
  // A `Map` keeps its keys in the order of insertion, so the first is the least recently used.
  const kept = new Map<string, Prepared>()

  const fresh = (sql: string): Prepared => {
    const prepared = prepare(database, sql)
    if (prepared.changesSchema) kept.clear()
    return prepared
  }

  const cached = (sql: string): Prepared => {
    const prepared = kept.get(sql) ?? fresh(sql)
    if (prepared.changesSchema) return prepared
    kept.delete(sql)
    kept.set(sql, prepared)
    if (kept.size > capacity) kept.delete(kept.keys().next().value!)
    return prepared
  }

  return {
    cached: (sql, reading) => read(cached(sql), reading),
    fresh: (sql, reading) => read(fresh(sql), reading)
  }
}
