/**
 * What a store must guarantee for the history of recurring tasks: counters are folds over ended instances, and outcomes
 * follow their tasks.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { TaskStore } from "../../TaskStore.ts"
import { theme } from "../internal/suite.ts"
import {
  claimed,
  config,
  ended,
  firstPage,
  insertConfig,
  insertConfigWithInstance,
  instance,
  keepAll,
  noCounters,
  outcome,
  runTask,
  started,
  t0,
  taskIds,
  test
} from "./records.ts"

export const counting = theme("counters", [
  test("count started runs, and failures of ended ones; a success ends a row of failures", function*() {
    const store = yield* TaskStore
    yield* insertConfig(config("nightly"))
    const seen: Array<readonly [number, number, number] | undefined> = []
    for (const [i, status] of (["failed", "failed", "cancelled", "done", "failed"] as const).entries()) {
      const settled = yield* runTask(instance(`t${i}`, "nightly"), status)
      const counters = settled?.counters
      seen.push(counters && [counters.totalRuns, counters.totalFailures, counters.consecutiveFailures])
      assert.deepStrictEqual((yield* store.getConfig("nightly"))?.counters, counters)
    }
    assert.deepStrictEqual(seen, [[1, 1, 1], [2, 2, 2], [3, 2, 2], [4, 2, 0], [5, 3, 1]])
  }),
  test("do not count an instance that never ran", function*() {
    const store = yield* TaskStore
    yield* insertConfigWithInstance("nightly", "t1")
    const settled = yield* store.settle(ended(instance("t1", "nightly"), "cancelled"), 0, keepAll)
    assert.deepStrictEqual(settled?.counters, noCounters)
  }),
  test("are exact when many instances end at once", function*() {
    const store = yield* TaskStore
    yield* insertConfig(config("nightly"))
    const ids = Array.from({ length: 50 }, (_, i) => `t${i}`)
    yield* Effect.forEach(ids, (id) => runTask(instance(id, "nightly"), "failed"), { concurrency: "unbounded" })
    const { counters } = (yield* store.getConfig("nightly"))!
    assert.deepStrictEqual([counters.totalRuns, counters.totalFailures, counters.consecutiveFailures], [50, 50, 50])
  })
])

export const outcomes = theme("outcomes", [
  test("come back as they went in, newest first, in pages", function*() {
    const store = yield* TaskStore
    const all = [
      outcome(1, { blockedBy: ["a", "b"] }),
      outcome(2, { outcome: "Missed", reason: "TooOld", to: t0 + 99 * 60_000, count: 98 }),
      outcome(100, { outcome: "Absorbed", reason: "", into: t0 + 101 * 60_000 }),
      outcome(101, { outcome: "Started", reason: "", trigger: "manual", taskId: "t1", status: "queued" })
    ]
    yield* store.insertConfig(config("nightly"), all, [], keepAll)
    const kept = { startedAt: null, completedAt: null }
    const newestFirst = all.map((one, i) => ({ ...one, ...kept, ordinal: i + 1 })).reverse()
    assert.deepStrictEqual(yield* store.outcomes("nightly", firstPage), newestFirst)
    assert.deepStrictEqual(yield* store.outcomes("nightly", { offset: 1, limit: 2 }), newestFirst.slice(1, 3))
    assert.deepStrictEqual(yield* store.outcomes("nightly", { offset: 4, limit: 2 }), [])
    assert.deepStrictEqual(yield* store.outcomes("unknown", firstPage), [])
  }),
  test("follow their task to its end, also after the task is gone", function*() {
    const store = yield* TaskStore
    yield* insertConfigWithInstance("nightly", "t1")
    const run = Effect.map(
      store.outcomes("nightly", firstPage),
      ([first]) => [first?.status, first?.startedAt, first?.completedAt]
    )
    assert.deepStrictEqual(yield* run, ["queued", null, null])
    const { task } = yield* claimed("t1")
    assert.deepStrictEqual(yield* run, ["running", t0 + 1_000, null])
    yield* store.settle(ended(task, "failed", { completedAt: t0 + 9_000 }), 1, keepAll)
    assert.deepStrictEqual(yield* run, ["failed", t0 + 1_000, t0 + 9_000])
    yield* store.removeTasks(["t1"])
    assert.deepStrictEqual(yield* run, ["failed", t0 + 1_000, t0 + 9_000])
  }),
  test("keep how long their tasks took when retention takes those away, at once or later", function*() {
    const store = yield* TaskStore
    const keepOne = { ...keepAll, done: 1 }
    const ids = ["t1", "t2", "t3"]
    yield* insertConfig(config("nightly"))
    for (const [i, id] of ids.entries()) {
      const commit = { expected: i + 1, config: config("nightly", { version: i + 2 }), outcomes: [started(i, id)] }
      yield* store.commit({ ...commit, tasks: [instance(id, "nightly")] }, keepAll)
    }
    const claims = yield* Effect.forEach(ids, (id) => claimed(id))
    yield* Effect.forEach(
      claims,
      ({ task }, i) => store.settle(ended(task, "done", { completedAt: t0 + 2_000 + i }), 1, keepOne),
      { concurrency: "unbounded" }
    )
    assert.deepStrictEqual(yield* taskIds, ["t3"])
    const runs = (yield* store.outcomes("nightly", firstPage)).map((
      one
    ) => [one.taskId, one.startedAt, one.completedAt])
    assert.deepStrictEqual(runs.reverse(), ids.map((id, i) => [id, t0 + 1_000, t0 + 2_000 + i]))
  }),
  test("that were read do not change afterwards", function*() {
    const store = yield* TaskStore
    yield* insertConfigWithInstance("nightly", "t1")
    const [before] = yield* store.outcomes("nightly", firstPage)
    yield* claimed("t1")
    assert.strictEqual(before?.status, "queued")
  })
])
