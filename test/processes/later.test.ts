import { assert, describe } from "@effect/vitest"
import { Recurrence, type TaskStore } from "brinjal"
import { Testing } from "brinjal/testing"
import { type Duration, Effect, Fiber } from "effect"
import {
  add,
  addHourly,
  Again,
  deaf,
  journal,
  lasting,
  type Process,
  start,
  statusOf,
  test,
  timeline,
  Work
} from "./support.ts"

/** Queues a task for later in a process. */
const schedule = ({ manager, within }: Process, label: string, delay: Duration.Input) =>
  within(manager.scheduleTask(Work.template(lasting(label, 0)), { delay }))

/** Stops a process, which has to take no time, and lets half a minute pass. */
const stopAtOnce = Effect.fnUntraced(function*({ stop }: Process) {
  const stopping = yield* Effect.forkChild(stop)
  yield* Testing.settle
  assert.isDefined(stopping.pollUnsafe())
  yield* Testing.advance("30 seconds")
})

/** Counts how often processes look for tasks to wake. */
const counting = () => {
  const counted = { calls: 0 }
  const store = (store: typeof TaskStore.TaskStore.Service) => ({
    ...store,
    wakeTasks: (now: number, limit: number) =>
      Effect.suspend(() => {
        counted.calls++
        return store.wakeTasks(now, limit)
      })
  })
  return { counted, store }
}

describe("tasks for later, of several processes", () => {
  test("start at their time, in a process that can run them", function*() {
    const a = yield* start("a", { handlers: [] })
    yield* start("b")
    yield* schedule(a, "x", "1 hour")
    yield* Testing.advance("59 minutes")
    assert.deepStrictEqual(yield* journal, [])
    yield* Testing.advance("1 minute")
    yield* Testing.advance("250 millis")
    assert.deepStrictEqual(yield* journal, ["b: x starts", "b: x ends"])
  })

  test("start at their time when the process that queued them has stopped", function*() {
    const a = yield* start("a", { handlers: [] })
    yield* start("b")
    yield* schedule(a, "x", "1 hour")
    yield* Testing.settle
    yield* a.stop
    yield* Testing.advance("1 hour")
    assert.deepStrictEqual(yield* journal, ["b: x starts", "b: x ends"])
  })

  test("start at their time in a process that has started since", function*() {
    const a = yield* start("a")
    const taskId = yield* schedule(a, "x", "1 hour")
    yield* a.stop
    yield* Testing.advance("30 minutes")
    assert.strictEqual(yield* statusOf(taskId), "queued")
    yield* start("b")
    yield* Testing.advance("30 minutes")
    assert.deepStrictEqual(yield* journal, ["b: x starts", "b: x ends"])
  })

  test("start as soon as a process is there, if their time has come while none was", function*() {
    const a = yield* start("a")
    yield* schedule(a, "x", "1 hour")
    yield* schedule(a, "y", "2 hours")
    yield* a.stop
    yield* Testing.advance("90 minutes")
    yield* start("b")
    assert.deepStrictEqual(yield* journal, ["b: x starts", "b: x ends"])
    yield* Testing.advance("30 minutes")
    assert.deepStrictEqual(yield* journal, ["b: x starts", "b: x ends", "b: y starts", "b: y ends"])
  })

  test("start even if nobody hears of them and their process has died, with the next sweep", function*() {
    const a = yield* start("a", { store: deaf })
    yield* start("b")
    yield* schedule(a, "x", "1 hour")
    yield* a.freeze
    yield* Testing.advance("1 hour")
    yield* Testing.advance("30 seconds")
    assert.deepStrictEqual(yield* journal, ["b: x starts", "b: x ends"])
  })

  test("are woken by the first process that is there, and the others do not even ask", function*() {
    const { counted, store } = counting()
    const [a] = [yield* start("a", { store }), yield* start("b", { store }), yield* start("c", { store })]
    for (let i = 0; i < 20; i++) yield* schedule(a, `${i}`, 10_000 + 10 * i)
    yield* Testing.settle
    const before = counted.calls
    yield* Testing.advance("11 seconds")
    assert.strictEqual((yield* journal).length, 40)
    assert.isAtMost(counted.calls - before, 30)
  })

  test("can be cancelled in any of them", function*() {
    const [a, b] = [yield* start("a"), yield* start("b")]
    const taskId = yield* schedule(a, "x", "1 hour")
    assert.strictEqual((yield* b.manager.cancelTask(taskId)).status, "cancelled")
    yield* Testing.advance("2 hours")
    assert.deepStrictEqual(yield* journal, [])
  })

  test("give their result in any of them", function*() {
    const [a, b] = [yield* start("a"), yield* start("b", { handlers: [] })]
    const taskId = yield* schedule(b, "x", "1 hour")
    const waiting = yield* Effect.forkChild(b.within(b.manager.awaitTask(Work, taskId)))
    yield* Testing.advance("61 minutes")
    assert.strictEqual((yield* Fiber.join(waiting)).where, a.name)
  })
})

