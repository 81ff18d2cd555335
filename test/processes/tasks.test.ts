import { assert, describe } from "@effect/vitest"
import { Testing } from "brinjal/testing"
import { DateTime, Effect, Exit, Fiber, Stream, Tracer } from "effect"
import { add, journal, lasting, late, Parent, Single, slow, start, statusOf, test, Work } from "./support.ts"

describe("tasks of several processes", () => {
  test("are run by one that can, and left alone by one that cannot", function*() {
    const without = yield* start("without", { handlers: ["Other"] })
    const taskId = yield* add(without, Work, "a")
    yield* Testing.advance("1 minute")
    assert.strictEqual(yield* statusOf(taskId), "queued")
    yield* start("with", { handlers: ["Work"] })
    assert.strictEqual(yield* statusOf(taskId), "done")
    yield* add(without, Work, "b")
    yield* Testing.settle
    assert.deepStrictEqual(yield* journal, ["with: a starts", "with: a ends", "with: b starts", "with: b ends"])
  })

  test("give their typed result to whoever waits in another one", function*() {
    const a = yield* start("a", { handlers: [] })
    yield* start("b")
    const run = (ends: "well" | "refused" | "broken") =>
      Effect.exit(a.within(a.manager.run(Work.template(lasting("x", 1_000, ends)))))
    const waiting = yield* Effect.forkChild(Effect.all([run("well"), run("refused"), run("broken")], {
      concurrency: "unbounded"
    }))
    yield* Testing.advance("1 second")
    const [well, refused, broken] = yield* Fiber.join(waiting)
    assert.deepStrictEqual(well, Exit.succeed({ at: DateTime.makeUnsafe("2026-01-01T00:00:01Z"), where: "b" }))
    assert.include(String(refused), "Refused")
    assert.include(String(broken), "x is broken")
  })

  test("give it also to who asks for it later, in a process that has queued nothing", function*() {
    const a = yield* start("a", { handlers: [] })
    const b = yield* start("b")
    const taskId = yield* add(b, Work, "x", 60_000)
    const waiting = yield* Effect.forkChild(a.within(a.manager.awaitTask(Work, taskId)))
    yield* Testing.advance("1 minute")
    const expected = { at: DateTime.makeUnsafe("2026-01-01T00:01:00Z"), where: "b" }
    assert.deepStrictEqual(yield* Fiber.join(waiting), expected)
    assert.deepStrictEqual(yield* a.within(a.manager.awaitTask(Work, taskId)), expected)
  })

  test("give their result even if others end right after them and push them out", function*() {
    const a = yield* start("a", { handlers: [] })
    yield* start("b", { configuration: { retention: { done: 1 } } })
    const runs = Array.from({ length: 50 }, (_, i) => a.within(a.manager.run(Work.template(lasting(`${i}`, 1)))))
    const waiting = yield* Effect.forkChild(Effect.all(runs, { concurrency: "unbounded" }))
    yield* Testing.advance("1 minute")
    assert.strictEqual((yield* Fiber.join(waiting)).length, 50)
  })

  test("are cancelled from another one, with reason and note", function*() {
    const a = yield* start("a", { handlers: [] })
    const b = yield* start("b")
    const taskId = yield* add(b, Work, "a", 3_600_000)
    yield* Testing.settle
    const cancelled = yield* a.manager.cancelTask(taskId, { note: "by an operator" })
    assert.strictEqual(cancelled.status, "cancelled")
    assert.include(JSON.stringify(cancelled.error), "Requested (by an operator)")
    assert.deepStrictEqual(yield* journal, ["b: a starts", "b: a fails"])
  })

  test("are cancelled from another one while they wait", function*() {
    const [a, b] = [yield* start("a"), yield* start("b")]
    yield* add(b, Single, "first", 3_600_000)
    const taskId = yield* add(b, Single, "second")
    yield* Testing.settle
    assert.strictEqual((yield* a.manager.cancelTask(taskId)).status, "cancelled")
    yield* Testing.advance("2 hours")
    assert.deepStrictEqual(yield* journal, ["b: first starts", "b: first ends"])
  })

  test("are removed from another one", function*() {
    const [a, b] = [yield* start("a"), yield* start("b")]
    const taskId = yield* add(b, Work, "a", 3_600_000)
    yield* Testing.settle
    yield* a.manager.removeTask(taskId)
    assert.isUndefined(yield* statusOf(taskId))
    assert.strictEqual((yield* Effect.flip(a.manager.removeTask(taskId)))._tag, "TaskNotFound")
  })

  test("are cancelled when the one that waits for them is interrupted, wherever they run", function*() {
    const a = yield* start("a", { handlers: [] })
    yield* start("b")
    const waiting = yield* Effect.forkChild(a.within(a.manager.run(Work.template(lasting("x", 3_600_000)))))
    yield* Testing.settle
    yield* Fiber.interrupt(waiting)
    assert.deepStrictEqual(yield* journal, ["b: x starts", "b: x fails"])
  })

  test("show what they say of themselves to readers in every process", function*() {
    const [a, b] = [yield* start("a"), yield* start("b")]
    const all: Array<string> = []
    yield* Effect.forkChild(
      Stream.runForEach(
        a.manager.updates,
        ({ progress, status }) => Effect.sync(() => all.push(`${status} ${progress}`))
      )
    )
    yield* Testing.settle
    const taskId = yield* add(b, Work, "a", 3_600_000)
    yield* Testing.settle
    const one = yield* Effect.forkChild(Stream.runCollect(a.manager.taskUpdates(taskId)))
    yield* Testing.advance("2 hours")
    assert.include(all, "running 50")
    assert.strictEqual(all.at(-1), "done 100")
    assert.strictEqual((yield* Fiber.join(one)).at(-1)!.status, "done")
    assert.strictEqual((yield* a.manager.getTask(taskId)).status, "done")
  })

  test("never run beyond the limit of their pool, and in the order of their age", function*() {
    const [a, b] = [yield* start("a"), yield* start("b")]
    for (let i = 0; i < 6; i++) {
      yield* add(i % 2 === 0 ? a : b, Single, String(i), 1_000)
      yield* Testing.advance("1 millis")
    }
    yield* Testing.advance("10 seconds")
    const lines = (yield* journal).map((line) => line.slice(3))
    assert.deepStrictEqual(lines, Array.from({ length: 6 }, (_, i) => [`${i} starts`, `${i} ends`]).flat())
  })

  test("lend their place to a child that another process runs", function*() {
    const a = yield* start("a", { handlers: ["Parent"] })
    yield* start("b", { handlers: ["Single"] })
    const parents = [yield* add(a, Parent, "first", 1_000), yield* add(a, Parent, "second", 1_000)]
    yield* Testing.advance("1 minute")
    assert.deepStrictEqual(yield* Effect.forEach(parents, statusOf), ["done", "done"])
  })

  test("that still wait for a place tell those who wait for them that their process has stopped", function*() {
    const a = yield* start("a")
    yield* add(a, Single, "first", 1_000)
    const queued = yield* add(a, Single, "second", 1_000)
    const asking = Effect.exit(a.within(a.manager.awaitTask(Single, queued)))
    const running = Effect.exit(a.within(a.manager.run(Single.template(lasting("third", 1_000)))))
    const waiting = yield* Effect.forkChild(Effect.all([asking, running], { concurrency: "unbounded" }))
    yield* Testing.advance("500 millis")
    const stopped = yield* Effect.forkChild(a.stop)
    yield* Testing.advance("10 seconds")
    yield* Fiber.join(stopped)
    assert.isDefined(waiting.pollUnsafe())
    const later = yield* Effect.forkChild(asking)
    yield* Testing.advance("1 second")
    assert.isDefined(later.pollUnsafe())
    for (const exit of [...yield* Fiber.join(waiting), yield* Fiber.join(later)]) {
      assert.include(String(exit), "TaskManagerStopped")
    }
  })

  test("that are queued while their process stops are left to the others", function*() {
    const a = yield* start("a", { store: slow("insertTasks", 2_000, 1) })
    yield* add(a, Work, "first", 10_000)
    const adding = yield* Effect.forkChild(add(a, Work, "second"))
    yield* Testing.advance("1 second")
    const stopping = yield* Effect.forkChild(a.stop)
    yield* Testing.advance("15 seconds")
    assert.isDefined(stopping.pollUnsafe())
    assert.strictEqual(yield* statusOf(yield* Fiber.join(adding)), "queued")
    yield* start("b")
    assert.deepStrictEqual((yield* journal).slice(1), ["a: first ends", "b: second starts", "b: second ends"])
  })

  test("that are claimed while a heartbeat is under way are not taken for lost", function*() {
    yield* start("b", { handlers: [] })
    const a = yield* start("a", {
      store: (store) => late("claim", 2_000)(slow("heartbeat", 2_000, 2)(store)),
      configuration: { retention: { done: 100 } }
    })
    const taskIds: Array<string> = []
    for (let second = 0; second < 20; second++) {
      taskIds.push(yield* add(a, Work, "work", 3_000))
      yield* Testing.advance("1 second")
    }
    yield* Testing.advance("1 minute")
    const statuses = yield* Effect.forEach(taskIds, statusOf)
    assert.deepStrictEqual(new Set(statuses), new Set(["done"]))
  })

  test("that are read from the queue before their process knows that it has queued them run once", function*() {
    const a = yield* start("a", { store: slow("insertTasks", 500) })
    const b = yield* start("b", { handlers: [] })
    const queueing = yield* Effect.forkChild(add(a, Work, "x", 3_600_000))
    yield* add(b, Work, "y")
    yield* Testing.advance("1 minute")
    yield* Fiber.join(queueing)
    assert.deepStrictEqual((yield* journal).filter((line) => line.endsWith("x starts")), ["a: x starts"])
  })

  test("that are read from the queue so early have a span that is linked to that of their caller", function*() {
    const spans: Array<Tracer.NativeSpan> = []
    const tracer = Tracer.make({
      span: (options) => {
        const span = new Tracer.NativeSpan(options)
        spans.push(span)
        return span
      }
    })
    const starting = start("a", { store: slow("insertTasks", 500) })
    const a = yield* Effect.provideService(starting, Tracer.Tracer, tracer)
    const b = yield* start("b", { handlers: [] })
    const queueing = yield* Effect.forkChild(Effect.withSpan(add(a, Work, "x"), "caller"))
    yield* add(b, Work, "y")
    yield* Testing.advance("1 minute")
    const taskId = yield* Fiber.join(queueing)
    const span = spans.find(({ attributes, name }) => name === "task Work" && attributes.get("task.id") === taskId)!
    const callers = span.links.map(({ span }) => span._tag === "Span" ? span.name : undefined)
    assert.deepStrictEqual(callers, ["TaskManager.addTaskToQueue"])
  })
})
