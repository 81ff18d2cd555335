/**
 * Values that are too large to be kept: the caller is told, or the task fails, and everything else goes on.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Recurrence from "../../Recurrence.ts"
import { TaskTooLarge } from "../../TaskError.ts"
import { theme } from "../internal/suite.ts"
import * as Testing from "../Testing.ts"
import { Bulky, configured, doing, manager, test, Work } from "./world.ts"

const mebibyte = 1_024 * 1_024

/** A text of so many bytes as JSON, in characters of one byte each. */
const textOf = (bytes: number) => "x".repeat(bytes - 2)

const big = Work.template(doing(textOf(mebibyte)))

const recurrence = Recurrence.every("1 hour")

export const payloads = theme("a payload that is too large", [
  test("is refused wherever it is queued, and nothing is stored", function*() {
    const { addRecurringTask, addTasksToQueue, addTaskToQueue, getAllRecurringTasks, getAllTasks, run, scheduleTask } =
      yield* manager
    const small = Work.template(doing("a"))
    const errors: ReadonlyArray<unknown> = [
      yield* Effect.flip(addTaskToQueue(big)),
      yield* Effect.flip(addTasksToQueue([small, big])),
      yield* Effect.flip(scheduleTask(big, { delay: "1 hour" })),
      yield* Effect.flip(run(big)),
      yield* Effect.flip(addRecurringTask({ recurrence, templateTask: big, runImmediately: true }))
    ]
    for (const error of errors) {
      assert.instanceOf(error, TaskTooLarge)
      assert.deepInclude(error, { taskType: "Work", part: "payload", limit: mebibyte })
    }
    assert.deepStrictEqual([yield* getAllTasks, yield* getAllRecurringTasks], [[], []])
  }),
  test("is named with its size, the limit, and what to do", function*() {
    const { addTaskToQueue } = yield* manager
    const error = yield* Effect.flip(addTaskToQueue(big))
    assert.match(
      error.message,
      /^The payload of the task "Work" has 10486\d\d bytes as JSON, and at most 1048576 bytes are kept\. Store the data elsewhere and pass its address, or raise maxValueSize with TaskManager\.configure\.$/
    )
  }),
  test("counts with what is shown beside it, and in bytes", function*() {
    const { addTaskToQueue } = yield* manager
    const body = textOf(mebibyte)
    assert.strictEqual((yield* Effect.flip(addTaskToQueue(Work.template(doing("a"), { body }))))._tag, "TaskTooLarge")
    const threeBytes = Work.template(doing("€".repeat(mebibyte / 3)))
    assert.strictEqual((yield* Effect.flip(addTaskToQueue(threeBytes)))._tag, "TaskTooLarge")
  }),
  test("leaves a recurring task as it is", function*() {
    const { addRecurringTask, getRecurringTask, updateRecurringTask } = yield* manager
    const recurringId = yield* addRecurringTask({ recurrence, templateTask: Work.template(doing("a")) })
    const before = yield* getRecurringTask(recurringId)
    const error = yield* Effect.flip(updateRecurringTask(recurringId, { templateTask: big }))
    assert.strictEqual(error._tag, "TaskTooLarge")
    assert.deepStrictEqual(yield* getRecurringTask(recurringId), before)
  }),
  test("is one of more than the limit: the largest that is not is kept and runs", function*() {
    const { run } = yield* manager
    const label = textOf(mebibyte - 200)
    const running = yield* Effect.forkChild(run(Work.template(doing(label))))
    yield* Testing.runUntilIdle()
    assert.strictEqual((yield* Fiber.join(running)).length, label.length)
  }),
  configured(
    { maxValueSize: 1_000 },
    test("has another limit if the manager is told so", function*() {
      const { addTaskToQueue } = yield* manager
      yield* addTaskToQueue(Work.template(doing(textOf(800))))
      const error = yield* Effect.flip(addTaskToQueue(Work.template(doing(textOf(1_000)))))
      assert.deepInclude(error, { _tag: "TaskTooLarge", limit: 1_000 })
    })
  )
])

const beginningOf = (value: unknown): string => String(value).slice(0, 100)

