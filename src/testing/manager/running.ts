/**
 * Single tasks: queueing them, running them, and waiting for them.
 */
import { assert } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { TaskStore } from "../../TaskStore.ts"
import { theme } from "../internal/suite.ts"
import * as Testing from "../Testing.ts"
import { doing, journal, manager, Orphan, Retrying, Single, sleeping, test, Work, WorkFailed } from "./world.ts"

export const running = theme("running a task", [
  test("gives its typed result", function*() {
    const { run } = yield* manager
    assert.strictEqual(yield* run(Work.template(doing("a"))), "a")
  }),
  test("gives its typed error", function*() {
    const { run } = yield* manager
    const error = yield* Effect.flip(run(Work.template(doing("a", { _tag: "Fail" }))))
    assert.instanceOf(error, WorkFailed)
    assert.strictEqual(error.message, "a failed as it was told to.")
  }),
  test("gives a defect as a defect, and records it", function*() {
    const { getAllTasks, run } = yield* manager
    const exit = yield* Effect.exit(run(Work.template(doing("a", { _tag: "Die", text: "oh no" }))))
    assert.isTrue(Exit.hasDies(exit))
    const [task] = yield* getAllTasks
    assert.strictEqual(task?.status, "failed")
    assert.deepInclude(Option.getOrThrow(task!.error), { type: "Error", message: "oh no" })
    assert.include(Option.getOrThrow(task!.error).trace, "oh no")
  }),
  test("records that its error does not fit its schema, with what it was", function*() {
    const { addTaskToQueue, awaitTask, getTask } = yield* manager
    const taskId = yield* addTaskToQueue(Work.template(doing("a", { _tag: "Misfit" })))
    yield* Testing.runUntilIdle()
    const { error, typedError } = yield* getTask(taskId)
    const { message, trace, type } = Option.getOrThrow(error)
    const note = `What the task "Work" failed with does not fit its error: label: Expected string`
    assert.strictEqual(type, "WorkFailed")
    assert.strictEqual(message, `7 failed as it was told to. (${note})`)
    assert.match(trace, /^WorkFailed: 7 failed as it was told to\.\n +at /)
    assert.isTrue(trace.endsWith(`\n(${note})`))
    assert.deepStrictEqual(typedError, Option.none())
    // whoever asks for what is stored is told the same, as a defect
    const [reason] = (yield* Effect.flip(Effect.sandbox(awaitTask(Work, taskId)))).reasons
    assert.deepInclude(reason, { _tag: "Die" })
    assert.include(Cause.pretty(Cause.fromReasons([reason!])), note)
  }),
  test("records when it was queued, began and ended", function*() {
    const { addTaskToQueue, getTask } = yield* manager
    const taskId = yield* addTaskToQueue(Single.template(sleeping("a", "5 seconds")))
    const second = yield* addTaskToQueue(Single.template(sleeping("b", "5 seconds")))
    yield* Testing.runUntilIdle()
    const task = yield* getTask(second)
    assert.deepInclude(yield* getTask(taskId), { status: "done", progress: 100, attempt: 1, error: Option.none() })
    const times = [Option.some(task.createdAt), task.startedAt, task.completedAt].map(Option.map(DateTime.formatIso))
    assert.deepStrictEqual(times.map(Option.getOrThrow), [
      "2026-01-01T00:00:00.000Z",
      "2026-01-01T00:00:05.000Z",
      "2026-01-01T00:00:10.000Z"
    ])
  }),
  test("is one of many that are queued together, and run in their order", function*() {
    const { addTasksToQueue, getTask } = yield* manager
    const templates = ["a", "b", "c"].map((label) => Single.template(sleeping(label, "1 second")))
    const taskIds = yield* addTasksToQueue(templates)
    assert.deepStrictEqual(yield* addTasksToQueue(templates.slice(3)), [])
    yield* Testing.runUntilIdle()
    assert.deepStrictEqual((yield* journal).filter((line) => line.endsWith("starts")), [
      "0s a starts",
      "1s b starts",
      "2s c starts"
    ])
    for (const taskId of taskIds) assert.strictEqual((yield* getTask(taskId)).status, "done")
  }),
  test("is queued with all others or none", function*() {
    const { addTasksToQueue, getAllTasks } = yield* manager
    const templates = [Work.template(doing("a")), { ...Work.template(doing("b")), semaphore: "nowhere" }]
    assert.strictEqual((yield* Effect.flip(addTasksToQueue(templates)))._tag, "TaskPoolNotFound")
    yield* Testing.settle
    assert.deepStrictEqual(yield* getAllTasks, [])
  }),
  test("shows what its template says, and what it says itself", function*() {
    const { addTaskToQueue, getTask } = yield* manager
    const say = { _tag: "Say", progress: 40, body: "halfway" } as const
    const taskId = yield* addTaskToQueue(
      Work.template(doing("a", say, { _tag: "Sleep", millis: 1_000 }), { heading: "Daily", img: "a.png", priority: 3 })
    )
    yield* Testing.settle
    const task = yield* getTask(taskId)
    assert.deepInclude(task, { taskType: "Work", status: "running", progress: 40, priority: 3 })
    assert.deepStrictEqual([task.heading, task.body, task.img], ["Daily", "halfway", "a.png"].map(Option.some))
  }),
  test("does not keep a progress that is out of range", function*() {
    const { addTaskToQueue, getTask } = yield* manager
    const progressOf = Effect.fnUntraced(function*(progress: number) {
      const steps = doing("a", { _tag: "Say", progress }, { _tag: "Sleep", millis: 1_000 })
      const taskId = yield* addTaskToQueue(Work.template(steps))
      yield* Testing.settle
      const task = yield* getTask(taskId)
      yield* Testing.runUntilIdle()
      return task.progress
    })
    assert.deepStrictEqual(yield* Effect.forEach([-7, 0, 33.3, 250], progressOf), [-1, 0, 33.3, 100])
  }),
  test("is refused when nobody handles it, unless another process may", function*() {
    const { addTaskToQueue } = yield* manager
    const { durable } = yield* TaskStore
    const enqueued = addTaskToQueue(Orphan.template(doing("a"))).pipe(Effect.provide(Orphan.handledElsewhere))
    const text = yield* Effect.match(enqueued, { onFailure: ({ message }) => message, onSuccess: () => "queued" })
    assert.strictEqual(
      text,
      durable
        ? "queued"
        : `No handler for the task "Orphan" is provided here. Provide the layer made by Orphan.toLayer(...). ` +
          "Orphan.handledElsewhere is enough only to queue the task on a database, where another process finds it, " +
          "and not in memory."
    )
  }),
  test("ends as failed when its handler throws instead of making an Effect, and makes room", function*() {
    const { addTaskToQueue, getAllTasks } = yield* manager
    for (const label of ["a", "b"]) {
      yield* addTaskToQueue(Single.template(doing(label, { _tag: "Throw", text: `${label} throws` })))
    }
    yield* Testing.runUntilIdle()
    const tasks = yield* getAllTasks
    assert.deepStrictEqual(
      tasks.map(({ error, status }) => [status, Option.getOrThrow(error).message]),
      [["failed", "a throws"], ["failed", "b throws"]]
    )
  }),
  test("ends as failed when it interrupts itself, and does not interrupt who waits for it", function*() {
    const { getAllTasks, run } = yield* manager
    const exit = yield* Effect.exit(run(Work.template(doing("a", { _tag: "Leave" }))))
    assert.isTrue(Exit.isFailure(exit) && !Cause.hasInterrupts(exit.cause))
    const [task] = yield* getAllTasks
    assert.strictEqual(task?.status, "failed")
    assert.strictEqual(Option.getOrThrow(task!.error).type, "Interrupted")
  })
])

