/**
 * Concurrency keys over several processes.
 */
import { assert, describe } from "@effect/vitest"
import { Recurrence, type TaskStore } from "brinjal"
import { Testing } from "brinjal/testing"
import { Effect, Fiber } from "effect"
import { add, deaf, journal, Keyed, lasting, Outer, type Process, slow, start, test } from "./support.ts"

const minute = 60_000

const enqueue = (process: Process, ...labels: ReadonlyArray<string>) =>
  Effect.forEach(labels, (label) => add(process, Keyed, label, minute))

/** The labels of what has started, in this order. */
const started = Effect.map(
  journal,
  (lines) => lines.flatMap((line) => line.endsWith(" starts") ? line.replace(" starts", "") : [])
)

/** A store that never answers when it is asked who may leave the line, as if the process died before that. */
const dyingBeforeAsking = (store: typeof TaskStore.TaskStore.Service) => ({
  ...store,
  unparkTasks: () => Effect.never
})

describe("tasks with a concurrency key, of several processes", () => {
  test("run one at a time over all processes", function*() {
    const a = yield* start("a")
    const b = yield* start("b")
    yield* enqueue(a, "x1", "x2", "y1")
    yield* enqueue(b, "x3", "x4", "y2")
    yield* Testing.advance("5 minutes")
    const of = (key: string) => (line: string) => line.includes(`: ${key}`)
    const lines = yield* journal
    for (const [key, count] of [["x", 4], ["y", 2]] as const) {
      const verbs = lines.filter(of(key)).map((line) => line.split(" ").at(-1))
      assert.deepStrictEqual(verbs, Array.from({ length: count }, () => ["starts", "ends"]).flat())
    }
  })

  test("are left to a process that has the handler", function*() {
    const a = yield* start("a", { handlers: [] })
    yield* start("b")
    yield* enqueue(a, "x1", "x2", "y1")
    yield* Testing.advance("30 seconds")
    assert.sameMembers(yield* started, ["b: x1", "b: y1"])
    yield* Testing.advance("1 minute")
    assert.deepStrictEqual((yield* started).slice(2), ["b: x2"])
  })

  test("do not wait for one that waits for them, through a task of another process", function*() {
    const a = yield* start("a", { handlers: ["Outer"] })
    yield* start("b", { handlers: ["Between"] })
    yield* add(a, Outer, "x>", minute)
    yield* Testing.settle
    yield* add(a, Outer, "x2", minute)
    yield* Testing.advance("59 seconds")
    assert.deepStrictEqual(yield* started, ["a: x>", "b: between x", "a: x"])
    yield* Testing.advance("2 seconds")
    assert.deepStrictEqual((yield* started).slice(3), ["a: x2"])
  })

  test("wait for one whose process has died, until that has run again", function*() {
    const a = yield* start("a")
    yield* enqueue(a, "x1", "x2")
    yield* start("b")
    yield* Testing.advance("10 seconds")
    yield* a.freeze
    yield* Testing.advance("90 seconds")
    assert.deepStrictEqual(yield* started, ["a: x1", "b: x1"])
    yield* Testing.advance("2 minutes")
    assert.deepStrictEqual(yield* started, ["a: x1", "b: x1", "b: x2"])
  })

  test("go on at once in another process when theirs stops", function*() {
    const a = yield* start("a", { configuration: { shutdownGrace: 0 } })
    yield* enqueue(a, "x1", "x2", "x3")
    yield* start("b")
    yield* Testing.advance("10 seconds")
    yield* a.stop
    yield* Testing.advance("1 second")
    assert.deepStrictEqual(yield* started, ["a: x1", "b: x1"])
    yield* Testing.advance("2 minutes")
    assert.deepStrictEqual((yield* started).slice(2), ["b: x2", "b: x3"])
  })

  test("are found within a lease if the process dies that had to let them go on", function*() {
    const a = yield* start("a", { store: dyingBeforeAsking })
    yield* start("b", { store: deaf })
    yield* enqueue(a, "x1")
    yield* Testing.advance("1 second")
    assert.deepStrictEqual(yield* started, [])
    yield* Testing.advance("30 seconds")
    assert.deepStrictEqual(yield* started, ["b: x1"])
  })

  test("run although they leave the line before their process knows that they are stored", function*() {
    const a = yield* start("a", { store: slow("insertTasks", 8_000, 1) })
    yield* enqueue(a, "x1")
    yield* Testing.advance("55 seconds")
    const queueing = yield* Effect.forkChild(enqueue(a, "x2"))
    yield* Testing.advance("6 seconds")
    assert.deepStrictEqual(yield* started, ["a: x1"])
    yield* Testing.advance("2 seconds")
    yield* Fiber.join(queueing)
    assert.deepStrictEqual(yield* started, ["a: x1", "a: x2"])
  })

  test("go on when a process starts, if none was there", function*() {
    const a = yield* start("a", { store: dyingBeforeAsking })
    yield* enqueue(a, "x1", "x2")
    yield* Testing.advance("1 second")
    yield* a.freeze
    yield* Testing.advance("1 hour")
    yield* start("b")
    yield* Testing.advance("1 second")
    assert.deepStrictEqual(yield* started, ["b: x1"])
    yield* Testing.advance("1 minute")
    assert.deepStrictEqual(yield* started, ["b: x1", "b: x2"])
  })

  test("are instances of recurring tasks that each process may decide on", function*() {
    const a = yield* start("a")
    yield* start("b")
    for (const recurringId of ["r1", "r2", "r3"]) {
      yield* a.within(a.manager.addRecurringTask({
        recurringId,
        recurrence: Recurrence.every("10 minutes"),
        templateTask: Keyed.template(lasting(`x${recurringId}`, minute))
      }))
    }
    yield* Testing.advance("14 minutes")
    const lines = (yield* journal).map((line) => line.split(" ").at(-1))
    assert.deepStrictEqual(lines, ["starts", "ends", "starts", "ends", "starts", "ends"])
    assert.sameMembers(
      (yield* started).map((line) => line.split(": ")[1]),
      ["xr1", "xr2", "xr3"]
    )
  })
})
