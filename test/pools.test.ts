import { assert, describe, it } from "@effect/vitest"
import { Task, TaskManager, TaskStore } from "brinjal"
import { Testing } from "brinjal/testing"
import { Context, Effect, Latch, Layer, Logger, Schema } from "effect"

class Parent extends Task.make("Parent", { semaphore: "single" }) {}

class Child extends Task.make("Child", { semaphore: "multiple" }) {}

class Other extends Task.make("Other", { payload: { label: Schema.String }, semaphore: "single" }) {}

/** Opens when the first parent may hear that it cannot have its place back. */
class Refusal extends Context.Service<Refusal, Latch.Latch>()("test/Refusal") {}

/** A durable store that refuses the first one who wants his place back, as if another process had been quicker. */
const refusesOnce = Layer.effect(
  TaskStore.TaskStore,
  Effect.gen(function*() {
    const store = yield* TaskStore.TaskStore
    const refusal = yield* Refusal
    let asked = 0
    return {
      ...store,
      durable: true,
      takeBack: (taskId: string, attempt: number, limit: number) =>
        Effect.suspend(() =>
          asked++ === 0 ? Effect.as(refusal.await, "full" as const) : store.takeBack(taskId, attempt, limit)
        )
    }
  })
).pipe(Layer.provide(TaskStore.layerMemory))

const handlers = Layer.mergeAll(
  Parent.toLayer(() => Effect.orDie(TaskManager.TaskManager.use(({ run }) => run(Child.template({}))))),
  Other.toLayer(() => Effect.void)
).pipe(Layer.provideMerge(Child.toLayer(() => Effect.sleep("1 second"))))

class Disk extends Task.make("Disk", { semaphore: "disk" }) {}

const durable = Layer.effect(
  TaskStore.TaskStore,
  Effect.map(TaskStore.TaskStore, (store) => ({ ...store, durable: true }))
).pipe(Layer.provide(TaskStore.layerMemory))

describe("pools", () => {
  it.effect("that are not configured where their tasks run are named in the log, once", () =>
    Effect.gen(function*() {
      const logged: Array<unknown> = []
      const logger = Logger.layer([
        Logger.make(({ logLevel, message }) => logLevel === "Warn" ? void logged.push(String(message)) : undefined)
      ])
      const queueing = Layer.fresh(TaskManager.layer).pipe(
        Layer.provide([TaskManager.configure({ pools: { disk: 1 } }), logger])
      )
      const ids = yield* TaskManager.TaskManager.use(({ addTasksToQueue }) =>
        addTasksToQueue([Disk.template(), Disk.template()])
      ).pipe(Effect.provide(Disk.handledElsewhere.pipe(Layer.provideMerge(queueing))))
      assert.deepStrictEqual(logged, [])
      const running = Disk.toLayer(() => Effect.void).pipe(Layer.provideMerge(Layer.fresh(TaskManager.layer)))
      yield* Effect.provide(Testing.advance("1 minute"), running.pipe(Layer.provide(logger)))
      const store = yield* TaskStore.TaskStore
      assert.deepStrictEqual((yield* store.getTasks(ids)).map(({ status }) => status), ["done", "done"])
      assert.deepStrictEqual(logged, [
        `The task "Disk" names the pool "disk", which is not configured here, so it runs in the pool "default" (3), ` +
        `as do all that name it. Configure it as it is elsewhere: TaskManager.configure({ pools: { "disk": 1 } }).`
      ])
    }).pipe(Effect.provide(durable.pipe(Layer.provideMerge(Testing.layerClock())))))

  it.effect("whoever is refused while a place becomes free lets those before him have it", () =>
    Effect.gen(function*() {
      const { addTaskToQueue, cancelTask, getTask } = yield* TaskManager.TaskManager
      const refusal = yield* Refusal
      const parents = yield* Effect.all([addTaskToQueue(Parent.template({})), addTaskToQueue(Parent.template({}))])
      // both want their places back at once: one asks the store, the other one stands in line
      yield* Testing.advance("1 second")
      const other = yield* addTaskToQueue(Other.template({ label: "leaves the line" }))
      yield* cancelTask(other)
      yield* refusal.open
      yield* Testing.settle
      const statuses = yield* Effect.forEach(parents, (id) => Effect.map(getTask(id), ({ status }) => status))
      assert.deepStrictEqual(statuses, ["done", "done"])
    }).pipe(
      Effect.provide(
        handlers.pipe(
          Layer.provideMerge(TaskManager.layer),
          Layer.provide(refusesOnce),
          Layer.provideMerge(Layer.effect(Refusal, Latch.make())),
          Layer.provideMerge(Testing.layerClock())
        )
      )
    ))
})
