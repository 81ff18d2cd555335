/**
 * What becomes of a task that is queued, or a recurring task that is added, while its connection to Postgres is lost, so
 * that nobody knows whether it was stored; and of what is read then.
 */
import { PgClient } from "@effect/sql-pg"
import { assert, describe, it } from "@effect/vitest"
import { Task, TaskManager } from "brinjal"
import { Testing } from "brinjal/testing"
import { Effect, Layer, Option, Schema } from "effect"
import { SqlClient } from "effect/sql"
import * as around from "./around.ts"
import { postgresOf, storeOver } from "./databases.ts"

class Work extends Task.make("Work", { payload: { label: Schema.String } }) {}

const template = (label: string) => Work.template({ label })

const ofTasks = /^insert into \S*tasks/
const ofConfigs = /^select \S*add_configs/

/** A manager that only queues, unless there is a handler, over connections that are lost as a test says. */
const test = (
  name: string,
  losses: Omit<around.Losses, "of"> & { readonly of?: RegExp },
  body: () => Effect.gen.Return<void, unknown, TaskManager.TaskManager | SqlClient.SqlClient | Task.Handler<"Work">>,
  work = Work.handledElsewhere
) =>
  it.effect(name, () => {
    const client = around.layerLossy(postgresOf(4), PgClient.makeCompiler(), { of: ofTasks, ...losses })
    const layer = work.pipe(
      Layer.provideMerge(Testing.layerOver(storeOver(client))),
      Layer.provideMerge(client)
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

describe.runIf(process.env.BRINJAL_TEST_POSTGRES_URL !== undefined)("what is read while its connection is lost", () => {
  const of = /from \S*tasks"? where task_id = \S+$/

  for (const [before, answer] of [[2, "queued"], [3, "TaskStoreError"]] as const) {
    test(`answers with ${answer} after ${before} lost connections`, { of, before, after: 0 }, function*() {
      const { addTaskToQueue, getTask } = yield* TaskManager.TaskManager
      const taskId = yield* addTaskToQueue(template("a"))
      const answered = Effect.matchEager(getTask(taskId), {
        onFailure: ({ _tag }) => _tag,
        onSuccess: ({ status }) => status
      })
      assert.strictEqual(yield* answered, answer)
    })
  }
})

const options = {
  recurringId: "every-minute",
  cronExpression: "* * * * *",
  runImmediately: true,
  templateTask: template("a")
}

describe.runIf(process.env.BRINJAL_TEST_POSTGRES_URL !== undefined)("a recurring task whose connection is lost", () => {
  const isThere = Effect.fnUntraced(function*() {
    const { getAllRecurringTasks, outcomes } = yield* TaskManager.TaskManager
    assert.deepStrictEqual((yield* getAllRecurringTasks).map(({ recurringId }) => recurringId), ["every-minute"])
    assert.deepStrictEqual((yield* outcomes("every-minute")).map(({ trigger }) => trigger), ["registration"])
    assert.lengthOf(yield* all, 1)
    yield* Testing.advance("61 seconds")
    assert.deepStrictEqual((yield* outcomes("every-minute")).map(({ reason }) => reason), ["Overlap", ""])
  })

  test("before it is stored, is stored over another one", { of: ofConfigs, before: 2, after: 0 }, function*() {
    const { addRecurringTask } = yield* TaskManager.TaskManager
    assert.strictEqual(yield* addRecurringTask(options), "every-minute")
    yield* isThere()
  })

  test("when it is stored, is stored once", { of: ofConfigs, before: 0, after: 2 }, function*() {
    const { addRecurringTask } = yield* TaskManager.TaskManager
    assert.strictEqual(yield* addRecurringTask(options), "every-minute")
    yield* isThere()
  })

  test("when it is stored, runs at once if it is to", { of: ofConfigs, before: 0, after: 1 }, function*() {
    const { addRecurringTask, getAllTasks } = yield* TaskManager.TaskManager
    yield* addRecurringTask(options)
    yield* Testing.settle
    assert.deepStrictEqual((yield* getAllTasks).map(({ status }) => status), ["done"])
  }, Work.toLayer(() => Effect.void))

  test("is refused if another one has its id", { of: ofConfigs, before: 0, after: 0 }, function*() {
    const { addRecurringTask, getRecurringTask } = yield* TaskManager.TaskManager
    yield* addRecurringTask(options)
    const other = { ...options, cronExpression: "0 * * * *" }
    assert.strictEqual((yield* Effect.flip(addRecurringTask(other)))._tag, "RecurringTaskExists")
    assert.deepStrictEqual((yield* getRecurringTask("every-minute")).cronExpression, Option.some("* * * * *"))
  })
})
