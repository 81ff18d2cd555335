/**
 * What a manager does while its database is full, locked, or away: the same on each, whatever the trouble.
 */
import { PgClient } from "@effect/sql-pg"
import { assert, describe, it } from "@effect/vitest"
import { Health, Recurrence, Task, TaskManager } from "brinjal"
import { TaskStoreSql } from "brinjal/sql"
import { SqliteClient } from "brinjal/sqlite"
import { Testing } from "brinjal/testing"
import { Effect, Exit, Fiber, Layer, Logger, Option, Redacted, Schema, type Scope } from "effect"
import { Reactivity } from "effect/reactivity"
import { SqlClient, Statement } from "effect/sql"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import * as realTimeStore from "../../src/testing/internal/realTimeStore.ts"
import * as around from "./around.ts"
import { live, postgresOf, storeOver } from "./databases.ts"

class Work extends Task.make("Work", {
  payload: { millis: Schema.Finite, text: Schema.String },
  success: Schema.String
}) {}

const template = (millis: number, text = "") => Work.template({ millis, text })

const handled = Work.toLayer(({ millis }) => Effect.as(Effect.sleep(millis), "done"))

/** A database that a test can make trouble with. */
interface Troubled {
  readonly client: Layer.Layer<SqlClient.SqlClient, unknown>
  readonly begin: Effect.Effect<unknown, unknown, SqlClient.SqlClient>
  readonly end: Effect.Effect<unknown, unknown, SqlClient.SqlClient>
  readonly store: typeof TaskStoreSql.layer
  /** Whether what is there can be read meanwhile. */
  readonly isReadable: boolean
}

type Open = Effect.Effect<Troubled, unknown, Scope.Scope>

const file = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "brinjal-"))),
    (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true }))
  ),
  (path) => Path.join(path, "tasks.db")
)

/** Adds texts that get shorter and shorter, until not even the shortest finds room. */
const fill = (sql: SqlClient.SqlClient) =>
  Effect.forEach([100_000, 10_000, 1_000, 100, 0], (length) => {
    const add = sql`insert into filler (text) values (${"x".repeat(length)})`
    return Effect.repeat(Effect.exit(add), { until: Exit.isFailure })
  })

const full: Open = Effect.map(file, (filename) => ({
  client: live(SqliteClient.layer({ filename })),
  begin: SqlClient.SqlClient.use((sql) =>
    Effect.gen(function*() {
      yield* sql`create table filler (text text not null)`
      const [row] = yield* sql<{ page_count: number }>`pragma page_count`
      yield* sql.unsafe(`pragma max_page_count = ${row!.page_count + 10}`)
      yield* fill(sql)
    })
  ),
  end: SqlClient.SqlClient.use((sql) => sql`pragma max_page_count = 1000000`),
  store: TaskStoreSql.layer,
  isReadable: true
}))

const locked: Open = Effect.gen(function*() {
  const filename = yield* file
  const other = yield* Effect.provide(SqliteClient.make({ filename }), Reactivity.layer)
  return {
    client: live(SqliteClient.layer({ filename, busyTimeout: "20 millis" })),
    begin: other`begin immediate`,
    end: other`rollback`,
    store: TaskStoreSql.layer,
    isReadable: true
  }
})

const movedAway: Open = Effect.map(file, (filename) => ({
  client: live(SqliteClient.layer({ filename })),
  begin: Effect.sync(() => Fs.renameSync(filename, `${filename}.away`)),
  end: Effect.sync(() => Fs.renameSync(`${filename}.away`, filename)),
  store: TaskStoreSql.layer,
  isReadable: false
}))

const url = process.env.BRINJAL_TEST_POSTGRES_URL

let ownDatabases = 0

