/**
 * Tasks that are queued for later.
 */
import { assert } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { theme } from "../internal/suite.ts"
import * as Testing from "../Testing.ts"
import { doing, journal, manager, Orphan, Retrying, Single, sleeping, test, Work } from "./world.ts"

export const later = theme("a task for later", [
  test("starts at its instant, or after its delay, and not before", function*() {
    const { getTask, scheduleTask } = yield* manager
    const second = yield* scheduleTask(Work.template(doing("b")), { startAt: "2026-01-01T03:00:00+01:00" })
    yield* scheduleTask(Work.template(doing("a")), { delay: "90 minutes" })
    const info = yield* getTask(second)
    assert.deepInclude(info, { status: "queued", attempt: 0, retryAt: Option.none() })
    assert.deepStrictEqual(info.scheduledAt, Option.some(DateTime.makeUnsafe("2026-01-01T02:00:00Z")))
    yield* Testing.advance("1 hour")
    assert.deepStrictEqual(yield* journal, [])
    yield* Testing.advance("1 hour")
    assert.deepStrictEqual(yield* journal, ["1h 30m a starts", "1h 30m a ends", "2h b starts", "2h b ends"])
    assert.deepStrictEqual((yield* getTask(second)).startedAt, info.scheduledAt)
  }),
  test("starts at once if its time is past", function*() {
    const { getTask, scheduleTask } = yield* manager
    const past = yield* scheduleTask(Work.template(doing("a")), { startAt: "2025-12-31T00:00:00Z" })
    yield* scheduleTask(Work.template(doing("b")), { delay: 0 })
    const overdue = yield* scheduleTask(Work.template(doing("c")), { delay: -1 })
    yield* Testing.settle
    const lines = ["a", "b", "c"].flatMap((label) => [`0s ${label} starts`, `0s ${label} ends`])
    assert.deepStrictEqual(yield* journal, lines)
    const { scheduledAt } = yield* getTask(past)
    assert.deepStrictEqual(scheduledAt, Option.some(DateTime.makeUnsafe("2025-12-31T00:00:00Z")))
    assert.deepStrictEqual(
      (yield* getTask(overdue)).scheduledAt,
      Option.some(DateTime.makeUnsafe("2026-01-01T00:00:00Z"))
    )
  }),
  test("comes before younger ones once its time has come, and never before older ones", function*() {
    const { addTaskToQueue, scheduleTask } = yield* manager
    const one = (label: string) => Single.template(sleeping(label, "10 seconds"))
    yield* addTaskToQueue(one("first"))
    yield* scheduleTask(one("later"), { delay: "15 seconds" })
    yield* addTaskToQueue(one("second"))
    yield* addTaskToQueue(one("third"))
    yield* addTaskToQueue(one("fourth"))
    yield* Testing.runUntilIdle()
    assert.deepStrictEqual((yield* journal).filter((line) => line.endsWith("starts")), [
      "0s first starts",
      "10s second starts",
      "20s later starts",
      "30s third starts",
      "40s fourth starts"
    ])
  }),
  test("starts with many others when their time has come", function*() {
    const { getAllTasks, scheduleTask } = yield* manager
    const add = (i: number) => scheduleTask(Work.template(sleeping(`${i}`, "1 second")), { delay: "1 hour" })
    yield* Effect.forEach(Array.from({ length: 30 }, (_, i) => i), add, { concurrency: "unbounded" })
    yield* Testing.advance("1 hour")
    assert.strictEqual((yield* getAllTasks).filter(({ status }) => status === "running").length, 3)
    yield* Testing.runUntilIdle()
    assert.deepStrictEqual((yield* journal).at(-1), "1h 10s 29 ends")
  }),
  test("starts at a whole millisecond", function*() {
    const { getTask, scheduleTask } = yield* manager
    const taskId = yield* scheduleTask(Work.template(doing("a")), { delay: "1.5 millis" })
    yield* Testing.advance("2 millis")
    const { scheduledAt, startedAt } = yield* getTask(taskId)
    const expected = Option.some(DateTime.makeUnsafe("2026-01-01T00:00:00.002Z"))
    assert.deepStrictEqual([scheduledAt, startedAt], [expected, expected])
  }),
  test("can be cancelled or removed before its time, and then never runs", function*() {
    const { cancelTask, getAllTasks, removeTask, scheduleTask } = yield* manager
    const cancelled = yield* scheduleTask(Work.template(doing("a")), { delay: "1 hour" })
    const removed = yield* scheduleTask(Work.template(doing("b")), { delay: "1 hour" })
    assert.strictEqual((yield* cancelTask(cancelled)).status, "cancelled")
    yield* removeTask(removed)
    yield* Testing.advance("2 hours")
    assert.deepStrictEqual(yield* journal, [])
    assert.deepStrictEqual((yield* getAllTasks).map(({ taskId }) => taskId), [cancelled])
  }),
  test("gives its result to whoever waits for it", function*() {
    const { awaitTask, scheduleTask } = yield* manager
    const taskId = yield* scheduleTask(Work.template(doing("a")), { delay: "1 hour" })
    const waiting = yield* Effect.forkChild(awaitTask(Work, taskId))
    yield* Testing.advance("1 hour")
    assert.strictEqual(yield* Fiber.join(waiting), "a")
  }),
  test("is retried as any other, and queued again at once", function*() {
    const { getTask, retryTask, scheduleTask } = yield* manager
    const taskId = yield* scheduleTask(Retrying.template(doing("a", { _tag: "Flaky", until: 2 })), { delay: "1 hour" })
    yield* Testing.advance("1 hour")
    assert.deepStrictEqual((yield* getTask(taskId)).retryAt, Option.some(DateTime.makeUnsafe("2026-01-01T01:00:10Z")))
    yield* Testing.runUntilIdle()
    assert.deepInclude(yield* getTask(taskId), { status: "done", attempt: 2, retryAt: Option.none() })
    const { scheduledAt } = yield* getTask(taskId)
    assert.deepInclude(yield* getTask(yield* retryTask(taskId)), { scheduledAt })
  }),
  test("is as late as the clock is set forward, and no earlier if it is set back", function*() {
    const { scheduleTask } = yield* manager
    yield* scheduleTask(Work.template(doing("a")), { startAt: "2026-01-01T01:00:00Z" })
    yield* Testing.stepClock("-30 minutes")
    yield* Testing.advance("89 minutes")
    assert.deepStrictEqual(yield* journal, [])
    yield* Testing.stepClock("1 day")
    yield* Testing.advance("1 minute")
    assert.deepStrictEqual((yield* journal).map((line) => line.split(" a ")[1]), ["starts", "ends"])
  }),
  test("is refused like any other, and with a time that cannot be meant", function*() {
    const { getAllTasks, scheduleTask } = yield* manager
    const a = Work.template(doing("a"))
    const nowhere = scheduleTask({ ...a, semaphore: "nowhere" }, { delay: 1 })
    assert.strictEqual((yield* Effect.flip(nowhere))._tag, "TaskPoolNotFound")
    const messageOf = (when: object) =>
      Effect.map(Effect.exit(scheduleTask(a, when as { readonly delay: number })), String)
    assert.include(yield* messageOf({ startAt: "tomorrow" }), `The option "startAt" is "tomorrow"`)
    assert.include(yield* messageOf({ startAt: "2026-02-30T00:00:00Z" }), `The option "startAt" is`)
    assert.include(yield* messageOf({ delay: Number.NaN }), `The option "delay" is NaN`)
    assert.include(yield* messageOf({ delay: Infinity }), `The option "delay" is Infinity`)
    assert.include(yield* messageOf({ delay: 1e17 }), `The option "delay" is 100000000000000000`)
    assert.include(yield* messageOf({}), `give "startAt" or "delay"`)
    assert.include(yield* messageOf({ delay: 1, startAt: 1 }), `give "startAt" or "delay"`)
    assert.deepStrictEqual(yield* getAllTasks, [])
  }),
  test("waits for its handler when its time has come", function*() {
    const { getTask, scheduleTask } = yield* manager
    const orphan = scheduleTask(Orphan.template(doing("a")), { delay: "1 hour" }).pipe(
      Effect.provide(Orphan.handledElsewhere)
    )
    const taskId = yield* Effect.option(orphan)
    yield* Testing.advance("2 hours")
    if (Option.isSome(taskId)) assert.strictEqual((yield* getTask(taskId.value)).status, "queued")
    assert.deepStrictEqual(yield* journal, [])
  })
])
