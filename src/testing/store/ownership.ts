/**
 * What a store must guarantee to the owners of tasks: one owner at a time, and no write by a stale one.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type Claimed, TaskStore } from "../../TaskStore.ts"
import { theme } from "../internal/suite.ts"
import { claim, claimed, claimOf, ended, insertConfigWithInstance, keepAll, t0, task, test } from "./records.ts"

const everybody = { concurrency: "unbounded" } as const

export const claiming = theme("claiming", [
  test("makes a queued task a running one, with an owner, a lease and the next attempt", function*() {
    const store = yield* TaskStore
    yield* store.insertTasks([task("t1")])
    const answer = yield* claim("t1", { owner: "me", now: t0 + 5, leaseUntil: t0 + 30_005 })
    const running = task("t1", {
      status: "running",
      attempt: 1,
      startedAt: t0 + 5,
      owner: "me",
      leaseUntil: t0 + 30_005
    })
    assert.deepStrictEqual(answer, { task: running, counters: undefined })
    assert.deepStrictEqual(yield* store.getTask("t1"), running)
  }),
  test("gives a task to one of many who want it", function*() {
    const store = yield* TaskStore
    yield* store.insertTasks([task("t1")])
    const owners = Array.from({ length: 20 }, (_, i) => `process-${i}`)
    const claims = yield* Effect.forEach(owners, (owner) => store.claim(claimOf(task("t1"), { owner })), everybody)
    const winners = claims.filter((answer) => typeof answer === "object")
    assert.strictEqual(winners.length, 1)
    assert.strictEqual((yield* store.getTask("t1"))?.owner, winners[0]?.task.owner)
  }),
  test("refuses what is unknown, ended, or at another attempt than the claimer has seen", function*() {
    const store = yield* TaskStore
    yield* store.insertTasks([task("t1"), task("t2"), task("t3", { attempt: 2 })])
    yield* store.settle(ended(task("t2"), "cancelled"), 0, keepAll)
    assert.isUndefined(yield* claim("unknown"))
    assert.isUndefined(yield* claim("t2"))
    assert.isUndefined(yield* store.claim(claimOf(task("t1", { attempt: 1 }))))
    assert.isUndefined(yield* store.claim(claimOf(task("t3", { attempt: 1 }))))
    assert.strictEqual((yield* claimed("t3")).task.attempt, 3)
  }),
  test("counts a run once that begins again after its process has died", function*() {
    const store = yield* TaskStore
    yield* insertConfigWithInstance("nightly", "t1")
    const { counters, task: first } = yield* claimed("t1", { now: t0 + 7 })
    yield* store.requeue({ ...first, status: "queued" }, 1)
    assert.deepStrictEqual((yield* claimed("t1", { now: t0 + 9 })).counters, counters)
    assert.deepStrictEqual((yield* store.getConfig("nightly"))?.counters, counters)
  }),
  test("counts the run of a recurring task, and its outcome follows", function*() {
    const store = yield* TaskStore
    yield* insertConfigWithInstance("nightly", "t1")
    const answer = yield* claimed("t1", { now: t0 + 7 })
    const counters = { totalRuns: 1, totalFailures: 0, consecutiveFailures: 0, lastRun: t0 + 7 }
    assert.deepStrictEqual(answer.counters, counters)
    assert.deepStrictEqual((yield* store.getConfig("nightly"))?.counters, counters)
    assert.deepStrictEqual((yield* store.outcomes("nightly", { offset: 0, limit: 9 })).map(({ status }) => status), [
      "running"
    ])
  })
])

/** A task that runs in its first attempt. */
const running = Effect.fnUntraced(function*(taskId: string) {
  const store = yield* TaskStore
  yield* store.insertTasks([task(taskId)])
  return (yield* claimed(taskId)).task
})

export const writing = theme("writing a running task", [
  test("keeps what its owner says", function*() {
    const store = yield* TaskStore
    const record = yield* running("t1")
    const said = { ...record, progress: 50, heading: "Half", body: "of it", img: "half.png" }
    assert.isTrue(yield* store.update(said, 1))
    assert.deepStrictEqual(yield* store.getTask("t1"), said)
  }),
  test("an attempt ends the word of the attempts before it", function*() {
    const store = yield* TaskStore
    const first = yield* running("t1")
    assert.isTrue(yield* store.update({ ...first, attempt: 2 }, 1))
    assert.isFalse(yield* store.update({ ...first, progress: 99 }, 1))
    assert.isUndefined(yield* store.settle(ended(first, "done"), 1, keepAll))
    assert.deepStrictEqual(yield* store.getTask("t1"), { ...first, attempt: 2 })
  }),
  test("refuses what does not run: unknown, queued or ended", function*() {
    const store = yield* TaskStore
    yield* store.insertTasks([task("queued")])
    const record = yield* running("t1")
    yield* store.settle(ended(record, "done"), 1, keepAll)
    assert.isFalse(yield* store.update(task("unknown"), 0))
    assert.isFalse(yield* store.update(task("queued", { progress: 1 }), 0))
    assert.isFalse(yield* store.update({ ...record, progress: 1 }, 1))
    assert.deepStrictEqual(yield* store.getTask("t1"), ended(record, "done"))
    assert.deepStrictEqual(yield* store.getTask("queued"), task("queued"))
  })
])

