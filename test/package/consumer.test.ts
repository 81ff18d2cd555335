import { assert, it } from "@effect/vitest"
import { RecurringTask } from "brinjal"
import { Testing } from "brinjal/testing"
import { Effect, Layer } from "effect"

const Hourly = RecurringTask.effect("hourly", { cronExpression: "0 * * * *", execute: Effect.void })

it.effect("a user's test of a recurring task", () =>
  Effect.gen(function*() {
    yield* Testing.advance("2 hours")
    assert.strictEqual(
      yield* Testing.timeline("hourly"),
      "2026-01-01T01:00:00Z Started done\n2026-01-01T02:00:00Z Started done"
    )
  }).pipe(Effect.provide(Hourly.pipe(Layer.provideMerge(Testing.layer)))))
