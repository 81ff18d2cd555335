import { assert, describe, it } from "@effect/vitest"
import { Recurrence, TaskManager } from "brinjal"
import { Testing } from "brinjal/testing"
import { DateTime, Effect, Fiber, Layer, Option } from "effect"
import { begin, declare, file, Flaky, Journal, type Life, timeline, Work } from "./lives.ts"

const journal = Journal.use(({ lines }) => Effect.sync(() => [...lines]))

/** When it runs next. */
const nextRun = (life: Life) =>
  life.within(
    TaskManager.TaskManager.use((manager) =>
      Effect.map(manager.getRecurringTask("job"), ({ nextRun }) => Option.map(nextRun, DateTime.formatIso))
    )
  )

const enqueue = (life: Life, label: string, minutes: number) =>
  life.within(TaskManager.TaskManager.use((manager) => manager.addTaskToQueue(Work.template({ label, minutes }))))

/** At a time that there is not in spring, and twice in autumn. */
const nightly = {
  cronExpression: "30 1 * * *",
  timezone: "Europe/London",
  templateTask: Work.template({ label: "job", minutes: 1 })
}

/** A test that begins at an instant, on a file of its own. */
const from = (instant: string) => Layer.mergeAll(Journal.layer, Testing.layerClock(instant))

describe("a restart across a change of the clocks", () => {
  it.effect("in spring: what lies in the gap is caught up once", () =>
    Effect.gen(function*() {
      const filename = yield* file
      const first = yield* begin(filename)
      yield* declare(first, nightly)
      yield* Testing.advanceTo("2026-03-28T12:00:00Z")
      yield* first.stop
      yield* Testing.advanceTo("2026-03-29T12:00:00Z")
      const second = yield* begin(filename)
      yield* Testing.advance("1 hour")
      assert.deepStrictEqual(yield* timeline(second), [
        "2026-03-28T01:30:00Z Started done",
        "2026-03-29T01:00:00Z Started done"
      ])
      assert.deepStrictEqual(yield* nextRun(second), Option.some("2026-03-30T00:30:00.000Z"))
    }).pipe(Effect.scoped, Effect.provide(from("2026-03-27T12:00:00Z"))))

  it.effect("in autumn: what is there twice runs once, also when the program died between the two", () =>
    Effect.gen(function*() {
      const filename = yield* file
      const first = yield* begin(filename)
      yield* declare(first, nightly)
      yield* Testing.advanceTo("2026-10-25T00:45:00Z")
      yield* first.die
      yield* Testing.advanceTo("2026-10-25T01:15:00Z")
      const second = yield* begin(filename)
      yield* Testing.advanceTo("2026-10-25T12:00:00Z")
      assert.deepStrictEqual(yield* timeline(second), ["2026-10-25T00:30:00Z Started done"])
      assert.deepStrictEqual(yield* nextRun(second), Option.some("2026-10-26T01:30:00.000Z"))
    }).pipe(Effect.scoped, Effect.provide(from("2026-10-24T12:00:00Z"))))
})

describe("a restart after a week", () => {
  it.effect("gives every occurrence of the week its outcome, and runs one", () =>
    Effect.gen(function*() {
      const filename = yield* file
      const first = yield* begin(filename)
      yield* declare(first)
      yield* Testing.advance("90 minutes")
      yield* first.die
      yield* Testing.advance("7 days")
      const second = yield* begin(filename)
      yield* Testing.advance("1 minute")
      assert.deepStrictEqual(yield* timeline(second), [
        "2026-01-01T01:00:00Z Started done",
        "2026-01-01T02:00:00Z .. 2026-01-07T01:00:00Z (144) Missed TooOld",
        "2026-01-07T02:00:00Z .. 2026-01-08T00:00:00Z (23) Absorbed into 2026-01-08T01:00:00Z",
        "2026-01-08T01:00:00Z Started done covers 24"
      ])
    }).pipe(Effect.scoped, Effect.provide(from("2026-01-01T00:00:00Z"))))
})

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
  it.effect("runs again what was given its grace, and runs what waited", () =>
    Effect.gen(function*() {
      const filename = yield* file
      const first = yield* begin(filename)
      yield* enqueue(first, "long", 60)
      yield* enqueue(first, "waiting", 1)
      yield* Testing.advance("10 minutes")
      yield* Effect.forkChild(first.stop)
      yield* Testing.advance("5 minutes")
      yield* first.die
      yield* Testing.advance("5 minutes")
      yield* begin(filename)
      yield* Testing.advance("2 hours")
      const lines = yield* journal
      assert.includeMembers(lines, [
        "01-01 00:00 long begins, attempt 1",
        "01-01 00:20 waiting begins, attempt 1",
        "01-01 00:21 waiting Success",
        "01-01 00:21 long begins, attempt 2",
        "01-01 01:21 long Success"
      ])
    }).pipe(Effect.scoped, Effect.provide(from("2026-01-01T00:00:00Z"))))

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
  it.effect("repeats nothing, and goes on when the time comes", () =>
    Effect.gen(function*() {
      const filename = yield* file
      const first = yield* begin(filename)
      yield* declare(first)
      yield* Testing.advance("3 hours")
      yield* Testing.advance("5 minutes")
      yield* first.stop
      yield* Testing.stepClock("-2 hours")
      const second = yield* begin(filename)
      yield* Testing.advance("115 minutes")
      assert.strictEqual((yield* timeline(second)).length, 3)
      yield* Testing.advance("1 hour")
      assert.deepStrictEqual((yield* timeline(second)).slice(3), ["2026-01-01T04:00:00Z Started done"])
    }).pipe(Effect.scoped, Effect.provide(from("2026-01-01T00:00:00Z"))))

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
