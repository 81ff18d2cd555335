import { assert, describe, it } from "@effect/vitest"
import { Testing } from "brinjal/testing"
import { Cause, Duration, Effect, Exit, Fiber } from "effect"
import { TestClock } from "effect/testing"
import * as timeouts from "../../src/internal/timeouts.ts"

const late = () => "late"

/** What never answers, and notes when it is interrupted. */
const silent = (noted: Array<string>, name: string) =>
  Effect.onInterrupt(Effect.never, () => Effect.sync(() => void noted.push(name)))

const make = timeouts.make(Duration.seconds(10))

describe("a timeout", () => {
  it.effect("passes on what comes in time, be it an answer or an error", () =>
    Effect.gen(function*() {
      const ten = yield* make
      assert.strictEqual(yield* timeouts.withTimeout(ten, () => Effect.succeed("at once"), late), "at once")
      assert.strictEqual(yield* Effect.flip(timeouts.withTimeout(ten, () => Effect.fail("wrong"), late)), "wrong")
      const asking = yield* Effect.forkChild(
        timeouts.withTimeout(ten, () => Effect.as(Effect.sleep("9 seconds"), "answer"), late)
      )
      yield* TestClock.adjust("9 seconds")
      assert.strictEqual(yield* Fiber.join(asking), "answer")
    }))

  it.effect("ends for each when his time is up, and interrupts what he has asked for", () =>
    Effect.gen(function*() {
      const ten = yield* make
      const noted: Array<string> = []
      const ask = (name: string) =>
        Effect.forkChild(Effect.exit(timeouts.withTimeout(ten, () => silent(noted, name), late)), {
          startImmediately: true
        })
      const first = yield* ask("first")
      yield* TestClock.adjust("4 seconds")
      const second = yield* ask("second")
      yield* TestClock.adjust("6 seconds")
      assert.deepStrictEqual(yield* Fiber.join(first), Exit.fail("late"))
      assert.deepStrictEqual(noted, ["first"])
      yield* TestClock.adjust("3999 millis")
      assert.isUndefined(second.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(yield* Fiber.join(second), Exit.fail("late"))
      assert.deepStrictEqual(noted, ["first", "second"])
    }))

  it.effect("interrupts what is asked for when its caller is", () =>
    Effect.gen(function*() {
      const ten = yield* make
      const noted: Array<string> = []
      const asking = yield* Effect.forkChild(timeouts.withTimeout(ten, () => silent(noted, "asked"), late), {
        startImmediately: true
      })
      const exit = yield* Effect.andThen(Fiber.interrupt(asking), Fiber.await(asking))
      assert.isTrue(Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause))
      assert.deepStrictEqual(noted, ["asked"])
    }))

  it.effect("does not count what is done for the caller in the middle, and begins anew after it", () =>
    Effect.gen(function*() {
      const ten = yield* make
      const noted: Array<string> = []
      const asked = timeouts.withTimeout(
        ten,
        (untimed) =>
          Effect.sleep("9 seconds").pipe(
            Effect.andThen(untimed(Effect.sleep("1 minute"))),
            Effect.andThen(silent(noted, "asked"))
          ),
        late
      )
      const asking = yield* Effect.forkChild(Effect.exit(asked))
      yield* TestClock.adjust("78999 millis")
      assert.isUndefined(asking.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(yield* Fiber.join(asking), Exit.fail("late"))
      assert.deepStrictEqual(noted, ["asked"])
      assert.strictEqual(ten.waiting.size, 0)
    }))

  it.effect("watches only while somebody waits", () =>
    Effect.gen(function*() {
      const ten = yield* make
      yield* timeouts.withTimeout(ten, () => Effect.sleep("1 millis"), late).pipe(Effect.forkChild)
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(ten.waiting.size, 0)
      assert.isUndefined(ten.watch)
    }))

  it.effect("ends also when what is left is too little for a clock to measure", () =>
    Effect.gen(function*() {
      const ten = yield* make
      for (let i = 1; i <= 200; i++) {
        yield* Testing.advance(0.1 * i + 1 / 3)
        const asking = yield* Effect.forkChild(timeouts.withTimeout(ten, () => Effect.never, late), {
          startImmediately: true
        })
        yield* Testing.advance("5 seconds")
        yield* Testing.advance(1_000 * i / 7 % 4_000)
        assert.isUndefined(asking.pollUnsafe())
        yield* Testing.advance("1 minute")
        assert.isDefined(asking.pollUnsafe())
      }
    }).pipe(Effect.provide(Testing.layerClock())))
})
