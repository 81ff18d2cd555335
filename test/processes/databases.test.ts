import { assert, describe, it } from "@effect/vitest"
import { Recurrence, RecurringTask, Task, TaskManager, type TaskRegistry } from "brinjal"
import { Context, DateTime, Effect, Exit, Fiber, Layer, Option, Schema, Scope, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { type Database, databases, type Store } from "./stores.ts"

/** What all processes do, together: they are in one real one. */
class World extends Context.Service<World, { running: number; most: number; readonly done: Array<string> }>()("World") {
  static readonly layer = Layer.sync(World, () => ({ running: 0, most: 0, done: [] }))
}

const fields = { payload: { label: Schema.String, millis: Schema.Finite }, success: Schema.String }

class Work extends Task.make("Work", { ...fields, semaphore: "multiple" }) {}
class Single extends Task.make("Single", { ...fields, semaphore: "single" }) {}

const perform = Effect.fnUntraced(function*({ label, millis }: typeof Work.payloadSchema.Type) {
  const world = yield* World
  world.most = Math.max(world.most, ++world.running)
  yield* Task.update({ progress: 50 })
  yield* Effect.ensuring(Effect.sleep(millis), Effect.sync(() => world.running--))
  world.done.push(label)
  return `${label} done`
})

const handled = Layer.mergeAll(Work.toLayer(perform), Single.toLayer(perform))

type Manager = TaskManager.TaskManager | TaskRegistry.TaskRegistry

/** Starts a process, with handlers or without. */
const start = Effect.fnUntraced(function*(
  store: Store,
  handlers: Layer.Layer<Task.Handler<"Work" | "Single">, unknown, TaskRegistry.TaskRegistry | World> = handled,
  declares: Layer.Layer<never, unknown, Manager | Task.Handler<"Work">> = Layer.empty
) {
  const scope = yield* Effect.acquireRelease(Scope.make(), (scope) => Scope.close(scope, Exit.void))
  const layer = declares.pipe(
    Layer.provideMerge(handlers),
    Layer.provideMerge(TaskManager.layer),
    Layer.provideMerge(store),
    Layer.fresh
  )
  const context = yield* Layer.buildWithScope(layer, scope)
  return {
    manager: Context.get(context, TaskManager.TaskManager),
    sql: Context.get(context, SqlClient.SqlClient),
    within: Effect.provideContext(context)
  }
})

const without = Layer.mergeAll(Work.handledElsewhere, Single.handledElsewhere)

/** The first event that is as wanted; a test that waits for ever is ended by the time limit of all. */
const until = <A, E>(stream: Stream.Stream<A, E>, wanted: (event: A) => boolean) =>
  Stream.runHead(Stream.filter(stream, wanted))

const test = (name: string, open: Database["open"], body: (store: Store) => Effect.Effect<void, unknown, any>) =>
  it.live(
    name,
    () =>
      Effect.scoped(Effect.flatMap(open, body)).pipe(
        Effect.timeout("50 seconds"),
        Effect.provide(World.layer)
      ) as Effect.Effect<void, unknown>,
    60_000
  )

for (const { name, open, processes } of databases) {
  describe(`several processes on ${name}`, () => {
    test("run what another one waits for, and give it the result", open, (store) =>
      Effect.gen(function*() {
        const a = yield* start(store, without)
        yield* start(store)
        const labels = Array.from({ length: 20 }, (_, i) => String(i))
        const results = yield* Effect.forEach(
          labels,
          (label) => a.within(a.manager.run(Work.template({ label, millis: 1 }))),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(results, labels.map((label) => `${label} done`))
      }))

    test("keep the limit of a pool together, and leave nothing behind", open, (store) =>
      Effect.gen(function*() {
        const all = yield* Effect.all(Array.from({ length: processes }, () => start(store)))
        const world = yield* World
        const runs = all.flatMap(({ manager, within }, p) =>
          Array.from({ length: 8 }, (_, i) => within(manager.run(Single.template({ label: `${p} ${i}`, millis: 5 }))))
        )
        yield* Effect.all(runs, { concurrency: "unbounded" })
        assert.deepStrictEqual([world.most, world.done.length], [1, processes * 8])
      }))

    test(
      "see changes of recurring tasks, progress and cancellation within a second",
      open,
      (store) =>
        Effect.gen(function*() {
          const a = yield* start(store, without)
          const b = yield* start(store)
          const seen = yield* Effect.forkChild(
            until(a.manager.events, (event) => event._tag === "RecurringTaskUpdate" && !event.recurringTask.enabled),
            { startImmediately: true }
          )
          yield* b.within(b.manager.addRecurringTask({
            recurringId: "daily",
            recurrence: Recurrence.every("1 day"),
            templateTask: Work.template({ label: "daily", millis: 60_000 })
          }))
          const taskId = yield* b.manager.triggerRecurringTask("daily")
          const half = yield* until(a.manager.taskUpdates(taskId), ({ progress }) => progress === 50)
          assert.isTrue(half._tag === "Some")
          const cancelled = yield* a.manager.cancelTask(taskId)
          assert.strictEqual(cancelled.status, "cancelled")
          yield* b.manager.disableRecurringTask("daily")
          yield* Effect.timeout(Fiber.join(seen), "5 seconds")
          yield* a.manager.removeRecurringTask("daily")
          assert.deepStrictEqual(yield* b.manager.getAllRecurringTasks, [])
        })
    )

    test(
      "start nothing of a type that one has paused, from a second later until another one resumes it",
      open,
      (store) =>
        Effect.gen(function*() {
          const all = yield* Effect.all(Array.from({ length: processes }, () => start(store)))
          const [a, b] = [all[0]!, all[1]!]
          const queue = Effect.forEach(
            all,
            ({ manager, within }, p) =>
              within(manager.addTasksToQueue(Array.from({ length: 30 }, (_, i) =>
                Work.template({ label: `${p} ${i}`, millis: 20 }))))
          )
          yield* queue
          yield* a.manager.pauseTaskType(Work, { note: "maintenance" })
          // each hears of it
          yield* Effect.forEach(
            all,
            ({ manager }) =>
              Effect.repeat(manager.health, {
                until: ({ paused }) =>
                  paused.length === 1
              }).pipe(
                Effect.timeout("1 second")
              )
          )
          yield* queue
          const world = yield* World
          yield* Effect.repeat(Effect.yieldNow, { until: () => world.running === 0 })
          const done = world.done.length
          assert.isBelow(done, 60 * processes)
          const single = yield* b.within(b.manager.run(Single.template({ label: "other", millis: 200 })))
          assert.strictEqual(single, "other done")
          assert.deepStrictEqual([world.done.length, world.running], [done + 1, 0])
          const { paused, waiting } = (yield* b.manager.backlog).find(({ taskType }) => taskType === "Work")!
          assert.deepStrictEqual([Option.map(paused, ({ note }) => note), waiting], [
            Option.some("maintenance"),
            60 * processes - done
          ])
          assert.isTrue(yield* b.manager.resumeTaskType(Work))
          yield* Effect.repeat(Effect.yieldNow, { until: () => world.done.length === 60 * processes + 1 })
          assert.lengthOf(new Set(world.done), 30 * processes + 1)
        })
    )

    test("start each occurrence of what all of them declare once", open, (store) =>
      Effect.gen(function*() {
        const declares = RecurringTask.layer("often", {
          recurrence: Recurrence.every("500 millis"),
          templateTask: Work.template({ label: "often", millis: 0 }),
          maxConcurrent: 10
        })
        const all = yield* Effect.all(
          Array.from({ length: processes }, () => start(store, handled, declares)),
          { concurrency: "unbounded" }
        )
        const world = yield* World
        const ended = new Set<string>()
        yield* until(all[0]!.manager.updates, ({ status, taskId }) => status === "done" && ended.add(taskId).size >= 6)
        yield* all[0]!.manager.disableRecurringTask("often")
        const outcomes = yield* all[1]!.manager.outcomes("often", { limit: 1_000 })
        // newest first; a machine that is slow misses some, of which those in a row are one outcome
        for (const [i, { from }] of outcomes.slice(0, -1).entries()) {
          assert.strictEqual(DateTime.toEpochMillis(from) - DateTime.toEpochMillis(outcomes[i + 1]!.to), 500)
        }
        const started = outcomes.filter(({ outcome }) => outcome === "Started").length
        assert.isAtLeast(started, 6)
        assert.isAtMost(world.done.length, started)
      }))

    test(
      "run what was queued in a transaction once it is committed, and never if it is not",
      open,
      (store) =>
        Effect.gen(function*() {
          const a = yield* start(store)
          yield* start(store)
          const world = yield* World
          const enqueue = (label: string) => a.within(a.manager.addTaskToQueue(Work.template({ label, millis: 0 })))
          yield* Effect.flip(a.sql.withTransaction(Effect.andThen(enqueue("rolled back"), Effect.fail("changed"))))
          const taskId = yield* a.sql.withTransaction(
            Effect.tap(enqueue("committed"), () => Effect.sync(() => assert.deepStrictEqual(world.done, [])))
          )
          yield* Stream.runDrain(a.manager.taskUpdates(taskId))
          assert.deepStrictEqual(world.done, ["committed"])
          const tasks = yield* a.manager.getAllTasks
          assert.deepStrictEqual(tasks.map((task) => task.taskId), [taskId])
        })
    )

    test("say why waiting inside a transaction cannot work", open, (store) =>
      Effect.gen(function*() {
        const a = yield* start(store)
        const run = a.within(a.manager.run(Work.template({ label: "never", millis: 0 })))
        const exit = yield* Effect.exit(a.sql.withTransaction(run))
        assert.include(String(exit), "would wait for ever")
        assert.deepStrictEqual(yield* a.manager.getAllTasks, [])
      }))

    test(
      "add recurring tasks with the transaction of the caller, or not at all",
      open,
      (store) =>
        Effect.gen(function*() {
          const a = yield* start(store)
          const add = (recurringId: string) =>
            a.within(a.manager.addRecurringTask({
              recurringId,
              recurrence: Recurrence.every("1 day"),
              templateTask: Work.template({ label: recurringId, millis: 0 })
            }))
          yield* Effect.flip(a.sql.withTransaction(Effect.andThen(add("rolled back"), Effect.fail("changed"))))
          yield* a.sql.withTransaction(add("committed"))
          assert.deepStrictEqual((yield* a.manager.getAllRecurringTasks).map((one) => one.recurringId), ["committed"])
        })
    )

    test(
      "change recurring tasks with the transaction of the caller, or not at all",
      open,
      (store) =>
        Effect.gen(function*() {
          const a = yield* start(store)
          yield* a.within(a.manager.addRecurringTask({
            recurringId: "daily",
            recurrence: Recurrence.every("1 day"),
            templateTask: Work.template({ label: "daily", millis: 0 })
          }))
          const disable = a.manager.disableRecurringTask("daily")
          yield* Effect.flip(a.sql.withTransaction(Effect.andThen(disable, Effect.fail("changed"))))
          assert.isTrue((yield* a.manager.getRecurringTask("daily")).enabled)
          assert.isFalse((yield* a.sql.withTransaction(disable)).enabled)
          assert.isFalse((yield* a.manager.getRecurringTask("daily")).enabled)
        })
    )

    test("leave what they hold and have queued to the others when they stop", open, (store) =>
      Effect.gen(function*() {
        const scope = yield* Scope.make()
        const a = yield* Effect.provideService(start(store), Scope.Scope, scope)
        const ids = yield* Effect.forEach(
          ["first", "second", "third"],
          (label) => a.within(a.manager.addTaskToQueue(Single.template({ label, millis: 300 })))
        )
        const b = yield* start(store)
        yield* Scope.close(scope, Exit.void)
        yield* Stream.runDrain(b.manager.taskUpdates(ids[2]!))
        const world = yield* World
        assert.deepStrictEqual([world.most, world.done.length], [1, 3])
        assert.strictEqual((yield* b.manager.health).processes, 1)
      }))
  })
}
