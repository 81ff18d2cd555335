import { assert, describe } from "@effect/vitest"
import { Recurrence, TaskStore } from "brinjal"
import { Testing } from "brinjal/testing"
import { DateTime, Effect, Fiber, Logger, Stream } from "effect"
import {
  add,
  addHourly,
  deaf,
  journal,
  lasting,
  type Process,
  Single,
  slow,
  start,
  statusOf,
  test,
  timeline,
  Work
} from "./support.ts"

describe("processes whose announcements are all lost", () => {
  const lost = { store: deaf }

  test("start each occurrence once", function*() {
    const [a, b] = [yield* start("a", lost), yield* start("b", lost)]
    yield* addHourly(a)
    yield* Testing.advance("6 hours")
    assert.deepStrictEqual(
      yield* timeline(b),
      [1, 2, 3, 4, 5, 6].map((hour) => `0${hour}:00 Started done`)
    )
  })

  test("count the instances that they run of recurring tasks that they have not heard of", function*() {
    yield* start("a", lost)
    const b = yield* start("b", { ...lost, handlers: [] })
    yield* addHourly(b, 70_000, { recurrence: Recurrence.every("20 seconds"), overlap: "bufferAll" })
    const { liveTasks } = yield* TaskStore.TaskStore
    for (let i = 0; i < 60; i++) {
      yield* Testing.advance("5 seconds")
      assert.isAtMost((yield* liveTasks).length, 1)
    }
    assert.isAtLeast((yield* journal).length, 6)
  })

  test("find out what has changed within a lease", function*() {
    const [a, b] = [yield* start("a", lost), yield* start("b", lost)]
    yield* addHourly(a)
    yield* Testing.advance("31 seconds")
    yield* a.stop
    yield* Testing.advance("1 hour")
    assert.deepStrictEqual(yield* timeline(b), ["01:00 Started done"])
  })

  const ends: Readonly<Record<string, (process: Process) => Effect.Effect<unknown, unknown>>> = {
    "is disabled": ({ manager }) => manager.disableRecurringTask("hourly"),
    "has had its runs": ({ manager }) => manager.updateRecurringTask("hourly", { maxRuns: 1 })
  }
  for (const [how, end] of Object.entries(ends)) {
    test(`record at once, and not in turn, what a recurring task skips that ${how}`, function*() {
      const a = yield* start("a", lost)
      yield* Testing.advance("15 seconds")
      const b = yield* start("b", lost)
      yield* addHourly(a, 0, { recurrence: Recurrence.every("1 second"), startAt: "2026-01-01T00:01:00Z" })
      yield* Testing.advance("45500 millis")
      yield* end(b)
      yield* Testing.advance("1 hour")
      assert.lengthOf(yield* timeline(a), 1)
      yield* a.manager.updateRecurringTask("hourly", { maxConcurrent: 7 })
      const told = yield* a.manager.outcomes("hourly")
      assert.deepStrictEqual(told.map(({ count, outcome }) => [outcome, count]), [["Skipped", 3_600], ["Started", 1]])
    })
  }

  test("run what was queued in one that cannot, cancel, and give results", function*() {
    const [a, b] = [yield* start("a", { ...lost, handlers: [] }), yield* start("b", lost)]
    const taskId = yield* add(b, Work, "x", 3_600_000)
    const waiting = yield* Effect.forkChild(a.within(a.manager.run(Work.template(lasting("y", 1_000)))))
    const cancelling = yield* Effect.forkChild(a.manager.cancelTask(taskId))
    yield* Testing.advance("2 minutes")
    assert.strictEqual((yield* Fiber.join(waiting)).where, "b")
    assert.strictEqual((yield* Fiber.join(cancelling)).status, "cancelled")
  })

  test("keep the limits of pools, and nobody waits for ever", function*() {
    const [a, b] = [yield* start("a", lost), yield* start("b", lost)]
    const ids: Array<string> = []
    for (let i = 0; i < 6; i++) ids.push(yield* add(i % 2 === 0 ? a : b, Single, String(i), 1_000))
    yield* Testing.advance("5 minutes")
    assert.deepStrictEqual(new Set(yield* Effect.forEach(ids, statusOf)), new Set(["done"]))
    const lines = (yield* journal).map((line) => line.slice(3))
    for (let i = 0; i < lines.length; i += 2) assert.strictEqual(lines[i + 1], lines[i]!.replace("starts", "ends"))
  })
})

describe("a place in a pool that others have held", () => {
  test("is taken at once when they die, by what they have left and then by what waits", function*() {
    const [a, b] = [yield* start("a"), yield* start("b")]
    yield* add(a, Single, "long", 20_000)
    yield* Testing.advance("1 second")
    yield* add(b, Single, "next")
    yield* a.freeze
    yield* Testing.advance("45 seconds")
    assert.deepStrictEqual(yield* journal, ["a: long starts", "b: long starts"])
    yield* Testing.advance("20 seconds")
    assert.deepStrictEqual((yield* journal).slice(2), ["b: long ends", "b: next starts", "b: next ends"])
  })

  test("is asked for again when it was given up while somebody was told that there is none", function*() {
    const [a, b] = [yield* start("a"), yield* start("b", { store: slow("claim", 2_000) })]
    yield* add(a, Single, "first", 1_000)
    yield* Testing.settle
    yield* add(b, Single, "second")
    yield* Testing.advance("6 seconds")
    assert.deepStrictEqual((yield* journal).slice(2), ["b: second starts", "b: second ends"])
  })
})

