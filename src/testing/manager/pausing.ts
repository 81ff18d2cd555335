/**
 * Task types that are paused: nothing of them starts, everything else goes on, and what has waited starts in its order.
 */
import { assert } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { theme } from "../internal/suite.ts"
import * as Testing from "../Testing.ts"
import { enqueue, start, test as life } from "./lives.ts"
import {
  addHourly,
  doing,
  hourly,
  journal,
  Keyed,
  manager,
  Multiple,
  Retrying,
  Single,
  sleeping,
  t0,
  test,
  timeline,
  Work
} from "./world.ts"

const started = Effect.map(journal, (lines) => lines.filter((line) => line.endsWith("starts")))

const backlogOf = (name: string) =>
  Effect.flatMap(manager, ({ backlog }) => Effect.map(backlog, (all) => all.find(({ taskType }) => taskType === name)))

const add = (label: string, options = {}) =>
  Effect.flatMap(manager, ({ addTaskToQueue }) => addTaskToQueue(Work.template(sleeping(label, "1 minute"), options)))

export const pausing = theme("a task type that is paused", [
  test("starts nothing, and in its order once it is resumed; what runs goes on", function*() {
    const { addTasksToQueue, pauseTaskType, resumeTaskType } = yield* manager
    yield* addTasksToQueue(["a", "b", "c", "d"].map((label) => Work.template(sleeping(label, "1 minute"))))
    yield* Testing.settle
    yield* pauseTaskType(Work)
    yield* add("e")
    yield* add("urgent", { priority: 5 })
    yield* Testing.advance("10 minutes")
    assert.deepStrictEqual(yield* journal, [
      ...["a", "b", "c"].map((label) => `0s ${label} starts`),
      ...["a", "b", "c"].map((label) => `1m ${label} ends`)
    ])
    assert.isTrue(yield* resumeTaskType("Work"))
    yield* Testing.runUntilIdle()
    assert.deepStrictEqual((yield* started).slice(3), [
      "10m urgent starts",
      "10m d starts",
      "10m e starts"
    ])
  }),
  test("starts nothing once the call returns, not even what was about to", function*() {
    const { addTasksToQueue, getAllTasks, pauseTaskType, resumeTaskType } = yield* manager
    yield* addTasksToQueue(Array.from({ length: 20 }, (_, i) => Multiple.template(sleeping(`${i}`, "1 second"))))
    yield* pauseTaskType(Multiple)
    const before = (yield* started).length
    yield* Testing.advance("1 minute")
    assert.lengthOf(yield* started, before)
    assert.lengthOf((yield* getAllTasks).filter(({ status }) => status === "queued"), 20 - before)
    yield* resumeTaskType(Multiple)
    yield* Testing.runUntilIdle()
    assert.lengthOf(yield* started, 20)
  }),
  test("lets those of other types in its pool pass", function*() {
    const { addTaskToQueue, pauseTaskType } = yield* manager
    yield* pauseTaskType(Work)
    for (const label of ["a", "b", "c", "d"]) yield* add(label)
    yield* addTaskToQueue(Retrying.template(sleeping("other", "1 second")))
    yield* Testing.advance("1 second")
    assert.deepStrictEqual(yield* journal, ["0s other starts", "1s other ends"])
  }),
  test("shows since when and why, even if nothing of it waits or nobody knows it", function*() {
    const { backlog, health, pauseTaskType, resumeTaskType } = yield* manager
    yield* pauseTaskType(Work, { note: "maintenance" })
    yield* Testing.advance("1 minute")
    yield* pauseTaskType("Work", { note: "still" })
    yield* pauseTaskType("no such type")
    const paused = { since: DateTime.makeUnsafe(t0), note: "still" }
    assert.deepInclude(yield* backlogOf("Work"), { waiting: 0, paused: Option.some(paused) })
    const since = DateTime.makeUnsafe(t0 + 60_000)
    assert.deepInclude(yield* backlogOf("no such type"), { waiting: 0, paused: Option.some({ since, note: "" }) })
    assert.deepStrictEqual((yield* health).paused, [
      { taskType: "Work", ...paused },
      { taskType: "no such type", since, note: "" }
    ])
    assert.isTrue(yield* resumeTaskType(Work))
    assert.isFalse(yield* resumeTaskType(Work))
    assert.isTrue(yield* resumeTaskType("no such type"))
    assert.deepStrictEqual((yield* health).paused, [])
    assert.isTrue((yield* backlog).every(({ paused }) => Option.isNone(paused)))
  }),
  test("begins no next attempt, and uses up no retries", function*() {
    const { addTaskToQueue, cancelTask, getTask, pauseTaskType, resumeTaskType } = yield* manager
    const taskId = yield* addTaskToQueue(Retrying.template(doing("a", { _tag: "Flaky", until: 3 })))
    const cancelled = yield* addTaskToQueue(Retrying.template(doing("b", { _tag: "Fail" })))
    yield* Testing.advance("5 seconds")
    yield* pauseTaskType(Retrying)
    yield* Testing.advance("1 hour")
    assert.deepInclude(yield* getTask(taskId), { status: "running", attempt: 1 })
    assert.strictEqual((yield* cancelTask(cancelled)).status, "cancelled")
    yield* resumeTaskType(Retrying)
    yield* Testing.runUntilIdle()
    assert.deepInclude(yield* getTask(taskId), { status: "done", attempt: 3 })
    assert.deepStrictEqual((yield* started).slice(2), ["1h 5s a starts", "1h 15s a starts"])
  }),
  test("can be cancelled, removed and retried task by task", function*() {
    const { cancelTask, getTask, pauseTaskType, removeTask, resumeTaskType, retryTask } = yield* manager
    yield* pauseTaskType(Work)
    const ids = yield* Effect.forEach(["a", "b", "c"], (label) => add(label))
    assert.strictEqual((yield* cancelTask(ids[0]!)).status, "cancelled")
    yield* removeTask(ids[1]!)
    const again = yield* retryTask(ids[0]!)
    yield* Testing.advance("1 minute")
    assert.strictEqual((yield* getTask(again)).status, "queued")
    yield* resumeTaskType(Work)
    yield* Testing.runUntilIdle()
    assert.deepStrictEqual(yield* started, ["1m c starts", "1m a starts"])
  }),
  test("holds what was scheduled, what is waited for, and children, whose parent waits", function*() {
    const { addTaskToQueue, pauseTaskType, resumeTaskType, run, scheduleTask } = yield* manager
    yield* pauseTaskType(Single)
    yield* scheduleTask(Single.template(doing("later")), { delay: "1 minute" })
    const waiting = yield* Effect.forkChild(run(Single.template(doing("awaited"))), { startImmediately: true })
    yield* addTaskToQueue(Work.template(doing("parent", { _tag: "Children", count: 1, millis: 0 })))
    yield* Testing.advance("10 minutes")
    assert.deepStrictEqual(yield* journal, ["0s parent starts"])
    yield* resumeTaskType(Single)
    yield* Testing.runUntilIdle()
    assert.strictEqual(yield* Fiber.join(waiting), "awaited")
    assert.include(yield* journal, "10m parent ends")
    assert.include(yield* journal, "10m later ends")
  }),
  test("goes on being decided: instances wait, and occurrences without room are skipped", function*() {
    const { pauseTaskType, resumeTaskType } = yield* manager
    yield* addHourly({})
    yield* pauseTaskType(Work)
    yield* Testing.advance("3 hours")
    assert.deepStrictEqual(yield* journal, [])
    assert.deepStrictEqual(yield* timeline, ["01:00 Started queued", "02:00 Skipped Overlap", "03:00 Skipped Overlap"])
    yield* resumeTaskType(Work)
    yield* Testing.advance("1 hour")
    assert.deepStrictEqual(yield* started, ["3h a starts", "4h a starts"])
    assert.strictEqual((yield* hourly).totalRuns, 2)
  }),
  test("still ends instances at their start deadline", function*() {
    const { pauseTaskType, resumeTaskType } = yield* manager
    yield* addHourly({ startDeadline: "10 minutes" })
    yield* pauseTaskType(Work)
    yield* Testing.advance("90 minutes")
    yield* resumeTaskType(Work)
    yield* Testing.advance("10 minutes")
    assert.deepStrictEqual(yield* journal, [])
  }),
  test("keeps the places of its concurrency keys", function*() {
    const { addTaskToQueue, pauseTaskType, resumeTaskType } = yield* manager
    const enqueue = (label: string) => addTaskToQueue(Keyed.template(sleeping(label, "1 minute")))
    yield* enqueue("acme/1")
    yield* enqueue("acme/2")
    yield* Testing.settle
    yield* pauseTaskType(Keyed)
    yield* enqueue("acme/3")
    yield* Testing.advance("5 minutes")
    yield* resumeTaskType(Keyed)
    yield* Testing.runUntilIdle()
    assert.deepStrictEqual(yield* started, ["0s acme/1 starts", "5m acme/2 starts", "6m acme/3 starts"])
  }),
  test("must have a name that a type can have", function*() {
    const { pauseTaskType, resumeTaskType } = yield* manager
    for (const name of ["", "  ", "half \ud83e", "x".repeat(501)]) {
      assert.strictEqual((yield* Effect.flip(pauseTaskType(name)))._tag, "InvalidTaskType")
      assert.strictEqual((yield* Effect.flip(resumeTaskType(name)))._tag, "InvalidTaskType")
    }
    assert.isTrue(Exit.isSuccess(yield* Effect.exit(pauseTaskType("x".repeat(500)))))
  }),
  test("keeps the beginning of a note that is long", function*() {
    const { pauseTaskType } = yield* manager
    const { note } = yield* pauseTaskType(Work, { note: "x".repeat(100_000) })
    assert.isBelow(note.length, 70_000)
    assert.include(note, "xxx")
  }),
  test("may be paused and resumed at once by many", function*() {
    const { getTask, pauseTaskType, resumeTaskType } = yield* manager
    yield* Effect.forEach(
      Array.from({ length: 20 }, (_, i) => i),
      (i): Effect.Effect<unknown, unknown> => i % 2 === 0 ? pauseTaskType(Work) : resumeTaskType(Work),
      { concurrency: "unbounded", discard: true }
    )
    yield* resumeTaskType(Work)
    const taskId = yield* add("a")
    yield* Testing.runUntilIdle()
    assert.strictEqual((yield* getTask(taskId)).status, "done")
  })
])

export const lifetimes = theme("a pause", [
  life("outlives the manager, with its time and note", function*() {
    const first = yield* start
    yield* first.within(Effect.flatMap(manager, (one) => one.pauseTaskType(Work, { note: "maintenance" })))
    yield* Testing.advance("1 minute")
    yield* first.stop
    const { stop, within } = yield* start
    yield* within(enqueue(Work.template(doing("a"))))
    yield* Testing.advance("1 minute")
    assert.deepStrictEqual(yield* journal, [])
    const paused = Option.some({ since: DateTime.makeUnsafe(t0), note: "maintenance" })
    assert.deepInclude(yield* within(backlogOf("Work")), { paused, waiting: 1 })
    yield* within(Effect.flatMap(manager, (one) => one.resumeTaskType(Work)))
    yield* Testing.advance("1 minute")
    assert.deepStrictEqual(yield* journal, ["2m a starts", "2m a ends"])
    yield* stop
  })
])
