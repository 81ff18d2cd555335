/**
 * Attempts of one task: retries, timeouts, and programs that do not obey.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { theme } from "../internal/suite.ts"
import * as Testing from "../Testing.ts"
import {
  addHourly,
  doing,
  Growing,
  hourly,
  journal,
  Limited,
  manager,
  Patient,
  Retrying,
  test,
  timeline
} from "./world.ts"

export const attempts = theme("attempts", [
  test("a typed failure is tried again by the task's schedule", function*() {
    const { getAllTasks, run } = yield* manager
    const caller = yield* Effect.forkChild(run(Retrying.template(doing("a", { _tag: "Flaky", until: 3 }))))
    yield* Testing.runUntilIdle()
    assert.strictEqual(yield* Fiber.join(caller), "a")
    assert.deepInclude((yield* getAllTasks)[0], { status: "done", attempt: 3, error: Option.none() })
    assert.deepStrictEqual(yield* journal, [
      "0s a starts",
      "0s a fails",
      "10s a starts",
      "10s a fails",
      "20s a starts",
      "20s a ends"
    ])
  }),
  test("the last failure is the result when the schedule is over", function*() {
    const { getAllTasks, run } = yield* manager
    const caller = yield* Effect.forkChild(Effect.flip(run(Retrying.template(doing("a", { _tag: "Fail" })))))
    yield* Testing.runUntilIdle()
    assert.strictEqual((yield* Fiber.join(caller))._tag, "WorkFailed")
    const [task] = yield* getAllTasks
    assert.deepInclude(task, { status: "failed", attempt: 3 })
    assert.deepInclude(Option.getOrThrow(task!.error), { type: "WorkFailed", message: "a failed as it was told to." })
  }),
  test("a failure that the predicate gives up on is not tried again", function*() {
    const { addTaskToQueue, getTask } = yield* manager
    const taskId = yield* addTaskToQueue(Retrying.template(doing("hopeless", { _tag: "Fail" })))
    yield* Testing.runUntilIdle()
    assert.deepInclude(yield* getTask(taskId), { status: "failed", attempt: 1 })
  }),
  test("a defect is not tried again", function*() {
    const { addTaskToQueue, getTask } = yield* manager
    const taskId = yield* addTaskToQueue(Retrying.template(doing("a", { _tag: "Die", text: "oh no" })))
    yield* Testing.runUntilIdle()
    assert.deepInclude(yield* getTask(taskId), { status: "failed", attempt: 1 })
  }),
  test("one that waits to be tried again is running, and can be cancelled", function*() {
    const { addTaskToQueue, cancelTask, getTask } = yield* manager
    const taskId = yield* addTaskToQueue(Retrying.template(doing("a", { _tag: "Fail" })))
    yield* Testing.advance("5 seconds")
    assert.strictEqual((yield* getTask(taskId)).status, "running")
    assert.strictEqual((yield* cancelTask(taskId)).status, "cancelled")
    yield* Testing.advance("1 minute")
    assert.strictEqual((yield* journal).length, 2)
  }),
  test("one that would wait for ever to be tried again can be shown and cancelled like any other", function*() {
    const { addTaskToQueue, cancelTask, getAllTasks } = yield* manager
    const taskId = yield* addTaskToQueue(Patient.template(doing("a", { _tag: "Fail" })))
    yield* Testing.advance("1 day")
    assert.deepStrictEqual((yield* getAllTasks).map(({ status }) => status), ["running"])
    assert.strictEqual((yield* cancelTask(taskId)).status, "cancelled")
    assert.strictEqual((yield* journal).length, 2)
  }),
  test("one that waits to be tried again waits no longer when the clock is set back", function*() {
    const { addTaskToQueue, getTask } = yield* manager
    const taskId = yield* addTaskToQueue(Retrying.template(doing("a", { _tag: "Flaky", until: 2 })))
    yield* Testing.advance("5 seconds")
    yield* Testing.stepClock("-1 hour")
    yield* Testing.advance("4999 millis")
    assert.strictEqual((yield* getTask(taskId)).status, "running")
    yield* Testing.advance("1 millis")
    assert.deepInclude(yield* getTask(taskId), { status: "done", attempt: 2 })
  }),
  test("one that waits to be tried again is tried at once when a machine was asleep for as long", function*() {
    const { addTaskToQueue, getTask } = yield* manager
    const taskId = yield* addTaskToQueue(Retrying.template(doing("a", { _tag: "Flaky", until: 2 })))
    yield* Testing.advance("1 second")
    yield* Testing.stepClock("1 hour")
    yield* Testing.advance("9 seconds")
    assert.strictEqual((yield* getTask(taskId)).status, "done")
  }),
  test("of an instance count once, after the last one, and hold its place meanwhile", function*() {
    yield* Testing.advance("1 hour")
    yield* addHourly({
      templateTask: Retrying.template(doing("a", { _tag: "Fail" })) as never,
      recurrence: undefined as never,
      cronExpression: "0,15 0 0 * * *" as never
    })
    yield* Testing.advanceTo("2026-01-02T00:01:00Z")
    assert.deepStrictEqual(yield* timeline, [
      "2026-01-02T00:00:00Z Started failed",
      "2026-01-02T00:00:15Z Skipped Overlap"
    ])
    assert.deepInclude(yield* hourly, { totalRuns: 1, totalFailures: 1, consecutiveFailures: 1 })
  })
])

export const timeouts = theme("timeouts", [
  test("limit an attempt, which is interrupted and tried again", function*() {
    const { run } = yield* manager
    const caller = yield* Effect.forkChild(Effect.flip(run(Retrying.template(doing("a", { _tag: "Never" })))))
    yield* Testing.runUntilIdle()
    const error = yield* Fiber.join(caller)
    assert.deepInclude(error, { _tag: "TaskTimedOut", scope: "attempt", limit: 60_000 })
    assert.strictEqual(error.message, `An attempt of the task "Retrying" took longer than 60000 ms.`)
    assert.deepStrictEqual(yield* journal, [
      "0s a starts",
      "1m a is interrupted",
      "1m 10s a starts",
      "2m 10s a is interrupted",
      "2m 20s a starts",
      "3m 20s a is interrupted"
    ])
  }),
  test("limit all attempts and the waits between them", function*() {
    const { getAllTasks, run } = yield* manager
    const caller = yield* Effect.forkChild(Effect.flip(run(Limited.template(doing("a", { _tag: "Never" })))))
    yield* Testing.runUntilIdle()
    assert.deepInclude(yield* Fiber.join(caller), { _tag: "TaskTimedOut", scope: "total", limit: 100_000 })
    assert.deepStrictEqual((yield* journal).at(-1), "1m 40s a is interrupted")
    const [task] = yield* getAllTasks
    assert.strictEqual(task?.status, "failed")
    assert.strictEqual(Option.getOrThrow(task!.error).type, "TaskTimedOut")
  }),
  test("end a program that does not obey, so that its slot is free", function*() {
    const { addTaskToQueue, getTask } = yield* manager
    const taskId = yield* addTaskToQueue(Retrying.template(doing("deaf", { _tag: "Deaf", millis: 600_000 })))
    yield* Testing.advance("70 seconds")
    const task = yield* getTask(taskId)
    assert.strictEqual(task.status, "failed")
    assert.strictEqual(Option.getOrThrow(task.error).type, "TaskTimedOut")
    yield* Testing.advance("20 minutes")
    assert.deepStrictEqual(yield* getTask(taskId), task)
  }),
  test("end what the attempt has forked before the next one", function*() {
    const { addTaskToQueue } = yield* manager
    const steps = doing("a", { _tag: "Fork", millis: 3_000 }, { _tag: "Flaky", until: 2 })
    yield* addTaskToQueue(Growing.template(steps))
    yield* Testing.advance("20 seconds")
    assert.deepStrictEqual(yield* journal, [
      "0s a starts",
      "0s a fails",
      "3s a fork ends",
      "13s a starts",
      "13s a ends",
      "16s a fork ends"
    ])
  }),
  test("run the finalizers of the attempt before the next one", function*() {
    const { addTaskToQueue } = yield* manager
    const steps = doing("a", { _tag: "Finalize", millis: 3_000 }, { _tag: "Never" })
    yield* addTaskToQueue(Retrying.template(steps))
    yield* Testing.advance("75 seconds")
    assert.deepStrictEqual(yield* journal, [
      "0s a starts",
      "1m a is interrupted",
      "1m 3s a finalizer ends",
      "1m 13s a starts"
    ])
  })
])
