/**
 * Concurrency keys: how many tasks with the same key are active, that the others are in nobody's way, and that none of
 * them is forgotten.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Task from "../../Task.ts"
import { theme } from "../internal/suite.ts"
import * as Testing from "../Testing.ts"
import { doing, journal, Keyed, manager, Paired, sleeping, test } from "./world.ts"

const started = Effect.map(journal, (lines) => lines.filter((line) => line.endsWith("starts")))

const lasting = (label: string) => Keyed.template(sleeping(label, "1 minute"))

const enqueue = (...labels: ReadonlyArray<string>) =>
  Effect.flatMap(manager, ({ addTaskToQueue }) => Effect.forEach(labels, (label) => addTaskToQueue(lasting(label))))

export const concurrency = theme("tasks with a concurrency key", [
  test("run one after another, and let those with other keys pass", function*() {
    yield* enqueue("acme/1", "acme/2", "acme/3", "beta/1", "no key", "acme/4", "no key")
    yield* Testing.runUntilIdle()
    assert.sameDeepMembers((yield* started).slice(0, 4), [
      "0s acme/1 starts",
      "0s beta/1 starts",
      "0s no key starts",
      "0s no key starts"
    ])
    assert.deepStrictEqual((yield* started).slice(4), ["1m acme/2 starts", "2m acme/3 starts", "3m acme/4 starts"])
  }),
  test("run as many at a time as their limit says", function*() {
    const { addTasksToQueue } = yield* manager
    const labels = ["acme/1", "acme/2", "acme/3", "acme/4", "acme/5"]
    yield* addTasksToQueue(labels.map((label) => Paired.template(sleeping(label, "1 minute"))))
    yield* Testing.runUntilIdle()
    assert.deepStrictEqual(yield* started, [
      "0s acme/1 starts",
      "0s acme/2 starts",
      "1m acme/3 starts",
      "1m acme/4 starts",
      "2m acme/5 starts"
    ])
  }),
  test("say that they are parked, and on what", function*() {
    const { backlog, getTask } = yield* manager
    const [first, second, free] = yield* enqueue("acme/1", "acme/2", "no key")
    yield* Testing.settle
    const concurrencyKey = Option.some("Keyed/acme")
    assert.deepInclude(yield* getTask(first!), { status: "running", concurrencyKey, parked: false })
    assert.deepInclude(yield* getTask(second!), { status: "queued", concurrencyKey, parked: true })
    assert.deepInclude(yield* getTask(free!), { concurrencyKey: Option.none(), parked: false })
    const keyed = (yield* backlog).find(({ taskType }) => taskType === "Keyed")
    assert.deepInclude(keyed, { waiting: 0, parked: 1 })
    yield* Testing.runUntilIdle()
    assert.deepInclude(yield* getTask(second!), { status: "done", concurrencyKey, parked: false })
  }),
  test("come in the order of their priority, and of their time within one", function*() {
    const { addTaskToQueue } = yield* manager
    for (const [label, priority] of [["acme/1", 0], ["acme/2", 0], ["acme/3", 5], ["acme/4", 0]] as const) {
      yield* addTaskToQueue(Keyed.template(sleeping(label, "1 minute"), { priority }))
      yield* Testing.settle
    }
    yield* Testing.runUntilIdle()
    assert.deepStrictEqual(yield* started, [
      "0s acme/1 starts",
      "1m acme/3 starts",
      "2m acme/2 starts",
      "3m acme/4 starts"
    ])
  }),
  test("wait while one with their key waits for its next attempt", function*() {
    const { addTaskToQueue } = yield* manager
    yield* addTaskToQueue(Keyed.template(doing("acme/1", { _tag: "Fail" })))
    yield* enqueue("acme/2", "beta/1")
    yield* Testing.runUntilIdle()
    assert.deepStrictEqual(yield* started, [
      "0s acme/1 starts",
      "0s beta/1 starts",
      "10s acme/1 starts",
      "10s acme/2 starts"
    ])
  }),
  test("go on when one with their key is cancelled, dies or interrupts itself", function*() {
    const { addTaskToQueue, cancelTask } = yield* manager
    const [first] = yield* enqueue("acme/1")
    yield* addTaskToQueue(Keyed.template(doing("acme/2", { _tag: "Die", text: "oh no" })))
    yield* addTaskToQueue(Keyed.template(doing("acme/3", { _tag: "Leave" })))
    yield* enqueue("acme/4")
    yield* Testing.advance("5 seconds")
    yield* cancelTask(first!)
    yield* Testing.runUntilIdle()
    assert.deepStrictEqual(yield* started, [
      "0s acme/1 starts",
      "5s acme/2 starts",
      "5s acme/3 starts",
      "5s acme/4 starts"
    ])
  }),
  test("never run once they are cancelled or removed while they are parked", function*() {
    const { cancelTask, getTask, removeTask } = yield* manager
    const [, second, third] = yield* enqueue("acme/1", "acme/2", "acme/3", "acme/4")
    yield* Testing.settle
    assert.deepInclude(yield* cancelTask(second!), { status: "cancelled", parked: false })
    yield* removeTask(third!)
    assert.strictEqual((yield* Effect.flip(getTask(third!)))._tag, "TaskNotFound")
    yield* Testing.runUntilIdle()
    assert.deepStrictEqual(yield* started, ["0s acme/1 starts", "1m acme/4 starts"])
  }),
  test("are waited for, and cancelled with the one who waits", function*() {
    const { run } = yield* manager
    const waiting = yield* Effect.forEach(
      ["acme/1", "acme/2", "acme/3"],
      (label) => Effect.forkChild(run(lasting(label)), { startImmediately: true })
    )
    yield* Testing.settle
    yield* Fiber.interrupt(waiting[1]!)
    yield* Testing.runUntilIdle()
    assert.deepStrictEqual(yield* Fiber.await(waiting[2]!), Exit.succeed("acme/3"))
    assert.deepStrictEqual(yield* started, ["0s acme/1 starts", "1m acme/3 starts"])
  }),
  test("may run one with their key, which is part of them", function*() {
    const { addTaskToQueue } = yield* manager
    yield* addTaskToQueue(Keyed.template(doing("acme/1", { _tag: "Inner" })))
    yield* enqueue("acme/2")
    yield* Testing.runUntilIdle()
    assert.deepStrictEqual(yield* started, ["0s acme/1 starts", "0s acme/1.1 starts", "1m acme/2 starts"])
  }),
  test("keep their key as part of another one, and wait for it when they are queued again", function*() {
    const { addTaskToQueue, getTask, retryTask, searchTasks } = yield* manager
    yield* addTaskToQueue(Keyed.template(doing("acme/1", { _tag: "Inner" })))
    yield* Testing.runUntilIdle()
    const concurrencyKey = Option.some("Keyed/acme")
    const [part, ...others] = yield* searchTasks({ concurrencyKey: "Keyed/acme" })
    assert.deepInclude(part, { concurrencyKey, parked: false })
    assert.strictEqual(others.length, 1)
    const again = [yield* retryTask(part!.taskId), yield* retryTask(part!.taskId)]
    yield* Testing.settle
    const infos = yield* Effect.forEach(again, getTask)
    assert.deepStrictEqual(infos.map(({ parked }) => parked), [false, true])
  }),
  test("are in line from their time on if they are for later", function*() {
    const { scheduleTask } = yield* manager
    yield* scheduleTask(lasting("acme/later"), { delay: "30 seconds" })
    yield* enqueue("acme/1", "acme/2")
    yield* Testing.advance("40 seconds")
    yield* enqueue("acme/3")
    yield* Testing.runUntilIdle()
    assert.deepStrictEqual(yield* started, [
      "0s acme/1 starts",
      "1m acme/later starts",
      "2m acme/2 starts",
      "3m acme/3 starts"
    ])
  }),
  test("start at their time if nothing is in their way", function*() {
    const { scheduleTask } = yield* manager
    yield* scheduleTask(lasting("acme/1"), { delay: "30 seconds" })
    yield* scheduleTask(lasting("acme/2"), { delay: "30 seconds" })
    yield* Testing.runUntilIdle()
    assert.deepStrictEqual(yield* started, ["30s acme/1 starts", "1m 30s acme/2 starts"])
  }),
  test("may be instances of recurring tasks", function*() {
    const { addRecurringTask, getRecurringTask, outcomes } = yield* manager
    yield* addRecurringTask({ recurringId: "r1", cronExpression: "*/2 * * * *", templateTask: lasting("acme/r1") })
    yield* addRecurringTask({ recurringId: "r2", cronExpression: "*/2 * * * *", templateTask: lasting("acme/r2") })
    yield* Testing.advance("119 seconds")
    yield* enqueue("acme/1")
    yield* Testing.advance("6 minutes")
    const lines = yield* started
    assert.strictEqual(lines[0], "1m 59s acme/1 starts")
    assert.sameMembers(lines.slice(1, 3).map((line) => line.replace(/.* acme/, "acme")), [
      "acme/r1 starts",
      "acme/r2 starts"
    ])
    assert.deepStrictEqual(lines.slice(1, 5).map((line) => line.split(" acme")[0]), [
      "2m 59s",
      "3m 59s",
      "4m 59s",
      "6m"
    ])
    assert.isAtLeast((yield* getRecurringTask("r1")).totalRuns, 2)
    assert.isAtLeast((yield* outcomes("r2")).length, 2)
  }),
  test("can be queued again once they have ended", function*() {
    const { cancelTask, getTask, retryTask } = yield* manager
    const [first] = yield* enqueue("acme/1", "acme/2")
    yield* Testing.settle
    yield* cancelTask(first!)
    const again = yield* retryTask(first!)
    yield* Testing.settle
    assert.deepInclude(yield* getTask(again), { status: "queued", parked: true })
    yield* Testing.runUntilIdle()
    assert.deepStrictEqual(yield* started, ["0s acme/1 starts", "0s acme/2 starts", "1m acme/1 starts"])
  }),
  test("are many, and none of them is forgotten", function*() {
    const { addTasksToQueue, searchTasks } = yield* manager
    const labels = Array.from({ length: 600 }, (_, i) => `${i % 30}/${i}`)
    yield* addTasksToQueue(labels.map((label) => Keyed.template(doing(label))))
    yield* Testing.runUntilIdle()
    assert.strictEqual((yield* started).length, 600)
    assert.deepStrictEqual(yield* searchTasks({ status: "queued" }), [])
    const ofOne = (yield* started).flatMap((line) => line.includes(" 7/") ? line.split(" ")[1]! : [])
    assert.deepStrictEqual(ofOne, labels.filter((label) => label.startsWith("7/")))
  }),
  test("have a key that is a short text, and a limit that lets one run", function*() {
    const keyOf = (key: unknown) => Task.make("Odd", { concurrency: { key: () => key as string } })
    assert.throws(() => keyOf(5).template(), /concurrency key is of the type number: give a text/)
    assert.throws(() => keyOf("x".repeat(201)).template(), /concurrency key has 201 characters, and may have 200/)
    assert.isNull(keyOf(undefined).template().concurrency)
    assert.deepStrictEqual(keyOf("").template().concurrency, { key: "Odd/", limit: 1 })
    assert.throws(
      () => Task.make("Odd", { concurrency: { key: () => "a", limit: 0 } }),
      `The option "Odd.concurrency.limit" is 0: give a whole number, 1 or more.`
    )
    yield* Effect.void
  })
])