/** What became of a task with a result of so many bytes, for the one who waits for it and for all others. */
const endOf = Effect.fnUntraced(function*(size: number, end: typeof Bulky.payloadSchema.Type["end"]) {
  const { addTaskToQueue, awaitTask, getTask } = yield* manager
  const taskId = yield* addTaskToQueue(Bulky.template({ size, end }))
  const waiting = yield* Effect.forkChild(Effect.exit(awaitTask(Bulky, taskId)), { startImmediately: true })
  yield* Testing.runUntilIdle()
  const heard = beginningOf(yield* Fiber.join(waiting))
  // what is stored says the same
  assert.strictEqual(beginningOf(yield* Effect.exit(awaitTask(Bulky, taskId))), heard)
  return { heard, task: yield* getTask(taskId) }
})

export const results = theme("a result that is too large", [
  test("of a success fails the task, which says so", function*() {
    const { heard, task } = yield* endOf(17 * mebibyte, "success")
    assert.include(heard, "TaskTooLarge")
    assert.deepInclude(task, { status: "failed", attempt: 1, result: Option.none() })
    const { message, type } = Option.getOrThrow(task.error)
    assert.strictEqual(type, "TaskTooLarge")
    assert.include(message, `The success of the task "Bulky" has ${17 * mebibyte + 2} bytes as JSON`)
    assert.deepInclude(Option.getOrThrow(task.typedError), { _tag: "TaskTooLarge", part: "success" })
  }),
  test("of an error is replaced, and its trace tells what it was", function*() {
    const { heard, task } = yield* endOf(17 * mebibyte, "error")
    assert.include(heard, "TaskTooLarge")
    assert.strictEqual(task.status, "failed")
    const { message, trace, type } = Option.getOrThrow(task.error)
    assert.strictEqual(type, "TaskTooLarge")
    assert.include(message, `The error of the task "Bulky"`)
    assert.include(trace, "It weighs too much")
    assert.deepInclude(Option.getOrThrow(task.typedError), { _tag: "TaskTooLarge", part: "error" })
  }),
  test("of a defect is cut", function*() {
    const { task } = yield* endOf(17 * mebibyte, "defect")
    const { message, trace } = Option.getOrThrow(task.error)
    assert.isBelow(message.length, 20_000)
    assert.isBelow(trace.length, 70_000)
    assert.match(message, /^x+… \(\d+ more characters\)$/)
  }),
  test("is one of more than the limit: the largest that is not is kept", function*() {
    const { task } = yield* endOf(mebibyte - 2, "success")
    assert.strictEqual(task.status, "done")
    assert.strictEqual((yield* endOf(mebibyte - 1, "success")).task.status, "failed")
  }),
  test("stops nothing else: the list of tasks can be read, and the next one runs", function*() {
    const { getAllTasks, searchTasks } = yield* manager
    yield* endOf(17 * mebibyte, "success")
    const { task } = yield* endOf(2, "success")
    assert.strictEqual(task.status, "done")
    assert.lengthOf(yield* getAllTasks, 2)
    assert.lengthOf(yield* searchTasks({ taskType: "Bulky" }), 2)
  }),
  configured(
    { maxValueSize: 4 * mebibyte },
    test("has another limit if the manager is told so, and everything that fits can be read", function*() {
      const { getAllTasks } = yield* manager
      const { task } = yield* endOf(4 * mebibyte - 2, "success")
      assert.strictEqual(task.status, "done")
      assert.lengthOf(yield* getAllTasks, 1)
    })
  )
])

export const reports = theme("a report that is too large", [
  test("is cut, and an address that is too long is left out", function*() {
    const { addTaskToQueue, getTask } = yield* manager
    const taskId = yield* addTaskToQueue(Bulky.template({ size: 17 * mebibyte, end: "report" }, { img: "a.png" }))
    yield* Testing.runUntilIdle()
    const { body, heading, img, status } = yield* getTask(taskId)
    assert.strictEqual(status, "done")
    assert.isBelow(Option.getOrThrow(heading).length, 70_000)
    assert.isBelow(Option.getOrThrow(body).length, 70_000)
    assert.deepStrictEqual(img, Option.some("a.png"))
  }),
  test("is cut as a note, too", function*() {
    const { addTaskToQueue, cancelTask, getTask } = yield* manager
    const taskId = yield* addTaskToQueue(Work.template(doing("a", { _tag: "Never" })))
    yield* cancelTask(taskId, { note: textOf(17 * mebibyte) })
    assert.isBelow(JSON.stringify((yield* getTask(taskId)).typedError).length, 70_000)
  })
])
