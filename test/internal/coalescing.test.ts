import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import * as coalescing from "../../src/internal/coalescing.ts"

const never = () => false

describe("work that many ask for", () => {
  it.effect("is done once more for all who ask while it is being done", () =>
    Effect.gen(function*() {
      const gate = Deferred.makeUnsafe<void>()
      const asked = coalescing.make()
      let done = 0
      const work = Effect.suspend(() => done++ === 0 ? Deferred.await(gate) : Effect.void)
      const first = yield* Effect.forkChild(coalescing.run(asked, never, work), { startImmediately: true })
      for (let i = 0; i < 3; i++) yield* coalescing.run(asked, never, work)
      assert.strictEqual(done, 1)
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.join(first)
      assert.strictEqual(done, 2)
      yield* coalescing.run(asked, never, work)
      assert.strictEqual(done, 3)
    }))

  it.effect("is not done any more when it is over", () =>
    Effect.gen(function*() {
      const asked = coalescing.make()
      let done = 0
      const work = Effect.sync(() => {
        done++
        asked.isAsked = true
      })
      yield* coalescing.run(asked, () => done === 3, work)
      yield* coalescing.run(asked, () => done === 3, work)
      assert.strictEqual(done, 3)
    }))
})
