/**
 * Cancelling, removing and retrying single tasks.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { theme } from "../internal/suite.ts"
import * as Testing from "../Testing.ts"
import { addHourly, configured, doing, hourly, journal, manager, Single, sleeping, test, Work } from "./world.ts"

const messageOf = (task: { readonly error: Option.Option<{ readonly message: string }> }) =>
  Option.getOrThrow(task.error).message

export const cancelling = theme("cancelling", [
  test("who waited for many starts none of those that are still queued, when it is interrupted", function*() {
    const { addTaskToQueue, run, searchTasks } = yield* manager
    const many = yield* Effect.forkChild(
      Effect.forEach(["a", "b", "c"], (label) => run(Single.template(sleeping(label, "1 hour"))), {
        concurrency: "unbounded"
      })
    )
    yield* Testing.advance("1 minute")
    yield* addTaskToQueue(Single.template(doing("d")))
    yield* Fiber.interrupt(many)
    yield* Testing.settle
    assert.deepStrictEqual(yield* journal, ["0s a starts", "1m a is interrupted", "1m d starts", "1m d ends"])
    assert.lengthOf(yield* searchTasks({ status: "cancelled" }), 3)
  }),
  test("interrupts a running task, with the reason on record", function*() {
    const { addTaskToQueue, cancelTask, getTask } = yield* manager
    const taskId = yield* addTaskToQueue(Work.template(sleeping("a", "1 hour")))
    yield* Testing.advance("1 minute")
    const task = yield* cancelTask(taskId, { note: "by hand" })
    assert.strictEqual(task.status, "cancelled")
    assert.deepStrictEqual(task, yield* getTask(taskId))
    assert.strictEqual(messageOf(task), `Task "${taskId}" was cancelled: Requested (by hand).`)
    assert.isTrue(Option.isSome(task.completedAt))
    assert.deepStrictEqual(yield* journal, ["0s a starts", "1m a is interrupted"])
  }),
  test("of a queued task means that it never runs", function*() {
    const { addTaskToQueue, cancelTask } = yield* manager
    yield* addTaskToQueue(Single.template(sleeping("a", "1 minute")))
    const taskId = yield* addTaskToQueue(Single.template(doing("b")))
    const task = yield* cancelTask(taskId)
    yield* Testing.runUntilIdle()
    assert.deepInclude(task, { status: "cancelled", attempt: 0, startedAt: Option.none() })
    assert.deepStrictEqual(yield* journal, ["0s a starts", "1m a ends"])
  }),
  test("waits for the finalizers", function*() {
    const { addTaskToQueue, cancelTask } = yield* manager
    const steps = doing("a", { _tag: "Finalize", millis: 3_000 }, { _tag: "Never" })
    const taskId = yield* addTaskToQueue(Work.template(steps))
    yield* Testing.settle
    const cancelled = yield* Effect.forkChild(cancelTask(taskId))
    yield* Testing.advance("2 seconds")
    assert.isUndefined(cancelled.pollUnsafe())
    yield* Testing.advance("1 second")
    assert.notInclude(messageOf(yield* Fiber.join(cancelled)), "did not end")
    assert.deepStrictEqual(yield* journal, ["0s a starts", "0s a is interrupted", "3s a finalizer ends"])
  }),
  test("waits for what the program has forked", function*() {
    const { addTaskToQueue, cancelTask } = yield* manager
    const taskId = yield* addTaskToQueue(Work.template(doing("a", { _tag: "Fork", millis: 3_000 }, { _tag: "Never" })))
    yield* Testing.settle
    const cancelled = yield* Effect.forkChild(cancelTask(taskId))
    yield* Testing.advance("2 seconds")
    assert.isUndefined(cancelled.pollUnsafe())
    yield* Testing.advance("1 second")
    assert.strictEqual((yield* Fiber.join(cancelled)).status, "cancelled")
    assert.deepStrictEqual(yield* journal, ["0s a starts", "0s a is interrupted", "3s a fork ends"])
  }),
  test("goes on without a program that does not obey, and its slot is free", function*() {
    const { addTaskToQueue, cancelTask } = yield* manager
    const taskId = yield* addTaskToQueue(Single.template(doing("deaf", { _tag: "Deaf", millis: 60_000 })))
    yield* addTaskToQueue(Single.template(doing("next")))
    yield* Testing.settle
    const cancelled = yield* Effect.forkChild(cancelTask(taskId))
    yield* Testing.advance("10 seconds")
    const task = yield* Fiber.join(cancelled)
    assert.strictEqual(task.status, "cancelled")
    assert.include(messageOf(task), "Its finalizers did not end within the grace period.")
    assert.include(yield* journal, "10s next ends")
  }),
  test("waits no longer for a program that does not obey when the clock is set back", function*() {
    const { addTaskToQueue, cancelTask } = yield* manager
    const taskId = yield* addTaskToQueue(Work.template(doing("deaf", { _tag: "Deaf", millis: 60_000 })))
    yield* Testing.settle
    const cancelled = yield* Effect.forkChild(cancelTask(taskId))
    yield* Testing.advance("5 seconds")
    yield* Testing.stepClock("-1 hour")
    yield* Testing.advance("4999 millis")
    assert.isUndefined(cancelled.pollUnsafe())
    yield* Testing.advance("1 millis")
    assert.strictEqual((yield* Fiber.join(cancelled)).status, "cancelled")
  }),
  test("a program that comes to its senses later changes nothing any more", function*() {
    const { addTaskToQueue, cancelTask, getTask } = yield* manager
    const steps = doing("deaf", { _tag: "Deaf", millis: 60_000 }, { _tag: "Say", progress: 77 })
    const taskId = yield* addTaskToQueue(Single.template(steps))
    yield* Testing.settle
    const cancelled = yield* Effect.forkChild(cancelTask(taskId, { grace: "5 seconds" }))
    yield* Testing.advance("5 seconds")
    const task = yield* Fiber.join(cancelled)
    yield* Testing.advance("2 minutes")
    assert.deepStrictEqual(yield* getTask(taskId), task)
  }),
  configured(
    { cancelGrace: "1 second" },
    test("the grace can be configured", function*() {
      const { addTaskToQueue, cancelTask } = yield* manager
      const taskId = yield* addTaskToQueue(Work.template(doing("deaf", { _tag: "Deaf", millis: 60_000 })))
      yield* Testing.settle
      const cancelled = yield* Effect.forkChild(cancelTask(taskId))
      yield* Testing.advance("1 second")
      assert.strictEqual((yield* Fiber.join(cancelled)).status, "cancelled")
    })
  ),
  test("twice is the same as once: the first reason stays", function*() {
    const { addTaskToQueue, cancelTask } = yield* manager
    const steps = doing("a", { _tag: "Finalize", millis: 3_000 }, { _tag: "Never" })
    const taskId = yield* addTaskToQueue(Work.template(steps))
    yield* Testing.settle
    const both = yield* Effect.forkChild(
      Effect.all([cancelTask(taskId, { note: "first" }), cancelTask(taskId, { note: "second" })], {
        concurrency: "unbounded"
      })
    )
    yield* Testing.runUntilIdle()
    const [first, second] = yield* Fiber.join(both)
    assert.deepStrictEqual(first, second)
    assert.include(messageOf(first), "first")
  }),
  test("of an ended task gives it back as it is, of an unknown one is a typed error", function*() {
    const { addTaskToQueue, cancelTask } = yield* manager
    const taskId = yield* addTaskToQueue(Work.template(doing("a")))
    yield* Testing.runUntilIdle()
    assert.strictEqual((yield* cancelTask(taskId)).status, "done")
    assert.strictEqual((yield* Effect.flip(cancelTask("unknown")))._tag, "TaskNotFound")
  })
])

export const retrying = theme("retrying an ended task", [
  test("queues a new one with the same data", function*() {
    const { addTaskToQueue, getTask, retryTask } = yield* manager
    const template = Work.template(doing("a", { _tag: "Fail" }), { heading: "Daily", priority: 2 })
    const taskId = yield* addTaskToQueue(template)
    yield* Testing.runUntilIdle()
    const retryId = yield* retryTask(taskId)
    yield* Testing.runUntilIdle()
    const [first, second] = yield* Effect.all([getTask(taskId), getTask(retryId)])
    assert.notStrictEqual(retryId, taskId)
    assert.strictEqual(first.status, "failed")
    for (const field of ["payload", "heading", "priority", "taskType", "parentId", "status"] as const) {
      assert.deepStrictEqual(second[field], first[field], field)
    }
    assert.strictEqual((yield* journal).length, 4)
  }),
  test("lets it stand for the same occurrence, without being an instance", function*() {
    const { getAllTasks, getTask, retryTask } = yield* manager
    yield* addHourly({ payload: doing("a", { _tag: "Occurrence" }, { _tag: "Fail" }) })
    yield* Testing.advance("30 minutes")
    yield* Testing.stepClock("230 minutes")
    yield* Testing.advance("30 seconds")
    const [first] = yield* getAllTasks
    const retryId = yield* retryTask(first!.taskId)
    yield* Testing.settle
    assert.deepInclude(yield* getTask(retryId), { parentId: first!.parentId, scheduledAt: first!.scheduledAt })
    const stoodFor = (yield* journal).filter((line) => line.includes("stands for"))
    assert.lengthOf(stoodFor, 2)
    for (const line of stoodFor) assert.include(line, "stands for 2026-01-01T04:00:00.000Z and 3 before")
    assert.deepInclude(yield* hourly, { totalRuns: 1, totalFailures: 1 })
  }),
  test("is refused while it has not ended, or when it is unknown", function*() {
    const { addTaskToQueue, retryTask } = yield* manager
    const taskId = yield* addTaskToQueue(Work.template(sleeping("a", "1 hour")))
    yield* Testing.settle
    assert.strictEqual(
      (yield* Effect.flip(retryTask(taskId))).message,
      `Task "${taskId}" is running. Only a finished task can be retried: cancel it first.`
    )
    assert.strictEqual((yield* Effect.flip(retryTask("unknown")))._tag, "TaskNotFound")
  })
])

export const removing = theme("removing tasks", [
  test("a removed queued task never runs", function*() {
    const { addTaskToQueue, getTask, removeTask } = yield* manager
    yield* addTaskToQueue(Single.template(sleeping("a", "1 minute")))
    const taskId = yield* addTaskToQueue(Single.template(doing("b")))
    yield* removeTask(taskId)
    yield* Testing.runUntilIdle()
    assert.strictEqual((yield* Effect.flip(getTask(taskId)))._tag, "TaskNotFound")
    assert.deepStrictEqual(yield* journal, ["0s a starts", "1m a ends"])
  }),
  test("a removed running task is cancelled first", function*() {
    const { addTaskToQueue, getAllTasks, removeTask } = yield* manager
    const taskId = yield* addTaskToQueue(Work.template(sleeping("a", "1 hour")))
    yield* Testing.advance("1 minute")
    yield* removeTask(taskId)
    assert.deepStrictEqual(yield* getAllTasks, [])
    assert.deepStrictEqual(yield* journal, ["0s a starts", "1m a is interrupted"])
  }),
  test("who waits for a removed task is told so", function*() {
    const { getAllTasks, removeTask, run } = yield* manager
    const caller = yield* Effect.forkChild(Effect.flip(run(Work.template(sleeping("a", "1 hour")))))
    yield* Testing.settle
    yield* removeTask((yield* getAllTasks)[0]!.taskId)
    assert.deepInclude(yield* Fiber.join(caller), { _tag: "TaskCancelled", reason: "Removed" })
  }),
  test("an unknown task is a typed error", function*() {
    const { removeTask } = yield* manager
    const error = yield* Effect.flip(removeTask("unknown"))
    assert.strictEqual(
      error.message,
      `There is no task with the id "unknown". It may have been removed, or pruned by retention.`
    )
  }),
  test("removeCompletedTasks forgets what has ended, and nothing else", function*() {
    const { addTaskToQueue, getAllTasks, removeCompletedTasks } = yield* manager
    for (const label of ["a", "b"]) yield* addTaskToQueue(Work.template(doing(label)))
    yield* addTaskToQueue(Work.template(doing("c", { _tag: "Fail" })))
    yield* Testing.runUntilIdle()
    const taskId = yield* addTaskToQueue(Work.template(sleeping("d", "1 hour")))
    yield* Testing.settle
    assert.strictEqual(yield* removeCompletedTasks, 3)
    assert.deepStrictEqual((yield* getAllTasks).map((task) => task.taskId), [taskId])
    assert.strictEqual(yield* removeCompletedTasks, 0)
  }),
  configured(
    { retention: { done: 2, failed: 1 } },
    test("ended tasks are bounded by retention", function*() {
      const { addTaskToQueue, getAllTasks } = yield* manager
      for (let i = 0; i < 10; i++) {
        yield* addTaskToQueue(Work.template(doing(`done ${i}`)))
        yield* addTaskToQueue(Work.template(doing(`failed ${i}`, { _tag: "Fail" })))
      }
      yield* Testing.runUntilIdle()
      assert.deepStrictEqual((yield* getAllTasks).map(({ status }) => status).sort(), ["done", "done", "failed"])
    })
  )
])
