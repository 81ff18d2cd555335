/**
 * Transactions of callers, calls that are written together, and the end of a store.
 */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Layer, Scope } from "effect"
import { SqlClient } from "effect/sql"
import { TaskStoreSql } from "../../src/sql/index.ts"
import { TaskStore } from "../../src/TaskStore.ts"
import { claimed, claimOf, config, ended, insertConfig, keepAll, task } from "../../src/testing/store/records.ts"
import { databases, storeOver, taskIds, together } from "./databases.ts"

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
        // calls at the same time have no order among themselves: another connection may write half of them
        assert.sameMembers([...(yield* taskIds)], ids)
        const more = ids.map((id) => task(`more ${id}`))
        yield* store.insertTasks(more)
        assert.deepStrictEqual((yield* taskIds).slice(2_500), more.map(({ taskId }) => taskId))
        assert.strictEqual((yield* store.removeTasks(ids)).length, 2_500)
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
            ["outcomes", "tasks", "configs", "processes", "announcements", "answers", "pauses", "migrations"],
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
            ["outcomes", "tasks", "configs", "processes", "announcements", "answers", "pauses", "migrations"],
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
