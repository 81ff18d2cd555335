import { assert, describe, it } from "@effect/vitest"
import { Ticker } from "brinjal"
import { Testing } from "brinjal/testing"
import { Clock, Effect, Layer, Logger } from "effect"

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
})
