/**
 * What a store must guarantee for concurrency keys: of all tasks with a key, no more are active than may be.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type TaskRecord, TaskStore } from "../../TaskStore.ts"
import { theme } from "../internal/suite.ts"
import { claim, claimed, config, ended, instance, keepAll, started, t0, task, test } from "./records.ts"

const parked = (taskId: string, key: string, given: Partial<TaskRecord> = {}): TaskRecord =>
  task(taskId, { concurrency: { key: `Backup/${key}`, limit: 1 }, parked: true, ...given })

const idsOf = (tasks: ReadonlyArray<TaskRecord>) => tasks.map(({ taskId }) => taskId)

const waiting = Effect.map(
  TaskStore.use((store) => store.queuedTasks({ taskTypes: ["Backup"], createdBefore: Infinity, limit: 100 })),
  idsOf
)

const unpark = (keys: ReadonlyArray<string>, limit = 100) =>
  Effect.map(
    TaskStore.use((store) => store.unparkTasks(keys.map((key) => `Backup/${key}`), limit)),
    ({ tasks }) => idsOf(tasks)
  )

const end = Effect.fnUntraced(function*(taskId: string) {
  const store = yield* TaskStore
  const running = (yield* claimed(taskId)).task
  return yield* store.settle(ended(running, "done"), running.attempt, keepAll)
})

export const parking = theme("tasks that are parked", [
  test("are not in the queue, and cannot be claimed or reserved", function*() {
    const store = yield* TaskStore
    yield* store.insertTasks([parked("t1", "a"), task("t2")])
    assert.deepStrictEqual(yield* store.getTask("t1"), parked("t1", "a"))
    assert.deepStrictEqual(yield* waiting, ["t2"])
    assert.isUndefined(yield* claim("t1"))
    const turn = { owner: "me/1", endings: [], retention: keepAll, claims: [], leaseUntil: t0 + 30_000, returns: [] }
    assert.deepStrictEqual((yield* store.turn({ ...turn, reservations: [parked("t1", "a")] })).reserved, [false])
  }),
  test("are unparked one after another, as their limit allows", function*() {
    const store = yield* TaskStore
    yield* store.insertTasks([parked("t1", "a"), parked("t2", "a"), parked("t3", "b")])
    assert.deepStrictEqual(yield* unpark(["a", "b", "c"]), ["t1", "t3"])
    assert.deepStrictEqual(yield* store.getTask("t1"), { ...parked("t1", "a"), parked: false })
    assert.deepStrictEqual(yield* waiting, ["t1", "t3"])
    assert.deepStrictEqual(yield* unpark(["a", "b"]), [])
    yield* end("t1")
    assert.deepStrictEqual(yield* unpark(["a", "b"]), ["t2"])
    yield* end("t2")
    assert.deepStrictEqual(yield* unpark(["a", "b"]), [])
  }),
  test("may be several at a time", function*() {
    const store = yield* TaskStore
    const two = { concurrency: { key: "Backup/a", limit: 2 } }
    yield* store.insertTasks(["t1", "t2", "t3", "t4"].map((taskId) => parked(taskId, "a", two)))
    assert.deepStrictEqual(yield* unpark(["a"], 1), ["t1"])
    assert.deepStrictEqual(yield* unpark(["a"]), ["t2"])
    assert.deepStrictEqual(yield* unpark(["a"]), [])
    yield* end("t2")
    assert.deepStrictEqual(yield* unpark(["a"]), ["t3"])
  }),
  test("come in the order in which they are to run, and none before the one in front of it", function*() {
    const store = yield* TaskStore
    const wide = { concurrency: { key: "Backup/a", limit: 9 } }
    yield* store.insertTasks([
      parked("t1", "a", { createdAt: t0 + 2 }),
      parked("t2", "a", { createdAt: t0 + 1 }),
      parked("t3", "a", { ...wide, createdAt: t0 + 3 }),
      parked("t4", "a", { ...wide, priority: 5, createdAt: t0 + 4 })
    ])
    assert.deepStrictEqual(yield* unpark(["a"]), ["t4"])
    yield* end("t4")
    assert.deepStrictEqual(yield* unpark(["a"]), ["t2"])
    yield* end("t2")
    assert.deepStrictEqual(yield* unpark(["a"]), ["t1", "t3"])
  }),
  test("wait for those that wait for their next attempt, or in another process", function*() {
    const store = yield* TaskStore
    yield* store.insertTasks([parked("t1", "a"), parked("t2", "a")])
    yield* unpark(["a"])
    const running = (yield* claimed("t1")).task
    const retrying: TaskRecord = { ...running, status: "queued", owner: null, leaseUntil: null, retryAt: t0 + 60_000 }
    yield* store.requeue(retrying, 1)
    assert.deepStrictEqual(yield* unpark(["a"]), [])
    assert.deepStrictEqual(yield* store.wakeTasks(t0 + 60_000, 10), { taskTypes: ["Backup"], parked: [], next: null })
    assert.deepStrictEqual(yield* waiting, ["t1"])
    assert.deepStrictEqual(yield* unpark(["a"]), [])
  }),
  test("sleep until their time comes, and are not in line until then", function*() {
    const store = yield* TaskStore
    const later = { scheduledAt: t0 + 60_000, retryAt: t0 + 60_000 }
    yield* store.insertTasks([parked("t1", "a", later), parked("t2", "a")])
    assert.deepStrictEqual(yield* unpark(["a"]), ["t2"])
    assert.deepStrictEqual(yield* store.parkedKeys("", 10), [])
    const woken = { taskTypes: ["Backup"], parked: ["Backup/a"], next: null }
    assert.deepStrictEqual(yield* store.wakeTasks(t0 + 60_000, 10), woken)
    assert.deepStrictEqual(yield* store.parkedKeys("", 10), ["Backup/a"])
    assert.deepStrictEqual(yield* unpark(["a"]), [])
    yield* end("t2")
    assert.deepStrictEqual(yield* unpark(["a"]), ["t1"])
  }),
  test("leave the line when they are cancelled or removed", function*() {
    const store = yield* TaskStore
    yield* store.insertTasks(["t1", "t2", "t3", "t4"].map((taskId) => parked(taskId, "a")))
    yield* store.settle(ended(parked("t1", "a"), "cancelled"), 0, keepAll)
    assert.deepStrictEqual(yield* store.getTask("t1"), ended(parked("t1", "a"), "cancelled"))
    yield* store.removeTasks(["t2"])
    assert.deepStrictEqual(yield* unpark(["a"]), ["t3"])
    yield* store.removeTasks(["t3"])
    assert.deepStrictEqual(yield* unpark(["a"]), ["t4"])
  }),
  test("may be instances of a recurring task", function*() {
    const store = yield* TaskStore
    const first = instance("t1", "r1", { concurrency: { key: "Backup/a", limit: 1 }, parked: true })
    yield* store.insertConfig(config("r1"), [started(0, "t1")], [first], keepAll)
    assert.deepStrictEqual(yield* store.getTask("t1"), first)
    const second = { ...first, taskId: "t2", scheduledAt: t0 + 60_000 }
    const next = { config: config("r1", { version: 2 }), outcomes: [started(1, "t2")], tasks: [second] }
    yield* store.commit({ expected: 1, ...next }, keepAll)
    assert.deepStrictEqual(yield* unpark(["a"]), ["t1"])
    yield* end("t1")
    assert.deepStrictEqual(yield* unpark(["a"]), ["t2"])
  }),
  test("are found by their keys, in pages", function*() {
    const store = yield* TaskStore
    yield* store.insertTasks([parked("t1", "b"), parked("t2", "a"), parked("t3", "b"), parked("t4", "c"), task("t5")])
    assert.deepStrictEqual(yield* store.parkedKeys("", 2), ["Backup/a", "Backup/b"])
    assert.deepStrictEqual(yield* store.parkedKeys("Backup/b", 2), ["Backup/c"])
    yield* unpark(["c"])
    assert.deepStrictEqual(yield* store.parkedKeys("Backup/b", 2), [])
  })
])
