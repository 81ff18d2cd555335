/**
 * Opens a database and configures it: write-ahead log, how commits are flushed, foreign keys. It is closed with the
 * scope.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import * as Fs from "node:fs"
import * as Path from "node:path"
import type { DatabaseSync } from "node:sqlite"
import type { SqliteClientConfig } from "../SqliteClient.ts"
import { shared } from "./connection.ts"
import type { Database } from "./database.ts"
import { sqlError } from "./errors.ts"
import { type NodeSqlite, nodeSqlite } from "./nodeSqlite.ts"
import { looker } from "./presence.ts"
import * as statements from "./statements.ts"

const stat = (path: string) => Fs.statSync(path, { throwIfNoEntry: false })

/** Whether the user of this process may do something with a file or a folder. */
const may = (mode: number, path: string): boolean => {
  try {
    Fs.accessSync(path, mode)
    return true
  } catch {
    return false
  }
}

const { R_OK, W_OK, X_OK } = Fs.constants

/** Why a file cannot be opened, in the cases in which SQLite says only that it cannot. */
const obstacle = (filename: string, readonly: boolean): string | undefined => {
  const folder = Path.resolve(Path.dirname(filename))
  if (stat(folder)?.isDirectory() !== true) return `there is no folder ${folder}, and it is not created`
  const file = stat(filename)
  if (file?.isDirectory() === true) return "it is a folder"
  if (file !== undefined) return may(R_OK, filename) ? undefined : "this user may not read it"
  if (readonly) return "there is no such file, and readonly does not create one"
  return may(W_OK | X_OK, folder) ? undefined : `this user may not create files in ${folder}`
}

const whyNot = (cause: unknown, filename: string, readonly: boolean): string => {
  try {
    return obstacle(filename, readonly) ?? String((cause as Error).message)
  } catch {
    return String((cause as Error).message)
  }
}

const connect = (module: NodeSqlite, { filename, readonly = false }: SqliteClientConfig) =>
  Effect.try({
    // `timeout: 0`: waiting for a lock is done outside of SQLite
    try: () => new module.DatabaseSync(filename, { readOnly: readonly, timeout: 0, enableForeignKeyConstraints: true }),
    catch: (cause): SqlError =>
      sqlError(
        cause,
        { filename, operation: "open" },
        `Cannot open ${JSON.stringify(filename)}: ${whyNot(cause, filename, readonly)}`
      )
  })

const close = (sqlite: DatabaseSync) =>
  Effect.sync(() => {
    if (sqlite.isOpen) sqlite.close()
  })

/** The journal mode is stored in the file, and cannot be changed by a reader. */
const pragmas = ({ disableWAL = false, readonly = false, synchronous = "NORMAL" }: SqliteClientConfig) => [
  ...(disableWAL || readonly ? [] : ["PRAGMA journal_mode = WAL"]),
  `PRAGMA synchronous = ${synchronous}`,
  "PRAGMA schema_version" // reads the file: whether it is a database shows here and not at the first query
]

/** An open database. */
export const open = Effect.fnUntraced(function*(config: SqliteClientConfig) {
  const module = yield* nodeSqlite
  const sqlite = yield* Effect.acquireRelease(connect(module, config), close)
  const database: Database = {
    filename: config.filename,
    sqlite,
    statements: statements.make(sqlite, config.prepareCacheSize ?? 200),
    busyTimeout: Duration.fromInputUnsafe(config.busyTimeout ?? "5 seconds"),
    // what is only read cannot be lost
    isPresent: config.readonly === true ? () => true : looker(sqlite)
  }
  const { executeUnprepared } = shared(database)
  yield* Effect.forEach(pragmas(config), (sql) => executeUnprepared(sql, [], undefined), { discard: true })
  return database
})
