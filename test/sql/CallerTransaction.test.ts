/**
 * What a caller does within a transaction of his own, in one process: it comes to be with the commit, and only then.
 */
import { assert, describe, it } from "@effect/vitest"
import { Recurrence, Task, TaskManager } from "brinjal"
import { Testing } from "brinjal/testing"
import { Deferred, Effect, Exit, Fiber, Latch, Layer, Schema, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { blocked, databases, storeOver } from "./databases.ts"

class Work extends Task.make("Work", { payload: { millis: Schema.Finite } }) {}

class InTurn extends Task.make("InTurn", {
  payload: { millis: Schema.Finite },
  concurrency: { key: () => "all" }
}) {}

const sleep = ({ millis }: { readonly millis: number }) => Effect.sleep(millis)

const WorkLive = Layer.mergeAll(Work.toLayer(sleep), InTurn.toLayer(sleep))

const add = (options: { readonly enabled?: boolean; readonly every?: string } = {}) =>
  TaskManager.TaskManager.use((manager) =>
    manager.addRecurringTask({
      recurringId: "often",
      recurrence: Recurrence.every(options.every as "1 minute" ?? "1 minute"),
      templateTask: Work.template({ millis: 1_000 }),
      ...(options.enabled === undefined ? {} : { enabled: options.enabled })
    })
  )

const runs = TaskManager.TaskManager.use((manager) =>
  Effect.map(manager.getRecurringTask("often"), ({ totalRuns }) => totalRuns)
)

/** Goes on when the loop waits for the transaction of this fiber. SQLite has one connection, and answers at once. */
const waits = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  yield* sql.onDialectOrElse({ pg: () => blocked(1), orElse: () => Effect.repeat(Effect.yieldNow, { times: 100 }) })
})

/** A list that gets the name of each event that the manager publishes from now on. */
const toldEvents = Effect.gen(function*() {
  const { events } = yield* TaskManager.TaskManager
  const told: Array<string> = []
  yield* Effect.forkScoped(
    Stream.runForEach(events, ({ _tag }) => Effect.sync(() => void told.push(_tag))),
    { startImmediately: true }
  )
  return told
})

/** Does it in a transaction that is rolled back then. */
const rolledBack = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  SqlClient.SqlClient.use((sql) =>
    Effect.flip(sql.withTransaction(Effect.andThen(self, Effect.fail("changed his mind"))))
  )

