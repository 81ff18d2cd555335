/**
 * What a store must guarantee for reservations: to everybody, a reserved task looks queued, but only its owner can
 * begin it.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type Claim, type TaskRecord, TaskStore, type Turn } from "../../TaskStore.ts"
import { theme } from "../internal/suite.ts"
import { claim, claimed, claimOf, ended, keepAll, t0, task, test } from "./records.ts"

const second = 1_000
const leaseUntil = t0 + 30 * second

/** A turn of a process, which is empty unless a test says otherwise. */
const turn = (given: Partial<Turn>) =>
  TaskStore.use((store) =>
    store.turn({
      owner: "me/1",
      endings: [],
      retention: keepAll,
      claims: [],
      reservations: [],
      leaseUntil,
      returns: [],
      ...given
    })
  )

const queue = (...taskIds: ReadonlyArray<string>) =>
  TaskStore.use((store) => store.insertTasks(taskIds.map((taskId) => task(taskId))))

const reserve = (taskIds: ReadonlyArray<string>, given: Partial<Turn> = {}) =>
  Effect.map(turn({ reservations: taskIds.map((taskId) => task(taskId)), ...given }), ({ reserved }) => reserved)

/** A reserved task as it is in the store. */
const reserved = (taskId: string, given: Partial<TaskRecord> = {}) =>
  task(taskId, { owner: "me/1", leaseUntil, ...given })

/** A task that its owner has begun, but not yet written as running. */
const begun = (taskId: string) => task(taskId, { status: "running", attempt: 1, startedAt: t0 + 1_000, owner: "me/1" })

/** The claim of a task that is already running. */
const start = (taskId: string, given: Partial<Claim> = {}) =>
  claimOf(task(taskId), { owner: "me/1", leaseUntil, hasBegun: true, ...given })

const idsOf = (tasks: ReadonlyArray<TaskRecord>) => tasks.map(({ taskId }) => taskId)

const abandoned = (seconds: number, owner = "you/1") =>
  TaskStore.use((store) => store.abandonedTasks({ now: t0 + seconds * second, taskTypes: ["Backup"], owner }))

const queued = Effect.map(
  TaskStore.use((store) => store.queuedTasks({ taskTypes: ["Backup"], createdBefore: Infinity, limit: 10 })),
  idsOf
)

const request = { reason: "Requested", note: "", grace: null } as const

export const reserving = theme("reserving", [
  test("keeps a task queued, for its owner alone", function*() {
    const store = yield* TaskStore
    yield* queue("t1", "t2")
    assert.deepStrictEqual(yield* reserve(["t1"]), [true])
    assert.deepStrictEqual(yield* store.getTask("t1"), reserved("t1"))
    assert.deepStrictEqual(yield* store.liveTasks, [reserved("t1"), task("t2")])
    assert.deepStrictEqual(yield* queued, ["t2"])
    assert.isUndefined(yield* claim("t1", { owner: "you/1" }))
    assert.deepStrictEqual(yield* reserve(["t1"], { owner: "you/1" }), [false])
    assert.isUndefined(yield* store.settle(ended(task("t1"), "cancelled"), 0, keepAll))
    assert.isUndefined(yield* store.settle(ended(task("t1"), "cancelled"), 0, keepAll, "you/1"))
    assert.deepStrictEqual(yield* store.removeTasks(["t1", "t2"]), ["t2"])
    assert.deepStrictEqual(yield* store.getTask("t1"), reserved("t1"))
  }),
  test("takes no place in the pool", function*() {
    yield* queue("t1", "t2", "t3")
    yield* reserve(["t1", "t2"])
    assert.isObject(yield* claim("t3", { owner: "you/1", limit: 1 }))
    assert.strictEqual(yield* claim("t1", { owner: "me/1", limit: 1 }), "full")
  }),
  test("gives a task to one of many who want it", function*() {
    const store = yield* TaskStore
    yield* queue("t1")
    const owners = Array.from({ length: 10 }, (_, i) => `process-${i}`)
    const answers = yield* Effect.forEach(owners, (owner) => reserve(["t1"], { owner }), { concurrency: "unbounded" })
    const winners = owners.filter((_, i) => answers[i]![0])
    assert.strictEqual(winners.length, 1)
    assert.strictEqual((yield* store.getTask("t1"))?.owner, winners[0])
  }),
  test("refuses what is unknown, running, ended, at another attempt, or not wanted any more", function*() {
    const store = yield* TaskStore
    yield* queue("t1", "t2", "t3", "t4", "t5")
    yield* claimed("t1", { owner: "me/1" })
    yield* store.settle(ended(task("t2"), "cancelled"), 0, keepAll)
    yield* store.requestCancel("t3", request)
    const { reserved } = yield* turn({
      reservations: [...["t1", "t2", "t3", "unknown"].map((id) => task(id)), task("t4", { attempt: 1 }), task("t5")]
    })
    assert.deepStrictEqual(reserved, [false, false, false, false, false, true])
  }),
  test("may be done again, and extends the lease then", function*() {
    const store = yield* TaskStore
    yield* queue("t1")
    yield* reserve(["t1"])
    assert.deepStrictEqual(yield* reserve(["t1"], { leaseUntil: leaseUntil + 1 }), [true])
    assert.deepStrictEqual(yield* store.getTask("t1"), reserved("t1", { leaseUntil: leaseUntil + 1 }))
  }),
  test("ends when the task is given back, by its owner", function*() {
    const store = yield* TaskStore
    yield* queue("t1", "t2")
    yield* reserve(["t1", "t2"])
    yield* turn({ returns: [task("t1")], owner: "you/1" })
    assert.deepStrictEqual(yield* store.getTask("t1"), reserved("t1"))
    yield* turn({ returns: [task("t1"), task("unknown")] })
    assert.deepStrictEqual(yield* store.getTask("t1"), task("t1"))
    assert.deepStrictEqual(yield* queued, ["t1"])
    assert.isObject(yield* claim("t1", { owner: "you/1" }))
  }),
  test("is no reason for a heartbeat to name the task, or to extend its lease", function*() {
    const store = yield* TaskStore
    yield* queue("t1")
    yield* reserve(["t1"])
    const beat = { owner: "me/1", now: t0, leaseUntil: t0 + 90 * second, taskTypes: [] }
    assert.deepStrictEqual((yield* store.heartbeat(beat)).held, [])
    assert.deepStrictEqual(yield* store.getTask("t1"), reserved("t1"))
  })
])

