/**
 * Prepared statements, the last used ones kept. To prepare a short statement costs SQLite more than to run it.
 */
import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite"

/** A statement and how its rows are read now. */
interface Prepared {
  readonly statement: StatementSync
  /** Such a statement is not kept and ends all that are: Node 22 reads rows with the columns of when it prepared. */
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

/** Gives the statement for a text. */
export interface Statements {
  /** The one that is kept, or a new one. Throws what SQLite says about a wrong text. */
  readonly cached: (sql: string, reading: Reading) => StatementSync
  /** One that nobody else has. */
  readonly fresh: (sql: string, reading: Reading) => StatementSync
}

const comments = /--[^\n]*|\/\*[^]*?(?:\*\/|$)/g

/** SQLite prepares the first statement of a text and ignores the rest: the rest must be empty. */
const isComplete = (sql: string, statement: StatementSync): boolean =>
  statement.sourceSQL.length >= sql.length ||
  /^[\s;]*$/.test(sql.slice(statement.sourceSQL.length).replace(comments, ""))

const changesSchema = (sql: string): boolean => /^\s*(?:alter|create|drop)\b/i.test(sql.replace(comments, ""))

const prepare = (database: DatabaseSync, sql: string): Prepared => {
  const statement = database.prepare(sql)
  if (!isComplete(sql, statement)) throw new TypeError("More than one statement: run them one by one")
  return { statement, changesSchema: changesSchema(sql), bigints: false, arrays: false }
}

/** Switches only what differs: each switch is a call out of JavaScript. */
const read = (prepared: Prepared, { arrays, bigints }: Reading): StatementSync => {
  const { statement } = prepared
  if (prepared.bigints !== bigints) statement.setReadBigInts(prepared.bigints = bigints)
  if (prepared.arrays !== arrays) statement.setReturnArrays(prepared.arrays = arrays)
  return statement
}

/** Statements of a database of which at most `capacity` are kept. */
export const make = (database: DatabaseSync, capacity: number): Statements => {
  // A `Map` gives its keys in the order in which they were added: the first is the one that was not used for longest.
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