for (const [name, client] of databases) {
  const store = storeOver(client)
  const layer = WorkLive.pipe(Layer.provideMerge(Testing.layerOver(store)), Layer.provideMerge(store))

  describe(`in a transaction of the caller on ${name}`, () => {
    it.effect("a recurring task that is enabled, or is to run more often, does so after the commit", () =>
      Effect.gen(function*() {
        const manager = yield* TaskManager.TaskManager
        const sql = yield* SqlClient.SqlClient
        yield* add({ enabled: false, every: "1 day" })
        yield* sql.withTransaction(manager.updateRecurringTask("often", { recurrence: Recurrence.every("1 minute") }))
        yield* sql.withTransaction(manager.enableRecurringTask("often"))
        yield* Testing.advance("3 minutes")
        assert.strictEqual(yield* runs, 3)
        yield* sql.withTransaction(manager.updateRecurringTask("often", { recurrence: Recurrence.every("1 second") }))
        yield* Testing.advance("1 minute")
        assert.isAbove(yield* runs, 20)
      }).pipe(Effect.provide(layer)))

    it.effect("a recurring task is changed although its loop waits for the transaction", () =>
      Effect.gen(function*() {
        const manager = yield* TaskManager.TaskManager
        const sql = yield* SqlClient.SqlClient
        yield* add()
        const isChanged = yield* Deferred.make<void>()
        const other = yield* Effect.forkChild(
          Effect.andThen(Deferred.await(isChanged), manager.updateRecurringTask("often", { maxConcurrent: 3 }))
        )
        yield* sql.withTransaction(Effect.gen(function*() {
          yield* manager.disableRecurringTask("often", { note: "first" })
          yield* Deferred.succeed(isChanged, undefined)
          yield* waits
          yield* manager.disableRecurringTask("often", { note: "second" })
          const changed = yield* manager.updateRecurringTask("often", { maxConcurrent: 7 })
          assert.deepInclude(changed, { enabled: false, note: "second", maxConcurrent: 7 })
        }))
        assert.deepInclude(yield* Fiber.join(other), { enabled: false, note: "second", maxConcurrent: 3 })
      }).pipe(Effect.provide(layer)))

    it.effect("a task type is paused or resumed by the commit, and not at all if there is none", () =>
      Effect.gen(function*() {
        const manager = yield* TaskManager.TaskManager
        const sql = yield* SqlClient.SqlClient
        yield* add()
        yield* rolledBack(manager.pauseTaskType(Work))
        yield* Testing.advance("1 minute")
        assert.strictEqual(yield* runs, 1)
        yield* sql.withTransaction(manager.pauseTaskType(Work))
        yield* Testing.advance("1 minute")
        yield* rolledBack(manager.resumeTaskType(Work))
        yield* Testing.advance("1 minute")
        assert.strictEqual(yield* runs, 1)
        yield* sql.withTransaction(manager.resumeTaskType(Work))
        yield* Testing.advance("1 minute")
        assert.isAbove(yield* runs, 1)
      }).pipe(Effect.provide(layer)))

    it.effect("a recurring task that is not removed after all goes on, and nobody is told that it had gone", () =>
      Effect.gen(function*() {
        const manager = yield* TaskManager.TaskManager
        const sql = yield* SqlClient.SqlClient
        yield* add()
        const events = yield* toldEvents
        yield* rolledBack(manager.removeRecurringTask("often"))
        yield* Testing.advance("2 minutes")
        assert.strictEqual(yield* runs, 2)
        assert.notInclude(events, "RecurringTaskRemoved")
        yield* sql.withTransaction(manager.removeRecurringTask("often"))
        assert.deepStrictEqual(yield* manager.getAllRecurringTasks, [])
        yield* Testing.settle
        assert.include(events, "RecurringTaskRemoved")
      }).pipe(Effect.scoped, Effect.provide(layer)))

    it.effect("a task for later is one only after the commit", () =>
      Effect.gen(function*() {
        const { getAllTasks, scheduleTask } = yield* TaskManager.TaskManager
        const sql = yield* SqlClient.SqlClient
        yield* rolledBack(scheduleTask(Work.template({ millis: 0 }), { delay: "1 minute" }))
        const taskId = yield* sql.withTransaction(scheduleTask(Work.template({ millis: 0 }), { delay: "1 minute" }))
        yield* Testing.advance("1 minute")
        const all = (yield* getAllTasks).map(({ status, taskId }) => [taskId, status])
        assert.deepStrictEqual(all, [[taskId, "done"]])
      }).pipe(Effect.provide(layer)))

    it.effect("a task that is not removed after all is not told to have gone", () =>
      Effect.gen(function*() {
        const manager = yield* TaskManager.TaskManager
        const sql = yield* SqlClient.SqlClient
        const taskId = yield* manager.addTaskToQueue(Work.template({ millis: 0 }))
        yield* Testing.advance("1 second")
        const events = yield* toldEvents
        yield* rolledBack(manager.removeTask(taskId))
        yield* rolledBack(manager.removeCompletedTasks)
        yield* Testing.settle
        assert.notInclude(events, "TaskRemoved")
        assert.strictEqual(yield* sql.withTransaction(manager.removeCompletedTasks), 1)
        yield* Testing.settle
        assert.include(events, "TaskRemoved")
      }).pipe(Effect.scoped, Effect.provide(layer)))

    it.effect("nothing waits for a program to stop, which may wait for the transaction", () =>
      Effect.gen(function*() {
        const manager = yield* TaskManager.TaskManager
        const sql = yield* SqlClient.SqlClient
        yield* add()
        const taskId = yield* manager.addTaskToQueue(Work.template({ millis: 60_000 }))
        yield* Testing.settle
        const attempts = [
          manager.cancelTask(taskId),
          manager.removeTask(taskId),
          manager.removeRecurringTask("often", { instances: "interrupt" })
        ]
        for (const attempt of attempts) {
          const exit = yield* Effect.exit(sql.withTransaction(attempt as Effect.Effect<unknown, unknown>))
          assert.isTrue(Exit.isFailure(exit))
          assert.include(String(exit), "Do it after the commit")
        }
        assert.strictEqual((yield* manager.getTask(taskId)).status, "running")
        yield* manager.cancelTask(taskId)
        assert.strictEqual((yield* sql.withTransaction(manager.cancelTask(taskId))).status, "cancelled")
      }).pipe(Effect.provide(layer)))

    it.effect("a task for later is cancelled or removed with the commit, and otherwise runs at its time", () =>
      Effect.gen(function*() {
        const manager = yield* TaskManager.TaskManager
        const sql = yield* SqlClient.SqlClient
        const schedule = manager.scheduleTask(Work.template({ millis: 0 }), { delay: "1 hour" })
        const [kept, cancelled, removed] = [yield* schedule, yield* schedule, yield* schedule]
        const events = yield* toldEvents
        yield* Testing.settle
        events.length = 0
        yield* rolledBack(Effect.andThen(manager.cancelTask(kept), manager.removeTask(removed)))
        yield* Testing.settle
        assert.deepStrictEqual(events, [])
        assert.strictEqual((yield* sql.withTransaction(manager.cancelTask(cancelled))).status, "cancelled")
        yield* sql.withTransaction(manager.removeTask(removed))
        yield* Testing.settle
        assert.sameMembers(events, ["TaskUpdate", "TaskUpdate", "TaskRemoved"])
        yield* Testing.advance("2 hours")
        const all = yield* manager.getAllTasks
        assert.sameDeepMembers(all.map(({ status, taskId }) => [taskId, status]), [
          [kept, "done"],
          [cancelled, "cancelled"]
        ])
      }).pipe(Effect.scoped, Effect.provide(layer)))

    it.effect("tasks with a concurrency key are in line from the commit on, and are cancelled in line", () =>
      Effect.gen(function*() {
        const manager = yield* TaskManager.TaskManager
        const sql = yield* SqlClient.SqlClient
        const enqueue = manager.addTaskToQueue(InTurn.template({ millis: 60_000 }))
        const statuses = Effect.map(
          manager.getAllTasks,
          (all) => all.map(({ parked, status }) => parked ? "parked" : status)
        )
        yield* rolledBack(enqueue)
        const [, second] = yield* sql.withTransaction(Effect.all([enqueue, enqueue, enqueue]))
        yield* Testing.advance("1 second")
        assert.deepStrictEqual(yield* statuses, ["running", "parked", "parked"])
        yield* rolledBack(manager.cancelTask(second))
        yield* sql.withTransaction(manager.cancelTask(second))
        yield* Testing.advance("1 minute")
        assert.deepStrictEqual(yield* statuses, ["done", "cancelled", "running"])
      }).pipe(Effect.provide(layer)))

    // while a transaction of SQLite writes, nothing else does
    const aside = it.effect.runIf(name === "Postgres")
    aside(
      "one in line is not passed over for long by a transaction that does not cancel it after all",
      () =>
        Effect.gen(function*() {
          const manager = yield* TaskManager.TaskManager
          const enqueue = manager.addTaskToQueue(InTurn.template({ millis: 60_000 }))
          const [, second] = [yield* enqueue, yield* enqueue]
          yield* Testing.advance("59 seconds")
          const undecided = yield* Latch.make(false)
          const cancels = Effect.andThen(manager.cancelTask(second), undecided.await)
          const open = yield* Effect.forkChild(rolledBack(cancels), { startImmediately: true })
          yield* Testing.advance("2 seconds")
          yield* undecided.open
          yield* Fiber.await(open)
          yield* Testing.advance("2 seconds")
          assert.strictEqual((yield* manager.getTask(second)).status, "running")
        }).pipe(Effect.provide(layer))
    )

    it.effect("one that is added and changed, and then is not after all, is forgotten", () =>
      Effect.gen(function*() {
        const manager = yield* TaskManager.TaskManager
        yield* rolledBack(Effect.andThen(add({ enabled: false }), manager.enableRecurringTask("often")))
        yield* Testing.advance("31 seconds")
        assert.deepStrictEqual(yield* manager.getAllRecurringTasks, [])
        yield* add({ enabled: false })
        yield* Testing.advance("3 minutes")
        assert.strictEqual(yield* runs, 0)
      }).pipe(Effect.provide(layer)))

    it.effect("what is done once is remembered for ever, if it is to be", () =>
      Effect.gen(function*() {
        const { once } = yield* TaskManager.TaskManager
        const options = { key: "k", request: "r", timeToLive: "Infinity" } as const
        assert.strictEqual(yield* once(options, Effect.succeed("first")), "first")
        assert.strictEqual(yield* once(options, Effect.succeed("second")), "first")
      }).pipe(Effect.provide(layer)))

    it.effect("one that is added and changed in the same transaction is looked after once", () =>
      Effect.gen(function*() {
        const manager = yield* TaskManager.TaskManager
        const sql = yield* SqlClient.SqlClient
        const change = manager.updateRecurringTask("often", {
          maxConcurrent: 2,
          recurrence: Recurrence.every("20 seconds")
        })
        // long enough for its loop to find that it is not there yet, where that does not wait
        yield* sql.withTransaction(Effect.andThen(add(), Effect.andThen(change, sql`select 1`)))
        yield* Testing.settle
        assert.strictEqual((yield* manager.getRecurringTask("often")).maxConcurrent, 2)
        yield* Testing.advance("1 minute")
        assert.strictEqual(yield* runs, 3)
        yield* manager.removeRecurringTask("often")
        yield* Testing.advance("3 minutes")
        assert.lengthOf(yield* manager.getAllTasks, 3)
      }).pipe(Effect.provide(layer)))
  })
}
