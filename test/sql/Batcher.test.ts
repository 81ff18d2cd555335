import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Scope } from "effect"
import { TestClock } from "effect/testing"
import * as batcher from "../../src/sql/internal/batcher.ts"

type Batches = Array<ReadonlyArray<string>>

/** A batcher that notes what it writes at once, and answers in capitals. */
const noting = (
  batches: Batches,
  given: Partial<batcher.Options<string, string, string>> = {}
) =>
  batcher.make<string, string, string>({
    write: (calls) =>
      Effect.sync(() => {
        batches.push(calls)
        return calls.map((call) => call.toUpperCase())
      }),
    maxWeight: 100,
    isolates: () => true,
    closed: "closed",
    ...given
  })

/** Notes what is written, after a gate has been opened. */
const gated = (batches: Batches, gate: Deferred.Deferred<void>) => (calls: ReadonlyArray<string>) =>
  Effect.andThen(
    Deferred.await(gate),
    Effect.sync(() => {
      batches.push(calls)
      return calls
    })
  )

/** The same, but notes them as soon as it is asked to write them. */
const held = (batches: Batches, gate: Deferred.Deferred<void>) => (calls: ReadonlyArray<string>) =>
  Effect.as(Effect.andThen(Effect.sync(() => batches.push(calls)), Deferred.await(gate)), calls)

