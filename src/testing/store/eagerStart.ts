/**
 * What a store must guarantee for instances that are to run together with their decision: if there is room for them as
 * for a claim, they run; otherwise they are queued.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type Begin, type Commit, TaskStore } from "../../TaskStore.ts"
import { theme } from "../internal/suite.ts"
import {
  beginOf,
  claim,
  claimed,
  claimOf,
  config,
  ended,
  firstPage,
  insertConfig,
  insertConfigWithInstance,
  instance,
  keepAll,
  started,
  t0,
  task,
  test
} from "./records.ts"

/** A decision that starts an instance at once, of a recurring task that has not been decided before. */
const decision = (recurringId: string, taskId: string, begin: Partial<Begin> = {}, given: Partial<Commit> = {}) => ({
  expected: 1,
  config: config(recurringId, { version: 2, lastDecided: t0 + 60_000, runs: 1 }),
  outcomes: [started(1, taskId)],
  tasks: [instance(taskId, recurringId)],
  begin: beginOf(begin),
  ...given
})

const commit = (...args: Parameters<typeof decision>) =>
  TaskStore.use((store) => store.commit(decision(...args), keepAll))

/** What became of the instance of a decision. */
const verdict = (...args: Parameters<typeof decision>) =>
  Effect.map(commit(...args), (answer) => typeof answer === "object" ? "runs" : answer)

const statusOf = (taskId: string) =>
  Effect.map(TaskStore.use((store) => store.getTask(taskId)), (found) => found?.status)

