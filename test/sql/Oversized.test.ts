/**
 * Rows of Postgres that are larger than what its client reads at once, as an earlier version of the library stored them.
 */
import { assert, describe, it } from "@effect/vitest"
import { Recurrence, Task, TaskError, TaskManager, TaskStore } from "brinjal"
import { Effect, Layer, Logger, Option, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { postgresOf, storeBeside, storeOver, tables } from "./databases.ts"

class Echo extends Task.make("Echo", { payload: { text: Schema.String }, success: Schema.String }) {}

/** Its payload may have nothing in it. */
class Free extends Task.make("Free", { payload: { text: Schema.optionalKey(Schema.String) } }) {}

type Handlers = Task.Handler<"Echo" | "Free">

const here = Layer.mergeAll(Echo.toLayer(({ text }) => Effect.succeed(text)), Free.toLayer(() => Effect.void))

const elsewhere = Layer.mergeAll(Echo.handledElsewhere, Free.handledElsewhere)

/** Does something in a process of its own, over a store of its own. */
const within = <A, E, R>(
  handlers: typeof here | typeof elsewhere,
  self: Effect.Effect<A, E, R | TaskManager.TaskManager | Handlers>
) =>
  Effect.provide(
    self,
    handlers.pipe(
      Layer.provideMerge(TaskManager.layer),
      Layer.provide(Layer.effect(TaskStore.TaskStore, storeBeside)),
      Layer.fresh
    )
  )

/** Gives a task, or a recurring one, a text of 17 MB. */
const swell = Effect.fnUntraced(function*(id: string, column: "payload" | "success" | "template") {
  const sql = yield* SqlClient.SqlClient
  const { configs, tasks } = yield* tables
  const text = sql`to_jsonb(repeat('x', 17000000))`
  switch (column) {
    case "payload":
      return yield* sql`update ${tasks} set payload = jsonb_build_object('text', ${text}) where task_id = ${id}`
    case "success":
      return yield* sql`update ${tasks} set success = ${text} where task_id = ${id}`
    case "template":
      return yield* sql`update ${configs} set template = jsonb_set(template, '{payload,text}', ${text})
        where recurring_id = ${id}`
  }
})

const manager = Effect.service(TaskManager.TaskManager)

const url = process.env.BRINJAL_TEST_POSTGRES_URL

describe.skipIf(url === undefined)("a row that is too large to be read", () => {
  const test = (name: string, body: () => Generator<Effect.Effect<any, any, any>, void, never>) =>
    it.live(name, () => Effect.provide(Effect.gen(body), storeOver(postgresOf(8))) as Effect.Effect<void>)

  test("fails its own task when it is its turn, and those behind it run", function*() {
    const texts = ["a", "b", "c"]
    const echoes = yield* within(
      elsewhere,
      Effect.flatMap(manager, ({ addTasksToQueue }) => addTasksToQueue(texts.map((text) => Echo.template({ text }))))
    )
    const free = yield* within(
      elsewhere,
      Effect.flatMap(manager, ({ addTaskToQueue }) => addTaskToQueue(Free.template({ text: "a" })))
    )
    yield* swell(echoes[0]!, "payload")
    yield* swell(free, "payload")
    const logged: Array<string> = []
    const collector = Logger.make(({ message }) => void logged.push(String(message)))
    yield* within(
      here,
      Effect.gen(function*() {
        const { awaitTask, getTask } = yield* manager
        assert.strictEqual(yield* awaitTask(Echo, echoes[2]!), "c")
        assert.strictEqual(yield* awaitTask(Echo, echoes[1]!), "b")
        yield* Effect.exit(awaitTask(Echo, echoes[0]!))
        yield* Effect.exit(awaitTask(Free, free))
        for (const taskId of [echoes[0]!, free]) {
          const { error, status } = yield* getTask(taskId)
          assert.strictEqual(status, "failed")
          assert.include(Option.getOrThrow(error).message, "it is too large to be read")
        }
      })
    ).pipe(Effect.provide(Logger.layer([collector])))
    assert.lengthOf(logged.filter((line) => line.startsWith("The database has a row that is larger than")), 1)
  })

  test("hides its success, and nothing else", function*() {
    yield* within(
      here,
      Effect.gen(function*() {
        const { awaitTask, getAllTasks, getTask, run, searchTasks } = yield* manager
        yield* run(Echo.template({ text: "a" }))
        yield* run(Echo.template({ text: "b" }))
        const [big, small] = yield* getAllTasks
        yield* swell(big!.taskId, "success")
        assert.deepStrictEqual((yield* searchTasks({ taskType: "Echo" })).map(({ taskId }) => taskId), [
          small!.taskId,
          big!.taskId
        ])
        assert.lengthOf(yield* getAllTasks, 2)
        const found = yield* getTask(big!.taskId)
        assert.deepInclude(found, { status: "done", payload: { text: "a" } })
        assert.include(Option.getOrThrow(found.error).message, "has 17000002 bytes as JSON")
        const error = yield* Effect.flip(awaitTask(Echo, big!.taskId))
        assert.instanceOf(error, TaskError.TaskTooLarge)
        assert.strictEqual(yield* awaitTask(Echo, small!.taskId), "b")
      })
    )
  })

  test("leaves out its recurring task, and no other", function*() {
    const add = (recurringId: string) =>
      Effect.flatMap(manager, ({ addRecurringTask }) =>
        addRecurringTask({
          recurringId,
          recurrence: Recurrence.every("1 day"),
          templateTask: Echo.template({ text: "a" })
        }))
    yield* within(elsewhere, Effect.andThen(add("big"), add("small")))
    yield* swell("big", "template")
    yield* within(
      here,
      Effect.gen(function*() {
        const { getAllRecurringTasks } = yield* manager
        assert.deepStrictEqual((yield* getAllRecurringTasks).map(({ recurringId }) => recurringId), ["small"])
      })
    )
  })
})