describe("tasks that wait for their next attempt", () => {
  test("keep their time when their process stops, and run in another one", function*() {
    const a = yield* start("a")
    yield* start("b")
    yield* add(a, Again, "x", 0, "refused")
    yield* stopAtOnce(a)
    yield* Testing.advance("24 seconds")
    assert.deepStrictEqual(yield* journal, ["a: x starts", "a: x fails"])
    yield* Testing.advance("2 seconds")
    assert.deepStrictEqual((yield* journal).slice(2), ["b: x starts", "b: x fails"])
  })

  test("are tried again as often as they may be, however many processes have had them", function*() {
    const a = yield* start("a")
    const taskId = yield* add(a, Again, "x", 0, "refused")
    yield* stopAtOnce(a)
    yield* start("b")
    yield* Testing.advance("5 minutes")
    assert.deepStrictEqual(yield* journal, ["a: x starts", "a: x fails", "b: x starts", "b: x fails"])
    assert.strictEqual(yield* statusOf(taskId), "failed")
  })

  test("do not hold up the stop of their process while another one has all places of their pool", function*() {
    const configuration = { pools: { default: 1 } }
    const a = yield* start("a", { configuration })
    const taskId = yield* add(a, Again, "x", 0, "refused")
    yield* Testing.settle
    const b = yield* start("b", { configuration })
    yield* add(b, Work, "long", 100_000)
    // its time has come, and it waits for a place
    yield* Testing.advance("1 minute")
    assert.deepInclude(yield* a.manager.getTask(taskId), { status: "running", attempt: 1 })
    yield* stopAtOnce(a)
    assert.strictEqual(yield* statusOf(taskId), "queued")
    yield* Testing.advance("10 seconds")
    assert.deepStrictEqual((yield* journal).slice(-3), ["b: long ends", "b: x starts", "b: x fails"])
  })

  test("keep their time when their process dies", function*() {
    const a = yield* start("a")
    yield* start("b")
    yield* add(a, Again, "x", 0, "refused")
    yield* Testing.settle
    yield* a.freeze
    yield* Testing.advance("54 seconds")
    assert.deepStrictEqual(yield* journal, ["a: x starts", "a: x fails"])
    yield* Testing.advance("2 seconds")
    assert.deepStrictEqual((yield* journal).slice(2), ["b: x starts", "b: x fails"])
  })

  test("count as instances of their recurring task until then", function*() {
    const a = yield* start("a")
    yield* addHourly(a, 0, {
      recurrence: Recurrence.every("30 seconds"),
      templateTask: Again.template(lasting("x", 0, "refused"))
    })
    yield* Testing.advance("30 seconds")
    yield* stopAtOnce(a)
    const b = yield* start("b")
    yield* Testing.advance("24 seconds")
    assert.deepStrictEqual(yield* timeline(b), [
      "2026-01-01T00:00:30Z Started queued",
      "00:01 Skipped Overlap"
    ])
    yield* Testing.advance("1 second")
    assert.deepStrictEqual((yield* journal).slice(2), ["b: x starts", "b: x fails"])
  })
})
