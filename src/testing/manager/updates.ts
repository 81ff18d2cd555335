/**
 * Live updates: nothing is missing between the state and its changes, and a slow reader slows down nobody.
 */
import { assert } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { TaskEvent, TaskUpdate } from "../../TaskEvent.ts"
import * as TaskEvents from "../../TaskEvents.ts"
import { isFinal } from "../../TaskInfo.ts"
import { over, theme } from "../internal/suite.ts"
import * as Testing from "../Testing.ts"
import { addHourly, doing, manager, Single, sleeping, test, Work } from "./world.ts"

/** Reads a stream into an array from now on. */
const collect = Effect.fnUntraced(function*<A, E>(stream: Stream.Stream<A, E>) {
  const seen: Array<A> = []
  yield* Effect.forkScoped(Stream.runForEach(stream, (one) => Effect.sync(() => seen.push(one))))
  yield* Testing.settle
  return seen
})

const labelOf = (update: TaskUpdate) => (update.payload as { readonly label: string }).label

const statuses = (updates: ReadonlyArray<TaskUpdate>) => updates.map((update) => `${labelOf(update)} ${update.status}`)

/** The numbers that a reader has seen or was told that it lost, from the first to the last. */
const accounted = (events: ReadonlyArray<TaskEvent>): ReadonlyArray<number> =>
  events.flatMap((event) =>
    event._tag === "Gap"
      ? Array.from({ length: event.to - event.from + 1 }, (_, i) => event.from + i)
      : [event.sequence]
  )

const isContiguous = (numbers: ReadonlyArray<number>) => numbers.every((n, i) => i === 0 || n === numbers[i - 1]! + 1)

export const updates = theme("updates", [
  test("begin with what is there and go on with every change", function*() {
    const { addTaskToQueue, updates } = yield* manager
    yield* addTaskToQueue(Work.template(doing("before")))
    yield* addTaskToQueue(Single.template(sleeping("during", "1 minute")))
    yield* Testing.settle
    const seen = yield* collect(updates)
    yield* addTaskToQueue(Work.template(doing("after")))
    yield* Testing.runUntilIdle()
    assert.deepStrictEqual(statuses(seen), [
      "before done",
      "during running",
      "after queued",
      "after running",
      "after done",
      "during done"
    ])
    assert.isTrue(seen.every(({ lost }) => lost === 0))
  }),
  test("have no hole, whenever a reader comes", function*() {
    const { addTaskToQueue, events } = yield* manager
    const readers: Array<ReadonlyArray<TaskEvent>> = []
    yield* addHourly({})
    for (let i = 0; i < 30; i++) {
      yield* addTaskToQueue(Work.template(sleeping(`t${i}`, i)))
      readers.push(yield* collect(events))
    }
    yield* Testing.advance("2 hours")
    for (const events of readers) {
      const last = events.map((event) => event._tag === "Gap" ? event.to : event.sequence)
      const first = last[0]!
      assert.isTrue(isContiguous(last.filter((sequence) => sequence > first)))
      assert.notInclude(events.map(({ _tag }) => _tag), "Gap")
    }
    assert.isTrue(readers.every((events) => accounted(events).at(-1) === accounted(readers[0]!).at(-1)))
  }),
  test("reach every reader", function*() {
    const { addTaskToQueue, updates } = yield* manager
    const readers = [yield* collect(updates), yield* collect(updates), yield* collect(updates)]
    for (let i = 0; i < 20; i++) yield* addTaskToQueue(Work.template(doing(`t${i}`)))
    yield* Testing.runUntilIdle()
    for (const seen of readers) assert.deepStrictEqual(statuses(seen), statuses(readers[0]!))
    assert.strictEqual(readers[0]?.length, 60)
  }),
  test("of one task go up to its end", function*() {
    const { addTaskToQueue, taskUpdates } = yield* manager
    const taskId = yield* addTaskToQueue(Single.template(sleeping("a", "1 minute")))
    const reader = yield* Effect.forkChild(Stream.runCollect(taskUpdates(taskId)))
    yield* addTaskToQueue(Single.template(doing("b")))
    yield* Testing.runUntilIdle()
    const seen = yield* Fiber.join(reader)
    assert.deepStrictEqual([...new Set(statuses(seen))].at(-1), "a done")
    assert.isTrue(seen.every((update) => update.taskId === taskId))
    assert.deepStrictEqual(statuses(yield* Stream.runCollect(taskUpdates(taskId))), ["a done"])
  }),
  test("of one task end when it is removed", function*() {
    const { addTaskToQueue, removeTask, taskUpdates } = yield* manager
    yield* addTaskToQueue(Single.template(sleeping("a", "1 minute")))
    const taskId = yield* addTaskToQueue(Single.template(doing("b")))
    const reader = yield* Effect.forkChild(Stream.runCollect(taskUpdates(taskId)))
    yield* Testing.settle
    yield* removeTask(taskId)
    const seen = yield* Fiber.join(reader)
    assert.isTrue(isFinal(seen.at(-1)!.status))
  }),
  test("of an unknown task are a typed error", function*() {
    const { taskUpdates } = yield* manager
    assert.strictEqual((yield* Effect.flip(Stream.runDrain(taskUpdates("unknown"))))._tag, "TaskNotFound")
  }),
  test("tell of recurring tasks and of what is removed", function*() {
    const { events, removeRecurringTask, removeTask } = yield* manager
    const seen = yield* collect(events)
    yield* addHourly({})
    yield* Testing.advance("1 hour")
    const task = seen.find((event) => event._tag === "TaskUpdate")!
    yield* removeTask(task.taskId)
    yield* removeRecurringTask("hourly")
    yield* Testing.settle
    assert.includeMembers([...new Set(seen.map(({ _tag }) => _tag))], [
      "RecurringTaskUpdate",
      "TaskUpdate",
      "TaskRemoved",
      "RecurringTaskRemoved"
    ])
  })
])

