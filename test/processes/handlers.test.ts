import { assert, describe, it } from "@effect/vitest"
import { Task, TaskManager, TaskStore } from "brinjal"
import { Context, Deferred, Effect, Exit, Fiber, Layer, Option, Schedule, Schema, Scope, Stream } from "effect"

/** What a handler stands on: open as long as its layer lives. */
class Resource extends Context.Service<Resource, { isOpen: boolean }>()("test/Resource") {
  static readonly layer = Layer.effect(
    Resource,
    Effect.acquireRelease(
      Effect.sync((): { isOpen: boolean } => ({ isOpen: true })),
      (resource) => Effect.sync(() => void (resource.isOpen = false))
    )
  )
}

/** A manager with its store, for as long as the scope is open. */
const managerIn = (layerStore: Layer.Layer<TaskStore.TaskStore>, scope: Scope.Scope) =>
  Layer.buildWithScope(Layer.provideMerge(TaskManager.layer, layerStore), scope)

class Work extends Task.make("Work", { semaphore: "single" }) {}

/** Waits a day after it has failed. */
class Patient extends Task.make("Patient", { error: Schema.String, retry: Schedule.spaced("1 day") }) {}

/** Its success says which handler it ran with. */
class Named extends Task.make("Named", { success: Schema.String }) {}

const durable = Layer.effect(
  TaskStore.TaskStore,
  Effect.map(TaskStore.TaskStore, (store) => ({ ...store, durable: true }))
).pipe(Layer.provide(TaskStore.layerMemory))

for (const [name, layerStore] of [["memory", TaskStore.layerMemory], ["a store that outlives it", durable]] as const) {
  describe(`handlers that go, over ${name}`, () => {
    it.live("keep what they stand on until nothing runs with them any more", () =>
      Effect.gen(function*() {
        const started = yield* Deferred.make<void>()
        const goOn = yield* Deferred.make<void>()
        const seen: Array<boolean> = []
        const handler = Work.toLayer(() =>
          Effect.gen(function*() {
            yield* Deferred.succeed(started, undefined)
            yield* Deferred.await(goOn)
            seen.push((yield* Resource).isOpen)
          })
        ).pipe(Layer.provide(Resource.layer))
        const scope = yield* Scope.make()
        const context = yield* Layer.buildWithScope(
          handler.pipe(Layer.provideMerge(TaskManager.layer)).pipe(Layer.provideMerge(layerStore)),
          scope
        )
        const manager = Context.get(context, TaskManager.TaskManager)
        const store = Context.get(context, TaskStore.TaskStore)
        const ids = yield* Effect.all([1, 2, 3].map(() => manager.addTaskToQueue(Work.template({})))).pipe(
          Effect.provideContext(context)
        )
        yield* Deferred.await(started)
        const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void), { startImmediately: true })
        yield* Deferred.succeed(goOn, undefined)
        yield* Fiber.join(closing)
        assert.deepStrictEqual(seen, [true])
        const statuses = (yield* store.getTasks(ids)).map(({ status }) => status)
        // nothing that was acknowledged fails because its handler has gone
        assert.deepStrictEqual(
          statuses,
          store.durable ? ["done", "queued", "queued"] : ["done", "cancelled", "cancelled"]
        )
      }))

    it.live("give way to the handler that they stood in front of, which keeps what runs with it", () =>
      Effect.gen(function*() {
        const goOn = yield* Deferred.make<void>()
        const inside = yield* managerIn(layerStore, yield* Effect.scope)
        const { run } = Context.get(inside, TaskManager.TaskManager)
        const handler = (name: string, before: Effect.Effect<void>) =>
          Named.toLayer(() => Effect.as(before, name)).pipe(Layer.provide(Layer.succeedContext(inside)))
        const result = Effect.provide(
          run(Named.template({})),
          Layer.provide(Named.handledElsewhere, Layer.succeedContext(inside))
        )
        const [outer, inner] = [yield* Scope.make(), yield* Scope.make()]

        yield* Layer.buildWithScope(handler("outer", Deferred.await(goOn)), outer)
        const before = yield* Effect.forkChild(result, { startImmediately: true })
        yield* Layer.buildWithScope(handler("inner", Effect.void), inner)
        assert.strictEqual(yield* result, "inner")

        yield* Scope.close(inner, Exit.void)
        const after = yield* Effect.forkChild(result, { startImmediately: true })
        yield* Deferred.succeed(goOn, undefined)
        assert.deepStrictEqual([yield* Fiber.join(before), yield* Fiber.join(after)], ["outer", "outer"])
        yield* Scope.close(outer, Exit.void)
      }))

    it.live("do not wait for a task that waits for its next attempt", () =>
      Effect.gen(function*() {
        const inside = yield* managerIn(layerStore, yield* Effect.scope)
        const { addTaskToQueue, getTask, updates } = Context.get(inside, TaskManager.TaskManager)
        const store = Context.get(inside, TaskStore.TaskStore)
        const scope = yield* Scope.make()
        const failing = Layer.provide(Patient.toLayer(() => Effect.fail("no")), Layer.succeedContext(inside))
        const handled = yield* Layer.buildWithScope(failing, scope)
        const waits = yield* Effect.forkChild(
          Stream.runHead(Stream.filter(updates, ({ retryAt }) => Option.isSome(retryAt))),
          { startImmediately: true }
        )
        const taskId = yield* Effect.provideContext(addTaskToQueue(Patient.template()), handled)
        yield* Fiber.join(waits)
        yield* Scope.close(scope, Exit.void)
        const { retryAt, status } = yield* getTask(taskId)
        assert.deepStrictEqual(
          { isAsleep: Option.isSome(retryAt), status },
          store.durable ? { isAsleep: true, status: "queued" } : { isAsleep: false, status: "cancelled" }
        )
      }))

    it.live("are waited for also while a newer one is in use", () =>
      Effect.gen(function*() {
        const started = yield* Deferred.make<void>()
        const goOn = yield* Deferred.make<void>()
        const inside = yield* managerIn(layerStore, yield* Effect.scope)
        const { run } = Context.get(inside, TaskManager.TaskManager)
        const outer = yield* Scope.make()
        const slow = Effect.andThen(Deferred.succeed(started, undefined), Deferred.await(goOn))
        const slowly = Named.toLayer(() => Effect.as(slow, "outer"))
        yield* Layer.buildWithScope(Layer.provide(slowly, Layer.succeedContext(inside)), outer)
        const promised = Layer.provide(Named.handledElsewhere, Layer.succeedContext(inside))
        const running = yield* Effect.forkChild(Effect.provide(run(Named.template({})), promised))
        yield* Deferred.await(started)
        const newer = Named.toLayer(() => Effect.succeed("inner"))
        yield* Layer.build(Layer.provide(newer, Layer.succeedContext(inside)))
        const closing = yield* Effect.forkChild(Scope.close(outer, Exit.void), { startImmediately: true })
        assert.isUndefined(closing.pollUnsafe())
        yield* Deferred.succeed(goOn, undefined)
        yield* Fiber.join(closing)
        assert.strictEqual(yield* Fiber.join(running), "outer")
      }))
  })
}
