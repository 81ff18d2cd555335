import { assert, describe, it } from "@effect/vitest"
import { Task, TaskManager } from "brinjal"
import { Testing } from "brinjal/testing"
import { Duration, Effect, Layer } from "effect"
import * as clock from "../../src/testing/internal/clock.ts"

const elapsed = clock.use((clock) => Effect.sync(() => Number(clock.monotonicTimeNanosUnsafe()) / 1e9))

/** When somebody wakes who sleeps for as many seconds, in slices of 30, while a test does something to the clock. */
const wakes = (seconds: number, body: Effect.Effect<void>) =>
  Effect.gen(function*() {
    let at = -1
    const sleep = clock.use((clock) => clock.sleepInSlices(Duration.seconds(seconds), Duration.seconds(30)))
    yield* Effect.forkChild(Effect.andThen(sleep, Effect.map(elapsed, (seconds) => void (at = seconds))))
    yield* Testing.settle
    yield* body
    yield* Testing.advance("1 day")
    return at
  }).pipe(Effect.provide(Testing.layerClock()))

const after = (seconds: number, step: Effect.Effect<void>) => Effect.andThen(Testing.advance(seconds * 1_000), step)

const step = Testing.stepClock("-1 hour")

describe("somebody who sleeps in slices", () => {
  for (
    const [what, seconds, body, expected] of [
      ["sleeps through if the clock is not stepped", 100, Effect.void, 100],
      ["notices a step after the slice", 100, after(40, step), 60],
      ["notices a step between two slices after the next one", 100, after(60, step), 90],
      ["notices no step in the last slice", 100, after(95, step), 100],
      ["sleeps no longer than there is to sleep", 20, after(10, step), 20],
      ["notices that timers no longer end in time", 100, after(40, Testing.skewTimers({ late: "1 millis" })), 60]
    ] as const
  ) {
    it.effect(what, () =>
      Effect.gen(function*() {
        assert.strictEqual(yield* wakes(seconds, body), expected)
      }))
  }

  it.effect("wakes after those who have slept since before the last slice, and before the others", () =>
    Effect.gen(function*() {
      const order: Array<string> = []
      const wake = (who: string) => Effect.sync(() => void order.push(who))
      const sleep = clock.use((clock) => clock.sleepInSlices(Duration.seconds(90), Duration.seconds(30)))
      yield* Effect.forkChild(Effect.andThen(sleep, wake("in slices")))
      yield* Testing.advance("50 seconds")
      yield* Effect.forkChild(Effect.andThen(Effect.sleep("40 seconds"), wake("before")))
      yield* Testing.advance("20 seconds")
      yield* Effect.forkChild(Effect.andThen(Effect.sleep("20 seconds"), wake("after")))
      yield* Testing.advance("20 seconds")
      assert.deepStrictEqual(order, ["before", "in slices", "after"])
    }).pipe(Effect.provide(Testing.layerClock())))
})

class Work extends Task.make("Work") {}

describe("a manager on the clock of the kit", () => {
  it.effect("does nothing while it waits for the next occurrence", () =>
    Effect.gen(function*() {
      const manager = yield* TaskManager.TaskManager
      yield* manager.addRecurringTask({ cronExpression: "0 0 1 1 *", templateTask: Work.template() })
      yield* Testing.settle
      const next = yield* clock.use((clock) => Effect.sync(() => clock.untilNextWake()))
      assert.strictEqual(Duration.toDays(next!), 365)
    }).pipe(Effect.provide(Work.toLayer(() => Effect.void).pipe(Layer.provideMerge(Testing.layer)))))
})
