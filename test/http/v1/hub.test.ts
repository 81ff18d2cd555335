import { assert, describe, it } from "@effect/vitest"
import { TaskEvent, type TaskManager } from "brinjal"
import { Deferred, Effect, Exit, Fiber, Queue, type Scope, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as hubs from "../../../src/http/internal/v1/live/hub.ts"
import * as reading from "../../../src/http/internal/v1/live/reading.ts"
import * as ring from "../../../src/http/internal/v1/live/ring.ts"

const settings = { ...hubs.defaults, events: 8, window: 0 }

const removed = (sequence: number) => new TaskEvent.TaskRemoved({ sequence, taskId: `t${sequence}` })

/** A hub whose manager publishes what it is told. */
const makeWorld = Effect.fnUntraced(function*(options: Partial<hubs.Settings> = {}) {
  const queue = yield* Queue.unbounded<TaskEvent.TaskEvent, never>()
  const reads = { count: 0, open: 0 }
  const manager = {
    getAllTasks: Effect.succeed([]),
    getAllRecurringTasks: Effect.succeed([]),
    events: Stream.suspend(() => {
      reads.count++
      reads.open++
      return Stream.fromQueue(queue).pipe(Stream.ensuring(Effect.sync(() => reads.open--)))
    })
  } as unknown as typeof TaskManager.TaskManager.Service
  const hub = yield* hubs.make(manager, { ...settings, ...options })
  let sequence = 1
  const publish = (count = 1) =>
    Effect.andThen(
      Queue.offerAll(queue, Array.from({ length: count }, () => removed(sequence++))),
      Effect.repeat(Effect.yieldNow, { times: 20 })
    )
  return { hub, reads, queue, publish }
})

const decoder = new TextDecoder()

interface Seen {
  readonly event: string
  readonly id: string | undefined
  readonly data: any
}

const eventsIn = (bytes: Uint8Array): ReadonlyArray<Seen> =>
  decoder.decode(bytes).split("\n\n").filter((text) => text !== "").map((text) => ({
    event: /^event: (.*)$/m.exec(text)![1]!,
    id: /^id: (.*)$/m.exec(text)?.[1],
    data: JSON.parse(/^data: (.*)$/m.exec(text)![1]!)
  }))

/** A reader that reads when it is told to. */
const reader = Effect.fnUntraced(function*(hub: hubs.Hub, lastEventId?: string) {
  const pull = yield* Stream.toPull(yield* reading.open(hub, lastEventId))
  const seen: Array<Seen> = []
  const read = Effect.map(pull, (chunks) => {
    const events = chunks.flatMap(eventsIn)
    seen.push(...events)
    return events
  })
  /** Reads until an event fits, and gives all up to it. */
  const until = Effect.fnUntraced(function*(fits: (event: Seen) => boolean) {
    const all: Array<Seen> = []
    while (!all.some(fits)) all.push(...(yield* read))
    return all
  })
  yield* until(({ event }) => event === "snapshot" || lastEventId !== undefined)
  return { read, until, seen }
})

const taskId = (id: string) => ({ data, event }: Seen) => event === "task_removed" && data.task_id === id

const names = (events: ReadonlyArray<Seen>) =>
  events.map(({ data, event }) => event === "task_removed" ? data.task_id : event)

const scoped = (name: string, program: () => Generator<Effect.Effect<any, any, Scope.Scope>, void, any>) =>
  it.effect(name, () => Effect.gen(program))

describe("the hub", () => {
  scoped("gives every change to all who keep up, and a gap and everything to who does not", function*() {
    const { hub, publish } = yield* makeWorld()
    const quick = yield* reader(hub)
    const slow = yield* reader(hub)
    for (let i = 1; i <= 30; i++) {
      yield* publish()
      yield* quick.until(taskId(`t${i}`))
    }
    assert.deepStrictEqual(names(quick.seen).slice(1), Array.from({ length: 30 }, (_, i) => `t${i + 1}`))
    yield* publish()
    const caughtUp = yield* slow.until(({ event }) => event === "snapshot")
    assert.deepStrictEqual(names(caughtUp), ["gap", "snapshot"])
    assert.deepStrictEqual(caughtUp[0]!.data, { reason: "SlowReader", lost: 23 })
    yield* publish()
    yield* slow.until(taskId("t32"))
    const lost = slow.seen.find(({ event }) => event === "gap")!.data.lost
    const got = slow.seen.filter(({ event }) => event === "task_removed").length
    const covered = Number(caughtUp[1]!.id!.split("-")[1])
    assert.isAtLeast(covered + got, 32, `${lost} lost, ${got} got`)
  })

  scoped("begins anew for all when the manager itself has lost something", function*() {
    const { hub, publish, queue } = yield* makeWorld()
    const readers = [yield* reader(hub), yield* reader(hub)]
    yield* publish(2)
    for (const one of readers) yield* one.until(taskId("t2"))
    yield* Queue.offer(queue, new TaskEvent.Gap({ from: 3, to: 12 }))
    yield* publish()
    for (const one of readers) {
      const events = yield* one.until(({ event }) => event === "snapshot")
      assert.deepStrictEqual(events[0]!.data, { reason: "SlowReader", lost: 10 })
    }
  })

  scoped("is within its bounds, however many do not read", function*() {
    const { hub, publish } = yield* makeWorld({ events: 1_000, bytes: 10_000 })
    for (let i = 0; i < 200; i++) yield* reader(hub)
    for (let i = 0; i < 50; i++) yield* publish(100)
    assert.isAtMost(hub.ring.bytes, 10_000)
    assert.isAtMost(hub.ring.next - hub.ring.first, 1_000)
    assert.strictEqual([...hub.readers].reduce((sum, { pending }) => sum + pending.length, 0), 0)
    assert.strictEqual(hub.ring.next, 5_001)
  })

  scoped("lets go who does not read for two minutes, and nobody else", function*() {
    const { hub, publish } = yield* makeWorld()
    const stuck = yield* Effect.forkChild(Effect.scoped(Effect.andThen(reader(hub), Effect.never)))
    const waits = yield* reader(hub)
    const waiting = yield* Effect.forkChild(waits.until(taskId("t1")))
    yield* Effect.repeat(Effect.yieldNow, { times: 20 })
    assert.strictEqual(hub.readers.size, 2)
    yield* TestClock.adjust("2 minutes")
    assert.isUndefined(stuck.pollUnsafe())
    yield* TestClock.adjust("5 seconds")
    assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(stuck)))
    assert.strictEqual(hub.readers.size, 1)
    yield* publish()
    yield* Fiber.join(waiting)
  })

  scoped("ends all streams with the manager's, and starts again with the next reader", function*() {
    const { hub, queue, reads } = yield* makeWorld()
    const one = yield* reader(hub)
    const end = yield* Effect.forkChild(Effect.exit(one.read))
    yield* Effect.yieldNow
    yield* Queue.interrupt(queue)
    yield* Effect.repeat(Effect.yieldNow, { times: 20 })
    assert.isTrue(Exit.isFailure(yield* Fiber.join(end)))
    assert.strictEqual(reads.count, 1)
    yield* Effect.exit(reading.open(hub, undefined))
    assert.strictEqual(reads.count, 2)
  })

  scoped("reads the manager while somebody reads, and a minute longer", function*() {
    const { hub, publish, reads } = yield* makeWorld()
    assert.strictEqual(reads.open, 0)
    const left = Deferred.makeUnsafe<string | undefined>()
    yield* Effect.scoped(Effect.gen(function*() {
      const one = yield* reader(hub)
      yield* publish()
      const events = yield* one.until(taskId("t1"))
      yield* Deferred.succeed(left, events.at(-1)!.id)
    }))
    const id = yield* Deferred.await(left)
    assert.strictEqual(reads.open, 1)
    yield* publish()
    const back = yield* Effect.scoped(Effect.map(reader(hub, id), ({ seen }) => names(seen)))
    assert.deepStrictEqual(back, ["t2"])
    yield* TestClock.adjust("70 seconds")
    assert.strictEqual(reads.open, 0)
    const late = yield* reader(hub, id)
    assert.deepStrictEqual(late.seen[0]!.data, { reason: "Restarted", lost: null })
    assert.strictEqual(reads.open, 1)
  })

  scoped("wakes readers at once, and then once in its window", function*() {
    const { hub, publish } = yield* makeWorld({ window: 20, events: 100 })
    const one = yield* reader(hub)
    const read = () => Effect.forkChild(one.read)
    let next = yield* read()
    yield* Effect.yieldNow
    yield* publish()
    assert.deepStrictEqual(names(yield* Fiber.join(next)), ["t1"])
    next = yield* read()
    yield* publish()
    yield* publish(3)
    assert.isUndefined(next.pollUnsafe())
    yield* TestClock.adjust("20 millis")
    assert.deepStrictEqual(names(yield* Fiber.join(next)), ["t2", "t3", "t4", "t5"])
  })
})

