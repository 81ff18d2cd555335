import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Random } from "effect"
import { TestClock } from "effect/testing"
import * as id from "../../src/internal/id.ts"

const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

const generator = Effect.gen(function*() {
  return id.generator(yield* Clock.Clock, yield* Random.Random)
})

const millisOf = (uuid: string) => Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16)

describe("id", () => {
  it.effect("is a UUID version 7 of its millisecond", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(Date.UTC(2026, 0, 1))
      const uuid = (yield* generator)()
      assert.match(uuid, pattern)
      assert.strictEqual(millisOf(uuid), Date.UTC(2026, 0, 1))
    }))

  it.effect("grows strictly: within a millisecond, beyond its counter, and when the clock is set back", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(Date.UTC(2026, 0, 1))
      const next = yield* generator
      const before = Array.from({ length: 10_000 }, next)
      yield* TestClock.setTime(Date.UTC(2025, 0, 1))
      const all = [...before, ...Array.from({ length: 100 }, next)]
      assert.deepStrictEqual(all, [...new Set(all)].sort())
      assert.isTrue(all.every((uuid) => pattern.test(uuid)))
    }))
})
