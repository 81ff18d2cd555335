import { PgClient } from "@effect/sql-pg"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Layer, Scope } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { TaskStoreSql } from "../../src/sql/index.ts"
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
import { blocked, databases, storeBeside, storeOver, tables } from "./databases.ts"

const together = { concurrency: "unbounded" } as const

const taskIds = Effect.map(
  TaskStore.use((store) => store.liveTasks),
  (tasks) => tasks.map(({ taskId }) => taskId)
)

for (const [name, client] of databases) {
  const layer = storeOver(client)

  describe(`transactions on ${name}`, () => {
    it.effect("of the caller commit what he enqueues with his own data", () =>
      Effect.gen(function*() {
        const sql = yield* SqlClient.SqlClient
        const store = yield* TaskStore
        yield* sql`create table shop_orders (id text primary key)`
        yield* sql.withTransaction(Effect.gen(function*() {
          yield* sql`insert into shop_orders (id) values ('one')`
          yield* store.insertTasks([task("t1")])
          assert.deepStrictEqual(yield* store.getTask("t1"), task("t1"))
        }))
        assert.deepStrictEqual(yield* taskIds, ["t1"])
        assert.strictEqual((yield* sql`select id from shop_orders`).length, 1)
      }).pipe(
        Effect.ensuring(SqlClient.SqlClient.use((sql) => Effect.ignore(sql`drop table shop_orders`))),
        Effect.provide(layer)
      ))

    it.effect("of the caller roll back what he has enqueued, claimed, settled and decided", () =>
      Effect.gen(function*() {
        const sql = yield* SqlClient.SqlClient
        const store = yield* TaskStore
        yield* insertConfig(config("nightly"))
        yield* store.insertTasks([task("t1"), task("t2")])
        const running = (yield* claimed("t2")).task
        yield* Effect.flip(sql.withTransaction(Effect.gen(function*() {
          yield* store.insertTasks([task("t3")])
          yield* claimed("t1")
          yield* store.settle(ended(running, "done"), 1, keepAll)
          yield* store.commit(
            { expected: 1, config: config("nightly", { version: 2 }), outcomes: [], tasks: [] },
            keepAll
          )
          yield* insertConfig(config("weekly"))
          yield* store.removeConfig("nightly")
          return yield* Effect.fail("changed his mind")
        })))
        assert.deepStrictEqual(yield* store.liveTasks, [task("t1"), running])
        assert.deepStrictEqual((yield* store.configs).map(({ record }) => record), [config("nightly")])
      }).pipe(Effect.provide(layer)))

    it.effect("of the caller let happen after their commit what is to happen then, and nothing when they roll back", () =>
      Effect.gen(function*() {
        const sql = yield* SqlClient.SqlClient
        const store = yield* TaskStore
        const seen: Array<string> = []
        const note = (what: string) =>
          store.afterCommit(
            Effect.map(Effect.orDie(store.liveTasks), (live) => void seen.push(`${what} ${live.length}`))
          )
        yield* note("at once")
        yield* sql.withTransaction(Effect.gen(function*() {
          yield* note("afterwards")
          yield* sql.withTransaction(Effect.andThen(store.insertTasks([task("t1")]), note("afterwards, too")))
          yield* Effect.ignore(sql.withTransaction(Effect.andThen(note("never"), Effect.fail("changed his mind"))))
          assert.deepStrictEqual(seen, ["at once 0"])
        }))
        yield* Effect.ignore(sql.withTransaction(Effect.andThen(note("never"), Effect.fail("changed his mind"))))
        assert.deepStrictEqual(seen, ["at once 0", "afterwards 1", "afterwards, too 1"])
      }).pipe(Effect.provide(layer)))

    it.effect("of the caller go on after an error that he has caught", () =>
      Effect.gen(function*() {
        const sql = yield* SqlClient.SqlClient
        const store = yield* TaskStore
        yield* store.insertTasks([task("taken")])
        yield* sql.withTransaction(Effect.gen(function*() {
          yield* store.insertTasks([task("t1")])
          const error = yield* Effect.flip(store.insertTasks([task("taken")]))
          assert.deepInclude(error, { _tag: "TaskStoreError", operation: "insertTasks" })
          yield* store.insertTasks([task("t2")])
        }))
        assert.deepStrictEqual(yield* taskIds, ["taken", "t1", "t2"])
      }).pipe(Effect.provide(layer)))

    it.effect("of one caller are not seen by another before they end", () =>
      Effect.gen(function*() {
        const sql = yield* SqlClient.SqlClient
        const store = yield* TaskStore
        const inserted = yield* Deferred.make<void>()
        const caller = yield* Effect.forkChild(sql.withTransaction(
          Effect.andThen(
            store.insertTasks([task("mine")]),
            Effect.andThen(Deferred.succeed(inserted, undefined), Effect.yieldNow)
          )
        ))
        yield* Deferred.await(inserted)
        const other = yield* Effect.forkChild(store.insertTasks([task("other")]))
        yield* Fiber.joinAll([caller, other])
        assert.sameMembers([...(yield* taskIds)], ["mine", "other"])
      }).pipe(Effect.provide(layer)))
  })

  describe(`many calls at once on ${name}`, () => {
    it.effect("fail one by one", () =>
      Effect.gen(function*() {
        const store = yield* TaskStore
        yield* store.insertTasks([task("taken")])
        const ids = ["a", "taken", "b", "taken", "c"]
        const exits = yield* Effect.forEach(ids, (id) => Effect.exit(store.insertTasks([task(id)])), together)
        assert.deepStrictEqual(exits.map(Exit.isSuccess), [true, false, true, false, true])
        assert.sameMembers([...(yield* taskIds)], ["taken", "a", "b", "c"])
      }).pipe(Effect.provide(layer)))

    it.effect("fail one by one when something cannot even be written down", () =>
      Effect.gen(function*() {
        const store = yield* TaskStore
        const tasks = [task("a"), task("bad", { payload: { n: 1n } }), task("b")]
        const exits = yield* Effect.forEach(tasks, (one) => Effect.exit(store.insertTasks([one])), together)
        assert.deepStrictEqual(exits.map(Exit.isSuccess), [true, false, true])
        assert.strictEqual((yield* Effect.flip(store.insertTasks([tasks[1]!])))._tag, "TaskStoreError")
        assert.sameMembers([...(yield* taskIds)], ["a", "b"])
      }).pipe(Effect.provide(layer)))

    it.effect("keep all tasks of one call together", () =>
      Effect.gen(function*() {
        const store = yield* TaskStore
        yield* store.insertTasks([task("taken")])
        const lists = [["a", "b"], ["c", "taken"], ["d", "e"]]
        yield* Effect.forEach(lists, (ids) => Effect.exit(store.insertTasks(ids.map((id) => task(id)))), together)
        assert.sameMembers([...(yield* taskIds)], ["taken", "a", "b", "d", "e"])
      }).pipe(Effect.provide(layer)))

    it.effect("about one task are done in their order", () =>
      Effect.gen(function*() {
        const store = yield* TaskStore
        yield* store.insertTasks([task("t1")])
        const { task: running } = yield* claimed("t1")
        const said = Array.from({ length: 30 }, (_, i) => ({ ...running, progress: i }))
        yield* Effect.forEach(said, (one) => store.update(one, 1), together)
        assert.strictEqual((yield* store.getTask("t1"))?.progress, 29)
      }).pipe(Effect.provide(layer)))

    it.effect("may be more than are written at once", () =>
      Effect.gen(function*() {
        const store = yield* TaskStore
        const ids = Array.from({ length: 2_500 }, (_, i) => `t${i}`)
        yield* Effect.forEach(ids, (id) => store.insertTasks([task(id)]), together)
        assert.deepStrictEqual(yield* taskIds, ids)
        yield* store.insertTasks(ids.map((id) => task(`more ${id}`)))
        assert.strictEqual((yield* taskIds).length, 5_000)
        assert.strictEqual((yield* store.removeTasks(ids)).length, 2_500)
      }).pipe(Effect.provide(layer)))
  })

  describe(`two stores in the same tables on ${name}`, () => {
    it.effect("give each task to one, and count exactly, whoever gets in whose way", () =>
      Effect.gen(function*() {
        const stores = [yield* TaskStore, yield* storeBeside]
        const configs = ["a", "b", "c"]
        for (const id of configs) yield* insertConfig(config(id))
        const ids = Array.from({ length: 300 }, (_, i) => `t${i}`)
        const tasks = new Map(ids.map((id, i) => [id, task(id, { recurringId: configs[i % 3]! })]))
        const taskOf = (id: string) => tasks.get(id)!
        yield* stores[0]!.insertTasks([...tasks.values()])
        // each from its own end, so that they meet in the middle
        const won = yield* Effect.forEach(stores, (store, which) => {
          const order = which === 0 ? ids : ids.toReversed()
          return Effect.forEach(
            order,
            (id) => store.claim(claimOf(taskOf(id), { owner: `process-${which}` })),
            together
          )
        }, together)
        const running = won.flat().filter((one) => typeof one === "object").map((one) => one.task)
        assert.sameMembers(running.map(({ taskId }) => taskId), ids)
        const settled = yield* Effect.forEach(stores, (store, which) => {
          const order = which === 0 ? running : running.toReversed()
          return Effect.forEach(order, (one) => {
            const said = store.update({ ...one, progress: 50 }, 1)
            return Effect.andThen(said, store.settle(ended(one, "failed"), 1, keepAll))
          }, together)
        }, together)
        assert.strictEqual(settled.flat().filter((one) => one !== undefined).length, 300)
        const { counters } = (yield* stores[0]!.getConfig("a"))!
        assert.deepInclude(counters, { totalRuns: 100, totalFailures: 100, consecutiveFailures: 100 })
      }).pipe(Effect.provide(layer)))

    it.effect("let no more run than may, whoever claims, ends, lends and takes back", () =>
      Effect.gen(function*() {
        const stores = [yield* TaskStore, yield* storeBeside]
        const limits = new Map([["small", 2], ["big", 5]])
        yield* insertConfig(config("nightly"))
        const ids = Array.from({ length: 120 }, (_, i) => `t${i}`)
        const tasks = ids.map((id, i) =>
          task(id, { semaphore: i % 2 === 0 ? "small" : "big", recurringId: i % 3 === 0 ? "nightly" : null })
        )
        yield* stores[0]!.insertTasks(tasks)
        const running = new Map([["small", 0], ["big", 0], ["nightly", 0]])
        const count = (name: string, change: number) => {
          running.set(name, running.get(name)! + change)
          assert.isAtMost(running.get(name)!, limits.get(name) ?? 3)
        }
        const again = { until: (answer: unknown) => answer !== "full" && answer !== "busy" }
        /** From the queue to the end; what it says of itself is true after and not before the store has said so. */
        const live = Effect.fnUntraced(function*(which: number, one: (typeof tasks)[number]) {
          const store = stores[which]!
          const pool = one.semaphore
          const limit = limits.get(pool)!
          const attempt = store.claim(claimOf(one, { owner: `process-${which}`, limit, maxConcurrent: 3 }))
          const answer = yield* Effect.repeat(attempt, again)
          if (typeof answer !== "object") return false
          count(pool, 1)
          if (one.recurringId !== null) count("nightly", 1)
          if (Number(one.taskId.slice(1)) % 5 === 0) {
            count(pool, -1)
            yield* store.lend(one.taskId, 1)
            yield* Effect.repeat(store.takeBack(one.taskId, 1, limit), again)
            count(pool, 1)
          }
          count(pool, -1)
          if (one.recurringId !== null) count("nightly", -1)
          yield* store.settle(ended(answer.task, "done"), 1, keepAll)
          return true
        })
        const orders = [tasks, tasks.toReversed()]
        const done = yield* Effect.forEach(orders, (order, which) =>
          Effect.forEach(order, (one) => live(which, one), { concurrency: 12 }), together)
        const mine = done.flat().filter((isMine) =>
          isMine
        )
        assert.strictEqual(mine.length, tasks.length)
      }).pipe(Effect.provide(layer)))

    it.effect("take each decision once", () =>
      Effect.gen(function*() {
        const stores = [yield* TaskStore, yield* storeBeside]
        const ids = Array.from({ length: 100 }, (_, i) => `c${i}`)
        yield* Effect.forEach(ids, (id) => insertConfig(config(id)), together)
        const taken = yield* Effect.forEach(stores, (store, which) =>
          Effect.forEach(which === 0 ? ids : ids.toReversed(), (id) => {
            const decision = {
              expected: 1,
              config: config(id, { version: 2 }),
              outcomes: [],
              tasks: [task(`${id}.${which}`)]
            }
            return store.commit(decision, keepAll)
          }, together), together)
        assert.strictEqual(
          taken.flat().filter((isTaken) =>
            isTaken
          ).length,
          100
        )
        assert.strictEqual((yield* taskIds).length, 100)
      }).pipe(Effect.provide(layer)))
  })

  describe(`two stores in the same tables on ${name} that take away`, () => {
    it.effect("give each removed task to one, and block nobody, from whichever end they come", () =>
      Effect.gen(function*() {
        const stores = [yield* TaskStore, yield* storeBeside]
        const ids = Array.from({ length: 100 }, (_, i) => `t${i}`)
        for (const id of ids) yield* insertConfigWithInstance(`of ${id}`, id)
        const gone = yield* Effect.forEach(
          [ids.slice(0, 70), ids.slice(30).toReversed()],
          (some, which) => stores[which]!.removeTasks(some),
          together
        )
        assert.sameMembers(gone.flat(), ids)
        const [outcome] = yield* stores[0]!.outcomes("of t50", { offset: 0, limit: 1 })
        assert.deepInclude(outcome, { taskId: "t50", status: "queued" })
      }).pipe(Effect.provide(layer)))

    it.effect("keep the ended instances of a recurring task among all others, though it goes while they end", () =>
      Effect.gen(function*() {
        const stores = [yield* TaskStore, yield* storeBeside]
        const ids = Array.from({ length: 20 }, (_, i) => `t${i}`)
        for (const id of ids) yield* insertConfigWithInstance(`of ${id}`, id)
        const running = yield* Effect.forEach(ids, (id) => claimed(id))
        yield* Effect.forEach(running, ({ task }, i) =>
          Effect.all([
            stores[i % 2]!.settle(ended(task, "done"), 1, keepAll),
            stores[(i + 1) % 2]!.removeConfig(`of ${task.taskId}`)
          ], together), together)
        const sql = yield* SqlClient.SqlClient
        const { tasks } = yield* tables
        assert.strictEqual((yield* sql`select 1 from ${tasks} where history_of = ''`).length, ids.length)
        const removed = yield* Effect.forEach(stores, (store) => store.removeEndedTasks, together)
        assert.sameMembers(removed.flat(), ids)
      }).pipe(Effect.provide(layer)))
  })

  describe(`the end of a store on ${name}`, () => {
    it.effect("writes what has been accepted, and refuses what comes later", () =>
      Effect.gen(function*() {
        const scope = yield* Scope.make()
        const store = yield* TaskStoreSql.make({ prefix: "short_" }).pipe(Scope.provide(scope))
        const calls = yield* Effect.forEach(
          ["t1", "t2"],
          (id) => Effect.forkChild(store.insertTasks([task(id)]), { startImmediately: true })
        )
        yield* Scope.close(scope, Exit.void)
        yield* Fiber.joinAll(calls)
        const error = yield* Effect.flip(store.insertTasks([task("late")]))
        assert.deepInclude(error, { _tag: "TaskStoreError", operation: "insertTasks" })
        const next = yield* TaskStoreSql.make({ prefix: "short_" })
        assert.deepStrictEqual((yield* next.liveTasks).map(({ taskId }) => taskId), ["t1", "t2"])
      }).pipe(
        Effect.ensuring(SqlClient.SqlClient.use((sql) =>
          Effect.forEach(
            ["outcomes", "tasks", "configs", "processes", "announcements", "answers", "migrations"],
            (table) => Effect.ignore(sql`drop table ${sql(`short_${table}`)}`)
          )
        )),
        Effect.provide(client)
      ))

    it.effect("of the client below is a typed error of every write", () =>
      Effect.gen(function*() {
        const scope = yield* Scope.make()
        const context = yield* Layer.buildWithScope(client, scope)
        const store = yield* TaskStoreSql.make({ prefix: "short_" }).pipe(Effect.provide(context))
        const drop = SqlClient.SqlClient.use((sql) =>
          Effect.forEach(
            ["outcomes", "tasks", "configs", "processes", "announcements", "answers", "migrations"],
            (table) => Effect.ignore(sql`drop table ${sql(`short_${table}`)}`)
          )
        )
        yield* Effect.provide(drop, context)
        yield* Scope.close(scope, Exit.void)
        const calls = [
          store.insertTasks([task("t1")]),
          store.claim(claimOf(task("t1"))),
          store.settle(ended(task("t1"), "done"), 0, keepAll),
          insertConfig(config("nightly")).pipe(Effect.provideService(TaskStore, store))
        ]
        const errors = yield* Effect.forEach(calls, (call) =>
          Effect.flip(call as Effect.Effect<unknown, { _tag: string }>))
        assert.deepStrictEqual(
          errors.map(({ _tag }) =>
            _tag
          ),
          calls.map(() => "TaskStoreError")
        )
      }))
  })
}

const isPostgres = (name: string): boolean => name === "Postgres"

for (const [name, client] of databases.filter(([name]) => isPostgres(name))) {
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

/** Ends the sessions that wait for another one. */
const terminated = (pid: number) =>
  SqlClient.SqlClient.use((sql) =>
    Effect.repeat(
      sql`select pg_terminate_backend(pid) from pg_stat_activity where ${pid}::int = any(pg_blocking_pids(pid))`,
      { until: (rows) => rows.length > 0 }
    )
  )
