/**
 * What a store must guarantee for tasks that sleep until their time comes.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type TaskRecord, TaskStore } from "../../TaskStore.ts"
import { theme } from "../internal/suite.ts"
import { claimed, ended, keepAll, t0, task, test } from "./records.ts"

const asleep = (taskId: string, minutes: number, given: Partial<TaskRecord> = {}): TaskRecord =>
  task(taskId, { scheduledAt: t0 + minutes * 60_000, retryAt: t0 + minutes * 60_000, ...given })

const wake = (minutes: number, limit = 100) => TaskStore.use((store) => store.wakeTasks(t0 + minutes * 60_000, limit))

const waiting = Effect.map(
  TaskStore.use((store) =>
    store.queuedTasks({ taskTypes: ["Backup", "Cleanup"], createdBefore: Infinity, limit: 100 })
  ),
  (tasks) => tasks.map(({ taskId }) => taskId)
)

export const sleeping = theme("tasks that sleep", [
  test("are not in the queue until they are woken, and then have their place in it", function*() {
    const store = yield* TaskStore
    yield* store.insertTasks([asleep("t1", 10), task("t2")])
    assert.deepStrictEqual(yield* waiting, ["t2"])
    assert.deepStrictEqual(yield* store.getTask("t1"), asleep("t1", 10))
    assert.deepStrictEqual(yield* wake(9), { taskTypes: [], parked: [], next: t0 + 600_000 })
    assert.deepStrictEqual(yield* wake(10), { taskTypes: ["Backup"], parked: [], next: null })
    assert.deepStrictEqual(yield* waiting, ["t1", "t2"])
    assert.deepStrictEqual(yield* store.getTask("t1"), { ...asleep("t1", 10), retryAt: null })
  }),
  test("are woken once, the earliest first, with the types that there are", function*() {
    const store = yield* TaskStore
    yield* store.insertTasks([
      asleep("t1", 3),
      asleep("t2", 1, { taskType: "Cleanup" }),
      asleep("t3", 4),
      asleep("t4", 2),
      asleep("t5", 1)
    ])
    const first = yield* wake(3, 3)
    assert.sameMembers([...first.taskTypes], ["Backup", "Cleanup"])
    assert.strictEqual(first.next, t0 + 180_000)
    assert.sameMembers(yield* waiting, ["t2", "t4", "t5"])
    assert.deepStrictEqual(yield* wake(3, 3), { taskTypes: ["Backup"], parked: [], next: t0 + 240_000 })
    assert.deepStrictEqual(yield* wake(3, 3), { taskTypes: [], parked: [], next: t0 + 240_000 })
  }),
  test("are due at their time, and not a fraction of a millisecond before", function*() {
    const store = yield* TaskStore
    yield* store.insertTasks([asleep("t1", 1)])
    assert.deepStrictEqual((yield* store.wakeTasks(t0 + 59_999.9, 100)).taskTypes, [])
    assert.deepStrictEqual((yield* store.wakeTasks(t0 + 60_000.1, 100)).taskTypes, ["Backup"])
  }),
  test("sleep no more once they have been claimed, ended or removed", function*() {
    const store = yield* TaskStore
    yield* store.insertTasks([asleep("t1", 1), asleep("t2", 1), asleep("t3", 1)])
    assert.deepInclude((yield* claimed("t1")).task, { status: "running", retryAt: null })
    yield* store.settle(ended(asleep("t2", 1), "cancelled"), 0, keepAll)
    yield* store.removeTasks(["t3"])
    assert.deepStrictEqual(yield* wake(5), { taskTypes: [], parked: [], next: null })
    assert.isNull((yield* store.getTask("t1"))?.retryAt)
  }),
  test("may be such that go back to the queue to wait for their next attempt", function*() {
    const store = yield* TaskStore
    yield* store.insertTasks([task("t1")])
    const { task: running } = yield* claimed("t1")
    const retrying = { ...running, retryAt: t0 + 60_000 }
    yield* store.update(retrying, 1)
    assert.deepStrictEqual(yield* wake(5), { taskTypes: [], parked: [], next: null })
    yield* store.requeue({ ...retrying, status: "queued", owner: null, leaseUntil: null }, 1)
    assert.deepStrictEqual(yield* waiting, [])
    assert.deepStrictEqual(yield* wake(1), { taskTypes: ["Backup"], parked: [], next: null })
    assert.deepStrictEqual(yield* waiting, ["t1"])
  })
])
