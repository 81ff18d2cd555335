/**
 * Who holds locks on Postgres, and who waits for them.
 */
import { PgClient } from "@effect/sql-pg"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { TaskStore } from "../../src/TaskStore.ts"
import {
  claimed,
  claimOf,
  config,
  ended,
  insertConfig,
  insertConfigWithInstance,
  keepAll,
  task
} from "../../src/testing/store/records.ts"
import * as around from "./around.ts"
import { blocked, databases, storeBeside, storeOver, tables, taskIds, together } from "./databases.ts"

for (const [name, client] of databases.filter(([name]) => name === "Postgres")) {
  const layer = storeOver(client)

  describe(`a process that is frozen at any moment, on ${name}`, () => {
    it.effect("holds no lock, since nothing that it writes takes a transaction", () =>
      Effect.gen(function*() {
        const asked: Array<string> = []
        const sql = yield* SqlClient.SqlClient
        const watched = watching(sql, () => asked.push(""))
        const store = yield* storeBeside.pipe(Effect.provideService(SqlClient.SqlClient, watched))
        const decided = config("nightly", { version: 2 })
        const beat = { owner: "process-1", now: 0, leaseUntil: 1_000, taskTypes: ["Backup"] }
        asked.length = 0
        yield* Effect.gen(function*() {
          yield* insertConfigWithInstance("nightly", "t1")
          yield* store.commit({ expected: 1, config: decided, outcomes: [], tasks: [task("t2")] }, keepAll)
          yield* store.insertTasks([task("t3"), task("t4")])
          const { task: running } = yield* claimed("t1", { limit: 1, maxConcurrent: 1 })
          yield* store.heartbeat(beat)
          yield* store.update(running, 1)
          yield* store.lend("t1", 1)
          yield* store.takeBack("t1", 1, 1)
          yield* store.requeue({ ...running, status: "queued", owner: null }, 1)
          yield* store.requestCancel("t1", { reason: "Requested", note: "", grace: null })
          yield* store.settle(ended(running, "done"), 1, keepAll)
          yield* store.removeTasks(["t1", "t2"])
          yield* store.removeEndedTasks
          yield* store.removeConfig("nightly")
          yield* store.leave("process-1")
        }).pipe(Effect.provideService(TaskStore, store))
        assert.lengthOf(asked, 0)
        assert.lengthOf(yield* taskIds, 2)
        // one that has to take one is seen to
        yield* store.once({ key: "a", request: "", now: 0, until: 1 }, Effect.succeed(""))
        assert.lengthOf(asked, 1)
      }).pipe(Effect.provide(layer)))
  })

  describe(`a heartbeat on ${name}`, () => {
    const failures: Array<SqlError.SqlError> = []

    it.effect("and the end of what it holds do not wait for each other in a circle", () =>
      Effect.gen(function*() {
        const store = yield* TaskStore
        // the one that comes first by its id is where a reader of the table comes last
        const ids = ["t2", "t1"]
        for (const id of ids) yield* store.insertTasks([task(id)])
        const running = yield* Effect.forEach(ids, (id) => claimed(id))
        const holder = yield* locking("t2")
        const beat = { owner: "process-1", now: 0, leaseUntil: 1_000, taskTypes: [] }
        const beating = yield* Effect.forkChild(store.heartbeat(beat), { startImmediately: true })
        yield* blocked(1)
        const ends = Effect.forEach(running, (one) => store.settle(ended(one.task, "done"), 1, keepAll), together)
        const ending = yield* Effect.forkChild(ends, { startImmediately: true })
        yield* blocked(2)
        yield* Fiber.interrupt(holder)
        yield* Fiber.joinAll([beating, ending])
        assert.deepStrictEqual(failures, [])
      }).pipe(Effect.provide(storeOver(around.layerSeen(client, PgClient.makeCompiler(), failures)))))
  })

  describe(`a transaction of somebody else that has changed a recurring task, on ${name}`, () => {
    const next = (recurringId: string) => ({
      expected: 1,
      config: config(recurringId, { version: 2 }),
      outcomes: [],
      tasks: []
    })

    it.effect("keeps decisions about that waiting, and no others of the same moment", () =>
      Effect.gen(function*() {
        const store = yield* TaskStore
        for (const recurringId of ["a", "b", "c"]) yield* insertConfig(config(recurringId))
        const holder = yield* changing("b")
        const waiting = yield* Effect.forkChild(store.commit(next("b"), keepAll), { startImmediately: true })
        const others = ["a", "c"].map((recurringId) => store.commit(next(recurringId), keepAll))
        assert.deepStrictEqual(yield* Effect.all(others, together), [true, true])
        yield* blocked(1)
        assert.isUndefined(waiting.pollUnsafe())
        yield* Fiber.interrupt(holder)
        assert.isTrue(yield* Fiber.join(waiting))
        assert.strictEqual((yield* store.getConfig("b"))?.record.version, 2)
      }).pipe(Effect.provide(layer)))

    it.effect("and is committed, has been quicker than they", () =>
      Effect.gen(function*() {
        const store = yield* TaskStore
        yield* insertConfig(config("a"))
        const done = yield* Deferred.make<void>()
        const holder = yield* changing("a", Deferred.await(done))
        const waiting = yield* Effect.forkChild(store.commit(next("a"), keepAll), { startImmediately: true })
        yield* blocked(1)
        yield* Deferred.succeed(done, undefined)
        yield* Fiber.join(holder)
        assert.isFalse(yield* Fiber.join(waiting))
      }).pipe(Effect.provide(layer)))

    it.effect("is waited for by one that changes it in a transaction of its own", () =>
      Effect.gen(function*() {
        const store = yield* TaskStore
        const sql = yield* SqlClient.SqlClient
        yield* insertConfig(config("a"))
        const holder = yield* changing("a")
        const waiting = yield* Effect.forkChild(sql.withTransaction(store.commit(next("a"), keepAll)))
        yield* blocked(1)
        yield* Fiber.interrupt(holder)
        assert.isTrue(yield* Fiber.join(waiting))
      }).pipe(Effect.provide(layer)))
  })

  describe(`trouble with ${name}`, () => {
    it.effect("a connection that is lost is a typed error, and the next call has another one", () =>
      Effect.gen(function*() {
        const sql = yield* SqlClient.SqlClient
        const { tasks } = yield* tables
        const store = yield* TaskStore
        yield* store.insertTasks([task("t1")])
        const locked = yield* Deferred.make<number>()
        const done = yield* Deferred.make<void>()
        const holder = yield* Effect.forkChild(sql.withTransaction(Effect.gen(function*() {
          const [row] = yield* sql<{ pid: number }>`select pg_backend_pid() as pid from ${tasks} for update`
          yield* Deferred.succeed(locked, row!.pid)
          yield* Deferred.await(done)
        })))
        const pid = yield* Deferred.await(locked)
        const claim = yield* Effect.forkChild(Effect.flip(store.claim(claimOf(task("t1")))), { startImmediately: true })
        yield* terminated(pid)
        assert.deepInclude(yield* Fiber.join(claim), { _tag: "TaskStoreError", operation: "claim" })
        yield* Deferred.succeed(done, undefined)
        yield* Fiber.join(holder)
        assert.strictEqual((yield* claimed("t1")).task.status, "running")
      }).pipe(Effect.provide(layer)))
  })
}

