import { assert, describe, it } from "@effect/vitest"
import { RecurringTask, RecurringTaskPlan, Task, TaskManager } from "brinjal"
import { Testing } from "brinjal/testing"
import { Effect, Layer, Logger, Option, Ref, Schema } from "effect"

class Sweep extends Task.make("Sweep", { payload: { path: Schema.String } }) {}

const live = Sweep.toLayer(() => Effect.void).pipe(Layer.provideMerge(Testing.layer))

const declared = (recurringId: string, cronExpression = "0 2 * * *", path = "/tmp") =>
  RecurringTask.make(recurringId, { cronExpression, templateTask: Sweep.template({ path }) })

const manager = TaskManager.TaskManager

const declare = (
  declarations: ReadonlyArray<RecurringTask.Declaration<Task.Template<typeof Sweep>>>,
  orphans?: RecurringTaskPlan.Orphans
) =>
  Effect.map(
    manager.use((manager) => manager.declareRecurringTasks(declarations, { orphans })),
    (steps) => RecurringTaskPlan.format(steps).split("\n")
  )

describe("RecurringTask", () => {
  it.effect("layer keeps a recurring task on its schedule", () =>
    Effect.gen(function*() {
      yield* Testing.advance("1 day")
      const info = yield* manager.use((manager) => manager.getRecurringTask("nightly"))
      assert.strictEqual(info.totalRuns, 1)
      assert.deepStrictEqual(info.cronExpression, Option.some("0 2 * * *"))
    }).pipe(
      Effect.provide(
        RecurringTask.layer("nightly", { cronExpression: "0 2 * * *", templateTask: Sweep.template({ path: "/" }) })
          .pipe(Layer.provideMerge(live))
      )
    ))

  it.effect("layerAll logs what it changes, and nothing where there is nothing", () =>
    Effect.gen(function*() {
      const logged: Array<unknown> = []
      const logger = Logger.layer([Logger.make(({ message }) => void logged.push(message))])
      const declareAll = (...declarations: ReadonlyArray<RecurringTask.Declaration<Task.Template<typeof Sweep>>>) =>
        Layer.build(RecurringTask.layerAll(declarations)).pipe(Effect.provide(logger))
      yield* declareAll()
      assert.deepStrictEqual(logged, [])
      yield* declareAll(declared("nightly"))
      assert.deepStrictEqual(logged.flat(), ["Recurring tasks:\ncreate nightly"])
    }).pipe(Effect.scoped, Effect.provide(live)))

  it.effect("layer fails where another one declares something else under its id, as long as that is there", () =>
    Effect.gen(function*() {
      const layerAt = (cronExpression: string) => {
        const { recurringId, ...options } = declared("nightly", cronExpression)
        return RecurringTask.layer(recurringId, options)
      }
      const both = Layer.mergeAll(layerAt("0 2 * * *"), layerAt("0 3 * * *"))
      const error = yield* Effect.flip(Effect.scoped(Layer.build(both)))
      assert.strictEqual(
        error.message,
        `The option "recurringId" of the recurring task is wrong: "nightly" is declared twice by this program, with ` +
          `recurrence at 02:00 every day, UTC and with at 03:00 every day, UTC.`
      )
      const set = RecurringTask.layerAll([declared("nightly", "0 4 * * *")])
      assert.include(
        (yield* Effect.flip(Effect.scoped(Layer.build(Layer.mergeAll(set, layerAt("0 5 * * *")))))).message,
        "twice"
      )
      yield* Effect.scoped(Layer.build(Layer.mergeAll(layerAt("0 2 * * *"), layerAt("0 2 * * *"))))
      yield* Effect.scoped(Layer.build(layerAt("0 3 * * *")))
      const info = yield* manager.use((manager) => manager.getRecurringTask("nightly"))
      assert.deepStrictEqual(info.cronExpression, Option.some("0 3 * * *"))
    }).pipe(Effect.provide(live)))

  it.effect("layer fails with a sentence that says what is wrong", () =>
    Effect.gen(function*() {
      const wrong = RecurringTask.layer("r", {
        cronExpression: "61 * * * *",
        templateTask: Sweep.template({ path: "" })
      })
      const error = yield* Effect.flip(Layer.build(wrong))
      assert.strictEqual(error._tag, "InvalidRecurrence")
      assert.include(error.message, "minute")
    }).pipe(Effect.provide(live)))

  it.effect("effect runs a plain Effect, with its requirements and its failures recorded", () =>
    Effect.gen(function*() {
      const runs = yield* Ref.make(0)
      const execute = Effect.andThen(Ref.update(runs, (n) => n + 1), Effect.fail("no more"))
      yield* Layer.build(RecurringTask.effect("count", { cronExpression: "0 * * * *", execute }))
      yield* Testing.advance("3 hours")
      assert.strictEqual(yield* Ref.get(runs), 3)
      const info = yield* manager.use((manager) => manager.getRecurringTask("count"))
      assert.strictEqual(info.consecutiveFailures, 3)
    }).pipe(Effect.provide(live)))

  it.effect("a declaration that is the same changes nothing: an operator's disable survives", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* declare([declared("a")]), ["create a"])
      const { disableRecurringTask, getRecurringTask } = yield* manager
      const before = yield* disableRecurringTask("a", { note: "holiday" })
      assert.deepStrictEqual(yield* declare([declared("a")]), ["unchanged: 1"])
      assert.deepStrictEqual(yield* getRecurringTask("a"), before)
    }).pipe(Effect.provide(live)))

  it.effect("a declaration that has changed is an update, and says in what", () =>
    Effect.gen(function*() {
      yield* declare([declared("a")])
      assert.deepStrictEqual(yield* declare([declared("a", "0 3 * * *", "/var")]), [
        "update a",
        "  recurrence: at 02:00 every day, UTC -> at 03:00 every day, UTC",
        `  templateTask.payload: {"path":"/tmp"} -> {"path":"/var"}`
      ])
      const info = yield* manager.use((manager) => manager.getRecurringTask("a"))
      assert.deepStrictEqual(info.cronExpression, Option.some("0 3 * * *"))
    }).pipe(Effect.provide(live)))

  it.effect("what is not declared any more is kept, disabled or removed; what was added at run time is not touched", () =>
    Effect.gen(function*() {
      const { addRecurringTask, getAllRecurringTasks } = yield* manager
      yield* addRecurringTask(declared("dynamic"))
      yield* declare([declared("a"), declared("b")])
      assert.deepStrictEqual(yield* declare([declared("a")]), ["unchanged: 2"])
      assert.deepStrictEqual(yield* declare([declared("a")], "disable"), ["disable b", "unchanged: 1"])
      assert.deepStrictEqual(yield* declare([declared("a")], "remove"), ["remove b", "unchanged: 1"])
      assert.deepStrictEqual((yield* getAllRecurringTasks).map(({ recurringId }) => recurringId), ["dynamic", "a"])
      assert.deepStrictEqual(yield* declare([declared("a"), declared("dynamic")]), ["adopt dynamic", "unchanged: 1"])
    }).pipe(Effect.provide(live)))

  it.effect("what was disabled as nobody declared it is enabled by who declares it again, and nothing else is", () =>
    Effect.gen(function*() {
      const { disableRecurringTask, getRecurringTask } = yield* manager
      yield* declare([declared("a"), declared("b"), declared("c")])
      yield* disableRecurringTask("c", { note: "holiday" })
      assert.deepStrictEqual(yield* declare([declared("a")], "disable"), ["disable b", "unchanged: 2"])
      assert.deepStrictEqual(
        yield* declare([declared("a"), declared("b", "0 3 * * *"), declared("c")], "disable"),
        ["enable b", "  recurrence: at 02:00 every day, UTC -> at 03:00 every day, UTC", "unchanged: 2"]
      )
      const b = yield* getRecurringTask("b")
      assert.deepInclude(b, { enabled: true, note: "", cronExpression: Option.some("0 3 * * *") })
      assert.deepInclude(yield* getRecurringTask("c"), { enabled: false, note: "holiday" })
      assert.deepStrictEqual(yield* declare([declared("a"), declared("b", "0 3 * * *"), declared("c")]), [
        "unchanged: 3"
      ])
    }).pipe(Effect.provide(live)))

  it.effect("nothing is changed when one declaration is wrong, or an id is declared twice", () =>
    Effect.gen(function*() {
      const wrong = yield* Effect.flip(declare([declared("a"), declared("b", "* * 30 2 *")]))
      assert.strictEqual(wrong._tag, "NeverFires")
      const twice = yield* Effect.flip(declare([declared("a"), declared("a", "0 4 * * *")]))
      assert.strictEqual(
        twice.message,
        `The option "recurringId" of the recurring task is wrong: "a" is declared twice.`
      )
      assert.deepStrictEqual(yield* manager.use((manager) => manager.getAllRecurringTasks), [])
    }).pipe(Effect.provide(live)))
})
