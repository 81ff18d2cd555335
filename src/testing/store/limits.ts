/**
 * What a store must guarantee for limits: those of a pool and those of a recurring task hold over all claims, however
 * many processes make them.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type Claim, TaskStore } from "../../TaskStore.ts"
import { theme } from "../internal/suite.ts"
import {
  claim,
  claimed,
  claimOf,
  config,
  ended,
  insertConfig,
  insertConfigWithInstance,
  instance,
  keepAll,
  started,
  task,
  test
} from "./records.ts"

const everybody = { concurrency: "unbounded" } as const

/** Queues tasks of a pool. */
const queue = (semaphore: string, ...taskIds: ReadonlyArray<string>) =>
  TaskStore.use((store) => store.insertTasks(taskIds.map((taskId) => task(taskId, { semaphore }))))

/** Queues instances of a recurring task. */
const recur = (recurringId: string, ...taskIds: ReadonlyArray<string>) =>
  TaskStore.use((store) => store.insertTasks(taskIds.map((taskId) => instance(taskId, recurringId))))

const end = (taskId: string) =>
  TaskStore.use((store) =>
    Effect.flatMap(store.getTask(taskId), (found) => store.settle(ended(found!, "done"), found!.attempt, keepAll))
  )

const verdict = (taskId: string, given: Partial<Claim>) =>
  Effect.map(claim(taskId, given), (answer) => typeof answer === "object" ? "taken" : answer)

export const pools = theme("the limit of a pool", [
  test("refuses who comes when it is full, and leaves his task queued", function*() {
    const store = yield* TaskStore
    yield* queue("small", "t1", "t2", "t3")
    assert.strictEqual(yield* verdict("t1", { limit: 2 }), "taken")
    assert.strictEqual(yield* verdict("t2", { limit: 2, owner: "process-2" }), "taken")
    assert.strictEqual(yield* verdict("t3", { limit: 2 }), "full")
    assert.deepStrictEqual(yield* store.getTask("t3"), task("t3", { semaphore: "small" }))
    yield* end("t1")
    assert.strictEqual(yield* verdict("t3", { limit: 2 }), "taken")
  }),
  test("is that of each pool for itself, and of the claimer", function*() {
    yield* queue("small", "t1", "t2")
    yield* queue("big", "t3", "t4")
    assert.strictEqual(yield* verdict("t1", { limit: 1 }), "taken")
    assert.strictEqual(yield* verdict("t2", { limit: 1 }), "full")
    assert.strictEqual(yield* verdict("t3", { limit: 1 }), "taken")
    assert.strictEqual(yield* verdict("t4", { limit: 1 }), "full")
    assert.strictEqual(yield* verdict("t4", { limit: 2 }), "taken")
    assert.strictEqual(yield* verdict("t2", { limit: Infinity }), "taken")
  }),
  test("of none lets nobody in", function*() {
    yield* queue("closed", "t1")
    assert.strictEqual(yield* verdict("t1", { limit: 0 }), "full")
  }),
  test("does not matter to what is gone, taken, or at another attempt", function*() {
    const store = yield* TaskStore
    yield* queue("small", "t1", "t2")
    yield* claimed("t1", { limit: 1 })
    assert.isUndefined(yield* store.claim(claimOf(task("t1"), { limit: 1 })))
    assert.isUndefined(yield* store.claim(claimOf(task("t2", { attempt: 1 }), { limit: 1 })))
    assert.isUndefined(yield* store.claim(claimOf(task("unknown"), { limit: 1 })))
  }),
  test("lets as many in as there is room for when all come at once, in their order", function*() {
    const store = yield* TaskStore
    const ids = Array.from({ length: 20 }, (_, i) => `t${i}`)
    yield* queue("small", ...ids)
    yield* claimed("t0", { limit: 7 })
    const waiting = ids.slice(1).map((id) => task(id, { semaphore: "small" }))
    const answers = yield* Effect.forEach(waiting, (one) => store.claim(claimOf(one, { limit: 7 })), everybody)
    assert.deepStrictEqual(
      answers.map((answer) => typeof answer === "object"),
      waiting.map((_, i) => i < 6)
    )
  }),
  test("counts a task that is queued again no more", function*() {
    const store = yield* TaskStore
    yield* queue("small", "t1", "t2")
    const { task: running } = yield* claimed("t1", { limit: 1 })
    yield* store.requeue({ ...running, status: "queued" }, 1)
    assert.strictEqual(yield* verdict("t2", { limit: 1 }), "taken")
    assert.strictEqual(yield* verdict("t1", { limit: 1 }), "full")
  })
])

