/**
 * Databases that several processes share, each with a client of its own.
 */
import { PgClient } from "@effect/sql-pg"
import type { TaskStore } from "brinjal"
import { TaskStoreSql } from "brinjal/sql"
import { SqliteClient } from "brinjal/sqlite"
import { Effect, Layer, Redacted, type Scope } from "effect"
import { SqlClient } from "effect/sql"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"

/** The store of one process, to be made anew for each. */
export type Store = Layer.Layer<SqlClient.SqlClient | TaskStore.TaskStore, unknown>

/** A database, and how a process gets at it: each with a client of its own. */
export interface Database {
  readonly name: string
  readonly processes: number
  readonly open: Effect.Effect<Store, never, Scope.Scope>
}

const sqlite: Database = {
  name: "one SQLite file",
  processes: 2,
  open: Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "brinjal-"))),
      (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true }))
    ),
    (path) => TaskStoreSql.layer.pipe(Layer.provideMerge(SqliteClient.layer({ filename: Path.join(path, "tasks.db") })))
  )
}

const url = process.env.BRINJAL_TEST_POSTGRES_URL
let schemas = 0

const postgres: Database = {
  name: "one Postgres",
  processes: 3,
  open: Effect.gen(function*() {
    const schema = `brinjal_processes_${process.pid}_${schemas++}`
    const client = PgClient.layer({ url: Redacted.make(url!), maxConnections: 5 })
    const drop = Effect.provide(
      SqlClient.SqlClient.use((sql) => sql`drop schema if exists ${sql(schema)} cascade`),
      client
    )
    yield* Effect.addFinalizer(() => Effect.orDie(drop))
    return TaskStoreSql.layerWith({ schema }).pipe(Layer.provideMerge(client))
  })
}

/** Those that are there. */
export const databases: ReadonlyArray<Database> = url === undefined ? [sqlite] : [sqlite, postgres]
