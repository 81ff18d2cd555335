import { assert, describe, it } from "@effect/vitest"
import { Recurrence, TaskManager } from "brinjal"
import { Testing } from "brinjal/testing"
import { Effect, Fiber, Layer } from "effect"
import { begin, declare, file, Flaky, Journal, type Life, timeline, Work } from "./lives.ts"

const journal = Journal.use(({ lines }) => Effect.sync(() => [...lines]))

const enqueue = (life: Life, label: string, minutes: number) =>
  life.within(TaskManager.TaskManager.use((manager) => manager.addTaskToQueue(Work.template({ label, minutes }))))

/** A test that begins at an instant, on a file of its own. */
const from = (instant: string) => Layer.mergeAll(Journal.layer, Testing.layerClock(instant))

describe("a restart in the middle of a backoff", () => {
  const flaky = {
    recurrence: Recurrence.every("1 hour"),
    templateTask: Flaky.template({ label: "flaky", minutes: 1 })
  }

  it.effect("tries again when it was to be tried again", () =>
    Effect.gen(function*() {
      const filename = yield* file
      const first = yield* begin(filename)
      yield* declare(first, flaky)
      yield* Testing.advance("65 minutes")
      yield* first.die
      const second = yield* begin(filename)
      yield* Testing.advance("30 minutes")
      assert.deepStrictEqual(yield* journal, [
        "01-01 01:00 flaky begins, attempt 1",
        "01-01 01:01 flaky Success",
        "01-01 01:11 flaky begins, attempt 2",
        "01-01 01:12 flaky Success"
      ])
      assert.deepStrictEqual(yield* timeline(second), ["2026-01-01T01:00:00Z Started done"])
    }).pipe(Effect.scoped, Effect.provide(from("2026-01-01T00:00:00Z"))))

  it.effect("tries again at once when its time has passed meanwhile", () =>
    Effect.gen(function*() {
      const filename = yield* file
      const first = yield* begin(filename)
      yield* declare(first, flaky)
      yield* Testing.advance("65 minutes")
      yield* first.die
      yield* Testing.advance("10 minutes")
      const second = yield* begin(filename)
      yield* Testing.advance("5 minutes")
      assert.deepStrictEqual((yield* journal).slice(2, 4), [
        "01-01 01:15 flaky begins, attempt 2",
        "01-01 01:16 flaky Success"
      ])
      assert.deepStrictEqual(yield* timeline(second), ["2026-01-01T01:00:00Z Started done"])
    }).pipe(Effect.scoped, Effect.provide(from("2026-01-01T00:00:00Z"))))
})

describe("a restart during shutdown", () => {
  it.effect("a stop that was let end leaves nothing to run again", () =>
    Effect.gen(function*() {
      const filename = yield* file
      const first = yield* begin(filename)
      yield* enqueue(first, "long", 20)
      yield* Testing.advance("10 minutes")
      const stopping = yield* Effect.forkChild(first.stop)
      yield* Testing.advance("30 minutes")
      yield* Fiber.join(stopping)
      yield* begin(filename)
      yield* Testing.advance("1 hour")
      assert.deepStrictEqual(yield* journal, ["01-01 00:00 long begins, attempt 1", "01-01 00:20 long Success"])
    }).pipe(Effect.scoped, Effect.provide(from("2026-01-01T00:00:00Z"))))
})

describe("a clock that was set back between two runs", () => {
  it.effect("takes back what the dead run has left, whatever its lease says", () =>
    Effect.gen(function*() {
      const filename = yield* file
      const first = yield* begin(filename)
      yield* enqueue(first, "long", 60)
      yield* Testing.advance("10 minutes")
      yield* first.die
      yield* Testing.stepClock("-1 days")
      yield* begin(filename)
      yield* Testing.advance("61 minutes")
      assert.includeMembers(yield* journal, ["12-31 00:10 long begins, attempt 2", "12-31 01:10 long Success"])
    }).pipe(Effect.scoped, Effect.provide(from("2026-01-01T00:00:00Z"))))
})