describe("the ring", () => {
  const frame = (size: number) => new Uint8Array(size).fill(size)

  it("keeps the last ones, in number and in size", () => {
    const one = ring.make(3, 100)
    for (let i = 1; i <= 5; i++) ring.push(one, frame(i))
    assert.deepInclude(one, { first: 3, next: 6, bytes: 12 })
    ring.push(one, frame(99))
    assert.deepInclude(one, { first: 6, next: 7, bytes: 99 })
    ring.push(one, frame(1_000))
    assert.deepInclude(one, { first: 7, next: 8, bytes: 1_000 }, "one that is too large alone is kept")
  })

  it("gives what comes from a place on, in pieces of about a size, shared", () => {
    const one = ring.make(10, 1_000)
    for (let i = 1; i <= 5; i++) ring.push(one, frame(10))
    const batch = ring.read(one, 2, 25)
    assert.deepInclude(batch, { from: 2, until: 5 })
    assert.strictEqual(batch!.bytes.length, 30)
    assert.strictEqual(ring.read(one, 2, 25), batch)
    assert.isUndefined(ring.read(one, 6, 25))
    ring.clear(one, 4)
    assert.deepInclude(one, { first: 10, next: 10, bytes: 0 })
    assert.isUndefined(ring.read(one, 10, 25))
  })
})
