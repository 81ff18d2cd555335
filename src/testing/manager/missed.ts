/**
 * What happens to missed occurrences, and that none runs twice: clock steps and sleep.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { theme } from "../internal/suite.ts"
import * as Testing from "../Testing.ts"
import { addHourly, hourly, journal, sleeping, test, timeline } from "./world.ts"

/** The machine sleeps from 00:30 to 04:20: its clock goes on, but timers do not. */
const sleepOver = Effect.fnUntraced(function*(given: Parameters<typeof addHourly>[0]) {
  yield* addHourly(given)
  yield* Testing.advance("30 minutes")
  yield* Testing.stepClock("230 minutes")
  yield* Testing.advance("30 seconds")
})

export const missed = theme("missed occurrences", [
  test("none: stay missed", function*() {
    yield* sleepOver({ onMissed: "none" })
    yield* Testing.advance("40 minutes")
    assert.deepStrictEqual(yield* timeline, ["01:00 .. 04:00 (4) Missed NotCaughtUp", "05:00 Started done"])
  }),
  test("latest: the newest runs and covers the others", function*() {
    yield* sleepOver({ onMissed: "latest" })
    assert.deepStrictEqual(yield* timeline, ["01:00 .. 03:00 (3) Absorbed into 04:00", "04:00 Started done covers 3"])
    assert.deepInclude(yield* hourly, { totalRuns: 1 })
  }),
  test("earliest: the oldest runs and covers the others", function*() {
    yield* sleepOver({ onMissed: "earliest" })
    assert.sameMembers(yield* timeline, ["01:00 Started done covers 3", "02:00 .. 04:00 (3) Absorbed into 01:00"])
  }),
  test("all: run one after another, oldest first", function*() {
    yield* sleepOver({ onMissed: "all" })
    assert.deepStrictEqual(yield* timeline, [
      "01:00 Started done",
      "02:00 Started done",
      "03:00 Started done",
      "04:00 Started done"
    ])
  }),
  test("all: never more at once than maxConcurrent", function*() {
    yield* addHourly({ onMissed: "all", payload: sleeping("slow", "5 minutes"), endAt: "2026-01-01T04:00:00Z" })
    yield* Testing.stepClock("260 minutes")
    yield* Testing.advance("20 minutes")
    yield* Testing.advance("30 seconds")
    const starts = (yield* journal).map((line) => line.split(" ").at(-1))
    assert.deepStrictEqual(starts, ["starts", "ends", "starts", "ends", "starts", "ends", "starts", "ends"])
  }),
  test("all: only as many as the maximum, and as old as the window allow", function*() {
    yield* sleepOver({ onMissed: "all", catchUp: { max: 2, window: "3 hours" } })
    assert.deepStrictEqual(yield* timeline, [
      "01:00 Missed TooOld",
      "02:00 Missed TooMany",
      "03:00 Started done",
      "04:00 Started done"
    ])
  }),
  test("an occurrence that is due now absorbs them, so that nothing runs twice in a row", function*() {
    yield* addHourly({ onMissed: "latest" })
    yield* Testing.advance("30 minutes")
    yield* Testing.stepClock("270 minutes")
    yield* Testing.advance("1 hour")
    assert.deepStrictEqual(yield* timeline, [
      "01:00 .. 04:00 (4) Absorbed into 05:00",
      "05:00 Started done covers 4",
      "06:00 Started done"
    ])
  }),
  test("a year of them costs one row", function*() {
    yield* addHourly({ onMissed: "none", startAt: "2026-01-01T01:00:00Z" })
    yield* Testing.stepClock("365 days")
    yield* Testing.advance("1 minute")
    assert.deepStrictEqual(yield* timeline, [
      "01:00 .. 2026-12-31T23:00:00Z (8759) Missed NotCaughtUp",
      "2027-01-01T00:00:00Z Started done"
    ])
  })
])

export const clockSteps = theme("clock steps", [
  test("back: nothing runs again", function*() {
    yield* addHourly({})
    yield* Testing.advance("210 minutes")
    yield* Testing.stepClock("-2 hours")
    yield* Testing.advance("150 minutes")
    assert.deepStrictEqual(yield* timeline, [
      "01:00 Started done",
      "02:00 Started done",
      "03:00 Started done",
      "04:00 Started done"
    ])
  }),
  test("forward: what is due is noticed within the slice of the timer", function*() {
    yield* addHourly({})
    yield* Testing.stepClock("59 minutes")
    yield* Testing.advance("60 seconds")
    assert.deepStrictEqual(yield* timeline, ["01:00 Started done"])
  }),
  test("forward and back: each occurrence has one outcome", function*() {
    yield* addHourly({ onMissed: "all" })
    yield* Testing.advance("90 minutes")
    yield* Testing.stepClock("2 hours")
    yield* Testing.advance("5 minutes")
    yield* Testing.stepClock("-3 hours")
    yield* Testing.advance("270 minutes")
    assert.deepStrictEqual(yield* timeline, [
      "01:00 Started done",
      "02:00 Started done",
      "03:00 Started done",
      "04:00 Started done",
      "05:00 Started done"
    ])
  }),
  test("timers that end early or late start nothing twice and lose nothing", function*() {
    yield* Testing.skewTimers({ early: "5 millis", late: "5 millis" })
    yield* addHourly({})
    yield* Testing.advance("24 hours")
    yield* Testing.advance("1 second")
    assert.strictEqual((yield* timeline).length, 24)
    assert.isTrue((yield* timeline).every((line) => line.endsWith("Started done")))
  })
])
