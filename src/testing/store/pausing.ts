/**
 * What a store must guarantee to those who pause task types.
 */
import { assert } from "@effect/vitest"
import { TaskStore } from "../../TaskStore.ts"
import { theme } from "../internal/suite.ts"
import { claimOf, t0, task, test } from "./records.ts"

const pauses = TaskStore.use((store) => store.pauses)

export const pausing = theme("a pause", [
  test("is kept for each type, since when and why, in the order of the types", function*() {
    const store = yield* TaskStore
    assert.deepStrictEqual(yield* pauses, [])
    const all = [
      { taskType: "emoji 🫛", since: t0, note: "why 🫛?" },
      { taskType: "a\0b", since: t0 + 1, note: "a\0b" },
      { taskType: "'Backup'", since: t0 + 2, note: "" }
    ]
    for (const pause of all) assert.deepStrictEqual(yield* store.pauseType(pause), pause)
    assert.deepStrictEqual(yield* pauses, all.toReversed())
  }),
  test("of what is paused changes the note, and keeps the time", function*() {
    const store = yield* TaskStore
    yield* store.pauseType({ taskType: "Backup", since: t0, note: "first" })
    const kept = { taskType: "Backup", since: t0, note: "second" }
    assert.deepStrictEqual(yield* store.pauseType({ ...kept, since: t0 + 5 }), kept)
    assert.deepStrictEqual(yield* pauses, [kept])
  }),
  test("ends once, and may be made again", function*() {
    const store = yield* TaskStore
    assert.isFalse(yield* store.resumeType("Backup"))
    yield* store.pauseType({ taskType: "Backup", since: t0, note: "first" })
    yield* store.pauseType({ taskType: "Cleanup", since: t0, note: "" })
    assert.isTrue(yield* store.resumeType("Backup"))
    assert.isFalse(yield* store.resumeType("Backup"))
    const again = { taskType: "Backup", since: t0 + 9, note: "" }
    assert.deepStrictEqual(yield* store.pauseType(again), again)
    assert.deepStrictEqual((yield* pauses).map(({ taskType }) => taskType), ["Backup", "Cleanup"])
  }),
  test("leaves the tasks in the queue, and to those who ask for them", function*() {
    const store = yield* TaskStore
    yield* store.insertTasks([task("t1")])
    yield* store.pauseType({ taskType: "Backup", since: t0, note: "" })
    yield* store.insertTasks([task("t2")])
    const page = { taskTypes: ["Backup"], createdBefore: Infinity, limit: 10 }
    assert.deepStrictEqual((yield* store.queuedTasks(page)).map(({ taskId }) => taskId), ["t1", "t2"])
    assert.isObject(yield* store.claim(claimOf(task("t1"))))
  })
])
