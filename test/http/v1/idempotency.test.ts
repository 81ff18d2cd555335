import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import * as idempotency from "../../../src/http/internal/v1/idempotency.ts"

/** Counts how often the work is done. */
const counting = () => {
  const done = { times: 0 }
  return { done, work: Effect.sync(() => ++done.times) }
}

describe("idempotency keys", () => {
  it.effect("are at most 10,000: the oldest go", () =>
    Effect.gen(function*() {
      const keys = idempotency.make<number>()
      const { done, work } = counting()
      for (let i = 0; i < 25_000; i++) yield* idempotency.once(keys, `k${i}`, i, work)
      assert.strictEqual(keys.entries.size, 10_000)
      yield* idempotency.once(keys, "k24999", 24_999, work)
      assert.strictEqual(done.times, 25_000)
      yield* idempotency.once(keys, "k0", 0, work)
      assert.strictEqual(done.times, 25_001)
    }))

  it.effect("are forgotten after a day", () =>
    Effect.gen(function*() {
      const keys = idempotency.make<number>()
      const { done, work } = counting()
      yield* idempotency.once(keys, "k", 1, work)
      yield* TestClock.adjust("23 hours")
      yield* idempotency.once(keys, "k", 1, work)
      assert.strictEqual(done.times, 1)
      yield* TestClock.adjust("1 hour")
      yield* idempotency.once(keys, "k", 1, work)
      assert.strictEqual(done.times, 2)
      assert.strictEqual(keys.entries.size, 1)
    }))

  it.effect("let others wait, and one of them try when the first has failed or gone away", () =>
    Effect.gen(function*() {
      for (const end of ["fail", "interrupt"] as const) {
        const keys = idempotency.make<string>()
        const gate = Deferred.makeUnsafe<string, string>()
        const first = yield* Effect.forkChild(Effect.exit(idempotency.once(keys, "k", 1, Deferred.await(gate))))
        yield* Effect.yieldNow
        const { done, work } = counting()
        const others = yield* Effect.forkChild(Effect.all(
          Array.from({ length: 5 }, () => idempotency.once(keys, "k", 1, Effect.map(work, String))),
          { concurrency: "unbounded" }
        ))
        yield* Effect.yieldNow
        assert.strictEqual(done.times, 0)
        if (end === "fail") yield* Deferred.fail(gate, "no")
        else yield* Fiber.interrupt(first)
        assert.deepStrictEqual(yield* Fiber.join(others), ["1", "1", "1", "1", "1"])
      }
    }))
})
