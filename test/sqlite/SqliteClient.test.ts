import { assert, describe, it } from "@effect/vitest"
import { SqliteClient } from "brinjal/sqlite"
import { Config, ConfigProvider, Effect, Exit, Layer, Scope, Stream } from "effect"
import { Migrator, SqlClient } from "effect/sql"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { client, clientWithTable, file, texts } from "./support.ts"

const numbers = (sql: SqlClient.SqlClient, count: number) =>
  sql<
    { n: number }
  >`WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ${count}) SELECT n FROM c`

describe("SqliteClient", () => {
  it.effect("answers to SqlClient and to SqliteClient", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      const sqlite = yield* SqliteClient.SqliteClient
      assert.strictEqual<unknown>(sql, sqlite)
      assert.strictEqual(sqlite.config.filename, ":memory:")
      assert.deepStrictEqual(yield* sql`SELECT 1 AS one`, [{ one: 1 }])
    }).pipe(Effect.provide(SqliteClient.layer({ filename: ":memory:" }))))

  it.effect("takes its settings from the configuration", () =>
    Effect.gen(function*() {
      const { config } = yield* SqliteClient.SqliteClient
      assert.strictEqual(config.filename, ":memory:")
    }).pipe(
      Effect.provide(Layer.provide(
        SqliteClient.layerConfig({ filename: Config.String("DATABASE") }),
        ConfigProvider.layer(ConfigProvider.fromUnknown({ DATABASE: ":memory:" }))
      ))
    ))

  it.effect("keeps a write-ahead log, flushes as told and enforces foreign keys", () =>
    Effect.gen(function*() {
      const filename = yield* file
      const settings = (sql: SqlClient.SqlClient) =>
        Effect.map(
          Effect.all([
            sql`PRAGMA journal_mode`.values,
            sql`PRAGMA synchronous`.values,
            sql`PRAGMA foreign_keys`.values
          ]),
          (all) => all.flat(2)
        )
      assert.deepStrictEqual(yield* settings(yield* client({ filename })), ["wal", 1, 1])
      assert.deepStrictEqual(yield* settings(yield* client({ filename, synchronous: "FULL" })), ["wal", 2, 1])
      const old = Path.join(Path.dirname(filename), "old.db")
      assert.deepStrictEqual(yield* settings(yield* client({ filename: old, disableWAL: true })), ["delete", 1, 1])
    }))

  it.effect("closes with its scope, and says so afterwards", () =>
    Effect.gen(function*() {
      const filename = yield* file
      const scope = yield* Scope.make()
      const sql = yield* Scope.provide(clientWithTable({ filename }), scope)
      yield* sql`INSERT INTO t (text) VALUES ('kept')`
      assert.isTrue(Fs.existsSync(`${filename}-wal`))
      yield* Scope.close(scope, Exit.void)
      assert.isFalse(Fs.existsSync(`${filename}-wal`), "the log is merged when the last client closes")
      const error = yield* Effect.flip(sql`SELECT 1`)
      assert.strictEqual(error.message, `The client of ${JSON.stringify(filename)} is closed`)
      assert.deepStrictEqual(yield* texts(yield* client({ filename })), ["kept"])
    }))

  it.effect("a reader sees the file and cannot change it", () =>
    Effect.gen(function*() {
      const filename = yield* file
      const writer = yield* clientWithTable({ filename })
      yield* writer`INSERT INTO t (text) VALUES ('a')`
      const reader = yield* client({ filename, readonly: true })
      assert.deepStrictEqual(yield* reader.withTransaction(texts(reader)), ["a"])
      const error = yield* Effect.flip(reader`INSERT INTO t (text) VALUES ('b')`)
      assert.strictEqual(error.reason._tag, "AuthorizationError")
    }))

  it.effect("transforms names in both directions", () =>
    Effect.gen(function*() {
      const sql = yield* client({
        transformQueryNames: (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
        transformResultNames: (name) => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase())
      })
      yield* sql`CREATE TABLE ${sql("someTable")} (first_name TEXT)`
      yield* sql`INSERT INTO ${sql("someTable")} ${sql.insert({ firstName: "Ada" })}`
      const select = sql`SELECT * FROM some_table`
      assert.deepStrictEqual(yield* select, [{ firstName: "Ada" }])
      assert.deepStrictEqual(yield* select.withoutTransform, [{ first_name: "Ada" }])
      assert.deepStrictEqual(yield* Stream.runCollect(select.stream), [{ firstName: "Ada" }])
    }))

  it.effect("gives rows as objects, arrays and as the driver has them", () =>
    Effect.gen(function*() {
      const sql = yield* clientWithTable()
      const insert = sql`INSERT INTO t (text) VALUES ('a'), ('b')`
      assert.deepStrictEqual({ ...(yield* insert.raw) as object }, { changes: 2, lastInsertRowid: 2 })
      const select = sql`SELECT id, text FROM t`
      const objects = [{ id: 1, text: "a" }, { id: 2, text: "b" }]
      assert.deepStrictEqual(yield* select.raw, objects)
      assert.deepStrictEqual(yield* select, objects)
      assert.deepStrictEqual(yield* select.unprepared, objects)
      assert.deepStrictEqual(yield* select.values, [[1, "a"], [2, "b"]])
      assert.deepStrictEqual(yield* select.valuesUnprepared, [[1, "a"], [2, "b"]])
      assert.deepStrictEqual(yield* select, objects, "the same statement, after it gave arrays")
    }))

  it.effect("follows a table that changes under a prepared statement", () =>
    Effect.gen(function*() {
      const sql = yield* clientWithTable({ prepareCacheSize: 2 })
      const select = sql`SELECT * FROM t`
      yield* sql`INSERT INTO t (text) VALUES ('a')`
      assert.deepStrictEqual(yield* select, [{ id: 1, text: "a" }])
      yield* sql`ALTER TABLE t ADD COLUMN more INTEGER DEFAULT 7`
      assert.deepStrictEqual(yield* select, [{ id: 1, text: "a", more: 7 }])
      yield* sql`/* and back */ ALTER TABLE t DROP COLUMN more`.unprepared
      assert.deepStrictEqual(yield* select, [{ id: 1, text: "a" }])
    }))

  it.effect("refuses a text of two statements, of which SQLite would run only the first", () =>
    Effect.gen(function*() {
      const sql = yield* clientWithTable()
      const error = yield* Effect.flip(sql`INSERT INTO t (text) VALUES ('a'); DELETE FROM t`)
      assert.include(error.message, "More than one statement")
      assert.deepStrictEqual(yield* texts(sql), [])
      assert.deepStrictEqual(yield* sql`SELECT ';' AS a; -- that is all; really /* ; */`, [{ a: ";" }])
    }))

  describe("stream", () => {
    it.effect("reads as much as is wanted", () =>
      Effect.gen(function*() {
        const sql = yield* client()
        const all = yield* Stream.runCollect(numbers(sql, 1_000).stream)
        assert.deepStrictEqual(all.map(({ n }) => n), Array.from({ length: 1_000 }, (_, i) => i + 1))
        const endless = sql<
          { n: number }
        >`WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c`
        const some = yield* Stream.runCollect(Stream.take(endless.stream, 300))
        assert.strictEqual(some.at(-1)?.n, 300)
        assert.deepStrictEqual(yield* Stream.runCollect(sql`SELECT 1 WHERE 1 = 0`.stream), [])
      }))

    it.effect("lets go of the database when it is left early", () =>
      Effect.gen(function*() {
        const sql = yield* clientWithTable()
        yield* Stream.runDrain(Stream.take(numbers(sql, 1_000).stream, 1))
        yield* sql`DROP TABLE t`
      }))

    it.effect("shares a transaction with other statements, also with its own text", () =>
      Effect.gen(function*() {
        const sql = yield* clientWithTable()
        const select = numbers(sql, 600)
        const counts = yield* select.stream.pipe(
          Stream.mapEffect(({ n }) => n % 300 === 0 ? Effect.map(select, (rows) => rows.length) : Effect.succeed(0)),
          Stream.filter((count) => count > 0),
          Stream.runCollect,
          sql.withTransaction
        )
        assert.deepStrictEqual(counts, [600, 600])
      }))

    it.effect("fails where reading fails", () =>
      Effect.gen(function*() {
        const sql = yield* client()
        const broken = sql`WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 500)
          SELECT CASE WHEN n = 400 THEN json('{') ELSE n END AS n FROM c`
        let seen = 0
        const error = yield* Effect.flip(Stream.runForEach(broken.stream, () => Effect.sync(() => seen++)))
        assert.include(error.message, "malformed JSON")
        assert.strictEqual(seen, 256)
        yield* sql`SELECT 1`
      }))
  })

  it.effect("runs migrations, once", () =>
    Effect.gen(function*() {
      const filename = yield* file
      const migrate = Migrator.make({})({
        loader: Migrator.fromRecord({
          "1_table": Effect.flatMap(SqlClient.SqlClient, (sql) => sql`CREATE TABLE a (id INTEGER PRIMARY KEY)`),
          "2_column": Effect.flatMap(SqlClient.SqlClient, (sql) => sql`ALTER TABLE a ADD COLUMN b TEXT`)
        } as Record<string, Effect.Effect<void, unknown, SqlClient.SqlClient>>)
      })
      const run = Effect.scoped(
        Effect.flatMap(client({ filename }), (sql) => Effect.provideService(migrate, SqlClient.SqlClient, sql))
      )
      assert.deepStrictEqual(yield* run, [[1, "table"], [2, "column"]])
      assert.deepStrictEqual(yield* run, [])
    }))

  it.effect("a migration that fails leaves nothing behind", () =>
    Effect.gen(function*() {
      const sql = yield* client()
      const migrate = Migrator.make({})({
        loader: Migrator.fromRecord({
          "1_broken": Effect.flatMap(SqlClient.SqlClient, (sql) =>
            Effect.andThen(sql`CREATE TABLE a (id INTEGER PRIMARY KEY)`, Effect.fail("no")))
        })
      })
      yield* Effect.flip(Effect.provideService(migrate, SqlClient.SqlClient, sql))
      assert.deepStrictEqual(yield* sql`SELECT name FROM sqlite_schema WHERE name = 'a'`, [])
      assert.deepStrictEqual(yield* sql`SELECT * FROM effect_sql_migrations`, [])
    }))

  it.effect("says nothing about node:sqlite being experimental, and hides no other warning", () =>
    Effect.gen(function*() {
      const { emitWarning, getBuiltinModule } = process
      const warnings: Array<unknown> = []
      process.emitWarning = (warning: unknown) => void warnings.push(warning)
      process.getBuiltinModule = ((id: string) => {
        process.emitWarning("SQLite is an experimental feature and might change at any time", "ExperimentalWarning")
        process.emitWarning("Something else", "ExperimentalWarning")
        process.emitWarning("The SQLite is old", "DeprecationWarning")
        return getBuiltinModule(id)
      }) as typeof getBuiltinModule
      yield* Effect.ensuring(
        client(),
        Effect.sync(() => Object.assign(process, { emitWarning, getBuiltinModule }))
      )
      assert.deepStrictEqual(warnings, ["Something else", "The SQLite is old"])
    }))
})
