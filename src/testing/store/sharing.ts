/**
 * What a store must guarantee to the processes that share it: who is alive, requests to each other, and announcements.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import type { Announcement } from "../../Announcement.ts"
import { TaskStore } from "../../TaskStore.ts"
import { theme } from "../internal/suite.ts"
import { claimed, claimOf, config, ended, insertConfig, instance, keepAll, t0, task, test } from "./records.ts"

const second = 1_000

/** Sends a heartbeat `seconds` after `t0`, for another 30, and returns who is alive. */
const beat = (owner: string, seconds: number, taskTypes: ReadonlyArray<string> = []) =>
  Effect.map(
    TaskStore.use((store) =>
      store.heartbeat({ owner, now: t0 + seconds * second, leaseUntil: t0 + (seconds + 30) * second, taskTypes })
    ),
    ({ processes }) => processes
  )

const owners = (owner: string, seconds: number) =>
  Effect.map(beat(owner, seconds), (processes) => processes.map((process) => process.owner))

export const membership = theme("membership", [
  test("is for who gives signs of life, by name, with what he can run", function*() {
    yield* beat("you/1", 0, ["Backup", "emoji 🫛"])
    assert.deepStrictEqual(yield* beat("me/1", 5, ["Cleanup"]), [
      { owner: "me/1", leaseUntil: t0 + 35 * second, taskTypes: ["Cleanup"] },
      { owner: "you/1", leaseUntil: t0 + 30 * second, taskTypes: ["Backup", "emoji 🫛"] }
    ])
    assert.deepStrictEqual(yield* beat("me/1", 6, []), [
      { owner: "me/1", leaseUntil: t0 + 36 * second, taskTypes: [] },
      { owner: "you/1", leaseUntil: t0 + 30 * second, taskTypes: ["Backup", "emoji 🫛"] }
    ])
  }),
  test("tells the sizes of pools, those without limit too, to those that know of them", function*() {
    const store = yield* TaskStore
    const one = { owner: "one/1", leaseUntil: t0 + 30 * second, taskTypes: [] }
    const pools = { small: 1, "emoji 🫛": 500, endless: Infinity }
    yield* store.heartbeat({ ...one, now: t0, pools })
    assert.deepStrictEqual((yield* beat("two/1", 0))[0], { ...one, pools })
    yield* store.heartbeat({ ...one, now: t0 })
    assert.deepStrictEqual((yield* beat("two/1", 0))[0], one)
  }),
  test("is lost to another start of the same process, which hears whether it has displaced one that was alive", function*() {
    const store = yield* TaskStore
    const displaced = (owner: string, seconds: number) => {
      const now = t0 + seconds * second
      const answer = store.heartbeat({ owner, now, leaseUntil: now + 30 * second, taskTypes: [] })
      return Effect.map(answer, ({ displaced = false }) => displaced)
    }
    const heard = [
      yield* displaced("me/1", 0),
      yield* displaced("me/1", 1),
      yield* displaced("you/1", 2),
      yield* displaced("me/2", 3),
      yield* displaced("me/2", 4),
      yield* displaced("me/1", 5),
      yield* displaced("me/2", 36)
    ]
    assert.deepStrictEqual(heard, [false, false, false, true, false, true, false])
  }),
  test("ends with the lease, and not before", function*() {
    yield* beat("you/1", 0)
    assert.deepStrictEqual(yield* owners("me/1", 30), ["me/1", "you/1"])
    assert.deepStrictEqual(yield* owners("me/1", 31), ["me/1"])
    assert.deepStrictEqual(yield* owners("you/1", 32), ["me/1", "you/1"])
  }),
  test("ends when a process goes, or starts again", function*() {
    const store = yield* TaskStore
    for (const owner of ["me/1", "you/1", "they/1", "01"]) yield* beat(owner, 0)
    yield* store.leave("they/1")
    yield* store.leave("unknown")
    assert.deepStrictEqual(yield* owners("me/2", 1), ["01", "me/2", "you/1"])
    assert.deepStrictEqual(yield* owners("02", 2), ["01", "02", "me/2", "you/1"])
  })
])

const request = { reason: "Requested", note: "too late 🫛", grace: 5_000 } as const

export const requests = theme("a request to cancel", [
  test("is found by the owner of a running task, and the last one counts", function*() {
    const store = yield* TaskStore
    yield* store.insertTasks([task("t1"), task("t2")])
    yield* claimed("t1", { owner: "me/1" })
    yield* claimed("t2", { owner: "me/1" })
    const asked = yield* store.requestCancel("t1", request)
    assert.deepStrictEqual(asked?.cancelRequest, request)
    assert.deepStrictEqual(yield* store.getTask("t1"), asked)
    const last = { reason: "Removed", note: "", grace: null } as const
    yield* store.requestCancel("t1", last)
    const { held } = yield* store.heartbeat({ owner: "me/1", now: t0, leaseUntil: t0 + 1, taskTypes: [] })
    assert.deepStrictEqual(held, [
      { taskId: "t1", attempt: 1, cancelRequest: last },
      { taskId: "t2", attempt: 1, cancelRequest: null }
    ])
  }),
  test("keeps a task that waits from being claimed, and is not made of one that has ended", function*() {
    const store = yield* TaskStore
    yield* store.insertTasks([task("t1"), task("t2")])
    yield* store.settle(ended(task("t2"), "cancelled"), 0, keepAll)
    assert.deepStrictEqual(yield* store.requestCancel("t1", request), task("t1", { cancelRequest: request }))
    assert.deepStrictEqual(yield* store.requestCancel("t2", request), ended(task("t2"), "cancelled"))
    assert.isUndefined(yield* store.requestCancel("unknown", request))
    assert.isUndefined(yield* store.claim(claimOf(task("t1"))))
    const waiting = yield* store.queuedTasks({ taskTypes: ["Backup"], createdBefore: Infinity, limit: 10 })
    assert.deepStrictEqual(waiting, [task("t1", { cancelRequest: request })])
    yield* store.settle(ended(task("t1", { cancelRequest: request }), "cancelled"), 0, keepAll)
    assert.isNull((yield* store.getTask("t1"))?.cancelRequest)
  }),
  test("stays when the task says something or waits again, and ends with it", function*() {
    const store = yield* TaskStore
    yield* store.insertTasks([task("t1"), task("t2")])
    const { task: first } = yield* claimed("t1")
    const { task: second } = yield* claimed("t2")
    for (const id of ["t1", "t2"]) yield* store.requestCancel(id, request)
    yield* store.update({ ...first, progress: 50 }, 1)
    assert.deepStrictEqual((yield* store.getTask("t1"))?.cancelRequest, request)
    yield* store.requeue({ ...first, status: "queued", cancelRequest: null }, 1)
    yield* store.settle({ ...second, status: "done", completedAt: t0, cancelRequest: request }, 1, keepAll)
    const both = yield* store.getTasks(["t1", "t2"])
    const found = both.map(({ cancelRequest, owner }) => [cancelRequest, owner])
    assert.deepStrictEqual(found, [[request, null], [null, null]])
  })
])

