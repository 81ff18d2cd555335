import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as answers from "../../src/internal/memory/answers.ts"

describe("answers in memory", () => {
  it.effect("are at most 10,000: the oldest go", () =>
    Effect.gen(function*() {
      const known: answers.Answers = new Map()
      let done = 0
      const ask = (i: number) =>
        answers.once(
          known,
          { key: `k${i}`, request: "", now: i, until: 1_000_000 },
          Effect.sync(() => String(++done))
        )
      for (let i = 0; i < 25_000; i++) yield* ask(i)
      assert.strictEqual(known.size, 10_000)
      yield* ask(24_999)
      assert.strictEqual(done, 25_000)
      yield* ask(0)
      assert.strictEqual(done, 25_001)
    }))

  it.effect("are forgotten when their time has come", () =>
    Effect.gen(function*() {
      const known: answers.Answers = new Map()
      const ask = (key: string, now: number) =>
        answers.once(known, { key, request: "", now, until: now + 10 }, Effect.succeed(""))
      for (let i = 0; i < 5; i++) yield* ask(`k${i}`, i)
      yield* ask("last", 12)
      assert.deepStrictEqual([...known.keys()], ["k3", "k4", "last"])
    }))
})
