import { assert, describe, it } from "@effect/vitest"
import { TaskManager } from "brinjal"
import { Effect, Exit, Layer, Scope } from "effect"
import { layer, listen, Puppet, puppet, reach, Server } from "./support.ts"

/** Well below what a server waits for its requests (20 seconds). */
const bound = 15_000

// what the manager itself waits for its running tasks is another thing
const impatient = layer({}, TaskManager.configure({ shutdownGrace: 0 }))

/** A server that can be stopped while readers of it go on. */
const stoppable = Effect.gen(function*() {
  const scope = yield* Scope.make()
  const services = yield* Layer.buildWithScope(impatient, scope)
  return { services, stop: Scope.close(scope, Exit.void) }
})

// the bugs 8 and 17 of the original: it waits for open streams and running threads, and ends with an error
describe("stopping the server", () => {
  it.live("ends every stream and waits for no reader", () =>
    Effect.gen(function*() {
      const { services, stop } = yield* stoppable
      const readers = yield* Effect.provideContext(
        Effect.gen(function*() {
          const id = yield* puppet("a")
          yield* reach(id, "running")
          const readers = [yield* listen("/queue/stream"), yield* listen(`/${id}/stream`)]
          for (const reader of readers) yield* reader.next
          return readers
        }),
        services
      )
      yield* stop
      // the end, and no connection that is cut off
      for (const reader of readers) yield* reader.rest
    }), bound)

  it.live("waits for no reader that does not read", () =>
    Effect.gen(function*() {
      const { services, stop } = yield* stoppable
      yield* Effect.provideContext(
        Effect.gen(function*() {
          const manager = yield* TaskManager.TaskManager
          // more than the buffers between the two hold
          const template = Puppet.template({}, { heading: "x".repeat(1_000_000) })
          for (let i = 0; i < 20; i++) yield* manager.addTaskToQueue(template)
          const { status } = yield* listen("/queue/stream")
          assert.strictEqual(status, 200)
        }),
        services
      )
      yield* stop
    }), bound)

  it.live("takes no new requests", () =>
    Effect.gen(function*() {
      const { services, stop } = yield* stoppable
      const { base } = yield* Effect.provideContext(Server, services)
      yield* stop
      const outcome = yield* Effect.exit(Effect.tryPromise(() => fetch(`${base}/queue`)))
      assert.isTrue(Exit.isFailure(outcome))
    }), bound)
})
