/**
 * Databases for tests: in memory, or files in a folder that is removed with the scope.
 */
import { SqliteClient } from "brinjal/sqlite"
import { Effect } from "effect"
import { Reactivity } from "effect/reactivity"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"

/** A new folder. */
export const folder = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "brinjal-sqlite-"))),
  (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true, force: true }))
)

/** The path of a database in a new folder. */
export const file = Effect.map(folder, (path) => Path.join(path, "test.db"))

/** A client that is closed with the scope. */
export const client = (config: Partial<SqliteClient.SqliteClientConfig> = {}) =>
  Effect.provide(SqliteClient.make({ filename: ":memory:", ...config }), Reactivity.layer)

/** A client with a table `t (id, text)`. */
export const clientWithTable = Effect.fnUntraced(function*(config: Partial<SqliteClient.SqliteClientConfig> = {}) {
  const sql = yield* client(config)
  yield* sql`CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, text TEXT)`
  return sql
})

/** The texts of table `t`. */
export const texts = (sql: SqliteClient.SqliteClient["Service"]) =>
  Effect.map(sql<{ text: string }>`SELECT text FROM t ORDER BY id`, (rows) => rows.map(({ text }) => text))