/** A Postgres that lets nobody in and throws all out who are in. */
const away: Open = Effect.gen(function*() {
  const name = `brinjal_trouble_${process.pid}_${ownDatabases++}`
  const admin = yield* Effect.provide(PgClient.make({ url: Redacted.make(url!), maxConnections: 1 }), Reactivity.layer)
  const drop = admin.unsafe(`drop database if exists ${name} with (force)`)
  yield* drop
  yield* Effect.acquireRelease(admin.unsafe(`create database ${name}`), () => Effect.orDie(drop))
  const allow = (are: boolean) => admin.unsafe(`alter database ${name} allow_connections ${are}`)
  const own = new URL(url!)
  own.pathname = `/${name}`
  return {
    client: live(PgClient.layer({ url: Redacted.make(own.href), maxConnections: 5 })),
    begin: Effect.andThen(
      allow(false),
      admin`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name}`
    ),
    end: allow(true),
    store: realTimeStore.layer(TaskStoreSql.layer),
    isReadable: false
  }
})

const troubles: ReadonlyArray<readonly [string, Open]> = [
  ["a SQLite file that is full", full],
  ["a SQLite file that another program locks for longer than anybody waits", locked],
  ["a SQLite file that is moved away", movedAway],
  ...(url === undefined ? [] : [["a Postgres that is away", away] as const])
]

/** What does not fit in a place that another one has left. */
const large = "x".repeat(20_000)

const minutely = {
  recurringId: "minutely",
  recurrence: Recurrence.every("1 minute"),
  templateTask: template(0, large)
}

/** What happens to a manager. */
const story = ({ begin, end, isReadable }: Troubled, log: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const { addRecurringTask, addTaskToQueue, getTask, health, outcomes } = yield* TaskManager.TaskManager
    yield* addRecurringTask(minutely)
    const long = yield* addTaskToQueue(template(150_000))
    yield* Testing.advance("130 seconds")
    yield* Effect.orDie(begin)

    const refused = yield* Effect.forkChild(Effect.flip(addTaskToQueue(template(0, large))))
    yield* Testing.advance("3 minutes")
    assert.include(JSON.stringify(refused.pollUnsafe()), "TaskStoreError")
    const asked = yield* Effect.forkChild(health)
    yield* Testing.advance("5 seconds")
    const sick = yield* Fiber.join(asked)
    assert.deepInclude(sick, { storeReachable: isReadable })
    assert.isTrue(Option.isSome(sick.storeFailingSince))
    assert.isFalse(Health.isReady(sick))

    yield* Effect.orDie(end)
    yield* Testing.advance("65 seconds")
    assert.strictEqual((yield* getTask(long)).status, "done")
    const well = yield* health
    assert.isTrue(Health.isReady(well))
    assert.deepInclude(well, { running: 0, storeReachable: true })
    const all = (yield* outcomes("minutely")).toReversed()
    assert.strictEqual(all.reduce((sum, { count }) => sum + count, 0), 6)
    assert.strictEqual(all.at(-1)!.outcome, "Started")
    const told = log.filter((line) => line.includes("trying again until it answers"))
    assert.lengthOf(told, 1)
    assert.match(told[0]!, /^The task store failed in "\w+"; trying again until it answers: .+$/)
    assert.lengthOf(log.filter((line) => line.includes("answers again after")), 1)
  })

for (const [name, open] of troubles) {
  describe(`a manager over ${name}`, () => {
    it.effect(
      "refuses new work, loses no occurrence, says what is wrong, and goes on by itself",
      () =>
        Effect.scoped(Effect.gen(function*() {
          const troubled = yield* open
          const log: Array<string> = []
          const logger = Logger.layer([Logger.make(({ message }) => void log.push(String(message)))])
          const layer = handled.pipe(
            Layer.provideMerge(TaskManager.layer),
            Layer.provide(troubled.store),
            Layer.provideMerge(troubled.client),
            Layer.provideMerge(Layer.mergeAll(Testing.layerClock(), logger))
          )
          yield* Effect.provide(story(troubled, log), layer)
        })),
      60_000
    )
  })
}