export const beginning = theme("a reserved task", [
  test("begins in the place of one that ends, in one turn", function*() {
    const store = yield* TaskStore
    yield* queue("t1", "t2")
    const { task: first } = yield* claimed("t1", { owner: "me/1", limit: 1 })
    yield* reserve(["t2"])
    const { claimed: answers, settled } = yield* turn({
      endings: [{ task: ended(first, "done"), attempt: 1 }],
      claims: [start("t2", { limit: 1 })]
    })
    assert.deepStrictEqual(settled, [{ counters: undefined, pruned: [] }])
    const running = begun("t2")
    assert.deepStrictEqual(answers, [{ task: { ...running, leaseUntil }, counters: undefined }])
    assert.deepStrictEqual(yield* store.getTask("t2"), { ...running, leaseUntil })
    assert.deepStrictEqual(yield* store.getTask("t1"), ended(first, "done"))
  }),
  test("finds no place where none has become free", function*() {
    const store = yield* TaskStore
    yield* queue("t1", "t2", "t3")
    yield* claimed("t1", { owner: "me/1", limit: 1 })
    yield* reserve(["t2", "t3"])
    assert.deepStrictEqual((yield* turn({ claims: [start("t2", { limit: 1 })] })).claimed, ["full"])
    assert.isObject((yield* turn({ claims: [start("t3", { limit: 2 })] })).claimed[0])
    assert.deepStrictEqual(yield* store.getTask("t2"), reserved("t2"))
  }),
  test("may end without ever having been seen running", function*() {
    const store = yield* TaskStore
    yield* queue("t1", "t2")
    yield* reserve(["t1", "t2"])
    const done = ended(begun("t1"), "done")
    const { settled } = yield* turn({ endings: [{ task: done, attempt: 1 }] })
    assert.deepStrictEqual(settled, [{ counters: undefined, pruned: [] }])
    assert.deepStrictEqual(yield* store.getTask("t1"), done)
    // the same of a single end
    const failed = ended(begun("t2"), "failed")
    assert.isDefined(yield* store.settle(failed, 1, keepAll, "me/1"))
    assert.deepStrictEqual(yield* store.getTask("t2"), failed)
  }),
  test("may be claimed by its owner as any other", function*() {
    const store = yield* TaskStore
    yield* queue("t1")
    yield* reserve(["t1"])
    const { task: running } = yield* claimed("t1", { owner: "me/1", leaseUntil })
    assert.deepStrictEqual(yield* store.getTask("t1"), running)
    assert.strictEqual(running.status, "running")
    assert.strictEqual(running.attempt, 1)
  }),
  test("that is to stop has the request, and is not begun any more; one that has begun runs", function*() {
    const store = yield* TaskStore
    yield* queue("t1", "t2", "t3")
    yield* reserve(["t1", "t2", "t3"])
    assert.deepStrictEqual(yield* store.requestCancel("t1", request), reserved("t1", { cancelRequest: request }))
    yield* store.requestCancel("t2", request)
    yield* store.requestCancel("t3", request)
    assert.isUndefined(yield* claim("t1", { owner: "me/1" }))
    const { claimed: answers } = yield* turn({ claims: [start("t2")] })
    assert.isObject(answers[0])
    assert.deepInclude(yield* store.getTask("t2"), { status: "running", cancelRequest: request })
    assert.isDefined(yield* store.settle(ended(task("t3"), "cancelled"), 0, keepAll, "me/1"))
    assert.deepStrictEqual(yield* store.getTask("t3"), ended(task("t3"), "cancelled"))
  }),
  test("keeps the request that it stop when it is given back", function*() {
    const store = yield* TaskStore
    yield* queue("t1")
    yield* reserve(["t1"])
    yield* store.requestCancel("t1", request)
    yield* turn({ returns: [task("t1")] })
    assert.deepStrictEqual(yield* store.getTask("t1"), task("t1", { cancelRequest: request }))
    assert.isUndefined(yield* claim("t1", { owner: "me/1" }))
    assert.isDefined(yield* store.settle(ended(task("t1"), "cancelled"), 0, keepAll))
  })
])

