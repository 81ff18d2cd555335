import { assert, describe, it } from "@effect/vitest"
import { Ticker } from "brinjal"
import { Testing } from "brinjal/testing"
import { Clock, Effect, Layer, Logger } from "effect"
import * as plays from "./ticker/plays.ts"

describe("Ticker", () => {
  it.effect("goes on after an alarm that fails, and logs why it did", () => {
    const heard: Array<string> = []
    const logged: Array<string> = []
    const log = Logger.make(({ message }) => void logged.push(String(message)))
    const hearing = (name: string) => Ticker.alarm(() => void heard.push(name))
    const failing = Ticker.alarm(() => {
      throw new Error("oh no")
    })
    return Effect.gen(function*() {
      const { lag, set } = yield* Ticker.Ticker
      const start = yield* Clock.currentTimeMillis
      set(failing, start + 1_000)
      set(hearing("with it"), start + 1_000)
      set(hearing("after it"), start + 2_000)
      yield* Testing.advance("3 seconds")
      set(hearing("later"), start + 4_000)
      yield* Testing.advance("1 second")
      assert.deepStrictEqual(heard, ["with it", "after it", "later"])
      assert.deepStrictEqual(logged, ["An alarm has failed, and the others go on"])
      assert.strictEqual(lag(), 0)
    }).pipe(Effect.provide(Ticker.layer.pipe(
      Layer.provideMerge(Testing.layerClock()),
      Layer.provide(Logger.layer([log]))
    )))
  })

  it.effect("looks at the clock once per slice, also after an alarm that was due when it was set", () =>
    Effect.gen(function*() {
      const set = (alarm: number, seconds: number) =>
        ({ _tag: "Set", alarm, in: seconds * 1_000, again: null }) as const
      const record = yield* plays.perform([
        { after: 7_000, happening: set(1, 0) },
        { after: 4_000, happening: set(2, 9) }
      ], { looksItself: false })
      const moments = record.filter((line) => line.endsWith("looks")).map((line) => Number.parseInt(line) / 1e6)
      assert.deepStrictEqual(Array.from(new Set(moments)).slice(0, 8), [0, 7, 11, 20, 50, 80, 110, 140])
    }))

  it.effect.prop(
    "looks at the clock of the kit at the same moments as at any other, whatever happens",
    [plays.arbitrary],
    ([play]) =>
      Effect.gen(function*() {
        const expected = yield* plays.perform(play, { looksItself: false })
        assert.deepStrictEqual(yield* plays.perform(play, { looksItself: true }), expected)
      }),
    { arbitrary: { runs: Number(process.env.BRINJAL_TEST_RUNS ?? 200) } }
  )
})
