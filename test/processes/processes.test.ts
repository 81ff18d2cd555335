import { assert, describe, it } from "@effect/vitest"
import { Recurrence, RecurringTask, type TaskError, TaskStore } from "brinjal"
import { Testing } from "brinjal/testing"
import { DateTime, Effect, Exit, Fiber, Logger, Stream } from "effect"
import {
  deaf,
  deafening,
  journal,
  lasting,
  layer,
  Once,
  Other,
  Parent,
  type Process,
  Single,
  start,
  type Store,
  Work
} from "./support.ts"

const test = (name: string, body: () => Generator<Effect.Effect<any, any, any>, void, never>) =>
  it.effect(name, () => Effect.scoped(Effect.gen(body)).pipe(Effect.provide(layer)) as Effect.Effect<void>)

const hourly = (millis = 0, more: object = {}) => ({
  recurrence: Recurrence.every("1 hour"),
  templateTask: Work.template(lasting("hourly", millis)),
  ...more
})

const addHourly = ({ manager, within }: Process, millis = 0, more: object = {}) =>
  within(manager.addRecurringTask({ recurringId: "hourly", ...hourly(millis, more) }))

const add = (
  { manager, within }: Process,
  task: typeof Work | typeof Single | typeof Once | typeof Other | typeof Parent,
  label: string,
  millis = 0
) => within(manager.addTaskToQueue((task as typeof Work).template(lasting(label, millis))))

const timeline = ({ within }: Process) =>
  Effect.map(
    within(Testing.timeline("hourly")),
    (text) => text === "" ? [] : text.replaceAll(/2026-01-01T(\d\d:\d\d):00Z/g, "$1").split("\n")
  )

const statusOf = (taskId: string): Effect.Effect<string | undefined, unknown, Store> =>
  Effect.map(TaskStore.TaskStore.use((store) => store.getTask(taskId)), (task) => task?.status)

const info = ({ manager }: Process) => manager.getRecurringTask("hourly")

/** What a process sees of a store that takes its time before it does what it is asked for. */
const late = (name: Call, millis: number) => (store: typeof TaskStore.TaskStore.Service) => {
  const call = store[name] as (call: unknown) => Effect.Effect<unknown>
  return { ...store, [name]: (about: unknown) => Effect.delay(Effect.suspend(() => call(about)), millis) }
}

type Call = "heartbeat" | "claim" | "abandonedTasks" | "insertTasks"

/** What a process sees of a store that takes its time with some answers: all but so many. */
const slow = (name: Call, millis: number, quick = 0) => (store: typeof TaskStore.TaskStore.Service) => {
  let calls = 0
  const call = store[name] as (call: unknown) => Effect.Effect<unknown>
  const answer = (about: unknown) =>
    Effect.tap(Effect.suspend(() => call(about)), () => calls++ < quick ? Effect.void : Effect.sleep(millis))
  return { ...store, [name]: answer }
}

