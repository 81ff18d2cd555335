/**
 * Tasks that wait for their next attempt when their manager stops, and go on with their retry schedule in another one.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { TaskStore } from "../../TaskStore.ts"
import { theme } from "../internal/suite.ts"
import * as Testing from "../Testing.ts"
import { durably, enqueue, messageOf, start, startLeasing, startWith, statusOf, test } from "./lives.ts"
import {
  Careful,
  doing,
  Growing,
  journal,
  manager,
  Retrying,
  Single,
  sleeping,
  t0,
  Tireless,
  type World
} from "./world.ts"

const recordOf = (taskId: string) => TaskStore.use((store) => store.getTask(taskId))

const begins = Effect.map(journal, (lines) => lines.filter((line) => line.endsWith("starts")))

/** A task that fails. */
const failing = doing("a", { _tag: "Fail" })

export const stopping = theme("a stop while a task waits for its next attempt", [
  test("does not wait for it: it is cancelled, or sleeps on where the store goes on", function*() {
    const process = yield* start
    const taskId = yield* process.within(enqueue(Retrying.template(failing)))
    yield* Testing.advance("1 second")
    yield* process.stop
    const { durable } = yield* TaskStore
    assert.deepInclude(
      yield* recordOf(taskId),
      durable ? { status: "queued", retryAt: t0 + 10_000, owner: null } : { status: "cancelled", retryAt: null }
    )
    if (!durable) assert.include(yield* messageOf(taskId), "Shutdown")
  }),
  test("waits for others that run, and not for an attempt that could follow one that fails meanwhile", function*() {
    const process = yield* start
    const steps = doing("a", { _tag: "Sleep", millis: 5_000 }, { _tag: "Fail" })
    const taskId = yield* process.within(enqueue(Retrying.template(steps)))
    yield* process.within(enqueue(Single.template(sleeping("b", "20 seconds"))))
    yield* Testing.advance("1 second")
    const stopped = yield* Effect.forkChild(process.stop)
    yield* Testing.advance("5 seconds")
    const { durable } = yield* TaskStore
    const failure = { type: "WorkFailed", message: "a failed as it was told to." }
    const record = yield* recordOf(taskId)
    if (durable) {
      assert.deepInclude(record, { status: "queued", retryAt: t0 + 15_000, attempt: 1 })
      assert.deepInclude(record?.failure, failure)
    } else {
      assert.strictEqual(record?.status, "cancelled")
    }
    assert.isUndefined(stopped.pollUnsafe())
    yield* Testing.advance("14 seconds")
    yield* Fiber.join(stopped)
    assert.deepStrictEqual(yield* journal, ["0s a starts", "0s b starts", "5s a fails", "20s b ends"])
  }),
  durably("leaves one that must not run again when it is abandoned, since nothing of it runs", function*() {
    const first = yield* start
    const taskId = yield* first.within(enqueue(Careful.template(failing)))
    yield* Testing.advance("1 second")
    yield* first.stop
    assert.deepInclude(yield* recordOf(taskId), { status: "queued", retryAt: t0 + 10_000 })
    const second = yield* startLeasing
    yield* Testing.advance("10 seconds")
    yield* second.freeze
    yield* startLeasing
    yield* Testing.advance("1 minute")
    assert.deepInclude(yield* recordOf(taskId), { status: "failed", attempt: 3, abandoned: 0 })
    assert.include(yield* messageOf(taskId), "a failed as it was told to.")
    yield* second.thaw
  })
])

/** Lets a task fail in many processes, each of which is stopped a second after an attempt. */
const failInMany = Effect.fnUntraced(function*<E>(
  queue: Effect.Effect<string, E, World>,
  waits: ReadonlyArray<number>
) {
  let process = yield* start
  const taskId = yield* process.within(queue)
  for (const wait of waits) {
    yield* Testing.advance("1 second")
    yield* process.stop
    process = yield* start
    yield* Testing.advance(1_000 * (wait - 1))
  }
  return taskId
})

export const retries = theme("a task that is tried again by many processes", [
  durably("waits longer and longer, and is given up after as many retries as its schedule has", function*() {
    const taskId = yield* failInMany(enqueue(Growing.template(failing)), [10, 20, 40, 100])
    assert.strictEqual(yield* statusOf(taskId), "failed")
    assert.deepStrictEqual(yield* begins, ["0s a starts", "10s a starts", "30s a starts", "1m 10s a starts"])
  }),
  durably("is given up when its schedule has lasted as long as it may since the first failure", function*() {
    const taskId = yield* failInMany(enqueue(Tireless.template(failing)), [20, 20, 20, 20, 20])
    assert.strictEqual(yield* statusOf(taskId), "failed")
    assert.deepStrictEqual(yield* begins, ["0s a starts", "20s a starts", "40s a starts", "1m a starts"])
  }),
  durably("has as many retries left as before when an attempt was interrupted or abandoned", function*() {
    const first = yield* startWith({ lease: "30 seconds", shutdownGrace: "5 seconds" })
    const steps = doing("a", { _tag: "Sleep", millis: 8_000 }, { _tag: "Fail" })
    const taskId = yield* first.within(enqueue(Growing.template(steps)))
    yield* Testing.advance("1 second")
    yield* Effect.forkChild(first.stop)
    yield* Testing.advance("9 seconds")
    const second = yield* startLeasing
    yield* Testing.advance("19 seconds")
    assert.deepInclude(yield* recordOf(taskId), { status: "running", attempt: 3 })
    yield* second.freeze
    yield* startLeasing
    yield* Testing.advance("10 minutes")
    assert.deepInclude(yield* recordOf(taskId), { status: "failed", attempt: 6, abandoned: 1 })
    yield* second.thaw
  }),
  durably("begins anew when somebody tries it again by hand", function*() {
    const process = yield* start
    const { retryTask } = yield* process.within(manager)
    const taskId = yield* process.within(enqueue(Growing.template(failing)))
    yield* Testing.advance("2 minutes")
    assert.deepInclude(yield* recordOf(taskId), { status: "failed", attempt: 4 })
    const again = yield* retryTask(taskId)
    yield* Testing.advance("2 minutes")
    assert.deepInclude(yield* recordOf(again), { status: "failed", attempt: 4 })
  })
])