export const instances = theme("the limit of a recurring task", [
  test("refuses who comes when as many run as may, wherever they wait for", function*() {
    yield* insertConfigWithInstance("nightly", "t1")
    yield* insertConfigWithInstance("weekly", "t2")
    yield* recur("nightly", "t3")
    assert.strictEqual(yield* verdict("t1", { maxConcurrent: 1 }), "taken")
    assert.strictEqual(yield* verdict("t3", { maxConcurrent: 1, owner: "process-2" }), "busy")
    assert.strictEqual(yield* verdict("t2", { maxConcurrent: 1 }), "taken")
    assert.strictEqual(yield* verdict("t3", { maxConcurrent: 2 }), "taken")
  }),
  test("counts those that have lent their place, and no run of one that was refused", function*() {
    const store = yield* TaskStore
    yield* insertConfigWithInstance("nightly", "t1")
    yield* recur("nightly", "t2")
    yield* claimed("t1")
    yield* store.lend("t1", 1)
    assert.strictEqual(yield* verdict("t2", { maxConcurrent: 1 }), "busy")
    assert.strictEqual((yield* store.getConfig("nightly"))?.counters.totalRuns, 1)
    yield* end("t1")
    assert.strictEqual(yield* verdict("t2", { maxConcurrent: 1 }), "taken")
  }),
  test("counts those of one that was removed when it comes back", function*() {
    const store = yield* TaskStore
    yield* insertConfigWithInstance("nightly", "t1")
    yield* claimed("t1")
    yield* store.removeConfig("nightly")
    yield* insertConfig(config("nightly"))
    yield* recur("nightly", "t2")
    assert.strictEqual(yield* verdict("t2", { maxConcurrent: 1 }), "busy")
    yield* end("t1")
    assert.strictEqual(yield* verdict("t2", { maxConcurrent: 1 }), "taken")
  }),
  test("is none for tasks that are of no recurring task", function*() {
    yield* queue("default", "t1", "t2")
    assert.strictEqual(yield* verdict("t1", { maxConcurrent: 1 }), "taken")
    assert.strictEqual(yield* verdict("t2", { maxConcurrent: 1 }), "taken")
  }),
  test("lets as many in as may run when all come at once", function*() {
    const store = yield* TaskStore
    const ids = Array.from({ length: 10 }, (_, i) => `t${i}`)
    yield* insertConfig(config("nightly"))
    yield* recur("nightly", ...ids)
    const claims = ids.map((id) => claimOf(instance(id, "nightly"), { maxConcurrent: 3, limit: 100 }))
    const answers = yield* Effect.forEach(claims, store.claim, everybody)
    assert.deepStrictEqual(answers.map((answer) => typeof answer), ids.map((_, i) => i < 3 ? "object" : "string"))
    assert.strictEqual((yield* store.getConfig("nightly"))?.counters.totalRuns, 3)
  })
])

