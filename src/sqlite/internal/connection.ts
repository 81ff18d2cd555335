/**
 * The `Connection` that `effect/sql` uses, over one open database. Calls are synchronous; a fiber yields only between
 * the chunks of a stream, and while another process holds the lock.
 */
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import type { Connection } from "effect/sql/SqlConnection"
import type { StatementSync } from "node:sqlite"
import type { Restore } from "./busyRetry.ts"
import * as cursor from "./cursor.ts"
import { call, callWithin, type Database, type Execute, executor } from "./database.ts"
import * as values from "./values.ts"

type Run<A> = (statement: StatementSync) => A

const rows = (params: ReadonlyArray<unknown>): Run<ReadonlyArray<object>> => (statement) =>
  values.plain(statement.all(...values.bind(params)))

/** The type of `all` does not know that `setReturnArrays` makes its rows arrays. */
const arrays = (params: ReadonlyArray<unknown>) => (statement: StatementSync) =>
  statement.all(...values.bind(params)) as unknown as ReadonlyArray<ReadonlyArray<unknown>>

/** The rows of a statement that returns some; otherwise the number of changes and the last row id. */
const raw = (params: ReadonlyArray<unknown>): Run<unknown> => (statement) =>
  statement.columns().length > 0 ? rows(params)(statement) : statement.run(...values.bind(params))

const make = (database: Database, execute: Execute): Connection => {
  const objects = (kept: boolean): Connection["execute"] => (sql, params, transform) => {
    const effect = execute({ sql, kept, arrays: false, run: rows(params) })
    return transform === undefined ? effect : Effect.map(effect, transform)
  }
  const tuples = (kept: boolean): Connection["executeValues"] => (sql, params) =>
    execute({ sql, kept, arrays: true, run: arrays(params) })

  return {
    execute: objects(true),
    executeUnprepared: objects(false),
    executeValues: tuples(true),
    executeValuesUnprepared: tuples(false),
    executeRaw: (sql, params) => execute({ sql, kept: true, arrays: false, run: raw(params) }),
    executeStream: (sql, params, transform) => cursor.stream(database, execute, { sql, params, transform })
  }
}

/** The connection for single statements. */
export const shared = (database: Database): Connection => make(database, executor(database, call(database), identity))

/** The connection for one transaction. `restore` makes the wait for another process interruptible. */
export const leased = (database: Database, restore: Restore): Connection =>
  make(database, executor(database, callWithin(database), restore))
