/**
 * When a recurring task is due: occurrences, limits, deadlines and jitter.
 */
import { assert } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Recurrence from "../../Recurrence.ts"
import { theme } from "../internal/suite.ts"
import * as Testing from "../Testing.ts"
import {
  addHourly,
  addSlow,
  doing,
  hourly,
  journal,
  manager,
  nextRun,
  Single,
  sleeping,
  test,
  timeline
} from "./world.ts"

const upcoming = Effect.fnUntraced(function*(count?: number) {
  const { upcoming } = yield* manager
  return (yield* upcoming("hourly", { count })).map((at) => DateTime.formatIso(at).slice(11, 16))
})

export const registering = theme("registering", [
  test("does not run the task: the first instance starts at the next occurrence", function*() {
    yield* Testing.advance("20 minutes")
    yield* addHourly({})
    yield* Testing.advance("39 minutes")
    assert.deepStrictEqual(yield* journal, [])
    yield* Testing.advance("1 minute")
    assert.deepStrictEqual(yield* journal, ["1h a starts", "1h a ends"])
  }),
  test("at an occurrence waits for the next one", function*() {
    yield* addHourly({})
    yield* Testing.advance("59 minutes")
    assert.deepStrictEqual(yield* timeline, [])
    assert.deepStrictEqual(yield* nextRun, Option.some("2026-01-01T01:00:00.000Z"))
  }),
  test("runs it at once when told to, once", function*() {
    yield* addHourly({ runImmediately: true })
    yield* addHourly({ runImmediately: true })
    yield* Testing.advance("1 hour")
    assert.deepStrictEqual(yield* timeline, ["00:00 Started done by registration", "01:00 Started done"])
  }),
  test("an instance is a copy of the template that knows where it comes from", function*() {
    yield* addHourly({})
    yield* Testing.advance("2 hours")
    const { getAllTasks } = yield* manager
    const [first, second] = yield* getAllTasks
    assert.notStrictEqual(first?.taskId, second?.taskId)
    assert.deepStrictEqual(first?.payload, { label: "a", steps: [] })
    assert.deepStrictEqual(first?.parentId, Option.some("hourly"))
    assert.deepStrictEqual(Option.map(second!.scheduledAt, DateTime.formatIso), Option.some("2026-01-01T02:00:00.000Z"))
  }),
  test("gives an id when none is given", function*() {
    const { getAllRecurringTasks } = yield* manager
    const id = yield* addHourly({ recurringId: undefined })
    const other = yield* addHourly({ recurringId: undefined })
    assert.notStrictEqual(id, other)
    assert.deepStrictEqual((yield* getAllRecurringTasks).map(({ recurringId }) => recurringId), [id, other])
  }),
  test("twice with the same specification changes nothing", function*() {
    yield* addHourly({})
    yield* Testing.advance("90 minutes")
    assert.strictEqual(yield* addHourly({}), "hourly")
    assert.deepInclude(yield* hourly, { totalRuns: 1 })
    assert.deepStrictEqual(yield* nextRun, Option.some("2026-01-01T02:00:00.000Z"))
  }),
  test("can begin disabled", function*() {
    yield* addHourly({ enabled: false })
    yield* Testing.advance("3 hours")
    assert.deepStrictEqual([yield* journal, yield* nextRun], [[], Option.none()])
  }),
  test("tells what it is", function*() {
    const { addRecurringTask, getRecurringTask } = yield* manager
    yield* addRecurringTask({
      recurringId: "nightly",
      cronExpression: "0 2 * * *",
      timezone: "Europe/London",
      templateTask: Single.template(doing("a"), { heading: "Daily" }),
      maxConcurrent: 2,
      maxRuns: 5
    })
    const info = yield* getRecurringTask("nightly")
    assert.deepInclude(info, {
      cronExpression: Option.some("0 2 * * *"),
      timezone: Option.some("Europe/London"),
      maxConcurrent: 2,
      overlap: "skip",
      onMissed: "latest",
      enabled: true,
      exhausted: false,
      totalRuns: 0,
      lastRun: Option.none()
    })
    assert.deepInclude(info.templateTask, { taskType: "Single", heading: Option.some("Daily") })
    assert.deepStrictEqual(Option.map(info.nextRun, DateTime.formatIso), Option.some("2026-01-01T02:00:00.000Z"))
  })
])

