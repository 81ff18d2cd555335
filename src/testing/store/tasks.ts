/**
 * What a store must guarantee for tasks: they come back as they went in, in order, and searches find them.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type Search, TaskStore } from "../../TaskStore.ts"
import { theme } from "../internal/suite.ts"
import { claim, claimed, ended, task, taskIds, test } from "./records.ts"

const found = (search: Partial<Search>) =>
  Effect.map(
    TaskStore.use((store) => store.searchTasks({ where: {}, payload: {}, offset: 0, limit: 100, ...search })),
    (tasks) => tasks.map(({ taskId }) => taskId)
  )

const odd = "quote ' double \" backslash \\ percent % null \u0001 emoji 🫛 line\nend"

/** What texts look like that some notation has a meaning for. */
const texts = [
  odd,
  "",
  "null",
  "NULL",
  "{}",
  "{a,b}",
  "a,b",
  "\\",
  "\"",
  "\\\"",
  " a ",
  "a\u0000b",
  "\ud800",
  "\\N",
  "(a)",
  "[1]"
]

export const keeping = theme("keeping tasks", [
  test("gives back what was put in, field by field", function*() {
    const store = yield* TaskStore
    const full = task("t1", {
      recurringId: "nightly",
      parentId: "nightly",
      taskType: odd,
      payload: { nested: { list: [1, "two", null, true], empty: {} }, text: odd, big: 2 ** 53 - 1, small: -0.5 },
      heading: odd,
      body: "",
      img: "data:image/png;base64,AA==",
      priority: -3,
      progress: -1,
      scheduledAt: 0,
      covers: { from: 1, to: 2, count: 3 }
    })
    yield* store.insertTasks([full, task("t2")])
    assert.deepStrictEqual(yield* store.getTask("t1"), full)
    assert.deepStrictEqual(yield* store.getTask("t2"), task("t2"))
  }),
  test("gives back many at once, field by field", function*() {
    const store = yield* TaskStore
    const many = Array.from({ length: 200 }, (_, i) => {
      const text = texts[i % texts.length]!
      const given = {
        payload: [text, { [text]: null }],
        taskType: text,
        heading: i % 3 === 0 ? null : text,
        priority: i / 8
      }
      return task(
        `${text} ${i}`,
        i === 150 ? { ...given, covers: { from: 1, to: 2, count: 3 }, scheduledAt: i } : given
      )
    })
    yield* store.insertTasks(many)
    assert.deepStrictEqual(yield* store.getTasks(many.map(({ taskId }) => taskId)), many)
    assert.deepStrictEqual(yield* store.liveTasks, many)
  }),
  test("has nothing for an id that it does not know", function*() {
    const store = yield* TaskStore
    assert.isUndefined(yield* store.getTask("unknown"))
    assert.deepStrictEqual(yield* store.liveTasks, [])
  }),
  test("does nothing when there is nothing to insert", function*() {
    const store = yield* TaskStore
    yield* store.insertTasks([])
    assert.deepStrictEqual(yield* taskIds, [])
  }),
  test("lists live tasks in order of insertion, and no ended ones", function*() {
    const store = yield* TaskStore
    yield* store.insertTasks(["t1", "t2", "t3", "t4"].map((id) => task(id)))
    yield* claimed("t2")
    yield* store.settle(ended(task("t3"), "cancelled"), 0, { done: 9, failed: 9, cancelled: 9, outcomes: 9 })
    const live = yield* store.liveTasks
    assert.deepStrictEqual(live.map(({ status, taskId }) => [taskId, status]), [
      ["t1", "queued"],
      ["t2", "running"],
      ["t4", "queued"]
    ])
  }),
  test("shares nothing that can change with its callers", function*() {
    const store = yield* TaskStore
    yield* store.insertTasks([task("t1")])
    const before = yield* store.getTask("t1")
    yield* claimed("t1")
    assert.strictEqual(before?.status, "queued")
  })
])

