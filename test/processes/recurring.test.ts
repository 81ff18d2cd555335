import { assert, describe } from "@effect/vitest"
import { Recurrence, RecurringTask, type TaskError, TaskStore } from "brinjal"
import { Testing } from "brinjal/testing"
import { DateTime, Effect, Exit, Stream } from "effect"
import {
  add,
  addHourly,
  deaf,
  deafening,
  hourly,
  info,
  journal,
  lasting,
  Other,
  type Process,
  Single,
  start,
  statusOf,
  test,
  timeline,
  Work
} from "./support.ts"

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

  test("are not changed by one that has stopped, whose callers are told so, and may still read them", function*() {
    const a = yield* start("a")
    yield* start("b")
    yield* addHourly(a)
    yield* a.stop
    const { manager } = a
    const refused = [
      manager.enableRecurringTask("hourly"),
      manager.disableRecurringTask("hourly"),
      manager.removeRecurringTask("hourly"),
      manager.triggerRecurringTask("hourly"),
      a.within(manager.updateRecurringTask("hourly", { maxConcurrent: 2 }))
    ].map((change: Effect.Effect<unknown, { readonly _tag: string }>) => Effect.flip(Effect.asVoid(change)))
    for (const error of refused) assert.strictEqual((yield* error)._tag, "TaskManagerStopped")
    assert.strictEqual((yield* manager.explain("hourly", "2026-01-01T01:00:00Z")).recurringId, "hourly")
  })
})
