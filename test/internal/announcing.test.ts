import { assert, describe, it } from "@effect/vitest"
import { Effect, type Scope, Stream } from "effect"
import { SqlError } from "effect/sql"
import { TestClock } from "effect/testing"
import type { Announcement } from "../../src/Announcement.ts"
import * as announcing from "../../src/internal/announcing.ts"
import * as members from "../../src/internal/members.ts"
import type { State } from "../../src/internal/state.ts"
import * as announcements from "../../src/sql/internal/announcements.ts"
import { config, instance, task } from "../../src/testing/store/records.ts"

const freed = (pool: string): Announcement => ({ _tag: "Freed", pool })

const about = (taskId: string, recurringId: string | null, ended: boolean): Announcement => ({
  _tag: "Task",
  taskId,
  recurringId,
  ended
})

type Sent = Array<ReadonlyArray<Announcement>>

describe("what a manager announces", () => {
  /** What is sent of what is said in one moment, to so many others. */
  const said = (others: number, say: (state: State) => void) => {
    const sent: Sent = []
    const peers = members.noPeers()
    peers.others = Array.from({ length: others }, (_, i) => ({ owner: `other/${i}`, leaseUntil: 1, taskTypes: [] }))
    // what it takes to announce, of all that a manager has
    const state = {
      owner: "me/1",
      peers,
      fork: Effect.runFork,
      store: { announce: (_: string, all: ReadonlyArray<Announcement>) => Effect.sync(() => void sent.push(all)) }
    } as unknown as State
    return Effect.as(
      Effect.andThen(Effect.sync(() => say(state)), Effect.promise(() => new Promise((done) => setImmediate(done)))),
      sent
    )
  }

  it.effect("is sent together, of each thing the last that was said", () =>
    Effect.gen(function*() {
      const sent = yield* said(1, (state) => {
        announcing.task(state, task("t1", { status: "running" }))
        announcing.task(state, instance("t2", "nightly", { status: "queued" }))
        announcing.queued(state, "Backup")
        announcing.queued(state, "Backup")
        announcing.task(state, task("t1", { status: "done" }))
      })
      assert.deepStrictEqual(sent, [[
        about("t1", null, true),
        about("t2", "nightly", false),
        { _tag: "Queued", taskType: "Backup" }
      ]])
    }))

  it.effect("is when the first of those that sleep is due", () =>
    Effect.gen(function*() {
      const sent = yield* said(1, (state) => {
        announcing.asleep(state, "Backup", 30)
        announcing.asleep(state, "Cleanup", 20)
        announcing.asleep(state, "Backup", 40)
        announcing.queued(state, "Backup")
      })
      const first = { _tag: "Queued", taskType: "Cleanup", at: 20 } as const
      assert.deepStrictEqual(sent, [[first, { _tag: "Queued", taskType: "Backup" }]])
    }))

  it.effect("is nothing while nobody else is there", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* said(0, (state) => announcing.freed(state, "default")), [])
    }))

  it.effect("says that a recurring task has changed, though it was also decided in the same moment", () =>
    Effect.gen(function*() {
      const decided = yield* said(
        1,
        (state) => announcing.decided(state, config("nightly", { version: 2, lastDecided: 9 }))
      )
      assert.deepStrictEqual(decided, [[{ _tag: "Config", recurringId: "nightly", version: 2, lastDecided: 9 }]])
      const changed = yield* said(1, (state) => {
        announcing.config(state, config("nightly", { version: 2 }))
        announcing.decided(state, config("nightly", { version: 3, lastDecided: 9 }))
      })
      assert.deepStrictEqual(changed, [[{ _tag: "Config", recurringId: "nightly", version: 3, lastDecided: null }]])
    }))
})

