/**
 * One outcome for every occurrence, counters that agree with them, and that no recurring task can disturb another.
 */
import { assert } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { theme } from "../internal/suite.ts"
import * as Testing from "../Testing.ts"
import {
  addHourly,
  addSlow,
  configured,
  doing,
  hourly,
  journal,
  manager,
  Single,
  sleeping,
  test,
  timeline,
  Work
} from "./world.ts"

/** The number of scheduled occurrences that have an outcome. */
const decided = Effect.flatMap(
  manager,
  ({ outcomes }) =>
    Effect.map(
      outcomes("hourly", { limit: 10_000 }),
      (all) => all.filter(({ trigger }) => trigger === "schedule").reduce((sum, { count }) => sum + count, 0)
    )
)

/** Two days with everything that can happen to an hourly recurring task. */
const eventfulDays = Effect.gen(function*() {
  const { disableRecurringTask, enableRecurringTask, triggerRecurringTask, updateRecurringTask } = yield* manager
  yield* Testing.advance("5 hours")
  yield* Testing.stepClock("3 hours")
  yield* Testing.advance("2 hours")
  yield* disableRecurringTask("hourly")
  yield* Testing.advance("4 hours")
  yield* enableRecurringTask("hourly")
  yield* Effect.ignore(triggerRecurringTask("hourly"))
  yield* Testing.advance("2 hours")
  yield* updateRecurringTask("hourly", { overlap: "bufferAll", maxConcurrent: 2, startDeadline: "50 minutes" })
  yield* Testing.advance("6 hours")
  yield* Testing.stepClock("-90 minutes")
  yield* Testing.advance("10 hours")
  yield* updateRecurringTask("hourly", { overlap: "cancelOther", onMissed: "none" })
  yield* Testing.stepClock("6 hours")
  yield* Testing.advance("10 hours")
})

export const outcomes = theme("outcomes", [
  configured(
    { retention: { outcomes: 10_000 } },
    test("of an eventful history are as many as the occurrences", function*() {
      yield* addSlow("skip")
      yield* eventfulDays
      const now = yield* DateTime.now
      const { buffered } = yield* hourly
      const hours = Math.floor((now.epochMilliseconds - Date.UTC(2026, 0, 1)) / 3_600_000)
      assert.strictEqual((yield* decided) + buffered, hours)
    })
  ),
  configured(
    { retention: { outcomes: 10_000, done: 1_000, cancelled: 1_000 } },
    test("of started occurrences follow their tasks, and the counters agree", function*() {
      yield* addSlow("skip")
      yield* eventfulDays
      yield* Testing.advance("12 hours")
      const { getTask, outcomes } = yield* manager
      const started = (yield* outcomes("hourly", { limit: 10_000 })).filter(({ outcome }) => outcome === "Started")
      for (const { status, taskId } of started) {
        assert.deepStrictEqual(status, Option.some((yield* getTask(Option.getOrThrow(taskId))).status))
      }
      assert.strictEqual((yield* hourly).totalRuns, started.length)
    })
  ),
  test("come newest first, in pages", function*() {
    const { outcomes } = yield* manager
    yield* addHourly({})
    yield* Testing.advance("5 hours")
    const hoursOf = Effect.fnUntraced(function*(page?: { readonly offset?: number; readonly limit?: number }) {
      return (yield* outcomes("hourly", page)).map(({ from }) => DateTime.toPartsUtc(from).hour)
    })
    assert.deepStrictEqual(yield* hoursOf(), [5, 4, 3, 2, 1])
    assert.deepStrictEqual(yield* hoursOf({ limit: 2 }), [5, 4])
    assert.deepStrictEqual(yield* hoursOf({ offset: 3 }), [2, 1])
  }),
  configured(
    { retention: { outcomes: 3, done: 2 } },
    test("are bounded by retention, like the tasks", function*() {
      const { getAllTasks } = yield* manager
      yield* addHourly({})
      yield* Testing.advance("10 hours")
      assert.deepStrictEqual(yield* timeline, ["08:00 Started done", "09:00 Started done", "10:00 Started done"])
      assert.strictEqual((yield* getAllTasks).length, 2)
      assert.deepInclude(yield* hourly, { totalRuns: 10 })
    })
  ),
  test("failures count once and end with a success", function*() {
    const { updateRecurringTask } = yield* manager
    yield* addHourly({ payload: doing("a", { _tag: "Fail" }) })
    yield* Testing.advance("3 hours")
    assert.deepInclude(yield* hourly, { totalRuns: 3, totalFailures: 3, consecutiveFailures: 3 })
    yield* updateRecurringTask("hourly", { templateTask: Work.template(doing("a")) })
    yield* Testing.advance("1 hour")
    const info = yield* hourly
    assert.deepInclude(info, { totalRuns: 4, totalFailures: 3, consecutiveFailures: 0 })
    assert.deepStrictEqual(Option.map(info.lastRun, DateTime.formatIso), Option.some("2026-01-01T04:00:00.000Z"))
  })
])