export const occurrences = theme("occurrences", [
  test("are met on time, one after another, for days", function*() {
    yield* addHourly({})
    yield* Testing.advance("3 days")
    const { outcomes } = yield* manager
    const all = yield* outcomes("hourly")
    assert.strictEqual(all.length, 72)
    assert.isTrue(all.every(({ decidedAt, from }) => DateTime.Equivalence(decidedAt, from)))
    assert.deepInclude(yield* hourly, { totalRuns: 72, totalFailures: 0 })
  }),
  test("are met while an instance of another recurring task runs for long", function*() {
    yield* addHourly({})
    yield* addSlow("skip", { recurringId: "slow" })
    yield* Testing.advance("4 hours")
    assert.strictEqual((yield* timeline).length, 4)
  }),
  test("are told in advance", function*() {
    yield* addHourly({ endAt: "2026-01-01T05:00:00Z" })
    assert.deepStrictEqual(yield* upcoming(), ["01:00", "02:00", "03:00", "04:00", "05:00"])
    assert.deepStrictEqual(yield* upcoming(2), ["01:00", "02:00"])
    yield* Testing.advance("90 minutes")
    assert.deepStrictEqual(yield* upcoming(1), ["02:00"])
  }),
  test("begin and end when told, both included", function*() {
    yield* addHourly({ startAt: "2026-01-01T02:00:00Z", endAt: "2026-01-01T04:00:00Z" })
    assert.deepStrictEqual(yield* nextRun, Option.some("2026-01-01T02:00:00.000Z"))
    yield* Testing.advance("1 day")
    assert.deepStrictEqual(yield* timeline, ["02:00 Started done", "03:00 Started done", "04:00 Started done"])
    assert.deepInclude(yield* hourly, { exhausted: true, nextRun: Option.none(), enabled: true })
  }),
  test("end after as many starts as told; what did not start does not count", function*() {
    yield* addSlow("skip", { maxRuns: 2 })
    yield* Testing.advance("1 day")
    assert.deepStrictEqual(yield* timeline, ["01:00 Started done", "02:00 Skipped Overlap", "03:00 Started done"])
    assert.deepInclude(yield* hourly, { exhausted: true, totalRuns: 2 })
    assert.deepStrictEqual(yield* upcoming(), [])
  }),
  test("at given instants are met once each", function*() {
    yield* addHourly({
      recurrence: Recurrence.every("1 day", { phase: "7 hours" }),
      endAt: "2026-01-02T12:00:00Z"
    })
    yield* Testing.advance("5 days")
    assert.deepStrictEqual(yield* timeline, ["07:00 Started done", "2026-01-02T07:00:00Z Started done"])
  })
])

export const deadlines = theme("start deadlines", [
  test("skip what would start too late because its pool is full", function*() {
    const { addTaskToQueue } = yield* manager
    yield* addHourly({ templateTask: Single.template(doing("late")) as never, startDeadline: "10 minutes" })
    yield* Testing.advance("50 minutes")
    yield* addTaskToQueue(Single.template(sleeping("first", "30 minutes")))
    yield* Testing.advance("3 hours")
    assert.notInclude(yield* journal, "1h 20m late starts")
    assert.deepStrictEqual((yield* timeline).slice(1), ["02:00 Started done", "03:00 Started done"])
    const [first] = yield* timeline
    assert.include(first, "01:00")
    assert.notInclude(first, "done")
  }),
  test("skip what waits for room for too long", function*() {
    yield* addSlow("bufferOne", { startDeadline: "10 minutes", endAt: "2026-01-01T03:00:00Z" })
    yield* Testing.advance("5 hours")
    assert.deepStrictEqual(yield* timeline, [
      "01:00 Started done",
      "02:00 Skipped DeadlinePassed",
      "03:00 Started done"
    ])
  }),
  test("let start what is only a little late", function*() {
    yield* addSlow("bufferOne", { startDeadline: "30 minutes", endAt: "2026-01-01T02:00:00Z" })
    yield* Testing.advance("5 hours")
    assert.deepStrictEqual(yield* timeline, ["01:00 Started done", "02:00 Started done"])
  })
])

/** The minutes after the hour at which the instances of a day start, under their nominal times. */
const startsOf = Effect.fnUntraced(function*(recurringId: string) {
  const { addRecurringTask, getAllTasks } = yield* manager
  yield* addRecurringTask({
    recurringId,
    recurrence: Recurrence.every("1 hour"),
    templateTask: Single.template(doing("a")),
    jitter: "10 minutes"
  })
  yield* Testing.advance("10 hours")
  return (yield* getAllTasks)
    .filter(({ parentId }) => Option.contains(parentId, recurringId))
    .map(({ scheduledAt, startedAt }) =>
      Option.getOrThrow(startedAt).epochMilliseconds - Option.getOrThrow(scheduledAt).epochMilliseconds
    )
})

export const jitter = theme("jitter", [
  test("spreads the starts within its bound, and leaves the nominal times alone", function*() {
    const late = yield* startsOf("a")
    assert.isAtLeast(late.length, 9)
    assert.isTrue(late.every((by) => by >= 0 && by < 600_000))
    assert.isAbove(new Set(late).size, 5)
  }),
  test("is the same for the same recurring task, and another one for another", function*() {
    const { outcomes } = yield* manager
    const ids = ["a", "b", "c", "d"]
    for (const recurringId of ids) yield* addHourly({ recurringId, jitter: "10 minutes" })
    yield* Testing.advance("70 minutes")
    const lateness = yield* Effect.forEach(
      ids,
      (id) => Effect.map(outcomes(id), ([first]) => first!.decidedAt.epochMilliseconds - first!.from.epochMilliseconds)
    )
    assert.isAbove(new Set(lateness).size, 1)
  })
])