export const lending = theme("a lent place", [
  test("is another's until it is taken back, when there is room", function*() {
    const store = yield* TaskStore
    yield* queue("small", "t1", "t2")
    yield* claimed("t1", { limit: 1 })
    assert.isTrue(yield* store.lend("t1", 1))
    assert.isTrue((yield* store.getTask("t1"))?.lent)
    assert.strictEqual(yield* verdict("t2", { limit: 1 }), "taken")
    assert.strictEqual(yield* store.takeBack("t1", 1, 1), "full")
    assert.isTrue((yield* store.getTask("t1"))?.lent)
    yield* end("t2")
    assert.isTrue(yield* store.takeBack("t1", 1, 1))
    assert.isFalse((yield* store.getTask("t1"))?.lent)
  }),
  test("can be taken back as often as one likes, without limit if need be", function*() {
    const store = yield* TaskStore
    yield* queue("small", "t1", "t2")
    yield* claimed("t1", { limit: 1 })
    assert.isTrue(yield* store.takeBack("t1", 1, 1))
    yield* store.lend("t1", 1)
    yield* store.lend("t1", 1)
    yield* claimed("t2", { limit: 1 })
    assert.isTrue(yield* store.takeBack("t1", 1, Infinity))
    assert.isTrue(yield* store.takeBack("t1", 1, 1))
  }),
  test("goes to one of many who want theirs back", function*() {
    const store = yield* TaskStore
    const ids = ["t1", "t2", "t3", "t4"]
    yield* queue("small", ...ids)
    yield* Effect.forEach(ids, (id) => Effect.andThen(claimed(id), store.lend(id, 1)))
    const answers = yield* Effect.forEach(ids, (id) => store.takeBack(id, 1, 1), everybody)
    assert.deepStrictEqual(answers, [true, "full", "full", "full"])
  }),
  test("is nobody's when its task has ended, is queued, or is at another attempt", function*() {
    const store = yield* TaskStore
    yield* queue("small", "t1", "t2")
    const { task: running } = yield* claimed("t1")
    assert.isFalse(yield* store.lend("t1", 2))
    assert.isFalse(yield* store.lend("t2", 0))
    assert.isFalse(yield* store.lend("unknown", 1))
    yield* store.lend("t1", 1)
    yield* store.settle(ended(running, "done"), 1, keepAll)
    assert.isFalse(yield* store.takeBack("t1", 1, Infinity))
    assert.deepStrictEqual(yield* store.getTask("t1"), ended(running, "done"))
  }),
  test("stays lent when its task says something, and not when that is queued again", function*() {
    const store = yield* TaskStore
    yield* queue("small", "t1")
    const { task: running } = yield* claimed("t1")
    yield* store.lend("t1", 1)
    yield* store.update({ ...running, progress: 50 }, 1)
    assert.deepInclude(yield* store.getTask("t1"), { progress: 50, lent: true })
    yield* store.requeue({ ...running, status: "queued", lent: true }, 1)
    assert.deepInclude(yield* store.getTask("t1"), { lent: false, owner: null })
    assert.isFalse((yield* claimed("t1")).task.lent)
  })
])

export const decidedWith = theme("a decision that counts on live instances", [
  test("is refused when there are fewer of them than the decider has counted", function*() {
    const store = yield* TaskStore
    yield* insertConfigWithInstance("nightly", "t1")
    const commit = {
      expected: 1,
      config: config("nightly", { version: 2 }),
      outcomes: [started(1, "t2")],
      tasks: [instance("t2", "nightly")]
    }
    assert.isFalse(yield* store.commit({ ...commit, active: 2 }, keepAll))
    assert.isUndefined(yield* store.getTask("t2"))
    assert.isTrue(yield* store.commit({ ...commit, active: 1 }, keepAll))
  }),
  test("is taken when there are more, and counts neither what has ended nor what is another's", function*() {
    const store = yield* TaskStore
    yield* insertConfigWithInstance("nightly", "t1")
    yield* insertConfigWithInstance("weekly", "t2")
    yield* recur("nightly", "t3", "t4")
    yield* claimed("t3")
    const commit = { expected: 1, config: config("nightly", { version: 2 }), outcomes: [], tasks: [] }
    assert.isFalse(yield* store.commit({ ...commit, active: 4 }, keepAll))
    yield* end("t3")
    assert.isFalse(yield* store.commit({ ...commit, active: 3 }, keepAll))
    assert.isTrue(yield* store.commit({ ...commit, active: 1 }, keepAll))
    assert.deepStrictEqual((yield* store.activeTasks("nightly")).map(({ taskId }) => taskId), ["t1", "t4"])
  })
])