export const settling = theme("settling", [
  test("keeps the result with everything that belongs to it", function*() {
    const store = yield* TaskStore
    const record = yield* running("t1")
    const done = ended(record, "failed", {
      error: { _tag: "DiskFull", path: "/data" },
      failure: { type: "DiskFull", message: "no space", trace: "DiskFull: no space\n    at copy" }
    })
    assert.deepStrictEqual(yield* store.settle(done, 1, keepAll), { counters: undefined, pruned: [] })
    assert.deepStrictEqual(yield* store.getTask("t1"), done)
  }),
  test("ends a queued task that never ran", function*() {
    const store = yield* TaskStore
    yield* store.insertTasks([task("t1")])
    assert.isDefined(yield* store.settle(ended(task("t1"), "cancelled"), 0, keepAll))
    assert.isUndefined(yield* claim("t1"))
  }),
  test("takes the first of many results, and no second one", function*() {
    const store = yield* TaskStore
    const record = yield* running("t1")
    const results = Array.from({ length: 20 }, (_, i) => ended(record, i % 2 === 0 ? "done" : "failed", { success: i }))
    const settled = yield* Effect.forEach(results, (result) => store.settle(result, 1, keepAll), everybody)
    const winners = results.filter((_, i) => settled[i] !== undefined)
    assert.strictEqual(winners.length, 1)
    assert.deepStrictEqual(yield* store.getTask("t1"), winners[0])
    assert.isUndefined(yield* store.settle(ended(record, "done"), 1, keepAll))
  }),
  test("refuses a stale or unknown task, and counts nothing for it", function*() {
    const store = yield* TaskStore
    yield* insertConfigWithInstance("nightly", "t1")
    const { task: record } = yield* claimed("t1")
    assert.isUndefined(yield* store.settle(ended(record, "failed"), 0, keepAll))
    assert.isUndefined(yield* store.settle(ended(record, "failed"), 2, keepAll))
    assert.isUndefined(yield* store.settle(ended(task("unknown"), "failed"), 0, keepAll))
    assert.strictEqual((yield* store.getConfig("nightly"))?.counters.totalFailures, 0)
    assert.strictEqual((yield* store.getTask("t1"))?.status, "running")
  })
])

const second = 1_000

/** A task that `owner` runs, with a lease until `seconds` after `t0`. */
const leased = Effect.fnUntraced(function*(taskId: string, owner: string, seconds: number | null, taskType = "Backup") {
  const store = yield* TaskStore
  yield* store.insertTasks([task(taskId, { taskType })])
  const leaseUntil = seconds === null ? null : t0 + seconds * second
  yield* claimed(taskId, { owner, leaseUntil })
})

const abandoned = (seconds: number, owner = "me/2", taskTypes: ReadonlyArray<string> = ["Backup"]) =>
  Effect.map(
    TaskStore.use((store) => store.abandonedTasks({ now: t0 + seconds * second, taskTypes, owner })),
    (tasks) => tasks.map(({ taskId }) => taskId)
  )

/** Sends a heartbeat at `t0` for 90 seconds, and returns the tasks that still belong to the owner. */
const heldBy = (owner: string) =>
  Effect.map(
    TaskStore.use((store) => store.heartbeat({ owner, now: t0, leaseUntil: t0 + 90 * second, taskTypes: [] })),
    ({ held }) => held
  )