export const explaining = theme("explaining", [
  test("says what happened, and what would happen", function*() {
    const { explain } = yield* manager
    yield* addSlow("skip")
    yield* Testing.advance("150 minutes")
    const verdictOf = (time: string) =>
      Effect.map(explain("hourly", `2026-01-01T${time}:00Z`), ({ verdict }) => verdict)
    assert.strictEqual(yield* verdictOf("01:00"), "Started")
    assert.strictEqual(yield* verdictOf("02:00"), "Skipped")
    assert.strictEqual(yield* verdictOf("01:30"), "NotDue")
    assert.strictEqual(yield* verdictOf("05:00"), "WouldStart")
    assert.strictEqual(yield* verdictOf("05:30"), "NotDue")
    const { steps } = yield* explain("hourly", "2026-01-01T02:00:00Z")
    assert.strictEqual(steps.findIndex(({ ok }) => !ok), steps.length - 1)
    assert.include(steps.at(-1)?.detail, "was active")
  }),
  test("says that a disabled one would not run", function*() {
    const { disableRecurringTask, explain } = yield* manager
    yield* addHourly({})
    yield* disableRecurringTask("hourly", { note: "holiday" })
    const { steps, verdict } = yield* explain("hourly", "2026-01-01T05:00:00Z")
    assert.strictEqual(verdict, "WouldBeSkipped")
    assert.include(steps.map(({ detail }) => detail).join(" "), "holiday")
  })
])

/** Adds a recurring task that goes wrong in its own way, next to `hourly`. */
const beside = (name: string, body: Parameters<typeof addHourly>[0]) =>
  test(`${name} does not stop the others, and goes on itself`, function*() {
    yield* addHourly({ recurringId: "bad", ...body })
    yield* addHourly({})
    yield* Testing.advance("3 hours")
    assert.deepStrictEqual(yield* timeline, ["01:00 Started done", "02:00 Started done", "03:00 Started done"])
    const { getRecurringTask, outcomes } = yield* manager
    assert.strictEqual((yield* outcomes("bad")).length, 3)
    assert.deepInclude(yield* getRecurringTask("bad"), { totalFailures: 3, consecutiveFailures: 3 })
  })

export const isolation = theme("a recurring task whose", [
  beside("program fails", { payload: doing("a", { _tag: "Fail" }) }),
  beside("program has a defect", { payload: doing("a", { _tag: "Die", text: "oh no" }) }),
  beside("program leaves its scope", { payload: doing("a", { _tag: "Leave" }) }),
  test("program never ends does not stop the others", function*() {
    yield* addHourly({ recurringId: "bad", payload: doing("a", { _tag: "Never" }) })
    yield* addHourly({})
    yield* Testing.advance("3 hours")
    assert.strictEqual((yield* timeline).length, 3)
    const { outcomes } = yield* manager
    assert.deepStrictEqual((yield* outcomes("bad")).map(({ outcome }) => outcome), ["Skipped", "Skipped", "Started"])
  }),
  test("pool is full does not stop the others", function*() {
    const { addTaskToQueue } = yield* manager
    yield* addTaskToQueue(Single.template(sleeping("first", "10 hours")))
    yield* addHourly({ recurringId: "bad", templateTask: Single.template(doing("late")) as never })
    yield* addHourly({})
    yield* Testing.advance("3 hours")
    assert.strictEqual((yield* timeline).length, 3)
    assert.notInclude((yield* journal).join(), "late")
  })
])
