/**
 * Named pools: how many tasks run, which is next, and that no pool waits for another.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Task from "../../Task.ts"
import { theme } from "../internal/suite.ts"
import * as Testing from "../Testing.ts"
import { configured, Disk, doing, journal, manager, Multiple, Single, sleeping, test, Work } from "./world.ts"

const enqueueMany = <T extends Task.Any>(count: number, template: (label: string) => Task.Template<T>) =>
  Effect.flatMap(
    manager,
    ({ addTaskToQueue }) =>
      Effect.forEach(Array.from({ length: count }, (_, i) => String(i + 1)), (label) => addTaskToQueue(template(label)))
  )

const started = Effect.map(journal, (lines) => lines.filter((line) => line.endsWith("starts")))

export const pools = theme("pools", [
  test("default runs three at a time", function*() {
    yield* enqueueMany(7, (label) => Work.template(sleeping(label, "1 minute")))
    yield* Testing.runUntilIdle()
    assert.deepStrictEqual(yield* started, [
      "0s 1 starts",
      "0s 2 starts",
      "0s 3 starts",
      "1m 4 starts",
      "1m 5 starts",
      "1m 6 starts",
      "2m 7 starts"
    ])
  }),
  test("single runs one at a time, first come first served", function*() {
    yield* enqueueMany(3, (label) => Single.template(sleeping(label, "1 minute")))
    yield* Testing.runUntilIdle()
    assert.deepStrictEqual(yield* started, ["0s 1 starts", "1m 2 starts", "2m 3 starts"])
  }),
  test("a task has its place until what it has forked has ended", function*() {
    const { addTaskToQueue } = yield* manager
    yield* addTaskToQueue(Single.template(doing("a", { _tag: "Fork", millis: 3_000 })))
    yield* addTaskToQueue(Single.template(doing("b")))
    yield* Testing.runUntilIdle()
    assert.deepStrictEqual(yield* journal, ["0s a starts", "0s a ends", "3s a fork ends", "3s b starts", "3s b ends"])
  }),
  test("multiple runs ten at a time", function*() {
    yield* enqueueMany(12, (label) => Multiple.template(sleeping(label, "1 minute")))
    yield* Testing.settle
    assert.strictEqual((yield* started).length, 10)
  }),
  configured(
    { pools: { disk: 2, single: 2 } },
    test("a configuration adds pools and changes those that are there", function*() {
      yield* enqueueMany(3, (label) => Disk.template(sleeping(`disk ${label}`, "1 minute")))
      yield* enqueueMany(3, (label) => Single.template(sleeping(`single ${label}`, "1 minute")))
      yield* enqueueMany(4, (label) => Work.template(sleeping(`work ${label}`, "1 minute")))
      yield* Testing.settle
      assert.strictEqual((yield* started).length, 2 + 2 + 3)
    })
  ),
  test("a pool that is not configured is a typed error", function*() {
    const { addTaskToQueue } = yield* manager
    const error = yield* Effect.flip(addTaskToQueue(Disk.template(doing("a"))))
    assert.strictEqual(
      error.message,
      `The task "Disk" names the pool "disk", which is not configured. There are: single, multiple, default. ` +
        `Add it with TaskManager.configure({ pools: { "disk": 1 } }).`
    )
  }),
  test("a full pool does not hold another one up", function*() {
    yield* enqueueMany(100, (label) => Single.template(sleeping(`single ${label}`, "1 hour")))
    yield* enqueueMany(1, () => Work.template(doing("work")))
    yield* Testing.settle
    assert.include(yield* started, "0s work starts")
  }),
  test("a higher priority starts first, first come first served within one", function*() {
    const { addTaskToQueue } = yield* manager
    yield* addTaskToQueue(Single.template(sleeping("first", "1 minute")))
    for (const [label, priority] of [["a", 0], ["b", 5], ["c", -1], ["d", 5], ["e", 0]] as const) {
      yield* addTaskToQueue(Single.template(doing(label), { priority }))
    }
    yield* Testing.runUntilIdle()
    assert.deepStrictEqual(
      (yield* started).map((line) => line.split(" ")[1]),
      ["first", "b", "d", "a", "e", "c"]
    )
  }),
  test("failures, defects and cancellations give their slots back", function*() {
    const { addTaskToQueue, cancelTask } = yield* manager
    const fail = doing("fail", { _tag: "Fail" })
    const die = doing("die", { _tag: "Die", text: "oh no" })
    for (let i = 0; i < 5; i++) {
      yield* addTaskToQueue(Single.template(fail))
      yield* addTaskToQueue(Single.template(die))
      yield* addTaskToQueue(Single.template(doing("leave", { _tag: "Leave" })))
      yield* cancelTask(yield* addTaskToQueue(Single.template(doing("never", { _tag: "Never" }))))
    }
    yield* addTaskToQueue(Single.template(doing("last")))
    yield* Testing.runUntilIdle()
    assert.strictEqual((yield* journal).at(-1), "0s last ends")
  }),
  test("many tasks all run, however long the queue", function*() {
    yield* enqueueMany(1_000, (label) => Single.template(doing(label)))
    yield* Testing.runUntilIdle()
    assert.strictEqual((yield* started).length, 1_000)
  })
])
