/**
 * What a store must guarantee about its size: every kind of ended task is bounded, in the step that ends a task.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { TaskStore } from "../../TaskStore.ts"
import { theme } from "../internal/suite.ts"
import {
  asTold,
  claimed,
  config,
  ended,
  firstPage,
  insertConfig,
  instance,
  keepAll,
  outcome,
  runTask,
  t0,
  task,
  taskIds,
  test
} from "./records.ts"

const few = { done: 2, failed: 1, cancelled: 1, outcomes: 3 }

export const retention = theme("retention", [
  test("keeps the newest of every status, and says which are pruned", function*() {
    assert.deepStrictEqual((yield* runTask(task("d1"), "done", few))?.pruned, [])
    assert.deepStrictEqual((yield* runTask(task("d2"), "done", few))?.pruned, [])
    assert.deepStrictEqual((yield* runTask(task("f1"), "failed", few))?.pruned, [])
    assert.deepStrictEqual((yield* runTask(task("d3"), "done", few))?.pruned, ["d1"])
    assert.deepStrictEqual((yield* runTask(task("f2"), "failed", few))?.pruned, ["f1"])
    assert.deepStrictEqual((yield* runTask(task("c1"), "cancelled", few))?.pruned, [])
    assert.deepStrictEqual(yield* taskIds, ["c1", "f2", "d3", "d2"])
  }),
  test("counts every recurring task for itself, and one-off tasks together", function*() {
    yield* insertConfig(config("a"))
    yield* insertConfig(config("b"))
    for (const i of [1, 2, 3]) {
      yield* runTask(instance(`a${i}`, "a"), "done", few)
      yield* runTask(instance(`b${i}`, "b"), "done", few)
      yield* runTask(task(`o${i}`, { taskType: `Type${i}` }), "done", few)
    }
    assert.sameMembers([...(yield* taskIds)], ["a2", "a3", "b2", "b3", "o2", "o3"])
  }),
  test("keeps what other tasks have queued apart, and more of that", function*() {
    const some = { ...few, children: 3 }
    for (const i of [1, 2, 3, 4]) {
      yield* runTask(task(`c${i}`, { parentId: "p" }), "done", some)
      yield* runTask(task(`o${i}`), "done", some)
    }
    assert.sameMembers([...(yield* taskIds)], ["c2", "c3", "c4", "o3", "o4"])
    assert.deepStrictEqual((yield* runTask(task("f1", { parentId: "p" }), "failed", some))?.pruned, [])
    assert.deepStrictEqual((yield* runTask(task("f2"), "failed", some))?.pruned, [])
    assert.deepStrictEqual((yield* runTask(task("c5", { parentId: "p" }), "done", { ...few, done: 4 }))?.pruned, [])
    assert.deepStrictEqual((yield* runTask(task("c6", { parentId: "p" }), "done", few))?.pruned.length, 3)
    const store = yield* TaskStore
    yield* store.removeTasks(["c6"])
    yield* runTask(task("c7", { parentId: "p" }), "done", few)
    assert.sameMembers([...(yield* taskIds)], ["c5", "c7", "o3", "o4", "f1", "f2"])
  }),
  test("of none keeps nothing, not even the one that has just ended", function*() {
    const settled = yield* runTask(task("d1"), "done", { ...few, done: 0 })
    assert.deepStrictEqual(settled?.pruned, ["d1"])
    assert.deepStrictEqual(yield* taskIds, [])
  }),
  test("keeps what has ended since an instant, however many that are, and forgets them when they are older", function*() {
    for (const i of [1, 2, 3, 4]) {
      const settled = yield* runTask(task(`d${i}`), "done", { ...few, since: t0 + 2_000 })
      assert.deepStrictEqual(settled?.pruned, [])
    }
    assert.deepStrictEqual(yield* taskIds, ["d4", "d3", "d2", "d1"])
    const settled = yield* runTask(task("d5"), "done", { ...few, since: t0 + 2_001 })
    assert.sameMembers([...settled!.pruned], ["d1", "d2", "d3"])
    assert.deepStrictEqual(yield* taskIds, ["d5", "d4"])
  }),
  test("takes what is too much of every kind that ends in one turn", function*() {
    const store = yield* TaskStore
    for (const id of ["a", "b"]) yield* insertConfig(config(id))
    const kinds = [["a", "done"], ["a", "failed"], ["b", "done"], ["b", "cancelled"], [null, "done"]] as const
    const named = (i: number) =>
      kinds.map(([recurringId, status]) => ({
        record: task(`${recurringId ?? "o"}-${status}-${i}`, { recurringId, parentId: recurringId }),
        status
      }))
    const before = [1, 2, 3].flatMap(named)
    for (const { record, status } of before) yield* runTask(record, status)
    const last = [4, 5].flatMap(named)
    yield* store.insertTasks(last.map(({ record }) => record))
    const { settled } = yield* store.turn({
      owner: "process-1",
      endings: last.map(({ record, status }) => ({ task: ended(record, status), attempt: 0 })),
      retention: few,
      claims: [],
      reservations: [],
      leaseUntil: t0 + 30_000,
      returns: []
    })
    const kept = ["a-done-4", "a-done-5", "a-failed-5", "b-cancelled-5", "b-done-4", "b-done-5", "o-done-4", "o-done-5"]
    assert.sameMembers([...(yield* taskIds)], kept)
    const all = [...before, ...last].map(({ record }) => record.taskId)
    assert.sameMembers(settled.flatMap((one) => one!.pruned), all.filter((taskId) => !kept.includes(taskId)))
  }),
  test("goes by the time of the end, also when a clock was set back", function*() {
    const store = yield* TaskStore
    const end = Effect.fnUntraced(function*(id: string, seconds: number) {
      yield* store.insertTasks([task(id)])
      const { task: running } = yield* claimed(id)
      return yield* store.settle(ended(running, "done", { completedAt: t0 + seconds * 1_000 }), 1, few)
    })
    for (const [id, seconds] of [["d1", 5], ["d2", 3]] as const) yield* end(id, seconds)
    assert.deepStrictEqual((yield* end("d3", 4))?.pruned, ["d2"])
    assert.deepStrictEqual((yield* end("d4", 6))?.pruned, ["d3"])
  }),
  test("never touches a live task", function*() {
    const store = yield* TaskStore
    yield* store.insertTasks([task("q1"), task("q2"), task("q3"), task("q4")])
    yield* runTask(task("d1"), "done", { ...few, done: 0 })
    assert.deepStrictEqual((yield* store.liveTasks).length, 4)
  }),
  test("goes on when ended tasks were removed by hand", function*() {
    const store = yield* TaskStore
    for (const id of ["d1", "d2"]) yield* runTask(task(id), "done", few)
    yield* store.removeTasks(["d1"])
    for (const id of ["d3", "d4"]) yield* runTask(task(id), "done", few)
    assert.deepStrictEqual(yield* taskIds, ["d4", "d3"])
  }),
  test("bounds the tasks of recurring tasks that are gone", function*() {
    const store = yield* TaskStore
    for (const id of ["a", "b", "c"]) {
      yield* insertConfig(config(id))
      yield* runTask(instance(`${id}1`, id), "done", few)
      yield* store.removeConfig(id)
    }
    yield* runTask(task("o1"), "done", few)
    yield* runTask(task("o2"), "done", few)
    assert.deepStrictEqual(yield* taskIds, ["o2", "o1"])
  }),
  test("keeps the newest outcomes of every recurring task", function*() {
    const store = yield* TaskStore
    yield* insertConfig(config("a"))
    yield* insertConfig(config("b"))
    for (const minutes of [1, 2, 3, 4, 5]) {
      const next = config("a", { version: minutes + 1, lastDecided: t0 + minutes * 60_000 })
      yield* store.commit({ expected: minutes, config: next, outcomes: [outcome(minutes)], tasks: [] }, few)
    }
    const many = [1, 2, 3, 4].map((minutes) => outcome(minutes))
    yield* store.commit({ expected: 1, config: config("b", { version: 2 }), outcomes: many, tasks: [] }, few)
    assert.deepStrictEqual(asTold(yield* store.outcomes("a", firstPage)), [outcome(5), outcome(4), outcome(3)])
    assert.deepStrictEqual(asTold(yield* store.outcomes("b", firstPage)), [outcome(4), outcome(3), outcome(2)])
  }),
  test("leaves a store of the same size after many runs", function*() {
    yield* insertConfig(config("a"))
    for (let i = 0; i < 300; i++) {
      yield* runTask(instance(`a${i}`, "a"), i % 3 === 0 ? "failed" : "done", { ...keepAll, done: 2, failed: 3 })
    }
    assert.strictEqual((yield* taskIds).length, 5)
  })
])
