/**
 * What `brinjal doctor` finds in a store.
 */
import { NodeServices } from "@effect/platform-node"
import { PgClient } from "@effect/sql-pg"
import { assert, describe, it } from "@effect/vitest"
import { TaskStore } from "brinjal"
import { TaskStoreSql } from "brinjal/sql"
import { SqliteClient } from "brinjal/sqlite"
import { Clock, Context, Duration, Effect, FileSystem, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { config, keepAll, task } from "../../src/testing/store/records.ts"
import { run, setClock } from "./support.ts"

/** The check of the tables: its status, and what it says. */
const tables = Effect.fnUntraced(function*(store: string, ...args: ReadonlyArray<string>) {
  const { out } = yield* run(["doctor", "--store", store, ...args])
  const [, ...found] = /^tables\t(\w+)\t(.*)$/m.exec(out) ?? []
  return found
})

const make = (options: TaskStoreSql.Options) => Effect.scoped(TaskStoreSql.make(options))

describe("brinjal doctor, of a store in SQLite", () => {
  it.effect("finds the tables where a program keeps them, and says where it has looked", () =>
    Effect.gen(function*() {
      yield* setClock
      const files = yield* FileSystem.FileSystem
      const filename = `${yield* files.makeTempDirectoryScoped()}/tasks.db`
      const store = `sqlite:${filename}`
      yield* Effect.provide(make({ prefix: "app_" }), SqliteClient.layer({ filename }))
      assert.deepStrictEqual(yield* tables(store), [
        "note",
        "There are no brinjal_* yet: brinjal serve makes them. If a program keeps its tables elsewhere " +
        "(TaskStoreSql.layerWith), say where with --prefix."
      ])
      const [status, detail] = yield* tables(store, "--prefix", "app_", "--schema", "ignored")
      assert.strictEqual(status, "ok")
      assert.match(detail!, /^app_\* are up to date \(step \d+\)\.$/)
      assert.include((yield* run(["doctor", "--store", store, "--prefix", "app_"])).out, "tasks\tok\t0 tasks")
      const [absent, elsewhere] = yield* tables(store, "--prefix", "other_")
      assert.strictEqual(absent, "trouble")
      assert.include(elsewhere, "There are no other_* yet: the program that uses them makes them.")
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))

  it.effect("finds what waits and no living process handles", () =>
    Effect.gen(function*() {
      yield* setClock
      const filename = `${yield* FileSystem.FileSystem.use((files) => files.makeTempDirectoryScoped())}/tasks.db`
      const doctor = Effect.suspend(() => run(["doctor", "--store", `sqlite:${filename}`]))
      const handlers = Effect.map(
        doctor,
        ({ out }) => [...out.matchAll(/^handlers\t(.*)$/gm)].map(([, found]) => found)
      )
      const now = yield* Clock.currentTimeMillis
      const layer = Layer.provide(TaskStoreSql.layer, SqliteClient.layer({ filename }))
      const store = Context.get(yield* Layer.build(layer), TaskStore.TaskStore)
      const beat = (leaseUntil: number) =>
        store.heartbeat({ owner: "one/1", now: now - 60_000, leaseUntil, taskTypes: ["Backup"] })
      yield* beat(now)
      yield* store.insertTasks([
        task("t1", { createdAt: now - 90_000 }),
        task("t2", { taskType: "Later", retryAt: now + 90_000 })
      ])
      assert.deepStrictEqual(yield* handlers, ["ok\tNothing waits that no living process handles."])
      yield* store.insertTasks([task("t3", { taskType: "Cleanup", createdAt: now - 45_000 })])
      const cleanup =
        "trouble\t1 task of type \"Cleanup\" waits, for up to 45s, and no living process has its handler: " +
        "start one that provides it (the task's toLayer), or cancel it."
      assert.deepStrictEqual(yield* handlers, [cleanup])
      assert.strictEqual((yield* doctor).exit._tag, "Failure")
      yield* store.pauseType({ taskType: "Cleanup", since: now - 45_000, note: "" })
      assert.deepStrictEqual(yield* handlers, ["ok\tNothing waits that no living process handles."])
      assert.match((yield* doctor).out, /^paused\tnote\tTask type "Cleanup" is paused since \S+: brinjal resume /m)
      yield* store.resumeType("Cleanup")
      yield* beat(now - 1)
      const [backup, ...others] = yield* handlers
      assert.deepStrictEqual(others, [cleanup])
      assert.match(backup!, /^trouble\t1 task of type "Backup" waits, for up to 1m, /)
    }).pipe(
      Effect.scoped,
      Effect.provide(NodeServices.layer)
    ))

  it.effect("finds recurring tasks that a process with a wrong clock has decided, whose names it tells", () =>
    Effect.gen(function*() {
      yield* setClock
      const filename = `${yield* FileSystem.FileSystem.use((files) => files.makeTempDirectoryScoped())}/tasks.db`
      const doctor = Effect.suspend(() => run(["doctor", "--store", `sqlite:${filename}`]))
      const now = yield* Clock.currentTimeMillis
      const layer = Layer.provide(TaskStoreSql.layer, SqliteClient.layer({ filename }))
      const { insertConfig } = Context.get(yield* Layer.build(layer), TaskStore.TaskStore)
      yield* insertConfig(config("in order", { lastDecided: now }), [], [], keepAll)
      assert.notInclude((yield* doctor).out, "recurring\t")
      yield* insertConfig(config("ahead", { lastDecided: now + 370 * 86_400_000 }), [], [], keepAll)
      const { exit, out } = yield* doctor
      assert.strictEqual(exit._tag, "Failure")
      assert.match(
        out,
        /^recurring\ttrouble\tA process whose clock was ahead .*: "ahead" \(2027-11-29T08:01:00Z\)\. When all clocks /m
      )
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))

  it.effect("refuses the path of an API for a prefix", () =>
    Effect.gen(function*() {
      const { errors, exit } = yield* run(["doctor", "--prefix", "/api/tasks"])
      assert.strictEqual(exit._tag, "Failure")
      assert.include(errors, "\"/api/tasks\" is not a valid value for --prefix. Write what the names of the tables")
    }))
})

const url = process.env.BRINJAL_TEST_POSTGRES_URL

describe.skipIf(url === undefined)("brinjal doctor, of a store in Postgres", () => {
  const schema = `brinjal_Doctor_${process.pid}`
  const client = Layer.suspend(() => PgClient.layer({ url: Redacted.make(url!) }))

  const dropped = Effect.andThen(
    SqlClient.SqlClient,
    (sql) => Effect.orDie(sql`drop schema if exists ${sql(schema)} cascade`)
  )

  it.live("finds the tables where a program keeps them, and says where it has looked", () =>
    Effect.gen(function*() {
      const at = ["--schema", schema, "--prefix", "app_"]
      const [absent, whither] = yield* tables(url!, ...at)
      assert.strictEqual(absent, "trouble")
      assert.include(whither, `There are no ${schema}.app_* yet: the program that uses them makes them.`)
      yield* make({ schema, prefix: "app_" })
      const [status, detail] = yield* tables(url!, ...at)
      assert.strictEqual(status, "ok")
      assert.include(detail, `${schema}.app_* are up to date (step `)
      const [, elsewhere] = yield* tables(url!, "--prefix", "nobodys_")
      assert.match(elsewhere!, /^There are no \w+\.nobodys_\* yet: .* say where with --schema and --prefix\.$/)
    }).pipe(Effect.ensuring(dropped), Effect.provide(client)))

  it.live("does not wait for ever for what others have locked", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      const limits = { answer: Duration.millis(100), event: Duration.infinity, absence: Duration.infinity }
      yield* make({ schema })
      yield* sql.withTransaction(Effect.gen(function*() {
        yield* sql`lock table ${sql(`${schema}.brinjal_migrations`)}`
        const { out } = yield* run(["doctor", "--store", url!, "--schema", schema], { limits })
        assert.match(out, /^store\ttrouble\tthe database \S+ on \S+ has not answered for 100ms\.$/m)
      }))
    }).pipe(Effect.ensuring(dropped), Effect.provide(client)))
})
