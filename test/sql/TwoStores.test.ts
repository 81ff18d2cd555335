/**
 * Two stores in the same tables, as two processes have them.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
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
import { databases, storeBeside, storeOver, tables, taskIds, together } from "./databases.ts"

for (const [name, client] of databases) {
  const layer = storeOver(client)

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
}