export const waiting = theme("waiting for a task", [
  test("cancels it when its caller is interrupted", function*() {
    const { getAllTasks, run } = yield* manager
    const caller = yield* Effect.forkChild(run(Work.template(sleeping("a", "1 hour"))))
    yield* Testing.advance("10 seconds")
    yield* Fiber.interrupt(caller)
    const [task] = yield* getAllTasks
    assert.strictEqual(task?.status, "cancelled")
    assert.include(Option.getOrThrow(task!.error).message, "CallerInterrupted")
    assert.deepStrictEqual(yield* journal, ["0s a starts", "10s a is interrupted"])
  }),
  test("cancels it when its caller has waited long enough", function*() {
    const { run } = yield* manager
    const caller = yield* Effect.forkChild(
      Effect.timeoutOption(run(Work.template(sleeping("a", "1 hour"))), "1 minute")
    )
    yield* Testing.advance("1 minute")
    assert.deepStrictEqual(yield* Fiber.join(caller), Option.none())
    assert.deepStrictEqual(yield* journal, ["0s a starts", "1m a is interrupted"])
  }),
  test("cancels one that still waits in its pool, which then never runs", function*() {
    const { addTaskToQueue, run } = yield* manager
    yield* addTaskToQueue(Single.template(sleeping("a", "1 minute")))
    const caller = yield* Effect.forkChild(run(Single.template(doing("b"))))
    yield* Testing.settle
    yield* Fiber.interrupt(caller)
    yield* Testing.runUntilIdle()
    assert.deepStrictEqual(yield* journal, ["0s a starts", "1m a ends"])
  }),
  test("tells its caller why it was cancelled", function*() {
    const { cancelTask, getAllTasks, run } = yield* manager
    const caller = yield* Effect.forkChild(Effect.flip(run(Work.template(sleeping("a", "1 hour")))))
    yield* Testing.settle
    const [task] = yield* getAllTasks
    yield* cancelTask(task!.taskId, { note: "not needed" })
    const error = yield* Fiber.join(caller)
    assert.deepInclude(error, { _tag: "TaskCancelled", reason: "Requested", note: "not needed", unresponsive: false })
  })
])

