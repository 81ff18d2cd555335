/**
 * Many tasks that are retried at once on a database: each page is written as a whole.
 */
import { assert, describe, it } from "@effect/vitest"
import { Task, TaskError, TaskManager, TaskStore } from "brinjal"
import { Testing } from "brinjal/testing"
import { Context, Effect, Layer, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { databases, storeOver } from "./databases.ts"

class Broken extends Task.make("Broken", { payload: { number: Schema.Int } }) {}

/** Whether tasks fail. */
const World = Context.Reference<{ isBroken: boolean }>("test/sql/Bulk/World", {
  defaultValue: () => ({ isBroken: true })
})

const BrokenLive = Broken.toLayer(() =>
  Effect.flatMap(World, ({ isBroken }) => isBroken ? Effect.die(new Error("it is broken")) : Effect.void)
)

const failed = { taskType: "Broken", status: "failed" } as const

const numbers = Effect.gen(function*() {
  const { searchTasks } = yield* TaskManager.TaskManager
  const tasks = yield* searchTasks({ ...failed, limit: Infinity })
  return tasks.map(({ payload }) => (payload as { readonly number: number }).number).sort((a, b) => a - b)
})

const many = Array.from({ length: 150 }, (_, i) => i)

const breakMany = Effect.gen(function*() {
  const { addTasksToQueue } = yield* TaskManager.TaskManager
  yield* addTasksToQueue(many.map((number) => Broken.template({ number })))
  yield* Testing.settle
})

/** The same store, which fails to add tasks the third time: the second page of those that are retried. */
const failingOnce = (store: typeof TaskStore.TaskStore.Service): typeof TaskStore.TaskStore.Service => {
  const error = new TaskError.TaskStoreError({ operation: "insertTasks", cause: new Error("the disk is full") })
  let times = 0
  return {
    ...store,
    insertTasks: (tasks) => Effect.suspend(() => ++times === 3 ? Effect.fail(error) : store.insertTasks(tasks))
  }
}

for (const [name, client] of databases) {
  const store = storeOver(client)
  const over = <E, R>(store: Layer.Layer<TaskStore.TaskStore, E, R>) =>
    BrokenLive.pipe(
      Layer.provideMerge(Testing.layerOver(store)),
      Layer.provide(TaskManager.configure({ retention: { failed: 1_000, done: 1_000 } }))
    )

  describe(`retrying many tasks on ${name}`, () => {
    it.effect("says how many were, if the database fails, and loses none of the others", () =>
      Effect.gen(function*() {
        yield* breakMany
        const { retryTasks } = yield* TaskManager.TaskManager
        const error = yield* Effect.flip(retryTasks(failed))
        assert.instanceOf(error, TaskError.TasksPartlyDone)
        assert.strictEqual(
          error.message,
          `It stopped after 100 tasks, which are done: The task store failed in "insertTasks". Do it again for the rest.`
        )
        yield* Testing.settle
        assert.deepStrictEqual(yield* numbers, many)
      }).pipe(Effect.provide(over(
        Layer.effect(TaskStore.TaskStore, Effect.map(TaskStore.TaskStore, failingOnce)).pipe(Layer.provide(store))
      ))))

    it.effect("retries each once, however many do so at once", () =>
      Effect.gen(function*() {
        yield* breakMany
        const { retryTasks, searchTasks } = yield* TaskManager.TaskManager
        const world = yield* World
        world.isBroken = false
        const results = yield* Effect.all(many.slice(0, 4).map(() => retryTasks(failed)), { concurrency: "unbounded" })
        world.isBroken = true
        assert.strictEqual(results.reduce((sum, { count }) => sum + count, 0), many.length)
        yield* Testing.settle
        assert.lengthOf(yield* searchTasks({ taskType: "Broken", limit: Infinity }), many.length)
      }).pipe(Effect.provide(over(store))))

    it.effect("is part of the caller's transaction", () =>
      Effect.gen(function*() {
        yield* breakMany
        const { retryTasks, searchTasks } = yield* TaskManager.TaskManager
        const sql = yield* SqlClient.SqlClient
        const [before] = yield* searchTasks(failed)
        yield* Effect.flip(sql.withTransaction(Effect.andThen(retryTasks(failed), Effect.fail("changed his mind"))))
        yield* Testing.settle
        assert.deepStrictEqual(yield* searchTasks({ ...failed, limit: 1 }), [before!])
        assert.strictEqual((yield* sql.withTransaction(retryTasks(failed))).count, many.length)
        yield* Testing.settle
        assert.deepStrictEqual(yield* numbers, many)
        assert.notStrictEqual((yield* searchTasks(failed))[0]!.taskId, before!.taskId)
      }).pipe(Effect.provide(over(store).pipe(Layer.provideMerge(store)))))
  })
}