/** Reports progress from 1 to 99, a millisecond apart. */
const chatty = Array.from({ length: 99 }, (_, i) => i + 1).flatMap((progress) => [
  { _tag: "Say", progress } as const,
  { _tag: "Sleep", millis: 1 } as const
])

export const progress = theme("progress", [
  test("is told at most twenty times a second, and always the last of it", function*() {
    const { addTaskToQueue, updates } = yield* manager
    const seen = yield* collect(updates)
    yield* addTaskToQueue(Work.template(doing("a", ...chatty)))
    yield* Testing.runUntilIdle()
    const told = seen.filter(({ status }) => status === "running").map(({ progress }) => progress)
    assert.isAtMost(told.length, 1 + 99 / 50 + 1)
    assert.strictEqual(told.at(-1), 99)
    assert.deepInclude(seen.at(-1), { status: "done", progress: 100 })
  }),
  test("never comes after the end", function*() {
    const { addTaskToQueue, updates } = yield* manager
    const seen = yield* collect(updates)
    yield* addTaskToQueue(Work.template(doing("a", ...chatty, { _tag: "Fail" })))
    yield* Testing.advance("1 minute")
    assert.deepInclude(seen.at(-1), { status: "failed", progress: 99 })
    assert.strictEqual(seen.filter(({ status }) => isFinal(status)).length, 1)
  }),
  test("that stops for a while is told without the end of the task", function*() {
    const { addTaskToQueue, updates } = yield* manager
    const seen = yield* collect(updates)
    const steps = doing("a", { _tag: "Say", progress: 1 }, { _tag: "Say", progress: 2 }, { _tag: "Never" })
    yield* addTaskToQueue(Work.template(steps))
    yield* Testing.advance("1 second")
    assert.strictEqual(seen.at(-1)?.progress, 2)
  })
])