export const awaiting = theme("waiting for a task that was queued before", [
  test("gives its typed result and its typed error, before and after it has ended", function*() {
    const { addTasksToQueue, awaitTask } = yield* manager
    const [well, badly] = yield* addTasksToQueue([
      Work.template(sleeping("a", "1 minute")),
      Retrying.template(doing("b", { _tag: "Fail" }))
    ])
    const both = Effect.all([awaitTask(Work, well), Effect.flip(awaitTask(Retrying, badly))], { concurrency: 2 })
    const caller = yield* Effect.forkChild(both)
    yield* Testing.runUntilIdle()
    const results = [yield* Fiber.join(caller), yield* both]
    for (const result of results) assert.deepStrictEqual(result, ["a", new WorkFailed({ label: "b" })])
  }),
  test("leaves it alone when the caller no longer waits", function*() {
    const { addTaskToQueue, awaitTask, getTask } = yield* manager
    const taskId = yield* addTaskToQueue(Work.template(sleeping("a", "1 hour")))
    const caller = yield* Effect.forkChild(Effect.timeoutOption(awaitTask(Work, taskId), "1 minute"))
    yield* Testing.advance("1 minute")
    assert.deepStrictEqual(yield* Fiber.join(caller), Option.none())
    assert.strictEqual((yield* getTask(taskId)).status, "running")
    yield* Testing.runUntilIdle()
    assert.deepStrictEqual(yield* journal, ["0s a starts", "1h a ends"])
  }),
  test("says why it was cancelled or removed", function*() {
    const { addTaskToQueue, awaitTask, cancelTask, removeTask } = yield* manager
    const reasonOf = Effect.fnUntraced(function*(stop: typeof removeTask | typeof cancelTask) {
      const taskId = yield* addTaskToQueue(Work.template(sleeping("a", "1 hour")))
      const caller = yield* Effect.forkChild(Effect.flip(awaitTask(Work, taskId)))
      yield* Testing.settle
      yield* stop(taskId)
      const error = yield* Fiber.join(caller)
      return error._tag === "TaskCancelled" ? error.reason : error._tag
    })
    assert.deepStrictEqual(yield* Effect.forEach([cancelTask, removeTask], reasonOf), ["Requested", "Removed"])
  }),
  test("fails where there is no task of its type with the id", function*() {
    const { addTaskToQueue, awaitTask } = yield* manager
    const taskId = yield* addTaskToQueue(Work.template(doing("a")))
    const errors = [yield* Effect.flip(awaitTask(Single, taskId)), yield* Effect.flip(awaitTask(Work, "nobody"))]
    assert.deepStrictEqual(errors.map(({ _tag, message }) => [_tag, message]), [
      [
        "TaskNotFound",
        `There is no task of the type "Single" with the id "${taskId}": the one with this id is of another type.`
      ],
      ["TaskNotFound", `There is no task with the id "nobody". It may have been removed, or pruned by retention.`]
    ])
  }),
  test("lends its place to it, and does not wait for itself", function*() {
    const { addTaskToQueue, awaitTask } = yield* manager
    const taskId = yield* addTaskToQueue(Single.template(doing("a", { _tag: "Queue", millis: 1_000 })))
    yield* Testing.runUntilIdle()
    assert.strictEqual(yield* awaitTask(Single, taskId), "a")
    assert.deepStrictEqual(yield* journal, ["0s a starts", "0s a.1 starts", "1s a.1 ends", "1s a ends"])
    const itself = yield* Effect.exit(
      awaitTask(Work, yield* addTaskToQueue(Work.template(doing("b", { _tag: "Itself" }))))
    )
    assert.include(String(itself), "cannot wait for its own result")
  })
])