describe("a process that has not been told yet that another one has come", () => {
  test("keeps the results of what it runs for that one", function*() {
    yield* start("a", { store: slow("heartbeat", 5_000, 1) })
    const b = yield* start("b", { handlers: [] })
    const labels = Array.from({ length: 20 }, (_, i) => String(i))
    const runs = yield* Effect.forkChild(b.within(
      Effect.forEach(labels, (label) => b.manager.run(Work.template(lasting(label, 10))), { concurrency: "unbounded" })
    ))
    yield* Testing.advance("20 seconds")
    assert.strictEqual((yield* Fiber.join(runs)).length, 20)
  })
})

describe("a process that was frozen for longer than its lease", () => {
  test("tells those who read its events that they have missed what the other one did meanwhile", function*() {
    const [a, b] = [yield* start("a"), yield* start("b")]
    const tags: Array<string> = []
    yield* Effect.forkChild(Stream.runForEach(a.manager.events, ({ _tag }) => Effect.sync(() => tags.push(_tag))))
    yield* Testing.advance("1 second")
    yield* a.freeze
    yield* Testing.advance("45 seconds")
    yield* add(b, Work, "unseen")
    yield* Testing.advance("1 second")
    assert.deepStrictEqual(tags, [])
    yield* a.thaw
    yield* Testing.advance("1 second")
    assert.deepStrictEqual(tags, ["Gap"])
  })
})

describe("the name of a process", () => {
  test("is not another start of a longer one that begins with it", function*() {
    const a = yield* start("a", { configuration: { name: "shop/eu" } })
    yield* add(a, Single, "long", 20_000)
    yield* Testing.advance("1 second")
    yield* start("b", { configuration: { name: "shop" } })
    yield* Testing.advance("1 minute")
    assert.deepStrictEqual(yield* journal, ["a: long starts", "a: long ends"])
  })
})

describe("two processes with one name", () => {
  const named = { configuration: { name: "shop" } }

  const noting = () => {
    const warnings: Array<string> = []
    const logger = Logger.make(({ logLevel, message }) => {
      if (logLevel === "Warn") warnings.push(String(message))
    })
    return { warnings, within: Effect.provide(Logger.layer([logger])) }
  }

  test("say so, once, if they run at the same time", function*() {
    const [a, b] = [noting(), noting()]
    yield* a.within(start("a", named))
    yield* b.within(start("b", named))
    yield* Testing.advance("2 minutes")
    for (const { warnings } of [a, b]) {
      assert.deepStrictEqual(warnings, [
        "Another process runs under the name \"shop\", too: each takes over what the other one is running, and runs it " +
        "again. Give each a name of its own (TaskManager.configure({ name })), or none."
      ])
    }
  })

  test("say nothing if one is the next start of the other", function*() {
    const { warnings, within } = noting()
    const a = yield* within(start("a", named))
    yield* Testing.advance("1 minute")
    yield* a.freeze
    yield* within(start("b", named))
    yield* Testing.advance("2 minutes")
    assert.deepStrictEqual(warnings, [])
  })
})

describe("a process whose clock is ahead by more than a lease", () => {
  test("is not one that came while the answer to a heartbeat was on its way", function*() {
    const warnings: Array<string> = []
    const logger = Logger.make(({ message }) => void warnings.push(String(message)))
    const store = yield* TaskStore.TaskStore
    let delay = 0
    const slow: typeof store = {
      ...store,
      heartbeat: (sent) => Effect.andThen(Effect.sleep(delay), store.heartbeat(sent))
    }
    yield* start("a").pipe(Effect.provideService(TaskStore.TaskStore, slow), Effect.provide(Logger.layer([logger])))
    delay = 80_000
    yield* Testing.advance("105 seconds")
    const { epochMilliseconds: now } = yield* DateTime.now
    yield* store.heartbeat({ owner: "right", now, leaseUntil: now + 30_000, taskTypes: [] })
    delay = 0
    yield* Testing.advance("10 seconds")
    assert.deepStrictEqual(warnings, [])
  })

  test("is reported by the others, once", function*() {
    const warnings: Array<string> = []
    const logger = Logger.make(({ logLevel, message }) => {
      if (logLevel === "Warn") warnings.push(String(message))
    })
    const { heartbeat } = yield* TaskStore.TaskStore
    const beat = (owner: string, ahead: number) =>
      Effect.flatMap(
        DateTime.now,
        ({ epochMilliseconds: now }) => heartbeat({ owner, now, leaseUntil: now + ahead + 30_000, taskTypes: [] })
      )
    yield* Effect.provide(start("a"), Logger.layer([logger]))
    yield* beat("right", 0)
    yield* beat("ahead", 3_600_000)
    yield* Testing.advance("2 minutes")
    assert.lengthOf(warnings, 1)
    assert.include(warnings[0]!, "The clock of process ahead is about 59m 30s ahead")
  })

  test("is reported, once, also if its clock was right when it came", function*() {
    const warnings: Array<string> = []
    const logger = Logger.make(({ logLevel, message }) => {
      if (logLevel === "Warn") warnings.push(String(message))
    })
    const { heartbeat } = yield* TaskStore.TaskStore
    const beat = (ahead: number) =>
      Effect.flatMap(
        DateTime.now,
        ({ epochMilliseconds: now }) =>
          heartbeat({ owner: "other", now, leaseUntil: now + ahead + 30_000, taskTypes: [] })
      )
    yield* Effect.provide(start("a"), Logger.layer([logger]))
    const beats = function*(...ahead: ReadonlyArray<number>) {
      for (const millis of ahead) {
        yield* beat(millis)
        yield* Testing.advance("10 seconds")
      }
    }
    yield* beats(0, 0, 0, 0, 0)
    assert.deepStrictEqual(warnings, [])
    yield* beats(60_000, 35_000, 60_000, 35_000)
    assert.lengthOf(warnings, 1)
    assert.include(warnings[0], "The clock of process other is about 50s ahead")
  })
})