export const abandoning = theme("an abandoned reservation", [
  test("is found when its lease has ended, or its process has started again", function*() {
    yield* queue("t1", "t2")
    yield* reserve(["t1"])
    assert.deepStrictEqual(yield* abandoned(30), [])
    assert.deepStrictEqual(yield* abandoned(31), [reserved("t1")])
    assert.deepStrictEqual(yield* abandoned(0, "me/2"), [reserved("t1")])
    assert.deepStrictEqual(yield* abandoned(0, "me/1"), [])
  }),
  test("counts as an attempt, since it may have begun, and its former owner is stale then", function*() {
    const store = yield* TaskStore
    yield* queue("t1", "t2")
    yield* reserve(["t1", "t2"])
    assert.isFalse(yield* store.requeue(task("t1", { attempt: 1 }), 0))
    assert.isFalse(yield* store.requeue(task("t1", { attempt: 1 }), 0, "you/1"))
    assert.isTrue(yield* store.requeue(task("t1", { attempt: 1 }), 0, "me/1"))
    assert.isFalse(yield* store.requeue(task("t1", { attempt: 1 }), 0, "me/1"))
    assert.deepStrictEqual(yield* store.getTask("t1"), task("t1", { attempt: 1 }))
    const again = yield* claimed("t1", { owner: "you/1" })
    assert.strictEqual(again.task.attempt, 2)
    const stale = yield* turn({
      endings: [{ task: ended(begun("t1"), "done"), attempt: 1 }],
      claims: [start("t1")],
      reservations: [task("t1")],
      returns: [task("t1")]
    })
    assert.deepStrictEqual(stale, { settled: [undefined], claimed: [undefined], reserved: [false] })
    assert.deepStrictEqual(yield* store.getTask("t1"), again.task)
  }),
  test("is not queued again when it is not reserved any more", function*() {
    const store = yield* TaskStore
    yield* queue("t1")
    yield* reserve(["t1"])
    yield* turn({ returns: [task("t1")] })
    assert.isFalse(yield* store.requeue(task("t1", { attempt: 1 }), 0, "me/1"))
    assert.deepStrictEqual(yield* store.getTask("t1"), task("t1"))
  })
])

export const together = theme("a turn", [
  test("ends tasks, begins some, reserves others and gives some back, all at once", function*() {
    const store = yield* TaskStore
    yield* queue("a", "b", "c", "d", "e")
    const { task: first } = yield* claimed("a", { owner: "me/1", limit: 1 })
    yield* reserve(["b", "c", "d"])
    const answer = yield* turn({
      endings: [{ task: ended(first, "done"), attempt: 1 }, { task: ended(begun("b"), "done"), attempt: 1 }],
      claims: [start("c", { limit: 1 })],
      reservations: [task("e")],
      returns: [task("d")]
    })
    assert.deepStrictEqual(answer.settled.map((one) => one !== undefined), [true, true])
    assert.deepStrictEqual(answer.claimed.map((one) => typeof one), ["object"])
    assert.deepStrictEqual(answer.reserved, [true])
    const tasks = yield* store.getTasks(["a", "b", "c", "d", "e"])
    assert.deepStrictEqual(tasks.map(({ status }) => status), ["done", "done", "running", "queued", "queued"])
    assert.deepStrictEqual(tasks.map(({ owner }) => owner), [null, null, "me/1", null, "me/1"])
  }),
  test("gives back before it reserves", function*() {
    const store = yield* TaskStore
    yield* queue("t1")
    yield* reserve(["t1"])
    const answer = yield* turn({ reservations: [task("t1")], returns: [task("t1")], leaseUntil: leaseUntil + 1 })
    assert.deepStrictEqual(answer.reserved, [true])
    assert.deepStrictEqual(yield* store.getTask("t1"), reserved("t1", { leaseUntil: leaseUntil + 1 }))
  }),
  test("knows tasks by whatever ids they have", function*() {
    const store = yield* TaskStore
    const ids = ["", "null", "a,b", "{}", "\"", "\\", "🫛", "a\u0000b", "\ud800", " "]
    yield* queue(...ids)
    assert.deepStrictEqual(yield* reserve(ids), ids.map(() => true))
    yield* turn({ returns: ids.slice(1).map((id) => task(id)) })
    const tasks = yield* store.getTasks(ids)
    assert.deepStrictEqual(tasks.map(({ owner }) => owner), ids.map((_, i) => i === 0 ? "me/1" : null))
  }),
  test("in which nothing happens is none", function*() {
    assert.deepStrictEqual(yield* turn({}), { settled: [], claimed: [], reserved: [] })
  })
])