export const reading = theme("what another process has changed", [
  test("is read for many tasks at once, in the order in which they are named", function*() {
    const store = yield* TaskStore
    yield* store.insertTasks([task("t1"), task("t2"), task("t3")])
    const read = yield* store.getTasks(["t3", "unknown", "t1"])
    assert.deepStrictEqual(read, [task("t3"), task("t1")])
    assert.deepStrictEqual(yield* store.getTasks([]), [])
  }),
  test("are live instances, of one recurring task or of all", function*() {
    const store = yield* TaskStore
    const all = [instance("t1", "a"), instance("t2", "b"), task("t3"), instance("t4", "a"), instance("t5", "gone")]
    yield* store.insertTasks(all)
    yield* claimed("t2")
    yield* store.settle(ended(all[3]!, "cancelled"), 0, keepAll)
    const ids = (recurringId?: string) =>
      Effect.map(store.activeTasks(recurringId), (tasks) => tasks.map(({ taskId }) => taskId))
    assert.deepStrictEqual(yield* ids(), ["t1", "t2", "t5"])
    assert.deepStrictEqual(yield* ids("a"), ["t1"])
    assert.deepStrictEqual(yield* ids("unknown"), [])
  }),
  test("are versions of recurring tasks", function*() {
    const store = yield* TaskStore
    yield* insertConfig(config("b", { version: 7 }))
    yield* insertConfig(config("a"))
    assert.deepStrictEqual(yield* store.configVersions, [
      { recurringId: "b", version: 7 },
      { recurringId: "a", version: 1 }
    ])
  })
])

const hints: ReadonlyArray<Announcement> = [
  { _tag: "Config", recurringId: "nightly 🫛", version: 7, lastDecided: t0 },
  { _tag: "Config", recurringId: "'", version: 8, lastDecided: null },
  { _tag: "ConfigGone", recurringId: "nightly" },
  { _tag: "Task", taskId: "t1", recurringId: null, ended: false },
  { _tag: "Task", taskId: "t2", recurringId: "nightly", ended: true },
  { _tag: "Queued", taskType: "Backup" },
  { _tag: "Cancel", taskId: "t1" },
  { _tag: "Freed", pool: "small" },
  { _tag: "Paused", taskType: "Backup" },
  { _tag: "Members", owner: "you/1" },
  { _tag: "Gap" }
]

export const announcing = theme("announcements", [
  test("are heard by all others from the moment they listen, and not by who makes them", function*() {
    const store = yield* TaskStore
    const mine = yield* store.announcements("me/1")
    const others = yield* Effect.forEach(["you/1", "they/1"], store.announcements)
    yield* store.announce("me/1", hints)
    const heard = yield* Effect.forEach(others, (stream) => Stream.runCollect(Stream.take(stream, hints.length)))
    assert.deepStrictEqual(heard, [[...hints], [...hints]])
    yield* store.announce("you/1", [{ _tag: "Freed", pool: "small" }])
    // a store may wait a little, to send several at once
    yield* TestClock.adjust("1 second")
    const first = yield* Stream.runCollect(Stream.take(mine, 1))
    assert.deepStrictEqual(first, [{ _tag: "Freed", pool: "small" }])
  }),
  test("of none are none", function*() {
    const store = yield* TaskStore
    const heard = yield* store.announcements("you/1")
    yield* store.announce("me/1", [])
    yield* store.announce("me/1", [{ _tag: "Gap" }])
    assert.deepStrictEqual(yield* Stream.runCollect(Stream.take(heard, 1)), [{ _tag: "Gap" }])
  }),
  test("may be more than a message can hold, and are heard in their order", function*() {
    const store = yield* TaskStore
    const many = Array.from(
      { length: 500 },
      (_, i): Announcement => ({ _tag: "Task", taskId: `task ${i} 🫛`, recurringId: null, ended: false })
    )
    const heard = yield* store.announcements("you/1")
    const listening = yield* Effect.forkChild(Stream.runCollect(Stream.take(heard, many.length)))
    yield* store.announce("me/1", many)
    assert.deepStrictEqual(yield* Fiber.join(listening), many)
  })
])

export const committed = theme("what is to happen after a commit", [
  test("happens at once when there is no transaction", function*() {
    const store = yield* TaskStore
    let done = false
    yield* store.afterCommit(Effect.sync(() => void (done = true)))
    assert.isTrue(done)
  })
])
