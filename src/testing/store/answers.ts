/**
 * What a store must guarantee for work that is done once per key.
 */
import { assert } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { type Request, TaskStore } from "../../TaskStore.ts"
import { theme } from "../internal/suite.ts"
import { t0, task, test } from "./records.ts"

const request = (given: Partial<Request> = {}): Request => ({
  key: "k",
  request: "r",
  now: t0,
  until: t0 + 10,
  ...given
})

/** Work that counts how often it is done. */
const counting = () => {
  const done = { times: 0 }
  return { done, work: Effect.sync(() => `answer ${++done.times}`) }
}

const everybody = { concurrency: "unbounded" } as const

export const answering = theme("answering", [
  test("does the work once for a key, and gives its answer to whatever asks with that key", function*() {
    const { once } = yield* TaskStore
    const { done, work } = counting()
    const first = { request: "r", answer: "answer 1" }
    assert.deepStrictEqual(yield* once(request(), work), first)
    assert.deepStrictEqual(yield* once(request({ now: t0 + 9 }), work), first)
    assert.deepStrictEqual(yield* once(request({ request: "another" }), work), first)
    assert.strictEqual(done.times, 1)
    assert.deepStrictEqual(yield* once(request({ key: "k2" }), work), { request: "r", answer: "answer 2" })
  }),
  test("forgets an answer when its time has come", function*() {
    const { once } = yield* TaskStore
    const { work } = counting()
    yield* once(request(), work)
    assert.strictEqual((yield* once(request({ now: t0 + 10, until: t0 + 20 }), work)).answer, "answer 2")
    assert.strictEqual((yield* once(request({ now: t0 + 11 }), work)).answer, "answer 2")
  }),
  test("works once for many who come at the same time", function*() {
    const { once } = yield* TaskStore
    const { done, work } = counting()
    const slowly = Effect.andThen(Effect.yieldNow, work)
    const answers = yield* Effect.all(Array.from({ length: 20 }, () => once(request(), slowly)), everybody)
    assert.strictEqual(done.times, 1)
    for (const { answer } of answers) assert.strictEqual(answer, "answer 1")
  }),
  test("remembers nothing of work that fails, and undoes what it has written where it can", function*() {
    const { durable, getTask, insertTasks, once } = yield* TaskStore
    const failing = Effect.andThen(insertTasks([task("t1")]), Effect.fail("no luck"))
    assert.deepStrictEqual(yield* Effect.exit(once(request(), failing)), Exit.fail("no luck"))
    if (durable) assert.isUndefined(yield* getTask("t1"))
    const broken = Effect.die("broken")
    assert.deepStrictEqual(yield* Effect.exit(once(request(), broken)), Exit.die("broken"))
    assert.strictEqual((yield* once(request(), counting().work)).answer, "answer 1")
  }),
  test("keeps what the work has written", function*() {
    const { getTask, insertTasks, once } = yield* TaskStore
    yield* once(request(), Effect.as(insertTasks([task("t1")]), "t1"))
    assert.deepStrictEqual(yield* getTask("t1"), task("t1"))
  }),
  test("lets another one try when the first is interrupted", function*() {
    const { once } = yield* TaskStore
    const begun = Deferred.makeUnsafe<void>()
    const endless = Effect.andThen(Deferred.succeed(begun, undefined), Effect.never)
    const first = yield* Effect.forkChild(once(request(), endless))
    yield* Deferred.await(begun)
    const second = yield* Effect.forkChild(once(request(), counting().work))
    yield* Effect.yieldNow
    yield* Fiber.interrupt(first)
    assert.strictEqual((yield* Fiber.join(second)).answer, "answer 1")
  }),
  test("takes keys, requests and answers of every kind of text", function*() {
    const { once } = yield* TaskStore
    for (const text of ["", "🏖 ünï", "a\u0000b", "\ud800", "'; drop table x --", "x".repeat(10_000)]) {
      const asked = request({ key: `k${text}`, request: text })
      for (let i = 0; i < 2; i++) {
        assert.deepStrictEqual(yield* once(asked, Effect.succeed(text)), { request: text, answer: text })
      }
    }
  })
])