/** The same client; `onTransaction` is called when it is asked for a transaction. */
const watching = (sql: SqlClient.SqlClient, onTransaction: () => void): SqlClient.SqlClient =>
  new Proxy(sql, {
    get: (target, name) => {
      if (name === "withoutTransforms") return () => watching(target.withoutTransforms(), onTransaction)
      if (name !== "withTransaction") return Reflect.get(target, name)
      return <A, E, R>(self: Effect.Effect<A, E, R>) =>
        Effect.andThen(Effect.sync(onTransaction), target.withTransaction(self))
    }
  })

/** Has the row of a task, until it is interrupted. */
const locking = Effect.fnUntraced(function*(taskId: string) {
  const sql = yield* SqlClient.SqlClient
  const { tasks } = yield* tables
  const locked = yield* Deferred.make<void>()
  const holder = yield* Effect.forkChild(sql.withTransaction(
    sql`select 1 from ${tasks} where task_id = ${taskId} for update`.pipe(
      Effect.andThen(Deferred.succeed(locked, undefined)),
      Effect.andThen(Effect.never)
    )
  ))
  yield* Deferred.await(locked)
  return holder
})

/** Has changed a recurring task in a transaction that goes on until `done`. */
const changing = Effect.fnUntraced(function*(recurringId: string, done: Effect.Effect<void> = Effect.never) {
  const sql = yield* SqlClient.SqlClient
  const { configs } = yield* tables
  const changed = yield* Deferred.make<void>()
  const holder = yield* Effect.forkChild(sql.withTransaction(
    sql`update ${configs} set version = version + 1 where recurring_id = ${recurringId}`.pipe(
      Effect.andThen(Deferred.succeed(changed, undefined)),
      Effect.andThen(done)
    )
  ))
  yield* Deferred.await(changed)
  return holder
})

/** Ends the sessions that wait for another one. */
const terminated = (pid: number) =>
  SqlClient.SqlClient.use((sql) =>
    Effect.repeat(
      sql`select pg_terminate_backend(pid) from pg_stat_activity where ${pid}::int = any(pg_blocking_pids(pid))`,
      { until: (rows) => rows.length > 0 }
    )
  )
