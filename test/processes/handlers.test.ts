import { assert, describe, it } from "@effect/vitest"
import { Task, TaskManager, TaskStore } from "brinjal"
import { Context, Deferred, Effect, Exit, Fiber, Layer, Scope } from "effect"

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

class Work extends Task.make("Work", { semaphore: "single" }) {}

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
          Effect.provide(Work.handledElsewhere)
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
  })
}
