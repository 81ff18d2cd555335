/**
 * What becomes of a task that is queued while its connection to Postgres is lost: nobody knows whether it was stored.
 */
import { PgClient } from "@effect/sql-pg"
import { assert, describe, it } from "@effect/vitest"
import { Task, TaskManager } from "brinjal"
import { Testing } from "brinjal/testing"
import { Effect, Layer, Schema } from "effect"
import { SqlClient } from "effect/sql"
import * as around from "./around.ts"
import { postgresOf, storeOver } from "./databases.ts"

class Work extends Task.make("Work", { payload: { label: Schema.String } }) {}

const template = (label: string) => Work.template({ label })

/** A manager that only queues, over connections that are lost as a test says. */
const test = (
  name: string,
  losses: Omit<around.Losses, "of">,
  body: () => Effect.gen.Return<void, unknown, TaskManager.TaskManager | SqlClient.SqlClient | Task.Handler<"Work">>
) =>
  it.effect(name, () => {
    const client = around.layerLossy(postgresOf(4), PgClient.makeCompiler(), { ...losses, of: /^insert into \S*tasks/ })
    const layer = Work.handledElsewhere.pipe(
      Layer.provideMerge(TaskManager.layer),
      Layer.provideMerge(storeOver(client)),
      Layer.provideMerge(Testing.layerClock())
    )
    return Effect.scoped(Effect.provide(Effect.gen(body), layer))
  })

const all = Effect.map(
  TaskManager.TaskManager.use(({ getAllTasks }) => getAllTasks),
  (tasks) => tasks.map(({ payload, taskId }) => ({ payload, taskId }))
)

describe.runIf(process.env.BRINJAL_TEST_POSTGRES_URL !== undefined)("a task whose connection is lost", () => {
  test("before it is stored, is stored over another one", { before: 2, after: 0 }, function*() {
    const { addTaskToQueue } = yield* TaskManager.TaskManager
    const taskId = yield* addTaskToQueue(template("a"))
    assert.deepStrictEqual(yield* all, [{ taskId, payload: { label: "a" } }])
  })

  test("when it is stored, is stored once", { before: 0, after: 2 }, function*() {
    const { addTasksToQueue } = yield* TaskManager.TaskManager
    const [a, b] = yield* addTasksToQueue([template("a"), template("b")])
    assert.deepStrictEqual(yield* all, [
      { taskId: a, payload: { label: "a" } },
      { taskId: b, payload: { label: "b" } }
    ])
  })

  test("again and again, is refused", { before: 100, after: 0 }, function*() {
    const { addTaskToQueue } = yield* TaskManager.TaskManager
    assert.strictEqual((yield* Effect.flip(addTaskToQueue(template("a"))))._tag, "TaskStoreError")
    assert.deepStrictEqual(yield* all, [])
  })

  test("in a transaction of the caller, is lost with it", { before: 1, after: 0 }, function*() {
    const { addTaskToQueue } = yield* TaskManager.TaskManager
    const sql = yield* SqlClient.SqlClient
    const added = sql.withTransaction(Effect.exit(addTaskToQueue(template("a"))))
    assert.strictEqual((yield* added)._tag, "Failure")
    assert.deepStrictEqual(yield* all, [])
  })
})