export const endings = theme("the end of a task", [
  test("is visible together with everything that belongs to it", function*() {
    const { addTaskToQueue, getTask, updates } = yield* manager
    const problems: Array<string> = []
    const check = Effect.fnUntraced(function*(update: TaskUpdate) {
      const task = yield* getTask(update.taskId)
      for (const { completedAt, error, status } of [update, task]) {
        if (isFinal(status) !== Option.isSome(completedAt)) problems.push(`${status} without its time`)
        if (status === "failed" && Option.isNone(error)) problems.push("failed without its error")
      }
      if (isFinal(update.status) && task.status !== update.status) problems.push("the end was told before it was kept")
    })
    yield* Effect.forkScoped(Stream.runForEach(updates, check))
    yield* Testing.settle
    for (let i = 0; i < 5; i++) {
      yield* addTaskToQueue(Work.template(sleeping(`done ${i}`, i * 10)))
      yield* addTaskToQueue(Work.template(doing(`failed ${i}`, { _tag: "Fail" })))
    }
    yield* Testing.runUntilIdle()
    assert.deepStrictEqual(problems, [])
  }),
  test("of an instance is visible together with its outcome and counters", function*() {
    const { getRecurringTask, outcomes, updates } = yield* manager
    const seen: Array<readonly [string | undefined, number, number]> = []
    const check = Effect.fnUntraced(function*(update: TaskUpdate) {
      if (!isFinal(update.status)) return
      const [newest] = yield* outcomes("hourly")
      const { totalFailures, totalRuns } = yield* getRecurringTask("hourly")
      seen.push([Option.getOrUndefined(newest!.status), totalRuns, totalFailures])
    })
    yield* Effect.forkScoped(Stream.runForEach(updates, check))
    yield* addHourly({ payload: doing("a", { _tag: "Fail" }) })
    yield* Testing.advance("2 hours")
    assert.deepStrictEqual(seen, [["failed", 1, 1], ["failed", 2, 2]])
  })
])

const small = Layer.succeed(TaskEvents.Capacity, 16)

/** What a reader gets that reads nothing until 50 tasks have ended, and everything then. */
const readLate = Effect.fnUntraced(function*<A, E>(stream: Stream.Stream<A, E>) {
  const { addTaskToQueue } = yield* manager
  const gate = yield* Latch.make()
  const seen: Array<A> = []
  yield* Effect.forkScoped(
    Stream.runForEach(stream, (one) => Effect.andThen(gate.await, Effect.sync(() => seen.push(one))))
  )
  yield* Testing.settle
  for (let i = 0; i < 50; i++) yield* addTaskToQueue(Work.template(doing(`t${i}`)))
  yield* Testing.runUntilIdle()
  yield* gate.open
  yield* Testing.settle
  // losses are reported with the next update; the last event may have been that old tasks were pruned
  yield* addTaskToQueue(Work.template(doing("last")))
  yield* Testing.runUntilIdle()
  return seen
})

export const slowReaders = theme("a slow reader", [
  over(
    small,
    test("is told what it has lost", function*() {
      const { events } = yield* manager
      const seen = yield* readLate(events)
      assert.include(seen.map(({ _tag }) => _tag), "Gap")
      assert.isTrue(isContiguous(accounted(seen)))
      assert.deepInclude(seen.findLast((event) => event._tag === "TaskUpdate"), { status: "done" })
    })
  ),
  over(
    small,
    test("of updates is told how many", function*() {
      const { updates } = yield* manager
      const seen = yield* readLate(updates)
      assert.isAbove(seen.reduce((sum, { lost }) => sum + lost, 0), 0)
    })
  ),
  over(
    small,
    test("slows neither a task nor another reader", function*() {
      const { addTaskToQueue, updates } = yield* manager
      yield* Effect.forkScoped(Stream.runForEach(updates, () => Effect.never))
      const fast = yield* collect(updates)
      const before = yield* DateTime.now
      for (let i = 0; i < 50; i++) {
        yield* addTaskToQueue(Work.template(doing(`t${i}`)))
        yield* Testing.settle
      }
      assert.strictEqual(fast.filter(({ status }) => status === "done").length, 50)
      assert.isTrue(fast.every(({ lost }) => lost === 0))
      assert.deepStrictEqual(yield* DateTime.now, before)
    })
  )
])
