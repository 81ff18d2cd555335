/**
 * Changing recurring tasks: enabling and disabling, pausing, removal, and triggering.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
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
  sleeping,
  test,
  timeline,
  Work
} from "./world.ts"

export const switching = theme("disable and enable", [
  test("disabled, nothing starts, and a running instance goes on", function*() {
    const { disableRecurringTask } = yield* manager
    yield* addHourly({ payload: sleeping("slow", "30 minutes") })
    yield* Testing.advance("70 minutes")
    const info = yield* disableRecurringTask("hourly", { note: "holiday" })
    assert.deepInclude(info, { enabled: false, note: "holiday", nextRun: Option.none() })
    yield* Testing.advance("5 hours")
    assert.deepStrictEqual(yield* journal, ["1h slow starts", "1h 30m slow ends"])
  }),
  test("enabled after a week, nothing that was due meanwhile runs", function*() {
    const { disableRecurringTask, enableRecurringTask } = yield* manager
    yield* addHourly({ onMissed: "all" })
    yield* Testing.advance("90 minutes")
    yield* disableRecurringTask("hourly")
    yield* Testing.advance("7 days")
    const info = yield* enableRecurringTask("hourly")
    assert.deepInclude(info, { enabled: true, note: "" })
    yield* Testing.advance("29 minutes")
    assert.strictEqual((yield* journal).length, 2)
    yield* Testing.advance("1 minute")
    assert.strictEqual((yield* journal).length, 4)
    assert.deepStrictEqual((yield* timeline)[1], "02:00 .. 2026-01-08T01:00:00Z (168) Skipped Disabled")
  }),
  test("what waits for room does not run any more when it is disabled", function*() {
    const { disableRecurringTask } = yield* manager
    yield* addSlow("bufferOne")
    yield* Testing.advance("2 hours")
    assert.deepInclude(yield* disableRecurringTask("hourly"), { buffered: 0 })
    yield* Testing.advance("5 hours")
    assert.deepStrictEqual(yield* timeline, ["01:00 Started done", "02:00 Skipped Disabled"])
  }),
  test("twice is the same as once, and an unknown id is a typed error", function*() {
    const { disableRecurringTask, enableRecurringTask } = yield* manager
    yield* addHourly({})
    const first = yield* disableRecurringTask("hourly", { note: "x" })
    assert.deepStrictEqual(yield* disableRecurringTask("hourly", { note: "x" }), first)
    const enabled = yield* enableRecurringTask("hourly")
    assert.deepStrictEqual(yield* enableRecurringTask("hourly"), enabled)
    const error = yield* Effect.flip(disableRecurringTask("unknown"))
    assert.strictEqual(error.message, `There is no recurring task with the id "unknown".`)
  })
])

export const pausing = theme("pausing after failures", [
  test("disables it after so many failures in a row, and says so", function*() {
    yield* addHourly({ payload: doing("a", { _tag: "Fail" }), pauseAfterFailures: 3 })
    yield* Testing.advance("1 day")
    assert.strictEqual((yield* timeline).length, 3)
    const info = yield* hourly
    assert.deepInclude(info, { enabled: false, totalRuns: 3, totalFailures: 3, consecutiveFailures: 3 })
    assert.include(info.note, "3 failures")
  }),
  test("a success ends the row", function*() {
    const { updateRecurringTask } = yield* manager
    yield* addHourly({ payload: doing("a", { _tag: "Fail" }), pauseAfterFailures: 3 })
    yield* Testing.advance("2 hours")
    yield* updateRecurringTask("hourly", { templateTask: Work.template(doing("b")) })
    yield* Testing.advance("1 hour")
    yield* updateRecurringTask("hourly", { templateTask: Work.template(doing("a", { _tag: "Fail" })) })
    yield* Testing.advance("2 hours")
    assert.deepInclude(yield* hourly, { enabled: true, totalFailures: 4, consecutiveFailures: 2 })
  }),
  test("enabled again, it goes on, and is paused after the next failure in the row", function*() {
    const { enableRecurringTask } = yield* manager
    yield* addHourly({ payload: doing("a", { _tag: "Fail" }), pauseAfterFailures: 2 })
    yield* Testing.advance("3 hours")
    yield* enableRecurringTask("hourly")
    yield* Testing.advance("3 hours")
    assert.deepInclude(yield* hourly, { enabled: false, totalRuns: 3 })
  })
])

export const removing = theme("removing a recurring task", [
  test("drains: its instances end by themselves, and nothing starts any more", function*() {
    const { getAllRecurringTasks, removeRecurringTask } = yield* manager
    yield* addHourly({ payload: sleeping("slow", "30 minutes") })
    yield* Testing.advance("70 minutes")
    yield* removeRecurringTask("hourly")
    assert.deepStrictEqual(yield* getAllRecurringTasks, [])
    yield* Testing.advance("5 hours")
    assert.deepStrictEqual(yield* journal, ["1h slow starts", "1h 30m slow ends"])
  }),
  test("interrupts: its instances are cancelled, which is awaited", function*() {
    const { getAllTasks, removeRecurringTask } = yield* manager
    const steps = doing("slow", { _tag: "Finalize", millis: 3_000 }, { _tag: "Never" })
    yield* addHourly({ payload: steps })
    yield* Testing.advance("1 hour")
    const removed = yield* Effect.forkChild(removeRecurringTask("hourly", { instances: "interrupt" }))
    yield* Testing.advance("2 seconds")
    assert.isUndefined(removed.pollUnsafe())
    yield* Testing.advance("1 second")
    yield* Fiber.join(removed)
    const [task] = yield* getAllTasks
    assert.strictEqual(task?.status, "cancelled")
    assert.include(Option.getOrThrow(task!.error).message, "Removed")
  }),
  test("its id is unknown then, and free again", function*() {
    const { outcomes, removeRecurringTask } = yield* manager
    yield* addHourly({})
    yield* Testing.advance("1 hour")
    yield* removeRecurringTask("hourly")
    assert.strictEqual((yield* Effect.flip(removeRecurringTask("hourly")))._tag, "RecurringTaskNotFound")
    assert.strictEqual((yield* Effect.flip(outcomes("hourly")))._tag, "RecurringTaskNotFound")
    yield* addHourly({ recurrence: Recurrence.every("30 minutes") })
    yield* Testing.advance("30 minutes")
    assert.deepStrictEqual(yield* timeline, ["01:30 Started done"])
    assert.deepInclude(yield* hourly, { totalRuns: 1 })
  })
])

export const triggering = theme("triggering", [
  test("starts an instance now and moves nothing", function*() {
    const { getTask, triggerRecurringTask } = yield* manager
    yield* addHourly({ maxRuns: 2 })
    yield* Testing.advance("30 minutes")
    const taskId = yield* triggerRecurringTask("hourly")
    yield* Testing.runUntilIdle()
    assert.deepInclude(yield* getTask(taskId), { status: "done", parentId: Option.some("hourly") })
    assert.deepStrictEqual(yield* nextRun, Option.some("2026-01-01T01:00:00.000Z"))
    yield* Testing.advance("1 day")
    assert.deepStrictEqual(yield* timeline, [
      "00:30 Started done by manual",
      "01:00 Started done",
      "02:00 Started done"
    ])
    assert.deepInclude(yield* hourly, { totalRuns: 3 })
  }),
  test("works while it is disabled, and when it is exhausted", function*() {
    const { disableRecurringTask, triggerRecurringTask } = yield* manager
    yield* addHourly({ maxRuns: 1 })
    yield* Testing.advance("90 minutes")
    yield* triggerRecurringTask("hourly")
    yield* disableRecurringTask("hourly")
    yield* Testing.advance("20 minutes")
    yield* triggerRecurringTask("hourly")
    yield* Testing.runUntilIdle()
    assert.deepStrictEqual(yield* timeline, [
      "01:00 Started done",
      "01:30 Started done by manual",
      "01:50 Started done by manual"
    ])
  }),
  test("may be for an occurrence of the past, whatever the deadline for its start was", function*() {
    const { disableRecurringTask, enableRecurringTask, getTask, triggerRecurringTask } = yield* manager
    yield* addHourly({ startDeadline: "10 minutes", payload: doing("a", { _tag: "Occurrence" }) })
    yield* disableRecurringTask("hourly")
    yield* Testing.advance("150 minutes")
    yield* enableRecurringTask("hourly")
    const taskId = yield* triggerRecurringTask("hourly", { scheduledAt: "2026-01-01T01:00:00Z" })
    yield* Testing.runUntilIdle()
    assert.strictEqual((yield* getTask(taskId)).status, "done")
    assert.include(yield* journal, "2h 30m stands for 2026-01-01T01:00:00.000Z and 0 before")
    assert.deepStrictEqual(yield* nextRun, Option.some("2026-01-01T03:00:00.000Z"))
    assert.deepStrictEqual(yield* timeline, [
      "01:00 .. 02:00 (2) Skipped Disabled",
      "01:00 Started done by manual"
    ])
  }),
  test("cannot be for a time that has yet to come", function*() {
    const { triggerRecurringTask } = yield* manager
    yield* addHourly({})
    const trigger = (scheduledAt: string) =>
      Effect.map(Effect.exit(triggerRecurringTask("hourly", { scheduledAt })), (exit) => String(exit))
    assert.include(
      yield* trigger("2026-01-01T01:00:00Z"),
      `The option "scheduledAt" is "2026-01-01T01:00:00Z", which is in the future: give a time that has come.`
    )
    assert.include(yield* trigger("tomorrow"), `The option "scheduledAt" is "tomorrow", which is not an instant`)
    yield* Testing.advance("1 hour")
    assert.deepStrictEqual(yield* timeline, ["01:00 Started done"])
  }),
  test("is refused when there is no room", function*() {
    const { getAllTasks, triggerRecurringTask } = yield* manager
    yield* addSlow("skip")
    yield* Testing.advance("1 hour")
    const [task] = yield* getAllTasks
    const error = yield* Effect.flip(triggerRecurringTask("hourly"))
    assert.deepInclude(error, { _tag: "RecurringTaskBusy", maxConcurrent: 1, blockedBy: [task!.taskId] })
    assert.strictEqual(
      error.message,
      `The recurring task "hourly" has 1 active instance and may have 1: wait for one to end, cancel one, ` +
        `or raise maxConcurrent.`
    )
  }),
  test("holds the place that it takes", function*() {
    const { triggerRecurringTask } = yield* manager
    yield* addSlow("skip")
    yield* Testing.advance("50 minutes")
    yield* triggerRecurringTask("hourly")
    yield* Testing.advance("10 minutes")
    assert.deepStrictEqual(yield* timeline, ["00:50 Started running by manual", "01:00 Skipped Overlap"])
  }),
  test("many at once: as many as there is room for", function*() {
    const { triggerRecurringTask } = yield* manager
    yield* addHourly({ maxConcurrent: 2, payload: sleeping("slow", "1 minute") })
    const all = Array.from({ length: 10 }, () => Effect.option(triggerRecurringTask("hourly")))
    const triggered = yield* Effect.all(all, { concurrency: "unbounded" })
    assert.strictEqual(triggered.filter(Option.isSome).length, 2)
  })
])
