/**
 * Managers that stop, and managers that continue where another one stopped, over the same store.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as Recurrence from "../../Recurrence.ts"
import { Step } from "../../RecurringTaskPlan.ts"
import { TaskStore } from "../../TaskStore.ts"
import { theme } from "../internal/suite.ts"
import * as Testing from "../Testing.ts"
import { cutOffStatus, durably, enqueue, messageOf, start, startLeasing, startWith, statusOf, test } from "./lives.ts"
import { addHourly, addSlow, doing, hourly, journal, manager, Once, Single, sleeping, timeline, Work } from "./world.ts"

export const shutdown = theme("shutdown", [
  test("lets running tasks end within the grace", function*() {
    const { stop, within } = yield* start
    const taskId = yield* within(enqueue(Work.template(sleeping("a", "20 seconds"))))
    const stopped = yield* Effect.forkChild(stop)
    yield* Testing.advance("19 seconds")
    assert.isUndefined(stopped.pollUnsafe())
    yield* Testing.advance("1 second")
    yield* Fiber.join(stopped)
    assert.strictEqual(yield* statusOf(taskId), "done")
  }),
  test("interrupts what takes longer: cancelled with its reason, or queued again where the store goes on", function*() {
    const { stop, within } = yield* start
    const taskId = yield* within(enqueue(Work.template(sleeping("a", "1 hour"))))
    const stopped = yield* Effect.forkChild(stop)
    yield* Testing.advance("30 seconds")
    yield* Fiber.join(stopped)
    assert.strictEqual(yield* statusOf(taskId), yield* cutOffStatus)
    if ((yield* cutOffStatus) === "cancelled") assert.include(yield* messageOf(taskId), "Shutdown")
    assert.deepStrictEqual(yield* journal, ["0s a starts", "30s a is interrupted"])
  }),
  test("cancels what must not run again, with its reason on record", function*() {
    const { stop, within } = yield* start
    const taskId = yield* within(enqueue(Once.template(sleeping("a", "1 hour"))))
    const stopped = yield* Effect.forkChild(stop)
    yield* Testing.advance("30 seconds")
    yield* Fiber.join(stopped)
    assert.strictEqual(yield* statusOf(taskId), "cancelled")
    assert.include(yield* messageOf(taskId), "Shutdown")
  }),
  test("does not wait for ever for what does not obey", function*() {
    const { stop, within } = yield* start
    const taskId = yield* within(enqueue(Work.template(doing("deaf", { _tag: "Deaf", millis: 3_600_000 }))))
    const stopped = yield* Effect.forkChild(stop)
    yield* Testing.advance("40 seconds")
    yield* Fiber.join(stopped)
    assert.strictEqual(yield* statusOf(taskId), yield* cutOffStatus)
  }),
  test("starts nothing any more: neither what is due nor what is queued", function*() {
    const { stop, within } = yield* start
    yield* within(addHourly({}))
    yield* Testing.advance("59 minutes")
    yield* Testing.advance("45 seconds")
    yield* within(enqueue(Single.template(sleeping("first", "20 seconds"))))
    const queued = yield* within(enqueue(Single.template(doing("second"))))
    const stopped = yield* Effect.forkChild(stop)
    yield* Testing.advance("1 minute")
    yield* Fiber.join(stopped)
    assert.deepStrictEqual(yield* journal, ["59m 45s first starts", "1h 5s first ends"])
    const { durable } = yield* TaskStore
    assert.strictEqual(yield* statusOf(queued), durable ? "queued" : "cancelled")
  }),
  test("refuses what comes later, with a typed error", function*() {
    const { stop, within } = yield* start
    const { addTaskToQueue, triggerRecurringTask, updateRecurringTask } = yield* within(manager)
    yield* within(addHourly({}))
    yield* stop
    const errors = [
      yield* Effect.flip(within(addTaskToQueue(Work.template(doing("a"))))),
      yield* Effect.flip(triggerRecurringTask("hourly")),
      yield* Effect.flip(updateRecurringTask("hourly", { overlap: "skip" }))
    ]
    for (const { message } of errors) {
      assert.strictEqual(message, "The task manager is stopping and takes nothing new.")
    }
  }),
  test("ends the streams after their last event", function*() {
    const { stop, within } = yield* start
    const reader = yield* Effect.forkChild(
      within(Effect.flatMap(manager, ({ updates }) => Stream.runCollect(updates)))
    )
    yield* Testing.settle
    yield* within(enqueue(Work.template(sleeping("a", "1 hour"))))
    const stopped = yield* Effect.forkChild(stop)
    yield* Testing.advance("30 seconds")
    yield* Fiber.join(stopped)
    assert.deepStrictEqual((yield* Fiber.join(reader)).map(({ status }) => status), [
      "queued",
      "running",
      yield* cutOffStatus
    ])
  })
])

export const restart = theme("a restart", [
  test("goes on from the last decided occurrence", function*() {
    const first = yield* start
    yield* first.within(addHourly({}))
    yield* Testing.advance("90 minutes")
    yield* first.stop
    yield* Testing.advance("3 hours")
    const second = yield* start
    assert.deepStrictEqual(yield* second.within(timeline), [
      "01:00 Started done",
      "02:00 .. 03:00 (2) Absorbed into 04:00",
      "04:00 Started done covers 2"
    ])
    yield* Testing.advance("30 minutes")
    assert.deepInclude(yield* second.within(hourly), { totalRuns: 3 })
  }),
  test("in the very moment of an occurrence starts it once", function*() {
    const first = yield* start
    yield* first.within(addHourly({}))
    yield* Testing.advance("1 hour")
    yield* first.stop
    const second = yield* start
    yield* second.within(addHourly({}))
    yield* Testing.advance("1 minute")
    assert.deepStrictEqual(yield* second.within(timeline), ["01:00 Started done"])
  }),
  test("keeps what an operator switched off", function*() {
    const first = yield* start
    yield* first.within(addHourly({}))
    yield* first.within(
      Effect.flatMap(manager, ({ disableRecurringTask }) => disableRecurringTask("hourly", { note: "holiday" }))
    )
    yield* first.stop
    const second = yield* start
    yield* second.within(addHourly({}))
    yield* Testing.advance("3 hours")
    assert.deepInclude(yield* second.within(hourly), { enabled: false, note: "holiday", totalRuns: 0 })
  }),
  test("starts what waited for room", function*() {
    const first = yield* start
    yield* first.within(addSlow("bufferOne", { endAt: "2026-01-01T02:00:00Z" }))
    yield* Testing.advance("2 hours")
    const stopped = yield* Effect.forkChild(first.stop)
    yield* Testing.advance("1 minute")
    yield* Fiber.join(stopped)
    const second = yield* start
    yield* Testing.advance("4 hours")
    const { durable } = yield* TaskStore
    assert.deepStrictEqual(yield* second.within(timeline), [
      `01:00 Started ${durable ? "done" : "cancelled"}`,
      "02:00 Started done"
    ])
  }),
  test("finds another specification under its id, and does not mistake it for the same", function*() {
    const first = yield* start
    yield* first.within(addHourly({}))
    yield* first.stop
    const second = yield* start
    const error = yield* Effect.flip(second.within(addHourly({ maxConcurrent: 2 })))
    assert.strictEqual(error._tag, "RecurringTaskExists")
  }),
  test("finds the same under its id, in whatever order the store gives the fields of its payload", function*() {
    const payload = doing("a", { _tag: "Say", progress: 50, heading: "half" })
    const first = yield* start
    yield* first.within(addHourly({ payload }))
    yield* Testing.advance("30 minutes")
    yield* first.stop
    const second = yield* start
    assert.strictEqual(yield* second.within(addHourly({ payload })), "hourly")
    const { declareRecurringTasks } = yield* second.within(manager)
    const recurrence = Recurrence.every("1 hour")
    const declare = second.within(
      declareRecurringTasks([{ recurringId: "hourly", recurrence, templateTask: Work.template(payload) }])
    )
    assert.deepStrictEqual(yield* declare, [Step.Adopt({ recurringId: "hourly", changes: [] })])
    assert.deepStrictEqual(yield* declare, [Step.Unchanged({ recurringId: "hourly" })])
  })
])

export const crash = theme("a crash, over a store that outlives it", [
  durably("leaves queued tasks to the next process, in the pools that they belong to", function*() {
    const first = yield* startLeasing
    yield* first.within(enqueue(Single.template(sleeping("a", "20 seconds"))))
    yield* Testing.settle
    const queued = yield* Effect.forEach(
      ["b", "c"],
      (label) => first.within(enqueue(Single.template(sleeping(label, "1 minute"))))
    )
    yield* first.stop.pipe(Effect.forkChild)
    yield* Testing.advance("30 seconds")
    yield* startLeasing
    assert.deepStrictEqual(yield* Effect.forEach(queued, statusOf), ["running", "queued"])
    yield* Testing.advance("2 minutes")
    assert.deepStrictEqual(yield* Effect.forEach(queued, statusOf), ["done", "done"])
  }),
  durably("leaves a running task to another process, once its lease has ended", function*() {
    const first = yield* startLeasing
    const taskId = yield* first.within(enqueue(Work.template(sleeping("a", "10 minutes"))))
    yield* Testing.advance("5 seconds")
    yield* first.freeze
    const second = yield* startLeasing
    yield* Testing.advance("20 seconds")
    assert.deepStrictEqual(yield* journal, ["0s a starts"])
    yield* Testing.advance("30 seconds")
    assert.strictEqual((yield* journal).length, 2)
    assert.deepInclude(yield* second.within(Effect.flatMap(manager, ({ getTask }) => getTask(taskId))), {
      status: "running",
      attempt: 2
    })
    yield* Testing.advance("10 minutes")
    assert.strictEqual(yield* statusOf(taskId), "done")
  }),
  durably("and a process that comes back later cannot change what another one has taken over", function*() {
    const first = yield* startLeasing
    const taskId = yield* first.within(enqueue(Work.template(sleeping("a", "1 minute"))))
    yield* Testing.advance("5 seconds")
    yield* first.freeze
    yield* startLeasing
    yield* Testing.advance("55 seconds")
    const { getTask } = yield* TaskStore
    assert.deepInclude(yield* getTask(taskId), { status: "running", attempt: 2 })
    yield* first.thaw
    yield* Testing.advance("10 seconds")
    assert.deepInclude(yield* getTask(taskId), { status: "running", attempt: 2 })
    yield* Testing.advance("1 minute")
    assert.deepInclude(yield* getTask(taskId), { status: "done", attempt: 2 })
  }),
  durably("loses no occurrence and starts none twice, whichever process decides", function*() {
    const first = yield* startWith({ lease: "10 minutes" })
    yield* first.within(addHourly({}))
    const second = yield* startWith({ lease: "10 minutes" })
    yield* Testing.advance("2 hours")
    yield* first.freeze
    yield* Testing.advance("2 hours")
    yield* first.thaw
    yield* Testing.advance("2 hours")
    const expected = [1, 2, 3, 4, 5, 6].map((hour) => `0${hour}:00 Started done`)
    assert.deepStrictEqual(yield* second.within(timeline), expected)
  })
])