describe.runIf(url !== undefined)("a manager over a Postgres that throws it out again and again", () => {
  it.effect("does what it has accepted", () =>
    Effect.gen(function*() {
      const { begin, client, end, store } = yield* away
      const layer = handled.pipe(
        Layer.provideMerge(TaskManager.layer),
        Layer.provide([store, TaskManager.configure({ retention: { done: 100 } })]),
        Layer.provideMerge(client),
        Layer.provideMerge(Testing.layerClock())
      )
      yield* Effect.provide(thrownOut(Effect.andThen(begin, end)), layer)
    }).pipe(Effect.scoped), 60_000)
})

/** Tasks are queued, run and end while all connections break. */
const thrownOut = (throwOut: Effect.Effect<unknown, unknown, SqlClient.SqlClient>) =>
  Effect.gen(function*() {
    const { addTaskToQueue, getTask } = yield* TaskManager.TaskManager
    const accepted: Array<string> = []
    const enqueue = Effect.tap(addTaskToQueue(template(100)), (taskId) => Effect.sync(() => accepted.push(taskId)))
    for (let i = 0; i < 5; i++) {
      const many = Effect.all(Array.from({ length: 10 }, () => Effect.exit(enqueue)), { concurrency: "unbounded" })
      const enqueuing = yield* Effect.forkChild(many)
      yield* Testing.outside(Effect.orDie(throwOut))
      yield* Testing.advance("1 second")
      yield* Fiber.join(enqueuing)
      yield* enqueue
    }
    yield* Testing.advance("1 minute")
    const statuses = yield* Effect.forEach(accepted, (taskId) => Effect.map(getTask(taskId), ({ status }) => status))
    assert.isAtLeast(statuses.length, 5)
    assert.deepStrictEqual(new Set(statuses), new Set(["done"]))
  })

const slowDatabases = [
  ["SQLite", live(SqliteClient.layer({ filename: ":memory:" })), Statement.makeCompilerSqlite()] as const,
  ...(url === undefined ? [] : [["Postgres", postgresOf(20), PgClient.makeCompiler()] as const])
]

for (const [name, client, compiler] of slowDatabases) {
  describe(`a manager over a ${name} that takes two seconds for every statement`, () => {
    it.effect("answers in time, keeps what it runs, loses no occurrence, and is well when that is over", () => {
      const delay = { millis: 0 }
      const layer = handled.pipe(
        Layer.provideMerge(TaskManager.layer),
        Layer.provide(storeOver(around.layerSlow(client, compiler, delay))),
        Layer.provideMerge(Testing.layerClock())
      )
      return Effect.scoped(Effect.provide(slowStory(delay), layer))
    })
  })
}

/** What happens to a manager. */
const slowStory = (delay: around.Delay) =>
  Effect.gen(function*() {
    const { addRecurringTask, addTaskToQueue, getTask, health, outcomes } = yield* TaskManager.TaskManager
    yield* addRecurringTask(minutely)
    const long = yield* addTaskToQueue(template(150_000))
    yield* Testing.advance("130 seconds")
    delay.millis = 2_000

    const asked = yield* Effect.forkChild(Effect.exit(addTaskToQueue(template(0))))
    const looked = yield* Effect.forkChild(health)
    yield* Testing.advance("11 seconds")
    assert.isDefined(asked.pollUnsafe())
    assert.isDefined(looked.pollUnsafe())
    yield* Testing.advance("169 seconds")

    delay.millis = 0
    yield* Testing.advance("65 seconds")
    assert.deepInclude(yield* getTask(long), { status: "done", attempt: 1 })
    const all = (yield* outcomes("minutely")).toReversed()
    assert.strictEqual(all.reduce((sum, { count }) => sum + count, 0), 6)
    assert.strictEqual(all.at(-1)!.outcome, "Started")
    const well = yield* health
    assert.isTrue(Health.isReady(well))
    assert.deepInclude(well, { running: 0, waiting: 0, storeReachable: true })
  })