describe("batcher", () => {
  it.effect("writes a call at once when nothing is under way", () =>
    Effect.gen(function*() {
      const batches: Batches = []
      const call = yield* noting(batches)
      assert.strictEqual(yield* call("a"), "A")
      assert.strictEqual(yield* call("b"), "B")
      assert.deepStrictEqual(batches, [["a"], ["b"]])
    }))

  it.effect("writes calls of the same moment together, and answers each of them", () =>
    Effect.gen(function*() {
      const batches: Batches = []
      const call = yield* noting(batches)
      const answers = yield* Effect.forEach(["a", "b", "c"], call, { concurrency: "unbounded" })
      assert.deepStrictEqual(answers, ["A", "B", "C"])
      assert.deepStrictEqual(batches, [["a", "b", "c"]])
    }))

  it.effect("writes together what comes while others are being written", () =>
    Effect.gen(function*() {
      const batches: Batches = []
      const gate = yield* Deferred.make<void>()
      const call = yield* noting(batches, { write: gated(batches, gate) })
      const first = yield* Effect.forkChild(call("a"), { startImmediately: true })
      yield* Effect.yieldNow
      const others = yield* Effect.forEach(["b", "c"], (one) => Effect.forkChild(call(one), { startImmediately: true }))
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.joinAll([first, ...others])
      assert.deepStrictEqual(batches, [["a"], ["b", "c"]])
    }))

  it.effect("writes no more at once than it may, and a call that is more by itself", () =>
    Effect.gen(function*() {
      const batches: Batches = []
      const call = yield* noting(batches, { maxWeight: 3, weightOf: (call) => call.length })
      yield* Effect.forEach(["a", "bb", "c", "dddd", "e"], call, { concurrency: "unbounded" })
      assert.deepStrictEqual(batches, [["a", "bb"], ["c"], ["dddd"], ["e"]])
    }))

  it.effect("never writes two calls about the same thing together, and keeps their order", () =>
    Effect.gen(function*() {
      const batches: Batches = []
      const call = yield* noting(batches, { keysOf: ([key]) => [key!] })
      const answers = yield* Effect.forEach(["a1", "a2", "b1", "a3", "b2"], call, { concurrency: "unbounded" })
      assert.deepStrictEqual(answers, ["A1", "A2", "B1", "A3", "B2"])
      assert.deepStrictEqual(batches, [["a1", "b1"], ["a2", "b2"], ["a3"]])
    }))

  it.effect("writes what is too much for one lane in another one meanwhile, and opens none for less", () =>
    Effect.gen(function*() {
      const begun: Batches = []
      const gate = yield* Deferred.make<void>()
      const write = held(begun, gate)
      const call = yield* noting([], { write, maxWeight: 2, lanes: 2 })
      const fork = (one: string) => Effect.forkChild(call(one), { startImmediately: true })
      const few = yield* Effect.forEach(["a", "b", "c"], fork)
      yield* Effect.yieldNow
      assert.deepStrictEqual(begun, [["a", "b"]])
      const more = yield* Effect.forEach(["d", "e", "f"], fork)
      yield* Effect.yieldNow
      assert.deepStrictEqual(begun, [["a", "b"], ["c", "d"]])
      yield* Deferred.succeed(gate, undefined)
      assert.deepStrictEqual(yield* Fiber.joinAll([...few, ...more]), ["a", "b", "c", "d", "e", "f"])
      assert.deepStrictEqual(begun, [["a", "b"], ["c", "d"], ["e", "f"]])
    }))

  it.effect("shares between two lanes what is worthwhile for both, and nothing less", () =>
    Effect.gen(function*() {
      const begun: Batches = []
      const gate = yield* Deferred.make<void>()
      const call = yield* noting([], { write: held(begun, gate), worthwhile: 2, lanes: 2 })
      const fork = (one: string) => Effect.forkChild(call(one), { startImmediately: true })
      const four = yield* Effect.forEach(["a", "b", "c", "d"], fork)
      yield* Effect.yieldNow
      yield* Effect.yieldNow
      assert.deepStrictEqual(begun, [["a", "b"], ["c", "d"]])
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.joinAll(four)
      yield* Effect.forEach(["e", "f", "g"], call, { concurrency: "unbounded" })
      assert.deepStrictEqual(begun.slice(2), [["e", "f", "g"]])
    }))

  it.effect("writes what is worthwhile while others are being written, and does not share it again", () =>
    Effect.gen(function*() {
      const begun: Batches = []
      const gate = yield* Deferred.make<void>()
      const call = yield* noting([], { write: held(begun, gate), worthwhile: 2, lanes: 2 })
      const fork = (one: string) => Effect.forkChild(call(one), { startImmediately: true })
      const first = yield* fork("a")
      yield* Effect.yieldNow
      const others = yield* Effect.forEach(["b", "c", "d", "e"], fork)
      yield* Effect.yieldNow
      assert.deepStrictEqual(begun, [["a"], ["b", "c", "d", "e"]])
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.joinAll([first, ...others])
    }))

  it.effect("goes by how much the calls are, not by how many", () =>
    Effect.gen(function*() {
      const begun: Batches = []
      const gate = yield* Deferred.make<void>()
      const write = held(begun, gate)
      const call = yield* noting([], { write, weightOf: () => 3, maxWeight: 6, lanes: 2 })
      const fibers = yield* Effect.forEach(["a", "b", "c", "d", "e"], (one) =>
        Effect.forkChild(call(one), { startImmediately: true }))
      yield* Effect.yieldNow
      assert.deepStrictEqual(begun, [["a", "b"], ["c", "d"]])
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.joinAll(fibers)
      assert.deepStrictEqual(begun, [["a", "b"], ["c", "d"], ["e"]])
    }))

  it.effect("lets nobody wait for a call that is more than is written at once, where there is another lane", () =>
    Effect.gen(function*() {
      const batches: Batches = []
      const gate = yield* Deferred.make<void>()
      const call = yield* noting(batches, {
        write: (calls) => calls.includes("heavy") ? gated(batches, gate)(calls) : Effect.as(Effect.void, calls),
        weightOf: (call) => call === "heavy" ? 5 : 1,
        maxWeight: 4,
        lanes: 2
      })
      const heavy = yield* Effect.forkChild(call("heavy"), { startImmediately: true })
      yield* Effect.yieldNow
      assert.strictEqual(yield* call("light"), "light")
      assert.strictEqual(yield* call("another"), "another")
      yield* Deferred.succeed(gate, undefined)
      assert.strictEqual(yield* Fiber.join(heavy), "heavy")
    }))

  it.effect("lets nobody pass who is about the same thing, also in another lane", () =>
    Effect.gen(function*() {
      const begun: Batches = []
      const gate = yield* Deferred.make<void>()
      const write = held(begun, gate)
      const call = yield* noting([], { write, maxWeight: 1, lanes: 2, keysOf: ([key]) => [key!] })
      const fork = (one: string) => Effect.forkChild(call(one), { startImmediately: true })
      const fibers = yield* Effect.forEach(["a1", "a2", "b1", "a3", "b2"], fork)
      yield* Effect.yieldNow
      assert.deepStrictEqual(begun, [["a1"], ["b1"]])
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.joinAll(fibers)
      assert.sameDeepOrderedMembers(begun.flat().filter((one) => one.startsWith("a")), ["a1", "a2", "a3"])
      assert.sameDeepOrderedMembers(begun.flat().filter((one) => one.startsWith("b")), ["b1", "b2"])
    }))

  it.effect("lets only those fail who are to blame", () =>
    Effect.gen(function*() {
      const call = yield* noting([], {
        write: (calls) => calls.includes("bad") ? Effect.fail("bad among them") : Effect.succeed(calls)
      })
      const exits = yield* Effect.forEach(["a", "bad", "b"], (one) => Effect.exit(call(one)), {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual(exits, [Exit.succeed("a"), Exit.fail("bad among them"), Exit.succeed("b")])
    }))

  it.effect("lets all fail when it is nobody's fault, and tries once", () =>
    Effect.gen(function*() {
      let tries = 0
      const call = yield* noting([], {
        write: () =>
          Effect.suspend(() => {
            tries++
            return Effect.fail("the disk is full")
          }),
        isolates: () => false
      })
      const exits = yield* Effect.forEach(["a", "b"], (one) => Effect.exit(call(one)), { concurrency: "unbounded" })
      assert.deepStrictEqual(exits, [Exit.fail("the disk is full"), Exit.fail("the disk is full")])
      assert.strictEqual(tries, 1)
    }))

  it.effect("survives a defect, which only its caller gets", () =>
    Effect.gen(function*() {
      const call = yield* noting([], {
        write: (calls) => calls.includes("bug") ? Effect.die("bug") : Effect.succeed(calls)
      })
      const exits = yield* Effect.forEach(["a", "bug"], (one) => Effect.exit(call(one)), { concurrency: "unbounded" })
      assert.deepStrictEqual(exits, [Exit.succeed("a"), Exit.die("bug")])
      assert.strictEqual(yield* call("b"), "b")
    }))

  it.effect("does not write for a caller who has gone before it was his turn", () =>
    Effect.gen(function*() {
      const batches: Batches = []
      const gate = yield* Deferred.make<void>()
      const call = yield* noting(batches, { write: gated(batches, gate) })
      const first = yield* Effect.forkChild(call("a"), { startImmediately: true })
      yield* Effect.yieldNow
      const second = yield* Effect.forkChild(call("b"), { startImmediately: true })
      yield* Fiber.interrupt(second)
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.join(first)
      assert.deepStrictEqual(batches, [["a"]])
    }))

  it.effect("writes what it has taken before its scope closes, and takes nothing more", () =>
    Effect.gen(function*() {
      const batches: Batches = []
      const gate = yield* Deferred.make<void>()
      const scope = yield* Scope.make()
      const call = yield* Scope.provide(noting(batches, { write: gated(batches, gate) }), scope)
      const taken = yield* Effect.forEach(["a", "b"], (one) => Effect.forkChild(call(one), { startImmediately: true }))
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void), { startImmediately: true })
      assert.deepStrictEqual(yield* Effect.exit(call("late")), Exit.fail("closed"))
      yield* Deferred.succeed(gate, undefined)
      assert.deepStrictEqual(yield* Fiber.joinAll(taken), ["a", "b"])
      yield* Fiber.join(closing)
      assert.deepStrictEqual(batches.flat(), ["a", "b"])
    }))

  it.effect("does not let a call wait for long for others that are held up, if there is another lane", () =>
    Effect.gen(function*() {
      const batches: Batches = []
      const gate = yield* Deferred.make<void>()
      const call = yield* noting(batches, { write: held(batches, gate), lanes: 2 })
      const all = yield* Effect.forEach(["a", "b"], (one) => Effect.forkChild(call(one)))
      yield* Effect.yieldNow
      yield* Effect.yieldNow
      yield* Effect.forkChild(call("c"))
      yield* TestClock.adjust("100 millis")
      assert.deepStrictEqual(batches, [["a", "b"]])
      yield* TestClock.adjust("1 millis")
      yield* Effect.forkChild(call("d"))
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(batches, [["a", "b"], ["c", "d"]])
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.joinAll(all)
    }))
})
