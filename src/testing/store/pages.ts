/**
 * What a store must guarantee for pages: they begin where the last one ended, whatever has come or gone since.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type OutcomePage, type QueuePage, type Search, TaskStore } from "../../TaskStore.ts"
import { theme } from "../internal/suite.ts"
import { claimed, config, ended, keepAll, outcome, started, t0, task, test } from "./records.ts"

const found = (search: Partial<Search>) =>
  Effect.map(
    TaskStore.use((store) => store.searchTasks({ where: {}, payload: {}, offset: 0, limit: 100, ...search })),
    (tasks) => tasks.map(({ taskId }) => taskId)
  )

const insert = (...taskIds: ReadonlyArray<string>) =>
  TaskStore.use((store) => store.insertTasks(taskIds.map((taskId) => task(taskId))))

export const history = theme("pages of tasks", [
  test("go on behind a task, also when newer ones have come", function*() {
    yield* insert("t1", "t2", "t3", "t4", "t5")
    assert.deepStrictEqual(yield* found({ limit: 2 }), ["t5", "t4"])
    yield* insert("t6")
    assert.deepStrictEqual(yield* found({ before: "t4", limit: 2 }), ["t3", "t2"])
    assert.deepStrictEqual(yield* found({ before: "t2", limit: 2 }), ["t1"])
    assert.deepStrictEqual(yield* found({ before: "t1" }), [])
    assert.deepStrictEqual(yield* found({ before: "t5", offset: 1, limit: 2 }), ["t3", "t2"])
  }),
  test("go on where a task would be that is gone", function*() {
    const store = yield* TaskStore
    yield* insert("t1", "t2", "t3", "t4")
    yield* store.removeTasks(["t3", "t1"])
    assert.deepStrictEqual(yield* found({ before: "t3" }), ["t2"])
    assert.deepStrictEqual(yield* found({ before: "t1" }), [])
    assert.deepStrictEqual(yield* found({ before: "t9" }), ["t4", "t2"])
  }),
  test("are of those for which every condition holds", function*() {
    const store = yield* TaskStore
    yield* store.insertTasks([
      task("t1", { taskType: "Cleanup" }),
      task("t2"),
      task("t3", { payload: { path: "/b" } }),
      task("t4", { taskType: "Cleanup" }),
      task("t5")
    ])
    yield* store.settle(ended(task("t2"), "cancelled"), 0, keepAll)
    yield* store.settle(ended(task("t5"), "failed"), 0, keepAll)
    assert.deepStrictEqual(yield* found({ before: "t4", where: { taskType: "Cleanup" } }), ["t1"])
    assert.deepStrictEqual(yield* found({ before: "t5", where: { status: "cancelled" } }), ["t2"])
    assert.deepStrictEqual(yield* found({ before: "t5", where: { status: "failed" } }), [])
    assert.deepStrictEqual(yield* found({ before: "t5", payload: { path: "/b" } }), ["t3"])
  }),
  test("are of those that were made in a time", function*() {
    const store = yield* TaskStore
    yield* store.insertTasks([1, 2, 3, 4].map((i) => task(`t${i}`, { createdAt: t0 + i })))
    assert.deepStrictEqual(yield* found({ createdFrom: t0 + 2 }), ["t4", "t3", "t2"])
    assert.deepStrictEqual(yield* found({ createdBefore: t0 + 3 }), ["t2", "t1"])
    assert.deepStrictEqual(yield* found({ createdFrom: t0 + 1.5, createdBefore: t0 + 3.5 }), ["t3", "t2"])
    assert.deepStrictEqual(yield* found({ createdFrom: t0 + 2, before: "t4", limit: 1 }), ["t3"])
    assert.deepStrictEqual(yield* found({ createdFrom: -Infinity, createdBefore: Infinity }), ["t4", "t3", "t2", "t1"])
  }),
  test("are counted by the same conditions", function*() {
    const store = yield* TaskStore
    yield* store.insertTasks([1, 2, 3, 4].map((i) => task(`t${i}`, { createdAt: t0 + i })))
    yield* store.settle(ended(task("t3"), "failed"), 0, keepAll)
    const all: Search = { where: {}, payload: {}, offset: 0, limit: Infinity }
    assert.strictEqual(yield* store.countTasks(all), 4)
    assert.strictEqual(yield* store.countTasks({ ...all, where: { status: "queued" }, createdFrom: t0 + 2 }), 2)
    assert.strictEqual(yield* store.countTasks({ ...all, where: { status: "done" } }), 0)
    assert.strictEqual(yield* store.countTasks({ ...all, limit: 3 }), 3)
    assert.strictEqual(yield* store.countTasks({ ...all, offset: 3 }), 1)
    assert.strictEqual(yield* store.countTasks({ ...all, before: "t3" }), 2)
  }),
  test("are of those in which there is a text", function*() {
    const store = yield* TaskStore
    yield* store.insertTasks([
      task("t1", { heading: "Daily Backup 100%" }),
      task("t2", { body: "of the backup_disk é" }),
      task("T3", { taskType: "BackupAll" }),
      task("t4", { taskType: "Cleanup", heading: "" })
    ])
    assert.deepStrictEqual(yield* found({ text: "BACKUP" }), ["T3", "t2", "t1"])
    assert.deepStrictEqual(yield* found({ text: "backup", where: { body: null } }), ["T3", "t1"])
    assert.deepStrictEqual(yield* found({ text: "t3" }), ["T3"])
    assert.deepStrictEqual(yield* found({ text: "%" }), ["t1"])
    assert.deepStrictEqual(yield* found({ text: "p_d" }), ["t2"])
    assert.deepStrictEqual(yield* found({ text: "É" }), [])
    assert.deepStrictEqual(yield* found({ text: "é" }), ["t2"])
    assert.strictEqual((yield* found({ text: "" })).length, 4)
  })
])

const queued = (page: Partial<QueuePage>) =>
  TaskStore.use((store) => store.queuedTasks({ taskTypes: ["Backup"], createdBefore: Infinity, limit: 100, ...page }))

const waiting = (page: Partial<QueuePage>) => Effect.map(queued(page), (all) => all.map(({ taskId }) => taskId))

export const queue = theme("pages of the queue", [
  test("are in the order in which tasks are to run", function*() {
    const store = yield* TaskStore
    yield* store.insertTasks([
      task("t4", { createdAt: t0 + 1 }),
      task("t3"),
      task("t1", { priority: 5, createdAt: t0 + 9 }),
      task("t5", { priority: -0.5 }),
      task("t2")
    ])
    assert.deepStrictEqual(yield* waiting({}), ["t1", "t2", "t3", "t4", "t5"])
    assert.deepStrictEqual(yield* waiting({ limit: 2 }), ["t1", "t2"])
  }),
  test("have all that a record has", function*() {
    const store = yield* TaskStore
    const full = task("t1", { heading: "Daily", covers: { from: 1, to: 2, count: 2 }, attempt: 3 })
    yield* store.insertTasks([full])
    assert.deepStrictEqual(yield* queued({}), [full])
  }),
  test("have only what waits, is of these types, and was made before", function*() {
    const store = yield* TaskStore
    yield* store.insertTasks([
      task("t1"),
      task("t2"),
      task("t3"),
      task("t4", { taskType: "Cleanup" }),
      task("t5", { taskType: "Report" }),
      task("t6", { createdAt: t0 + 5 })
    ])
    yield* claimed("t1")
    yield* store.settle(ended(task("t2"), "cancelled"), 0, keepAll)
    assert.deepStrictEqual(yield* waiting({}), ["t3", "t6"])
    assert.deepStrictEqual(yield* waiting({ createdBefore: t0 + 5 }), ["t3"])
    assert.deepStrictEqual(yield* waiting({ taskTypes: ["Report", "Cleanup"] }), ["t4", "t5"])
    assert.deepStrictEqual(yield* waiting({ taskTypes: [] }), [])
    assert.deepStrictEqual(yield* waiting({ taskTypes: ["' or '1'='1"] }), [])
  }),
  test("go on behind a task, whatever became of it", function*() {
    const store = yield* TaskStore
    const all = Array.from({ length: 12 }, (_, i) =>
      task(`t${String(i).padStart(2, "0")}`, {
        priority: -Math.floor(i / 6),
        createdAt: t0 + Math.floor(i / 3),
        taskType: i % 2 === 0 ? "Backup" : "Cleanup"
      }))
    yield* store.insertTasks(all.toReversed())
    const read: Array<string> = []
    let after: QueuePage["after"]
    for (let i = 0; i < 5; i++) {
      const page = yield* queued({ taskTypes: ["Backup", "Cleanup"], after, limit: 3 })
      read.push(...page.map(({ taskId }) => taskId))
      after = page.at(-1) ?? after
      // the first is taken, the last is gone
      if (page.length > 0) yield* claimed(page[0]!.taskId)
      yield* store.removeTasks(page.slice(-1).map(({ taskId }) => taskId))
    }
    assert.deepStrictEqual(read, all.map(({ taskId }) => taskId))
  })
])

const ordinals = (page: Partial<OutcomePage>) =>
  Effect.map(
    TaskStore.use((store) => store.outcomes("nightly", { offset: 0, limit: 100, ...page })),
    (outcomes) => outcomes.map(({ ordinal }) => ordinal)
  )

export const outcomes = theme("pages of outcomes", [
  test("number them as they were decided, also when the oldest are gone", function*() {
    const store = yield* TaskStore
    const few = { ...keepAll, outcomes: 3 }
    yield* store.insertConfig(config("nightly"), [outcome(1), outcome(2)], [], few)
    assert.deepStrictEqual(yield* ordinals({}), [2, 1])
    const next = config("nightly", { version: 2 })
    yield* store.commit({ expected: 1, config: next, outcomes: [outcome(3), outcome(4)], tasks: [] }, few)
    assert.deepStrictEqual(yield* ordinals({}), [4, 3, 2])
    const many = [5, 6, 7, 8, 9].map((minutes) => outcome(minutes))
    yield* store.commit(
      { expected: 2, config: config("nightly", { version: 3 }), outcomes: many, tasks: [] },
      few
    )
    assert.deepStrictEqual(yield* ordinals({}), [9, 8, 7])
  }),
  test("go on behind one, and have one kind", function*() {
    const store = yield* TaskStore
    const all = [outcome(1), started(2, "t2"), outcome(3), started(4, "t4"), outcome(5)]
    yield* store.insertConfig(config("nightly"), all, [], keepAll)
    assert.deepStrictEqual(yield* ordinals({ before: 4 }), [3, 2, 1])
    assert.deepStrictEqual(yield* ordinals({ before: 4, limit: 1 }), [3])
    assert.deepStrictEqual(yield* ordinals({ before: 4, offset: 1, limit: 1 }), [2])
    assert.deepStrictEqual(yield* ordinals({ before: 1 }), [])
    assert.deepStrictEqual(yield* ordinals({ before: 99 }), [5, 4, 3, 2, 1])
    assert.deepStrictEqual(yield* ordinals({ outcome: "Started" }), [4, 2])
    assert.deepStrictEqual(yield* ordinals({ outcome: "Skipped", before: 5, limit: 1 }), [3])
    assert.deepStrictEqual(yield* ordinals({ outcome: "Skipped", offset: 1, limit: 2 }), [3, 1])
    assert.deepStrictEqual(yield* ordinals({ outcome: "Missed" }), [])
  })
])
