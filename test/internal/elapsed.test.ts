import { assert, describe, it } from "@effect/vitest"
import { Ticker } from "brinjal"
import { Testing } from "brinjal/testing"
import { Clock, Effect } from "effect"
import * as elapsed from "../../src/internal/elapsed.ts"

describe("a ticker over the time that passes", () => {
  it.effect("rings also when what is left is too little for a clock to measure", () =>
    Effect.scoped(Effect.gen(function*() {
      const clock = yield* Clock.Clock
      const ticker = yield* Effect.provideService(Ticker.make, Clock.Clock, elapsed.clock(clock))
      for (let i = 1; i <= 200; i++) {
        yield* Testing.advance(0.1 * i + 1 / 3)
        let rings = 0
        ticker.set(Ticker.alarm(() => rings++), elapsed.millis(clock) + 1_000 + i / 7)
        yield* Testing.advance("1 second")
        assert.strictEqual(rings, 0)
        yield* Testing.advance("1 minute")
        assert.strictEqual(rings, 1)
      }
    })).pipe(Effect.provide(Testing.layerClock())))
})