export const leases = theme("leases", [
  test("a heartbeat extends everything that its owner runs, and says what that is", function*() {
    yield* leased("t1", "me/1", 30)
    yield* leased("t2", "you/1", 30)
    yield* leased("t3", "me/1", 30)
    assert.deepStrictEqual(yield* heldBy("me/1"), [
      { taskId: "t1", attempt: 1, cancelRequest: null },
      { taskId: "t3", attempt: 1, cancelRequest: null }
    ])
    assert.deepStrictEqual(yield* abandoned(60, "they/1"), ["t2"])
    assert.deepStrictEqual(yield* heldBy("nobody"), [])
  }),
  test("a heartbeat does not hold what has ended or was taken over", function*() {
    const store = yield* TaskStore
    yield* leased("t1", "me/1", 30)
    yield* leased("t2", "me/1", 30)
    yield* store.settle(ended(task("t1"), "done"), 1, keepAll)
    yield* store.requeue(task("t2", { attempt: 1 }), 1)
    assert.deepStrictEqual(yield* heldBy("me/1"), [])
  }),
  test("a task is abandoned when its lease has ended, and not before", function*() {
    yield* leased("t1", "you/1", 30)
    yield* leased("t2", "you/1", 20)
    yield* leased("t3", "you/1", null)
    assert.deepStrictEqual(yield* abandoned(20), [])
    assert.deepStrictEqual(yield* abandoned(21), ["t2"])
    assert.deepStrictEqual(yield* abandoned(31), ["t1", "t2"])
  }),
  test("a task of an earlier start of the same process is abandoned at once", function*() {
    yield* leased("t1", "me/1", 30)
    yield* leased("t2", "me/2", 30)
    yield* leased("t3", "meanwhile/1", 30)
    assert.deepStrictEqual(yield* abandoned(0, "me/2"), ["t1"])
  }),
  test("only tasks of the given types are found, and only running ones", function*() {
    const store = yield* TaskStore
    yield* leased("t1", "you/1", 10, "Backup")
    yield* leased("t2", "you/1", 10, "Cleanup")
    yield* store.insertTasks([task("t3")])
    assert.deepStrictEqual(yield* abandoned(60, "me/2", ["Cleanup"]), ["t2"])
    assert.deepStrictEqual(yield* abandoned(60, "me/2", []), [])
  }),
  test("an abandoned task is queued again by one of many, and its former owner is stale then", function*() {
    const store = yield* TaskStore
    yield* insertConfigWithInstance("nightly", "t1")
    const { task: record } = yield* claimed("t1", { owner: "you/1", leaseUntil: t0 })
    const queued = { ...record, status: "queued", owner: null, leaseUntil: null } as const
    const requeued = yield* Effect.all(Array.from({ length: 10 }, () => store.requeue(queued, 1)), everybody)
    assert.strictEqual(requeued.filter((isFirst) => isFirst).length, 1)
    assert.isFalse(yield* store.update(record, 1))
    const [outcome] = yield* store.outcomes("nightly", { offset: 0, limit: 1 })
    assert.strictEqual(outcome?.status, "queued")
    const again = yield* claimed("t1", { owner: "me/2" })
    assert.deepInclude(again.task, { attempt: 2 })
    // it is the same run
    assert.deepInclude(again.counters, { totalRuns: 1 })
    assert.deepInclude((yield* store.getConfig("nightly"))?.counters, { totalRuns: 1 })
    assert.isUndefined(yield* store.settle(ended(record, "done"), 1, keepAll))
  }),
  test("how often a task was abandoned is kept when it is queued again, and by all that follows", function*() {
    const store = yield* TaskStore
    yield* leased("t1", "you/1", 10)
    const record = (yield* store.getTask("t1"))!
    assert.strictEqual(record.abandoned, 0)
    yield* store.requeue({ ...record, status: "queued", owner: null, leaseUntil: null, abandoned: 3 }, 1)
    const [queued] = yield* store.queuedTasks({ taskTypes: [record.taskType], createdBefore: Infinity, limit: 1 })
    assert.strictEqual(queued?.abandoned, 3)
    const again = (yield* claimed("t1", { owner: "me/2" })).task
    assert.strictEqual(again.abandoned, 3)
    yield* store.update({ ...again, progress: 50 }, 2)
    yield* store.settle(ended(again, "done"), 2, keepAll)
    assert.deepInclude(yield* store.getTask("t1"), { status: "done", abandoned: 3 })
  }),
  test("how far a task has come with its retries is kept when it is queued again, and by all that follows", function*() {
    const store = yield* TaskStore
    yield* leased("t1", "you/1", 10)
    const record = (yield* store.getTask("t1"))!
    assert.isNull(record.retries)
    const [once, twice] = [{ count: 1, since: t0 + 5 }, { count: 2, since: t0 + 5 }]
    yield* store.update({ ...record, retries: once, retryAt: t0 + second }, 1)
    assert.deepStrictEqual((yield* store.getTask("t1"))?.retries, once)
    yield* store.requeue({ ...record, status: "queued", retries: twice, retryAt: t0 + second }, 1)
    yield* store.wakeTasks(t0 + second, 1)
    const [queued] = yield* store.queuedTasks({ taskTypes: [record.taskType], createdBefore: Infinity, limit: 1 })
    assert.deepStrictEqual(queued?.retries, twice)
    const again = (yield* store.claim(claimOf(queued!, { owner: "me/2" }))) as Claimed
    assert.deepStrictEqual(again.task.retries, twice)
    yield* store.update({ ...again.task, progress: 50 }, 2)
    yield* store.settle(ended(again.task, "done"), 2, keepAll)
    assert.deepInclude(yield* store.getTask("t1"), { status: "done", retries: twice })
  }),
  test("what a running task says about itself leaves its owner and lease alone", function*() {
    const store = yield* TaskStore
    yield* leased("t1", "me/1", 30)
    const before = (yield* store.getTask("t1"))!
    yield* heldBy("me/1")
    yield* store.update({ ...before, progress: 50 }, 1)
    assert.deepInclude(yield* store.getTask("t1"), { progress: 50, owner: "me/1", leaseUntil: t0 + 90 * second })
  })
])