describe("recurring tasks of several processes", () => {
  test("that declare the same: each occurrence starts once", function*() {
    const declares = RecurringTask.layer("hourly", hourly())
    const processes = yield* Effect.forEach(["a", "b", "c"], (name) => start(name, { declares }))
    yield* Testing.advance("10 hours")
    const expected = Array.from({ length: 10 }, (_, i) => `${String(i + 1).padStart(2, "0")}:00 Started done`)
    for (const process of processes) {
      assert.deepStrictEqual(yield* timeline(process), expected)
      assert.deepInclude(yield* info(process), { totalRuns: 10 })
    }
    assert.strictEqual((yield* journal).length, 20)
  })

  test("are decided at once, by the same one as long as it is there, and 250 ms later when it is not", function*() {
    const [a, b] = [yield* start("a"), yield* start("b")]
    yield* addHourly(a)
    yield* Testing.advanceTo("2026-01-01T05:59:50Z")
    const first = (yield* journal)[0]!.slice(0, 1)
    assert.deepStrictEqual(new Set((yield* journal).map((line) => line.slice(0, 1))), new Set([first]))
    yield* (first === "a" ? a : b).freeze
    yield* Testing.advance("11 seconds")
    const other = first === "a" ? b : a
    const [last] = yield* other.manager.outcomes("hourly", { limit: 1 })
    assert.strictEqual(DateTime.formatIso(last!.decidedAt), "2026-01-01T06:00:00.250Z")
    assert.strictEqual((yield* journal).at(-1)!.slice(0, 1), other.name)
  })

  test("that are added, changed, switched off, on and removed in one are so in all at once", function*() {
    const [a, b, c] = [yield* start("a"), yield* start("b"), yield* start("c")]
    yield* addHourly(a)
    yield* Testing.settle
    assert.strictEqual((yield* b.manager.getAllRecurringTasks).length, 1)
    yield* b.manager.updateRecurringTask("hourly", { recurrence: Recurrence.every("1 minute") })
    yield* Testing.advance("2 minutes")
    assert.deepInclude(yield* info(a), { totalRuns: 2 })
    yield* c.manager.disableRecurringTask("hourly", { note: "for now" })
    yield* Testing.settle
    assert.deepInclude(yield* info(b), { enabled: false, note: "for now" })
    yield* Testing.advance("1 hour")
    assert.deepInclude(yield* info(a), { totalRuns: 2 })
    yield* a.manager.enableRecurringTask("hourly")
    yield* Testing.advance("1 minute")
    assert.deepInclude(yield* info(c), { totalRuns: 3 })
    yield* b.manager.removeRecurringTask("hourly")
    yield* Testing.advance("1 hour")
    assert.deepStrictEqual(yield* c.manager.getAllRecurringTasks, [])
    assert.strictEqual((yield* journal).length, 6)
    const error = yield* Effect.flip(a.manager.triggerRecurringTask("hourly"))
    assert.strictEqual(error._tag, "RecurringTaskNotFound")
  })

  test("tell their changes to readers in every process", function*() {
    const [a, b] = [yield* start("a"), yield* start("b")]
    const seen: Array<string> = []
    yield* Effect.forkChild(Stream.runForEach(b.manager.events, (event) =>
      Effect.sync(() => {
        if (event._tag === "RecurringTaskUpdate") seen.push(`enabled ${event.recurringTask.enabled}`)
        if (event._tag === "RecurringTaskRemoved") seen.push("removed")
      })))
    yield* Testing.settle
    yield* addHourly(a)
    yield* Testing.settle
    yield* a.manager.disableRecurringTask("hourly")
    yield* Testing.settle
    yield* a.manager.removeRecurringTask("hourly")
    yield* Testing.settle
    assert.deepStrictEqual(seen, ["enabled true", "enabled false", "removed"])
  })

  test("count instances everywhere against maxConcurrent", function*() {
    const [a, b] = [yield* start("a"), yield* start("b")]
    yield* addHourly(a, 90 * 60_000)
    yield* Testing.advance("1 hour")
    for (const process of [a, b]) {
      const error = yield* Effect.flip(process.manager.triggerRecurringTask("hourly"))
      assert.strictEqual(error._tag, "RecurringTaskBusy")
    }
    yield* Testing.advance("3 hours")
    assert.deepStrictEqual(yield* timeline(b), [
      "01:00 Started done",
      "02:00 Skipped Overlap",
      "03:00 Started running",
      "04:00 Skipped Overlap"
    ])
  })

  test("start what waits for room as soon as an instance ends, wherever that was", function*() {
    const [a, b] = [yield* start("a"), yield* start("b")]
    yield* addHourly(a, 90 * 60_000, { overlap: "bufferOne" })
    yield* Testing.advance("1 hour")
    const runner = (yield* journal)[0]!.startsWith("a") ? a : b
    // the other one decides the next occurrence, while this one still runs the first
    yield* (runner === a ? b : a).manager.updateRecurringTask("hourly", { maxConcurrent: 1 })
    yield* Testing.advance("90 minutes")
    const [last] = yield* a.manager.outcomes("hourly", { limit: 1, outcome: "Started" })
    assert.strictEqual(DateTime.formatIso(last!.decidedAt), "2026-01-01T02:30:00.000Z")
  })

  test("cancel an instance that another process runs when a newer occurrence takes its place", function*() {
    for (const overlap of ["cancelOther", "terminateOther"]) {
      const without = yield* start("without", { handlers: [] })
      const withHandler = yield* start("with")
      yield* addHourly(without, 2 * 3_600_000, { overlap })
      yield* Testing.advance("3 hours")
      yield* Testing.advance("1 minute")
      const statuses = (yield* timeline(without)).map((line) => line.slice(6))
      assert.deepStrictEqual(statuses, ["Started cancelled", "Started cancelled", "Started running"])
      yield* without.manager.removeRecurringTask("hourly", { instances: "interrupt" })
      yield* Effect.all([without.stop, withHandler.stop])
    }
  })

  test("are changed by one of all who have seen the same version, also if they hear nothing of each other", function*() {
    const all = [
      yield* start("a", { store: deaf }),
      yield* start("b", { store: deaf }),
      yield* start("c", { store: deaf })
    ]
    yield* addHourly(all[0]!, 60_000)
    yield* Testing.advance("1 minute")
    for (const version of [1, 2, 3]) {
      const change = (process: Process, i: number) =>
        process.manager.updateRecurringTask("hourly", { maxConcurrent: 10 * version + i }, { version })
      const exits = yield* Effect.forEach(all, (process, i) => Effect.exit(change(process, i)), {
        concurrency: "unbounded"
      })
      assert.lengthOf(exits.filter(Exit.isSuccess), 1)
      for (const exit of exits.filter(Exit.isFailure)) assert.include(String(exit.cause), "RecurringTaskConflict")
    }
    for (const process of all) assert.strictEqual((yield* info(process)).version, 4)
  })

  for (const [who, store] of [["hear of it", {}], ["hear nothing", { store: deaf }]] as const) {
    test(`that come again under an id are other ones, also to those that ${who}`, function*() {
      const [a, b] = [yield* start("a", store), yield* start("b", store)]
      yield* addHourly(b)
      yield* Testing.advance("31 seconds")
      yield* a.manager.removeRecurringTask("hourly")
      const another = {
        recurrence: Recurrence.every("40 minutes"),
        templateTask: Work.template(lasting("the new one", 0))
      }
      yield* a.within(a.manager.addRecurringTask({ recurringId: "hourly", ...another }))
      yield* Testing.advance("31 seconds")
      yield* a.stop
      yield* Testing.advance("119 minutes")
      assert.deepStrictEqual(yield* timeline(b), ["00:40 Started done", "01:20 Started done", "02:00 Started done"])
      assert.deepStrictEqual(new Set(yield* journal), new Set(["b: the new one starts", "b: the new one ends"]))
    })

    test(`that come again switched off stay so, also where they were on before to those that ${who}`, function*() {
      const [a, b] = [yield* start("a", store), yield* start("b", store)]
      yield* addHourly(b)
      yield* Testing.advance("31 seconds")
      yield* a.manager.removeRecurringTask("hourly")
      yield* addHourly(a, 0, { enabled: false })
      yield* a.freeze
      yield* Testing.advance("3 hours")
      assert.deepStrictEqual(yield* timeline(b), [])
      assert.isFalse((yield* info(b)).enabled)
    })
  }

  const mortal = () => {
    const fate: { dead: string | undefined } = { dead: undefined }
    const dies = (name: string) => (store: typeof TaskStore.TaskStore.Service): typeof store => ({
      ...store,
      commit: (commit, retention) =>
        Effect.tap(store.commit(commit, retention), () => {
          if (fate.dead !== undefined || (commit.cancels ?? []).length === 0) return Effect.void
          fate.dead = name
          return Effect.never
        })
    })
    return { fate, dies }
  }

  for (const overlap of ["cancelOther", "terminateOther"] as const) {
    test(`stop what they are to, ${overlap}, when the decider dies before it has told anybody`, function*() {
      const { dies, fate } = mortal()
      const both = [yield* start("a", { store: dies("a") }), yield* start("b", { store: dies("b") })] as const
      yield* addHourly(both[0], 5 * 3_600_000, { overlap })
      yield* Testing.advance("2 hours")
      yield* Testing.advance("1 second")
      const [dead, other] = fate.dead === "a" ? both : [both[1], both[0]]
      yield* dead.freeze
      yield* Testing.advance("2 minutes")
      assert.deepStrictEqual(yield* timeline(other), ["01:00 Started cancelled", "02:00 Started running"])
    })

    test(`end what waits and is to stop, ${overlap}, when the decider dies before it has done so`, function*() {
      const { dies, fate } = mortal()
      const configuration = { pools: { single: 0 } }
      const both = [
        yield* start("a", { store: dies("a"), configuration }),
        yield* start("b", { store: dies("b"), configuration })
      ] as const
      yield* addHourly(both[0], 0, { overlap, templateTask: Single.template(lasting("hourly", 0)) })
      yield* Testing.advance("2 hours")
      yield* Testing.advance("1 second")
      const [dead, other] = fate.dead === "a" ? both : [both[1], both[0]]
      yield* dead.freeze
      yield* Testing.advance("2 minutes")
      assert.deepStrictEqual(yield* timeline(other), ["01:00 Started cancelled", "02:00 Started queued"])
    })
  }

  test("are decided once also while what makes room takes its time", function*() {
    const [a, _, c] = [yield* start("a"), yield* start("b"), yield* start("c")]
    yield* addHourly(a, 2 * 3_600_000, { overlap: "cancelOther", templateTask: Work.template(deafening("hourly")) })
    yield* Testing.advance("2 hours")
    const stored = TaskStore.TaskStore.use((store) => store.getConfig("hourly"))
    const decided = (yield* stored)?.record.version
    yield* Testing.advance("9 seconds")
    assert.strictEqual((yield* stored)?.record.version, decided)
    yield* Testing.advance("2 seconds")
    assert.deepStrictEqual(yield* timeline(c), ["01:00 Started cancelled", "02:00 Started running"])
  })

  test("are read from the queue before their process knows what it has decided, and run once", function*() {
    const store = (store: typeof TaskStore.TaskStore.Service) => ({
      ...store,
      commit: (...decided: Parameters<typeof store.commit>) =>
        Effect.tap(store.commit(...decided), () => Effect.sleep(500))
    })
    const a = yield* start("a", { store })
    const b = yield* start("b", { handlers: [] })
    yield* addHourly(a, 1_800_000, { maxConcurrent: 2 })
    yield* Testing.advance("1 hour")
    yield* add(b, Work, "y")
    yield* Testing.advance("1 minute")
    assert.deepStrictEqual((yield* journal).filter((line) => line.endsWith("hourly starts")), ["a: hourly starts"])
  })

  test("are removed with their instances, wherever these run", function*() {
    const without = yield* start("without", { handlers: [] })
    yield* start("with")
    yield* addHourly(without, 3_600_000)
    yield* Testing.advance("1 hour")
    const [running] = yield* without.manager.searchTasks({ status: "running" })
    yield* without.manager.removeRecurringTask("hourly", { instances: "interrupt" })
    assert.strictEqual(yield* statusOf(running!.taskId), "cancelled")
  })

  test("pause after failures in a row, whoever they failed in", function*() {
    const [a, b] = [yield* start("a"), yield* start("b")]
    yield* addHourly(a, 0, {
      pauseAfterFailures: 3,
      templateTask: Work.template(lasting("hourly", 0, "broken"))
    })
    yield* Testing.advance("10 hours")
    for (const process of [a, b]) {
      assert.deepInclude(yield* info(process), { enabled: false, consecutiveFailures: 3, totalRuns: 3 })
    }
  })

  test("that are declared by some and not by others live side by side", function*() {
    const a = yield* start("a", { declares: RecurringTask.layer("hourly", hourly()), handlers: ["Work"] })
    const b = yield* start("b", {
      declares: RecurringTask.layer("other", {
        recurrence: Recurrence.every("1 hour"),
        templateTask: Other.template(lasting("other", 0))
      }),
      handlers: ["Other"]
    })
    yield* Testing.advance("2 hours")
    assert.deepStrictEqual([...yield* journal].sort(), [
      "a: hourly ends",
      "a: hourly ends",
      "a: hourly starts",
      "a: hourly starts",
      "b: other ends",
      "b: other ends",
      "b: other starts",
      "b: other starts"
    ])
    yield* a.stop
    yield* Testing.advance("1 hour")
    // decided by the process that is there, and left queued for one that can run it
    assert.deepStrictEqual((yield* timeline(b)).at(-1), "03:00 Started queued")
    yield* start("a again", { handlers: ["Work"] })
    assert.deepStrictEqual((yield* timeline(b)).at(-1), "03:00 Started done")
  })

  test("are adopted by one that adds the same, and not by one that adds another one under the id", function*() {
    const a = yield* start("a")
    yield* addHourly(a)
    const b = yield* start("b")
    yield* addHourly(b)
    const error = yield* Effect.flip(addHourly(b, 0, { maxConcurrent: 7 }))
    assert.strictEqual((error as TaskError.RecurringTaskExists)._tag, "RecurringTaskExists")
  })
})

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

  test("of a frozen process run again elsewhere, and what it says later does not count", function*() {
    const a = yield* start("a")
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
})

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

describe("a process whose clock is ahead by more than a lease", () => {
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
})