describe("what is sent by way of a database", () => {
  const failure = new SqlError.SqlError({ reason: new SqlError.ConnectionError({ cause: "gone" }) })

  const channel = (sent: Sent, isBroken: () => boolean = () => false): announcements.Channel => ({
    send: (_, all) => Effect.suspend(() => isBroken() ? Effect.fail(failure) : Effect.sync(() => void sent.push(all))),
    listen: () => Effect.succeed(Stream.empty)
  })

  const test = (name: string, body: () => Generator<Effect.Effect<any, any, Scope.Scope>, void, never>) =>
    it.effect(name, () => Effect.scoped(Effect.gen(body)))

  test("is sent at once, and what comes meanwhile after a pause and together", function*() {
    const sent: Sent = []
    const { announce } = yield* announcements.make(channel(sent))
    yield* announce("me/1", [freed("a")])
    yield* Effect.yieldNow
    assert.deepStrictEqual(sent, [[freed("a")]])
    yield* announce("me/1", [freed("b")])
    yield* announce("me/1", [freed("c"), freed("b")])
    yield* TestClock.adjust("4 millis")
    assert.lengthOf(sent, 1)
    yield* TestClock.adjust("1 millis")
    assert.deepStrictEqual(sent.slice(1), [[freed("c"), freed("b")]])
  })

  test("is sent less and less often while there is always more, and at once again after a rest", function*() {
    const sent: Sent = []
    const { announce } = yield* announcements.make(channel(sent))
    for (let millis = 0; millis < 1_000; millis++) {
      yield* announce("me/1", [freed(`${millis}`)])
      yield* TestClock.adjust("1 millis")
    }
    // after 5, 10, 20 and 40 milliseconds, and then every 50
    assert.lengthOf(sent, 5 + Math.floor((1_000 - 75) / 50))
    yield* TestClock.adjust("100 millis")
    assert.lengthOf(sent.flat(), 1_000)
    const before = sent.length
    yield* announce("me/1", [freed("late")])
    yield* Effect.yieldNow
    assert.lengthOf(sent, before + 1)
  })

  test("is sent more often while there are tasks that others are to run", function*() {
    const sent: Sent = []
    const { announce } = yield* announcements.make(channel(sent))
    for (let millis = 0; millis < 1_000; millis++) {
      yield* announce("me/1", [freed(`${millis}`), { _tag: "Queued", taskType: "Backup" }])
      yield* TestClock.adjust("1 millis")
    }
    // after 5 milliseconds, and then every 10
    assert.lengthOf(sent, 2 + Math.floor((1_000 - 5) / 10))
  })

  test("takes no more than a tenth of the time, also while there are such tasks", function*() {
    const sent: Sent = []
    const fast = channel(sent)
    const slow = { ...fast, send: (owner: string, all: Sent[0]) => Effect.delay(fast.send(owner, all), "4 millis") }
    const { announce } = yield* announcements.make(slow)
    for (let millis = 0; millis < 1_000; millis++) {
      yield* announce("me/1", [{ _tag: "Queued", taskType: `${millis}` }])
      yield* TestClock.adjust("1 millis")
    }
    // with pauses of 5, 10 and 20 milliseconds, and then of 40
    assert.lengthOf(sent, 3 + Math.round((1_000 - (9 + 14 + 24)) / 44))
    yield* TestClock.adjust("100 millis")
  })

  test("says of a task that is gone whose it was and that it has ended, if that waits to be said", function*() {
    const sent: Sent = []
    const { announce } = yield* announcements.make(channel(sent))
    yield* announce("me/1", [freed("a")])
    yield* Effect.yieldNow
    yield* announce("me/1", [about("t1", "nightly", true), about("t2", null, false)])
    yield* announce("me/1", [about("t1", null, true), about("t2", null, false)])
    yield* TestClock.adjust("5 millis")
    assert.deepStrictEqual(sent[1], [about("t1", "nightly", true), about("t2", null, false)])
  })

  test("is lost when it cannot be sent, and nothing after it", function*() {
    const sent: Sent = []
    let isBroken = true
    const { announce } = yield* announcements.make(channel(sent, () => isBroken))
    yield* announce("me/1", [freed("a")])
    yield* TestClock.adjust("1 second")
    isBroken = false
    yield* announce("me/1", [freed("b")])
    yield* TestClock.adjust("1 second")
    assert.deepStrictEqual(sent, [[freed("b")]])
  })

  test("is sent at the end, if it still waits", function*() {
    const sent: Sent = []
    yield* Effect.scoped(Effect.gen(function*() {
      const { announce } = yield* announcements.make(channel(sent))
      yield* announce("me/1", [freed("a")])
      yield* Effect.yieldNow
      yield* announce("me/1", [freed("b")])
    }))
    assert.deepStrictEqual(sent, [[freed("a")], [freed("b")]])
  })
})
