/**
 * What a store must guarantee for recurring tasks: a decision is all or nothing, and only the first of two counts.
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
  firstPage,
  insertConfig,
  insertConfigWithInstance,
  instance,
  keepAll,
  noCounters,
  runTask,
  started,
  t0,
  taskIds,
  test
} from "./records.ts"

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
    assert.deepStrictEqual(yield* store.getConfig("nightly"), { record: full, counters: noCounters })
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
    assert.deepStrictEqual(asTold(yield* store.outcomes("nightly", firstPage)), [started(0, "t1")])
    assert.deepStrictEqual(yield* store.getTask("t1"), instance("t1", "nightly"))
  }),
  test("refuses an id that is taken, with all that belongs to it", function*() {
    const store = yield* TaskStore
    yield* insertConfigWithInstance("nightly", "t1")
    const second = config("nightly", { note: "another" })
    assert.isFalse(yield* store.insertConfig(second, [started(1, "t2")], [instance("t2", "nightly")], keepAll))
    assert.strictEqual((yield* store.getConfig("nightly"))?.record.note, "")
    assert.deepStrictEqual(yield* taskIds, ["t1"])
    assert.strictEqual((yield* store.outcomes("nightly", firstPage)).length, 1)
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
    assert.deepStrictEqual(asTold(yield* store.outcomes("nightly", firstPage)), [started(1, "t2")])
    assert.deepStrictEqual(yield* store.getTask("t2"), instance("t2", "nightly"))
  }),
  test("writes nothing when the version is not the expected one, or the recurring task is gone", function*() {
    const store = yield* TaskStore
    yield* insertConfig(config("nightly", { version: 5 }))
    assert.isFalse(yield* store.commit(decision({ expected: 4 }), keepAll))
    assert.isFalse(yield* store.commit(decision({ expected: 6 }), keepAll))
    assert.isFalse(yield* store.commit(decision({ expected: 1, config: config("gone") }), keepAll))
    assert.strictEqual((yield* store.getConfig("nightly"))?.record.version, 5)
    assert.deepStrictEqual(yield* store.outcomes("nightly", firstPage), [])
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
    const outcomes = yield* store.outcomes("nightly", firstPage)
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
    const revised = (version: number) => config("nightly", { ...meant, version })
    yield* insertConfig(config("nightly"))
    for (const [i, isRevised] of [true, false, undefined].entries()) {
      yield* store.commit({ expected: i + 1, config: revised(i + 2), outcomes: [], tasks: [], isRevised }, keepAll)
      assert.deepStrictEqual((yield* store.getConfig("nightly"))?.record, revised(i + 2))
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

export const removal = theme("removing a recurring task", [
  test("takes its outcomes along and leaves its tasks", function*() {
    const store = yield* TaskStore
    yield* insertConfigWithInstance("nightly", "t1")
    yield* insertConfigWithInstance("weekly", "t2")
    assert.isTrue(yield* store.removeConfig("nightly"))
    assert.isFalse(yield* store.removeConfig("nightly"))
    assert.isUndefined(yield* store.getConfig("nightly"))
    assert.deepStrictEqual(yield* store.outcomes("nightly", firstPage), [])
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
    assert.deepStrictEqual((yield* store.getConfig("nightly"))?.counters, noCounters)
    assert.deepStrictEqual(yield* store.outcomes("nightly", firstPage), [])
  })
])