export const searching = theme("searching", [
  test("finds the newest first, in pages", function*() {
    const store = yield* TaskStore
    yield* store.insertTasks(["t1", "t2", "t3", "t4", "t5"].map((id) => task(id)))
    assert.deepStrictEqual(yield* found({}), ["t5", "t4", "t3", "t2", "t1"])
    assert.deepStrictEqual(yield* found({ limit: 2 }), ["t5", "t4"])
    assert.deepStrictEqual(yield* found({ offset: 2, limit: 2 }), ["t3", "t2"])
    assert.deepStrictEqual(yield* found({ offset: 4, limit: 2 }), ["t1"])
    assert.deepStrictEqual(yield* found({ offset: 9 }), [])
    assert.deepStrictEqual(yield* found({ limit: 0 }), [])
  }),
  test("compares public attributes by equality, all of them", function*() {
    const store = yield* TaskStore
    yield* store.insertTasks([
      task("t1", { taskType: "Backup", heading: "Daily", priority: 5 }),
      task("t2", { taskType: "Backup", heading: null, parentId: "t1" }),
      task("t3", { taskType: "Cleanup", heading: "Daily", progress: 40 })
    ])
    assert.deepStrictEqual(yield* found({ where: { taskType: "Backup" } }), ["t2", "t1"])
    assert.deepStrictEqual(yield* found({ where: { taskType: "Backup", heading: "Daily" } }), ["t1"])
    assert.deepStrictEqual(yield* found({ where: { heading: null } }), ["t2"])
    assert.deepStrictEqual(yield* found({ where: { parentId: "t1" } }), ["t2"])
    assert.deepStrictEqual(yield* found({ where: { priority: 5 } }), ["t1"])
    assert.deepStrictEqual(yield* found({ where: { progress: 40 } }), ["t3"])
    assert.deepStrictEqual(yield* found({ where: { taskId: "t3", taskType: "Backup" } }), [])
  }),
  test("follows the status and attempt of a task", function*() {
    const store = yield* TaskStore
    yield* store.insertTasks([task("t1"), task("t2")])
    yield* claimed("t1")
    assert.deepStrictEqual(yield* found({ where: { status: "running" } }), ["t1"])
    assert.deepStrictEqual(yield* found({ where: { status: "queued", attempt: 0 } }), ["t2"])
  }),
  test("compares fields of the payload, a dot goes deeper", function*() {
    const store = yield* TaskStore
    yield* store.insertTasks([
      task("t1", { payload: { path: "/a", target: { host: "x", port: 22 }, dry: true } }),
      task("t2", { payload: { path: "/a", target: { host: "y", port: 22 }, dry: false } }),
      task("t3", { payload: { path: "/b", target: null, note: null } })
    ])
    assert.deepStrictEqual(yield* found({ payload: { path: "/a" } }), ["t2", "t1"])
    assert.deepStrictEqual(yield* found({ payload: { "target.host": "x" } }), ["t1"])
    assert.deepStrictEqual(yield* found({ payload: { "target.port": 22, dry: false } }), ["t2"])
    assert.deepStrictEqual(yield* found({ payload: { note: null } }), ["t3"])
    assert.deepStrictEqual(yield* found({ payload: { "target.host": "z" } }), [])
    assert.deepStrictEqual(yield* found({ payload: { "path.length": 2 } }), [])
    assert.deepStrictEqual(yield* found({ where: { taskType: "Backup" }, payload: { path: "/b" } }), ["t3"])
  }),
  test("does not take a number for a text, or a text for a pattern", function*() {
    const store = yield* TaskStore
    yield* store.insertTasks([
      task("t1", { payload: { n: 1, text: odd } }),
      task("t2", { payload: { n: "1", text: "anything" } }),
      task("t3", { payload: { n: true, text: "" } })
    ])
    assert.deepStrictEqual(yield* found({ payload: { n: 1 } }), ["t1"])
    assert.deepStrictEqual(yield* found({ payload: { n: "1" } }), ["t2"])
    assert.deepStrictEqual(yield* found({ payload: { n: true } }), ["t3"])
    assert.deepStrictEqual(yield* found({ payload: { text: "%" } }), [])
    assert.deepStrictEqual(yield* found({ payload: { text: odd } }), ["t1"])
    assert.deepStrictEqual(yield* found({ where: { taskType: "' or '1'='1" } }), [])
  }),
  test("finds nothing by an attribute that no task has", function*() {
    const store = yield* TaskStore
    yield* store.insertTasks([task("t1")])
    assert.deepStrictEqual(yield* found({ where: { colour: "red" } }), [])
    assert.deepStrictEqual(yield* found({ payload: { "a.b.c": "x" } }), [])
  })
])

export const removing = theme("removing tasks", [
  test("removes queued and ended ones, leaves running ones, and says which are gone", function*() {
    const store = yield* TaskStore
    yield* store.insertTasks(["t1", "t2", "t3"].map((id) => task(id)))
    yield* claimed("t2")
    yield* store.settle(ended(task("t3"), "cancelled"), 0, { done: 9, failed: 9, cancelled: 9, outcomes: 9 })
    assert.sameMembers([...(yield* store.removeTasks(["t1", "t2", "t3", "unknown"]))], ["t1", "t3"])
    assert.deepStrictEqual(yield* taskIds, ["t2"])
    assert.deepStrictEqual(yield* store.removeTasks(["t1"]), [])
  }),
  test("a removed task cannot be claimed", function*() {
    const store = yield* TaskStore
    yield* store.insertTasks([task("t1")])
    yield* store.removeTasks(["t1"])
    assert.isUndefined(yield* claim("t1"))
    assert.isUndefined(yield* store.getTask("t1"))
  }),
  test("removes every ended task and no other", function*() {
    const store = yield* TaskStore
    yield* store.insertTasks(["t1", "t2", "t3"].map((id) => task(id)))
    yield* claimed("t2")
    yield* store.settle(ended(task("t1"), "cancelled"), 0, { done: 9, failed: 9, cancelled: 9, outcomes: 9 })
    assert.deepStrictEqual(yield* store.removeEndedTasks, ["t1"])
    assert.deepStrictEqual(yield* taskIds, ["t3", "t2"])
    assert.deepStrictEqual(yield* store.removeEndedTasks, [])
  })
])
