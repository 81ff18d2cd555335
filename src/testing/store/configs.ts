/**
 * What a store must guarantee for recurring tasks: a decision is all or nothing, and only the first of two counts;
 * counters are folds over ended instances; outcomes follow their tasks.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type Commit, TaskStore } from "../../TaskStore.ts"
import { theme } from "../internal/suite.ts"
import {
  asTold,
  claimed,
  config,
  ended,
  insertConfig,
  insertConfigWithInstance,
  instance,
  keepAll,
  outcome,
  runTask,
  started,
  t0,
  taskIds,
  test
} from "./records.ts"

const page = { offset: 0, limit: 100 }

const none = { totalRuns: 0, totalFailures: 0, consecutiveFailures: 0, lastRun: null }

export const adding = theme("adding recurring tasks", [
  test("gives back what was put in, field by field", function*() {
    const store = yield* TaskStore
    const full = config("nightly", {
      version: 7,
      revision: 3,
      enabled: false,
      note: "holiday 🏖",
      lastDecided: t0 + 1,
      buffer: [
        { scheduledAt: t0, covers: null, caughtUp: false },
        { scheduledAt: t0 + 1, covers: { from: 1, to: 2, count: 2 }, caughtUp: true }
      ],
      runs: 12,
      updatedAt: t0 + 2
    })
    assert.isTrue(yield* insertConfig(full))
    assert.deepStrictEqual(yield* store.getConfig("nightly"), { record: full, counters: none })
    assert.isUndefined(yield* store.getConfig("unknown"))
  }),
  test("lists them in order of insertion", function*() {
    const store = yield* TaskStore
    for (const id of ["c", "a", "b"]) yield* insertConfig(config(id))
    assert.deepStrictEqual((yield* store.configs).map(({ record }) => record.recurringId), ["c", "a", "b"])
  }),
  test("adds the first outcomes and instances with it", function*() {
    const store = yield* TaskStore
    yield* insertConfigWithInstance("nightly", "t1")
    assert.deepStrictEqual(asTold(yield* store.outcomes("nightly", page)), [started(0, "t1")])
    assert.deepStrictEqual(yield* store.getTask("t1"), instance("t1", "nightly"))
  }),
  test("refuses an id that is taken, with all that belongs to it", function*() {
    const store = yield* TaskStore
    yield* insertConfigWithInstance("nightly", "t1")
    const second = config("nightly", { note: "another" })
    assert.isFalse(yield* store.insertConfig(second, [started(1, "t2")], [instance("t2", "nightly")], keepAll))
    assert.strictEqual((yield* store.getConfig("nightly"))?.record.note, "")
    assert.deepStrictEqual(yield* taskIds, ["t1"])
    assert.strictEqual((yield* store.outcomes("nightly", page)).length, 1)
  }),
  test("lets one of many add an id", function*() {
    const all = Array.from({ length: 10 }, (_, i) => config("nightly", { note: String(i) }))
    const added = yield* Effect.forEach(all, (one) => insertConfig(one), { concurrency: "unbounded" })
    assert.strictEqual(added.filter((isAdded) => isAdded).length, 1)
  })
])

const decision = (given: Partial<Commit> = {}): Commit => ({
  expected: 1,
  config: config("nightly", { version: 2, lastDecided: t0 + 60_000, runs: 1 }),
  outcomes: [started(1, "t2")],
  tasks: [instance("t2", "nightly")],
  ...given
})

export const committing = theme("committing a decision", [
  test("writes the row, the outcomes and the instances together", function*() {
    const store = yield* TaskStore
    yield* insertConfig(config("nightly"))
    assert.isTrue(yield* store.commit(decision(), keepAll))
    assert.deepStrictEqual((yield* store.getConfig("nightly"))?.record, decision().config)
    assert.deepStrictEqual(asTold(yield* store.outcomes("nightly", page)), [started(1, "t2")])
    assert.deepStrictEqual(yield* store.getTask("t2"), instance("t2", "nightly"))
  }),
  test("writes nothing when the version is not the expected one, or the recurring task is gone", function*() {
    const store = yield* TaskStore
    yield* insertConfig(config("nightly", { version: 5 }))
    assert.isFalse(yield* store.commit(decision({ expected: 4 }), keepAll))
    assert.isFalse(yield* store.commit(decision({ expected: 6 }), keepAll))
    assert.isFalse(yield* store.commit(decision({ expected: 1, config: config("gone") }), keepAll))
    assert.strictEqual((yield* store.getConfig("nightly"))?.record.version, 5)
    assert.deepStrictEqual(yield* store.outcomes("nightly", page), [])
    assert.deepStrictEqual(yield* taskIds, [])
  }),
  test("takes one of many decisions that start from the same version", function*() {
    const store = yield* TaskStore
    yield* insertConfig(config("nightly"))
    const all = Array.from(
      { length: 20 },
      (_, i) => decision({ outcomes: [started(1, `t${i}`)], tasks: [instance(`t${i}`, "nightly")] })
    )
    const taken = yield* Effect.forEach(all, (one) => store.commit(one, keepAll), { concurrency: "unbounded" })
    assert.strictEqual(taken.filter((isTaken) => isTaken).length, 1)
    const outcomes = yield* store.outcomes("nightly", page)
    assert.deepStrictEqual(outcomes.map(({ taskId }) => taskId), yield* taskIds)
    assert.strictEqual(outcomes.length, 1)
  }),
  test("asks for the end of instances that have not ended, if it counts", function*() {
    const store = yield* TaskStore
    yield* insertConfigWithInstance("nightly", "t1")
    yield* store.insertTasks([instance("t3", "nightly"), instance("t4", "nightly")])
    yield* claimed("t1")
    yield* store.settle(ended(instance("t4", "nightly"), "done"), 0, keepAll)
    const request = { reason: "Overlap", note: "", grace: 0 } as const
    const cancels = ["t1", "t3", "t4", "gone"].map((taskId) => ({ taskId, request }))
    const requests = Effect.map(store.getTasks(["t1", "t3", "t4"]), (all) => all.map((one) => one.cancelRequest))
    assert.isFalse(yield* store.commit(decision({ expected: 7, cancels }), keepAll))
    assert.deepStrictEqual(yield* requests, [null, null, null])
    assert.isTrue(yield* store.commit(decision({ cancels }), keepAll))
    assert.deepStrictEqual(yield* requests, [request, request, null])
  }),
  test("leaves what it is meant to do as it was, where nothing of that is new", function*() {
    const store = yield* TaskStore
    const meant = { revision: 2, template: { ...config("").template, heading: "Weekly" } }
    const told = (version: number) => config("nightly", { ...meant, version })
    yield* insertConfig(config("nightly"))
    for (const [i, isRevised] of [true, false, undefined].entries()) {
      yield* store.commit({ expected: i + 1, config: told(i + 2), outcomes: [], tasks: [], isRevised }, keepAll)
      assert.deepStrictEqual((yield* store.getConfig("nightly"))?.record, told(i + 2))
    }
  }),
  test("leaves the counters alone", function*() {
    const store = yield* TaskStore
    yield* insertConfigWithInstance("nightly", "t1")
    yield* claimed("t1")
    yield* store.commit(decision(), keepAll)
    assert.strictEqual((yield* store.getConfig("nightly"))?.counters.totalRuns, 1)
  })
])

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
    assert.deepStrictEqual(settled?.counters, none)
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
    assert.deepStrictEqual(yield* store.outcomes("nightly", page), newestFirst)
    assert.deepStrictEqual(yield* store.outcomes("nightly", { offset: 1, limit: 2 }), newestFirst.slice(1, 3))
    assert.deepStrictEqual(yield* store.outcomes("nightly", { offset: 4, limit: 2 }), [])
    assert.deepStrictEqual(yield* store.outcomes("unknown", page), [])
  }),
  test("follow their task to its end, also after the task is gone", function*() {
    const store = yield* TaskStore
    yield* insertConfigWithInstance("nightly", "t1")
    const run = Effect.map(
      store.outcomes("nightly", page),
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
    const runs = (yield* store.outcomes("nightly", page)).map((one) => [one.taskId, one.startedAt, one.completedAt])
    assert.deepStrictEqual(runs.reverse(), ids.map((id, i) => [id, t0 + 1_000, t0 + 2_000 + i]))
  }),
  test("that were read do not change afterwards", function*() {
    const store = yield* TaskStore
    yield* insertConfigWithInstance("nightly", "t1")
    const [before] = yield* store.outcomes("nightly", page)
    yield* claimed("t1")
    assert.strictEqual(before?.status, "queued")
  })
])

export const removal = theme("removing a recurring task", [
  test("takes its outcomes along and leaves its tasks", function*() {
    const store = yield* TaskStore
    yield* insertConfigWithInstance("nightly", "t1")
    yield* insertConfigWithInstance("weekly", "t2")
    assert.isTrue(yield* store.removeConfig("nightly"))
    assert.isFalse(yield* store.removeConfig("nightly"))
    assert.isUndefined(yield* store.getConfig("nightly"))
    assert.deepStrictEqual(yield* store.outcomes("nightly", page), [])
    assert.deepStrictEqual((yield* store.configs).map(({ record }) => record.recurringId), ["weekly"])
    assert.deepStrictEqual(yield* taskIds, ["t2", "t1"])
  }),
  test("lets its live instances end", function*() {
    const store = yield* TaskStore
    yield* insertConfigWithInstance("nightly", "t1")
    const { task } = yield* claimed("t1")
    yield* store.removeConfig("nightly")
    assert.deepStrictEqual(yield* store.settle(ended(task, "done"), 1, keepAll), { counters: undefined, pruned: [] })
    assert.strictEqual((yield* store.getTask("t1"))?.status, "done")
  }),
  test("leaves nothing behind for a new one with the same id", function*() {
    const store = yield* TaskStore
    yield* insertConfig(config("nightly"))
    yield* runTask(instance("t1", "nightly"), "failed")
    yield* store.removeConfig("nightly")
    yield* insertConfig(config("nightly"))
    assert.deepStrictEqual((yield* store.getConfig("nightly"))?.counters, none)
    assert.deepStrictEqual(yield* store.outcomes("nightly", page), [])
  })
])
