/**
 * The databases that the tests of the SQL store run on, each empty for every test.
 */
import { PgClient } from "@effect/sql-pg"
import { Clock, Context, Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { TaskStoreSql } from "../../src/sql/index.ts"
import { SqliteClient } from "../../src/sqlite/index.ts"
import { TaskStore } from "../../src/TaskStore.ts"

/** A clock that no test sets: drivers wait for real time. */
const clock = Context.get(Effect.runSync(Effect.context<never>()), Clock.Clock)

/** The same layer, whose time is real. */
export const live = <A, E>(layer: Layer.Layer<A, E>): Layer.Layer<A, E> =>
  Layer.provide(layer, Layer.succeed(Clock.Clock, clock))

/** SQLite in memory. */
const sqliteMemory = live(SqliteClient.layer({ filename: ":memory:" }))

const folder = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "brinjal-"))),
  (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true }))
)

/** SQLite in a new file. */
const sqliteFile = live(Layer.unwrap(
  Effect.map(folder, (path) => SqliteClient.layer({ filename: Path.join(path, "tasks.db") }))
))

/** Where Postgres is, if there is one. */
const postgresUrl = process.env.BRINJAL_TEST_POSTGRES_URL

/**
 * A client of Postgres that does not wait for the disk when it commits, which only a server that crashes would show: the
 * rest is as it is otherwise.
 */
export const postgresOf = (maxConnections: number, startupParameters: Readonly<Record<string, string>> = {}) =>
  live(PgClient.layer({
    url: Redacted.make(postgresUrl ?? ""),
    maxConnections,
    startupParameters: { synchronous_commit: "off", ...startupParameters }
  }))

const postgres = postgresOf(8)

/** The Postgres schema that a test has to itself. SQLite has none. */
class Schema extends Context.Service<Schema, string>()("test/sql/Schema") {}

/** Its name. */
export const schemaName: Effect.Effect<string, never, Schema> = Schema

let schemas = 0

const schemaLayer = Layer.effect(
  Schema,
  Effect.gen(function*() {
    const sql = yield* SqlClient.SqlClient
    const name = `brinjal_test_${process.pid}_${schemas++}`
    const drop = sql.onDialectOrElse({
      pg: () => Effect.orDie(sql`drop schema if exists ${sql(name)} cascade`),
      orElse: () => Effect.void
    })
    yield* Effect.addFinalizer(() => drop)
    return name
  })
)

/** A store with nothing in it, and what is below it. */
export const storeOver = <E>(client: Layer.Layer<SqlClient.SqlClient, E>) =>
  Layer.unwrap(Schema.use((schema) => Effect.succeed(TaskStoreSql.layerWith({ schema })))).pipe(
    Layer.provideMerge(schemaLayer),
    Layer.provideMerge(client)
  )

/** Another store in the same tables, as another process has it. */
export const storeBeside = Schema.use((schema) => TaskStoreSql.make({ schema }))

/** The tables of that store. */
export const tables = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  const schema = yield* Schema
  const prefix = sql.onDialectOrElse({ pg: () => `${schema}.brinjal_`, orElse: () => "brinjal_" })
  const table = (name: string) => sql(prefix + name)
  return {
    tasks: table("tasks"),
    configs: table("configs"),
    outcomes: table("outcomes"),
    processes: table("processes")
  }
})

/**
 * Goes on when so many sessions of this test wait for others. Within a transaction, Postgres shows activity as it was
 * when it was first asked for, unless it is told to look again.
 */
export const blocked = Effect.fnUntraced(function*(many: number) {
  const sql = yield* SqlClient.SqlClient
  const schema = yield* Schema
  yield* Effect.repeat(
    Effect.andThen(
      sql`select pg_stat_clear_snapshot()`,
      sql`select 1 from pg_stat_activity where position(${schema} in query) > 0 and pg_blocking_pids(pid) <> '{}'`
    ),
    { until: (found) => found.length >= many }
  )
})

/** All databases that are there, with their names. */
export const databases: ReadonlyArray<readonly [string, Layer.Layer<SqlClient.SqlClient, unknown>]> = [
  ["SQLite in memory", sqliteMemory],
  ["SQLite in a file", sqliteFile],
  ...(postgresUrl === undefined ? [] : [["Postgres", postgres] as const])
]

/** Calls at the same moment. */
export const together = { concurrency: "unbounded" } as const

/** The ids of the tasks that have not ended. */
export const taskIds = Effect.map(
  TaskStore.use((store) => store.liveTasks),
  (tasks) => tasks.map(({ taskId }) => taskId)
)
