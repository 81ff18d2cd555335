import { assert, describe } from "@effect/vitest"
import { TaskError, TaskStore } from "brinjal"
import { Testing } from "brinjal/testing"
import { Effect, Fiber, Logger, Option, Stream } from "effect"
import {
  add,
  Again,
  behind,
  deafening,
  Fatal,
  InTime,
  journal,
  lasting,
  late,
  Once,
  Single,
  slow,
  start,
  statusOf,
  test,
  Work
} from "./support.ts"

describe("tasks of processes that have stopped, died or frozen", () => {
  test("are taken over when their process stops, with what still waited in it", function*() {
    const a = yield* start("a")
    yield* add(a, Single, "first", 10_000)
    const waiting = yield* Effect.forEach(["second", "third"], (label) => add(a, Single, label, 1_000))
    yield* start("b", { handlers: ["Single"] })
    const stopped = yield* Effect.forkChild(a.stop)
    yield* Testing.advance("13 seconds")
    yield* Fiber.join(stopped)
    assert.deepStrictEqual(yield* Effect.forEach(waiting, statusOf), ["done", "done"])
  })

  test("of a dead one are taken over together, and reported in one line", function*() {
    const warnings: Array<string> = []
    const logger = Logger.make(({ logLevel, message }) => {
      if (logLevel === "Warn") warnings.push(String(message))
    })
    const configuration = { pools: { default: 20 } }
    const a = yield* start("a", { configuration: { ...configuration, name: "a" } })
    const taskIds = yield* Effect.forEach(
      Array.from({ length: 20 }, (_, i) => i),
      (i) => add(a, Work, `${i}`, 3_600_000)
    )
    yield* Testing.settle
    yield* a.freeze
    const starting = start("b", { configuration, store: slow("requeue", 1_000) })
    const b = yield* Effect.provide(starting, Logger.layer([logger]))
    yield* Testing.advance("1 minute")
    const tasks = yield* Effect.forEach(taskIds, b.manager.getTask)
    assert.deepStrictEqual(tasks.map(({ attempt }) => attempt), taskIds.map(() => 2))
    assert.deepStrictEqual(tasks.map(({ startedAt }) => startedAt), tasks.map(() => tasks[0]!.startedAt))
    const named = taskIds.slice(0, 5).map((taskId) => `Work ${taskId}`).join(", ")
    assert.lengthOf(warnings, 1)
    assert.match(warnings[0]!, new RegExp(`^Taking over what process a/\\S+ has abandoned: ${named}, and 15 more$`))
  })

  test("are not taken over from processes that live, when the store was away for longer than a lease", function*() {
    const lines = { a: { isCut: false }, b: { isCut: false } }
    const a = yield* start("a", { store: behind(lines.a) })
    const b = yield* start("b", { store: behind(lines.b) })
    const ended = [yield* add(a, Once, "a1", 40_000), yield* add(b, Once, "b1", 40_000)]
    yield* add(a, Work, "a2", 200_000)
    yield* Testing.advance("5 seconds")
    lines.a.isCut = lines.b.isCut = true
    yield* Testing.advance("70 seconds")
    // one of them is back a little earlier
    lines.b.isCut = false
    yield* Testing.advance("6 seconds")
    lines.a.isCut = false
    yield* Testing.advance("1 minute")
    assert.deepStrictEqual(yield* Effect.forEach(ended, statusOf), ["done", "done"])
    yield* Testing.advance("1 minute")
    assert.sameMembers(yield* journal, [
      "a: a1 starts",
      "a: a1 ends",
      "b: b1 starts",
      "b: b1 ends",
      "a: a2 starts",
      "a: a2 ends"
    ])
  })

  test("of a dead one are taken over, a lease later, when the store was away meanwhile", function*() {
    const line = { isCut: false }
    const a = yield* start("a")
    yield* start("b", { store: behind(line) })
    yield* add(a, Work, "x", 3_600_000)
    yield* Testing.advance("5 seconds")
    line.isCut = true
    yield* a.freeze
    yield* Testing.advance("70 seconds")
    line.isCut = false
    yield* Testing.advance("25 seconds")
    assert.notInclude(yield* journal, "b: x starts")
    yield* Testing.advance("1 minute")
    assert.include(yield* journal, "b: x starts")
  })

  test("of a process of the same name are reported once, however often they are found", function*() {
    const warnings: Array<string> = []
    const logger = Logger.make(({ logLevel, message }) => {
      if (logLevel === "Warn") warnings.push(String(message))
    })
    const configuration = { name: "a" }
    const a = yield* start("a", { configuration })
    yield* Effect.forEach([Work, Single], (task) => add(a, task, "x", 3_600_000))
    yield* Testing.settle
    yield* a.freeze
    const starting = start("a again", { configuration, store: late("requeue", 40_000) })
    yield* Effect.provide(starting, Logger.layer([logger]))
    yield* Testing.advance("1 minute")
    const named = warnings.flatMap((line) => line.match(/(Work|Single) \S+?(?=,|$)/g) ?? [])
    assert.sameMembers(named.map((name) => name.split(" ")[0]!), ["Work", "Single"])
  })

  test("are not taken over by their own process, whose lease has ended, while it writes their next attempt", function*() {
    const store = (store: typeof TaskStore.TaskStore.Service) =>
      late("update", 10_000)(slow("heartbeat", 3_600_000, 1)(store))
    const a = yield* start("a", { store })
    const taskId = yield* add(a, Again, "x", 0, "refused")
    // the next attempt is written from second 55 to second 65, and abandoned tasks are looked for at second 60
    yield* Testing.advance("3 minutes")
    assert.deepStrictEqual(yield* journal, ["a: x starts", "a: x fails", "a: x starts", "a: x fails"])
    assert.deepInclude(yield* a.manager.getTask(taskId), { status: "failed", attempt: 2 })
  })

  for (const [name, delayed] of [["has not been done", late], ["has been done", slow]] as const) {
    const store = delayed("update", 10_000)

    test(`are left to others when their process stops while a write of their next attempt ${name}`, function*() {
      const a = yield* start("a", { store, configuration: { shutdownGrace: "1 second" } })
      const taskId = yield* add(a, Again, "x", 0, "refused")
      // the next attempt is written from second 55 to second 65
      yield* Testing.advance("57 seconds")
      const stopping = yield* Effect.forkChild(a.stop)
      yield* Testing.advance("2 seconds")
      yield* Fiber.join(stopping)
      assert.strictEqual(yield* statusOf(taskId), "queued")
    })

    test(`are cancelled while a write of their next attempt ${name}`, function*() {
      const a = yield* start("a", { store })
      const taskId = yield* add(a, Again, "x", 0, "refused")
      yield* Testing.advance("57 seconds")
      const cancelling = yield* Effect.forkChild(a.manager.cancelTask(taskId))
      yield* Testing.settle
      assert.deepInclude(yield* TaskStore.TaskStore.use((store) => store.getTask(taskId)), {
        status: "cancelled",
        attempt: 1
      })
      assert.strictEqual((yield* Fiber.join(cancelling)).status, "cancelled")
    })

    test(`run out of time while a write of their next attempt ${name}`, function*() {
      const a = yield* start("a", { store })
      const taskId = yield* add(a, InTime, "x", 0, "refused")
      yield* Testing.advance("58 seconds")
      assert.strictEqual(yield* statusOf(taskId), "failed")
      yield* Testing.advance("1 hour")
      assert.deepStrictEqual(yield* journal, ["a: x starts", "a: x fails"])
    })
  }

  test("of a frozen process run again elsewhere, and what it says later does not count", function*() {
    const warnings: Array<string> = []
    const logger = Logger.make(({ logLevel, message }) => {
      if (logLevel === "Warn") warnings.push(String(message))
    })
    const a = yield* Effect.provide(start("a"), Logger.layer([logger]))
    const taskId = yield* add(a, Work, "x", 60_000)
    yield* Testing.advance("5 seconds")
    const waiting = yield* Effect.forkChild(
      Effect.exit(Stream.runLast(a.manager.taskUpdates(taskId)))
    )
    yield* Testing.settle
    yield* a.freeze
    const b = yield* start("b")
    yield* Testing.advance("55 seconds")
    assert.deepInclude(yield* b.manager.getTask(taskId), { status: "running", attempt: 2 })
    yield* a.thaw
    yield* Testing.advance("1 second")
    assert.deepInclude(yield* a.manager.getTask(taskId), { status: "running", attempt: 2 })
    assert.deepStrictEqual(warnings, [
      `Tasks of this process were taken over by others, and stop here: Work ${taskId}. ` +
      "It had sent no heartbeat for 55s, and its lease is 30s."
    ])
    yield* Testing.advance("2 minutes")
    assert.deepInclude(yield* a.manager.getTask(taskId), { status: "done", attempt: 2 })
    const last = yield* Fiber.join(waiting)
    assert.include(JSON.stringify(last), "\"attempt\":2")
    assert.deepStrictEqual((yield* journal).filter((line) => line.endsWith("ends")), ["b: x ends"])
  })

  test("of a frozen process that wait again elsewhere are not ended by it when it comes back", function*() {
    const template = (label: string, priority: number) => Single.template(lasting(label, 60_000), { priority })
    const a = yield* start("a")
    const taskId = yield* a.within(a.manager.addTaskToQueue(template("x", 0)))
    yield* Testing.advance("5 seconds")
    const b = yield* start("b")
    yield* b.within(b.manager.addTaskToQueue(template("urgent", 1)))
    yield* a.freeze
    yield* Testing.advance("55 seconds")
    assert.deepInclude(yield* b.manager.getTask(taskId), { status: "queued", attempt: 1 })
    yield* a.thaw
    yield* Testing.advance("15 seconds")
    assert.deepInclude(yield* a.manager.getTask(taskId), { status: "queued", attempt: 1 })
    yield* Testing.advance("3 minutes")
    assert.deepInclude(yield* a.manager.getTask(taskId), { status: "done", attempt: 2 })
  })

  test("that the end of their process cuts off run again elsewhere, for whoever waits", function*() {
    const a = yield* start("a")
    const b = yield* start("b", { handlers: [] })
    const waiting = yield* Effect.forkChild(b.within(b.manager.run(Work.template(lasting("x", 60_000)))))
    yield* Testing.advance("5 seconds")
    const stopped = yield* Effect.forkChild(a.stop)
    yield* Testing.advance("31 seconds")
    yield* Fiber.join(stopped)
    assert.deepStrictEqual(yield* journal, ["a: x starts", "a: x fails"])
    yield* start("c")
    yield* Testing.advance("61 seconds")
    assert.deepInclude(yield* Fiber.join(waiting), { where: "c" })
  })

  test("that do not obey do not keep their process from stopping, and run again elsewhere", function*() {
    const a = yield* start("a")
    const taskId = yield* a.within(a.manager.addTaskToQueue(Work.template(deafening("deaf"))))
    yield* start("b")
    const waiting = yield* Effect.forkChild(Effect.exit(a.within(a.manager.run(Work.template(deafening("awaited"))))))
    yield* Testing.advance("1 second")
    const stopped = yield* Effect.forkChild(a.stop)
    yield* Testing.advance("42 seconds")
    yield* Fiber.join(stopped)
    assert.include(String(yield* Fiber.join(waiting)), "TaskManagerStopped")
    assert.include(yield* journal, "b: deaf starts")
    assert.deepInclude(yield* TaskStore.TaskStore.use((store) => store.getTask(taskId)), {
      status: "running",
      attempt: 2
    })
  })

  test("that must not run again do not, also when the process that finds them stops just then", function*() {
    const a = yield* start("a")
    const taskId = yield* add(a, Once, "once", 3_600_000)
    yield* Testing.settle
    yield* a.freeze
    yield* Testing.advance("31 seconds")
    const b = yield* start("b", { store: slow("abandonedTasks", 5_000) })
    yield* Effect.forkChild(b.stop)
    yield* Testing.advance("10 seconds")
    yield* start("c")
    yield* Testing.advance("1 minute")
    assert.strictEqual(yield* statusOf(taskId), "failed")
    assert.deepStrictEqual(yield* journal, ["a: once starts"])
  })

  test("that were claimed without an answer are given back by a process that stops before it finds out", function*() {
    const lost = Effect.fail(new TaskError.TaskStoreError({ operation: "claim", cause: "lost" }))
    const answers = [lost]
    const store = (store: typeof TaskStore.TaskStore.Service): typeof TaskStore.TaskStore.Service => ({
      ...store,
      claim: (claim) => Effect.tap(store.claim(claim), () => answers.pop() ?? Effect.void)
    })
    const a = yield* start("a", { store })
    const taskId = yield* add(a, Work, "x", 3_600_000)
    yield* Testing.settle
    assert.strictEqual(yield* statusOf(taskId), "running")
    const stopped = yield* Effect.forkChild(a.stop)
    yield* Testing.advance("5 seconds")
    yield* Fiber.join(stopped)
    assert.strictEqual(yield* statusOf(taskId), "queued")
    assert.deepStrictEqual(yield* journal, [])
  })

  test("that may be what their processes die of do not run for ever", function*() {
    const first = yield* start("1")
    const taskId = yield* add(first, Fatal, "fatal", 3_600_000)
    yield* Testing.settle
    yield* first.freeze
    for (const name of ["2", "3"]) {
      const next = yield* start(name)
      yield* Testing.advance("1 minute")
      yield* next.freeze
    }
    assert.strictEqual(yield* statusOf(taskId), "running")
    const last = yield* start("last")
    yield* Testing.advance("1 minute")
    const { attempt, error, status } = yield* last.manager.getTask(taskId)
    assert.deepStrictEqual({ attempt, status }, { attempt: 3, status: "failed" })
    assert.include(
      Option.getOrThrow(error).message,
      "is gone. So are the 2 before it: the task may be what they died of."
    )
    assert.strictEqual((yield* journal).filter((line) => line.endsWith("fatal starts")).length, 3)
  })

  test("that a dead process was asked to stop do not run again", function*() {
    const [a, b] = [yield* start("a"), yield* start("b")]
    const taskId = yield* add(a, Work, "x", 60_000)
    yield* Testing.settle
    yield* a.freeze
    // it hears what others say, as a process would whose handlers are stuck, but its clock stands still
    const deafened = yield* Effect.forkChild(b.manager.cancelTask(taskId, { grace: "1 hour" }))
    yield* Testing.advance("1 minute")
    assert.strictEqual((yield* Fiber.join(deafened)).status, "cancelled")
    assert.deepStrictEqual((yield* journal).filter((line) => line.endsWith("starts")), ["a: x starts"])
  })

  test("of a process keep running while it takes long to take over those of another one", function*() {
    const line = { isSlow: false }
    const slowly = (store: typeof TaskStore.TaskStore.Service) => ({
      ...store,
      abandonedTasks: (search: Parameters<typeof store.abandonedTasks>[0]) =>
        Effect.suspend(() => Effect.delay(store.abandonedTasks(search), line.isSlow ? "1 minute" : 0))
    })
    const a = yield* start("a", { store: slowly })
    const b = yield* start("b")
    yield* start("c")
    yield* add(a, Work, "x", 180_000)
    yield* Testing.advance("5 seconds")
    yield* b.freeze
    yield* Testing.advance("29 seconds")
    line.isSlow = true
    yield* Testing.advance("3 minutes")
    assert.deepStrictEqual(yield* journal, ["a: x starts", "a: x ends"])
  })
})