export const families = theme("parents and children", [
  test("a child knows its parent", function*() {
    const { addTaskToQueue, getAllTasks } = yield* manager
    const taskId = yield* addTaskToQueue(Work.template(doing("a", { _tag: "Children", count: 2, millis: 1_000 })))
    yield* Testing.runUntilIdle()
    const children = (yield* getAllTasks).filter(({ parentId }) => Option.isSome(parentId))
    assert.deepStrictEqual(children.map(({ parentId }) => Option.getOrThrow(parentId)), [taskId, taskId])
  }),
  test("a parent in a pool of one awaits children in the same pool", function*() {
    const { run } = yield* manager
    const family = Single.template(doing("a", { _tag: "Children", count: 2, millis: 1_000 }))
    const caller = yield* Effect.forkChild(run(family))
    yield* Testing.runUntilIdle()
    assert.strictEqual(yield* Fiber.join(caller), "a")
    assert.deepStrictEqual(yield* journal, [
      "0s a starts",
      "0s a.1 starts",
      "1s a.1 ends",
      "1s a.2 starts",
      "2s a.2 ends",
      "2s a ends"
    ])
  }),
  test("a full pool of parents does not wait for itself", function*() {
    const { addTaskToQueue, getAllTasks } = yield* manager
    for (const label of ["a", "b", "c", "d", "e"]) {
      yield* addTaskToQueue(Single.template(doing(label, { _tag: "Children", count: 1, millis: 1_000 })))
    }
    yield* Testing.runUntilIdle()
    assert.isTrue((yield* getAllTasks).every(({ status }) => status === "done"))
  }),
  test("a parent comes back before those that wait", function*() {
    const { addTaskToQueue } = yield* manager
    const family = doing("a", { _tag: "Children", count: 1, millis: 1_000 }, { _tag: "Sleep", millis: 1_000 })
    yield* addTaskToQueue(Single.template(family))
    yield* Testing.settle
    for (const label of ["b", "c"]) yield* addTaskToQueue(Single.template(sleeping(label, "10 seconds")))
    yield* Testing.runUntilIdle()
    const lines = yield* journal
    assert.isBelow(
      lines.findIndex((line) => line.endsWith("a ends")),
      lines.findIndex((line) => line.endsWith("c starts"))
    )
  }),
  test("a parent finds the results of all its children, however many those are and however late it asks", function*() {
    const { addTaskToQueue, getTask, run } = yield* manager
    const taskId = yield* addTaskToQueue(Work.template(doing("a", { _tag: "FanOut", count: 15 })))
    for (let i = 0; i < 15; i++) yield* run(Work.template(doing("another")))
    yield* Testing.runUntilIdle()
    assert.strictEqual((yield* getTask(taskId)).status, "done")
  }),
  test("an interrupted parent takes the child that it waits for along", function*() {
    const { addTaskToQueue, cancelTask, getAllTasks } = yield* manager
    const family = doing("a", { _tag: "Children", count: 1, millis: 3_600_000 })
    const taskId = yield* addTaskToQueue(Work.template(family))
    yield* Testing.settle
    yield* cancelTask(taskId)
    assert.deepStrictEqual((yield* getAllTasks).map(({ status }) => status), ["cancelled", "cancelled"])
    assert.deepStrictEqual((yield* journal).slice(2), ["0s a.1 is interrupted", "0s a is interrupted"])
  })
])