export const beginning = theme("an instance that is to run with its decision", [
  test("does if there is room, as if it was claimed right after", function*() {
    const store = yield* TaskStore
    for (const id of ["claimed", "begun"]) yield* insertConfig(config(id))
    const wish = { leaseUntil: t0 + 31_000, limit: 2, maxConcurrent: 1 }
    yield* store.commit({ ...decision("claimed", "t1"), begin: undefined }, keepAll)
    const before = yield* claimed("t1", wish)
    const { begin: _, ...decided } = decision("begun", "t2")
    const begun = yield* commit("begun", "t2", wish)
    const running = instance("t2", "begun", {
      status: "running",
      attempt: 1,
      startedAt: t0 + 1_000,
      owner: "process-1",
      leaseUntil: t0 + 31_000
    })
    assert.deepStrictEqual(begun, { task: running, counters: before.counters })
    assert.deepStrictEqual(yield* store.getTask("t2"), running)
    const stored = yield* store.getConfig("begun")
    assert.deepStrictEqual(stored, { record: decided.config, counters: before.counters! })
    const [as] = yield* store.outcomes("claimed", firstPage)
    assert.deepStrictEqual(yield* store.outcomes("begun", firstPage), [{ ...as!, taskId: "t2" }])
    const settled = yield* store.settle(ended(running, "failed"), 1, keepAll)
    assert.deepInclude(settled?.counters, { totalRuns: 1, totalFailures: 1, lastRun: t0 + 1_000 })
  }),
  test("is queued where its pool is full, whoever has the places that are not lent", function*() {
    const store = yield* TaskStore
    yield* store.insertTasks([task("t1"), task("t2")])
    for (const id of ["a", "b"]) yield* insertConfig(config(id))
    yield* claimed("t1", { owner: "process-2" })
    yield* claimed("t2", { owner: "process-2" })
    assert.isTrue(yield* commit("a", "a1", { limit: 2 }))
    assert.deepStrictEqual(yield* store.getTask("a1"), instance("a1", "a"))
    assert.deepInclude((yield* store.getConfig("a"))?.counters, { totalRuns: 0, lastRun: null })
    yield* store.lend("t2", 1)
    assert.strictEqual(yield* verdict("b", "b1", { limit: 2 }), "runs")
    assert.strictEqual(yield* claim("a1", { limit: 2 }), "full")
  }),
  test("is queued where as many instances run as may, and takes no place in the pool then", function*() {
    const store = yield* TaskStore
    yield* insertConfigWithInstance("nightly", "t1")
    yield* insertConfig(config("weekly"))
    yield* claimed("t1", { owner: "process-2" })
    const both = [
      decision("nightly", "t2", { limit: 2, maxConcurrent: 1 }),
      decision("weekly", "t3", { limit: 2, maxConcurrent: 1 })
    ]
    yield* Effect.forEach(both, (one) => store.commit(one, keepAll), { concurrency: "unbounded" })
    assert.strictEqual(yield* statusOf("t2"), "queued")
    assert.strictEqual(yield* statusOf("t3"), "running")
  }),
  test("counts those that run, not those that wait", function*() {
    yield* insertConfigWithInstance("nightly", "t1")
    assert.strictEqual(yield* verdict("nightly", "t2", { maxConcurrent: 1 }), "runs")
    assert.strictEqual(yield* claim("t1", { maxConcurrent: 1 }), "busy")
  }),
  test("shares the last places with those of all decisions that come at once", function*() {
    const store = yield* TaskStore
    const ids = Array.from({ length: 20 }, (_, i) => `r${i + 10}`)
    for (const id of ids) yield* insertConfig(config(id))
    yield* store.insertTasks([task("t1")])
    yield* claimed("t1", { owner: "process-2" })
    const answers = yield* Effect.forEach(ids, (id) => commit(id, `${id}-1`, { limit: 8 }), {
      concurrency: "unbounded"
    })
    const begun = answers.filter((answer) => typeof answer === "object")
    assert.lengthOf(begun, 7)
    assert.lengthOf(answers.filter((answer) => answer === true), 13)
    for (const [i, id] of ids.entries()) {
      assert.strictEqual(yield* statusOf(`${id}-1`), typeof answers[i] === "object" ? "running" : "queued")
    }
    assert.strictEqual(yield* claim(`${ids[answers.indexOf(true)]}-1`, { limit: 8 }), "full")
  }),
  test("is not there when the decision does not count", function*() {
    const store = yield* TaskStore
    yield* insertConfigWithInstance("nightly", "t1")
    assert.isFalse(yield* commit("nightly", "t2", {}, { expected: 2 }))
    assert.isFalse(yield* commit("nightly", "t2", {}, { active: 2 }))
    assert.isFalse(yield* commit("gone", "t2"))
    assert.isUndefined(yield* store.getTask("t2"))
    assert.deepInclude((yield* store.getConfig("nightly"))?.counters, { totalRuns: 0, lastRun: null })
    yield* store.insertTasks([task("t3")])
    assert.isObject(yield* claim("t3", { limit: 1 }))
  }),
  test("waits with the others where it is not the only one", function*() {
    yield* insertConfig(config("nightly"))
    const outcomes = [started(1, "t1"), started(2, "t2")]
    const tasks = [instance("t1", "nightly"), instance("t2", "nightly")]
    assert.isTrue(yield* commit("nightly", "", {}, { outcomes, tasks }))
    assert.deepStrictEqual([yield* statusOf("t1"), yield* statusOf("t2")], ["queued", "queued"])
    assert.isTrue(yield* commit("nightly", "", {}, { expected: 2, outcomes: [], tasks: [] }))
  }),
  test("comes beside others of which that is not asked", function*() {
    const store = yield* TaskStore
    for (const id of ["a", "b", "c"]) yield* insertConfig(config(id))
    const all = [
      { ...decision("a", "a1"), begin: undefined },
      decision("b", "b1", { leaseUntil: t0 + 31_000 }),
      decision("c", "c1", { owner: "process-2" }, { expected: 7 })
    ]
    const answers = yield* Effect.forEach(all, (one) => store.commit(one, keepAll), { concurrency: "unbounded" })
    assert.deepStrictEqual(answers.map((answer) => typeof answer === "object" ? "runs" : answer), [true, "runs", false])
    assert.deepStrictEqual(yield* store.getTask("a1"), instance("a1", "a"))
    assert.deepInclude(yield* store.getTask("b1"), { owner: "process-1", leaseUntil: t0 + 31_000 })
  }),
  test("is its owner's, who keeps it by his heartbeat, and another's when he is gone", function*() {
    const store = yield* TaskStore
    yield* insertConfig(config("nightly"))
    yield* commit("nightly", "t1", { owner: "one/1", leaseUntil: t0 + 5_000 })
    const beat = { owner: "one/1", now: t0 + 2_000, leaseUntil: t0 + 9_000, taskTypes: ["Backup"] }
    const { held } = yield* store.heartbeat(beat)
    assert.deepStrictEqual(held, [{ taskId: "t1", attempt: 1, cancelRequest: null }])
    const search = { now: t0 + 9_001, taskTypes: ["Backup"], owner: "two/1" }
    assert.deepStrictEqual((yield* store.abandonedTasks(search)).map(({ taskId }) => taskId), ["t1"])
    assert.isTrue(yield* store.requeue(instance("t1", "nightly", { attempt: 1 }), 1))
    const again = yield* store.claim(claimOf(instance("t1", "nightly", { attempt: 1 })))
    assert.deepInclude(typeof again === "object" ? again.counters : {}, { totalRuns: 1 })
  })
])
