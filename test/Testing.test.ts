import { assert, describe, it } from "@effect/vitest"
import { Recurrence, Task, TaskManager, TaskStore } from "brinjal"
import { TaskStoreSql } from "brinjal/sql"
import { SqliteClient } from "brinjal/sqlite"
import { Testing } from "brinjal/testing"
import { Clock, DateTime, Deferred, Effect, Fiber, Layer, Logger, Scheduler, Schema } from "effect"
import * as Fs from "node:fs/promises"
import * as clock from "../src/testing/internal/clock.ts"

class Work extends Task.make("Work", { payload: { seconds: Schema.Int } }) {}

const WorkLive = Work.toLayer(({ seconds }) => Effect.sleep(`${seconds} seconds`))

const layer = WorkLive.pipe(Layer.provideMerge(Testing.layer))

const now = Effect.map(DateTime.now, DateTime.formatIso)

describe("Testing", () => {
  it.effect("begins at New Year 2026, or when told", () =>
    Effect.gen(function*() {
      const told = Effect.provide(now, Testing.layerAt("2030-06-01T12:00:00+02:00"))
      assert.strictEqual(yield* Effect.provide(now, Testing.layer), "2026-01-01T00:00:00.000Z")
      assert.strictEqual(yield* told, "2030-06-01T10:00:00.000Z")
    }))

  it.effect("advance and advanceTo let time pass", () =>
    Effect.gen(function*() {
      const sleeper = yield* Effect.forkChild(Effect.andThen(Effect.sleep("90 minutes"), now))
      yield* Testing.advance("1 hour")
      assert.isUndefined(sleeper.pollUnsafe())
      yield* Testing.advanceTo("2026-01-02")
      assert.strictEqual(yield* Fiber.join(sleeper), "2026-01-01T01:30:00.000Z")
      assert.strictEqual(yield* now, "2026-01-02T00:00:00.000Z")
    }).pipe(Effect.provide(layer)))

  it.effect("a test that waits while time stands still is told so, once it waits for nothing outside", () =>
    Effect.gen(function*() {
      const warned = yield* Deferred.make<unknown>()
      const inTime = yield* Deferred.make<void>()
      const logger = Logger.make(({ message }) => Deferred.doneUnsafe(warned, Effect.succeed(message)))
      const hasty = clock.ordinary(yield* Clock.Clock, () => Effect.yieldNow)
      const surroundings = Layer.mergeAll(Logger.layer([logger]), Layer.succeed(Clock.Clock, hasty))
      yield* Effect.gen(function*() {
        const manager = yield* TaskManager.TaskManager
        yield* Effect.forkChild(Testing.outside(Deferred.await(inTime)))
        yield* Effect.forkChild(manager.run(Work.template({ seconds: 1 })))
        for (let turns = 0; turns < 20; turns++) yield* Effect.yieldNow
        assert.isFalse(yield* Deferred.isDone(warned))
        yield* Deferred.succeed(inTime, undefined)
        assert.include(String(yield* Deferred.await(warned)), "Let time pass with Testing.advance")
      }).pipe(Effect.provide(layer.pipe(Layer.provide(surroundings))))
    }))

  it.effect("fractions of milliseconds add up", () =>
    Effect.gen(function*() {
      const sleeper = yield* Effect.forkChild(Effect.repeat(Effect.sleep(0.1), { times: 29 }))
      yield* Testing.advance("3 millis")
      assert.isDefined(sleeper.pollUnsafe())
      yield* Testing.advance(500.1)
      assert.strictEqual(yield* Clock.monotonicTimeNanos, 503_100_000n)
      assert.strictEqual(yield* Clock.currentTimeNanos, 1_767_225_600_503_100_000n)
      yield* Testing.advanceTo("2026-01-01T00:00:01Z")
      assert.strictEqual(yield* Clock.monotonicTimeNanos, 1_000_000_000n)
    }).pipe(Effect.provide(layer)))

  it.effect("a year passes without a turn for every look at the clock, of which there are a million", () => {
    let turns = 0
    const counting = new Scheduler.MixedScheduler("async", (run) => {
      turns++
      const turn = setImmediate(run)
      return () => clearImmediate(turn)
    })
    return Effect.gen(function*() {
      const manager = yield* TaskManager.TaskManager
      const templateTask = Work.template({ seconds: 60 })
      yield* manager.addRecurringTask({ recurringId: "work", cronExpression: "0 0 1 1 *", templateTask })
      yield* Testing.advance("366 days")
      assert.strictEqual((yield* manager.getRecurringTask("work")).totalRuns, 1)
      assert.isBelow(turns, 10_000)
    }).pipe(Effect.provide(layer), Effect.provideService(Scheduler.Scheduler, counting))
  })

  it.effect("advanceTo does not go back", () =>
    Effect.gen(function*() {
      const exit = yield* Effect.exit(Testing.advanceTo("2025-12-31"))
      assert.include(String(exit), "is in the past")
    }).pipe(Effect.provide(layer)))

  it.effect("stepClock moves the wall clock and wakes nobody", () =>
    Effect.gen(function*() {
      const sleeper = yield* Effect.forkChild(Effect.andThen(Effect.sleep("10 minutes"), now))
      yield* Testing.advance("1 minute")
      yield* Testing.stepClock("6 hours")
      assert.strictEqual(yield* now, "2026-01-01T06:01:00.000Z")
      yield* Testing.advance("8 minutes")
      assert.isUndefined(sleeper.pollUnsafe())
      yield* Testing.stepClock("-12 hours")
      yield* Testing.advance("1 minute")
      assert.strictEqual(yield* Fiber.join(sleeper), "2025-12-31T18:10:00.000Z")
    }).pipe(Effect.provide(layer)))

  it.effect("skewTimers makes timers end around their time, and not all at the same distance", () =>
    Effect.gen(function*() {
      yield* Testing.skewTimers({ early: "5 millis", late: "5 millis" })
      const lengths = yield* Effect.forkChild(
        Effect.replicateEffect(200)(
          Effect.gen(function*() {
            const before = yield* Clock.currentTimeMillis
            yield* Effect.sleep("1 second")
            return (yield* Clock.currentTimeMillis) - before
          })
        )
      )
      yield* Testing.advance("5 minutes")
      const all = yield* Fiber.join(lengths)
      assert.strictEqual(Math.min(...all), 995)
      assert.strictEqual(Math.max(...all), 1005)
      assert.isAbove(new Set(all).size, 5)
    }).pipe(Effect.provide(layer)))

  it.effect("runUntilIdle lets pass as much time as the tasks need", () =>
    Effect.gen(function*() {
      const manager = yield* TaskManager.TaskManager
      yield* Testing.runUntilIdle()
      assert.strictEqual(yield* now, "2026-01-01T00:00:00.000Z")
      for (const seconds of [5, 100, 0, 20]) yield* manager.addTaskToQueue(Work.template({ seconds }))
      yield* Testing.runUntilIdle()
      assert.strictEqual(yield* now, "2026-01-01T00:01:40.000Z")
      const tasks = yield* manager.getAllTasks
      assert.deepStrictEqual(tasks.map(({ status }) => status), ["done", "done", "done", "done"])
    }).pipe(Effect.provide(layer)))

  it.effect("runUntilIdle says which tasks do not end", () =>
    Effect.gen(function*() {
      const manager = yield* TaskManager.TaskManager
      const taskId = yield* manager.addTaskToQueue(Work.template({ seconds: 7200 }))
      const late = yield* Effect.flip(Testing.runUntilIdle({ limit: "1 hour" }))
      assert.strictEqual(
        late.message,
        `These tasks have not ended after 1h, and their time is up:\n  Work ${taskId} is running\n` +
          "The option limit of Testing.runUntilIdle gives them more."
      )
    }).pipe(Effect.provide(layer)))

  it.effect("runUntilIdle does not wait for what time does not bring", () =>
    Effect.gen(function*() {
      const manager = yield* TaskManager.TaskManager
      const taskId = yield* manager.addTaskToQueue(Work.template({ seconds: 1 }))
      const stuck = yield* Effect.flip(Testing.runUntilIdle())
      assert.strictEqual(stuck._tag, "TasksStillLive")
      assert.strictEqual(
        stuck.message,
        "These tasks have not ended after 0s, and nothing sleeps any more: they wait for something other than time:\n" +
          `  Work ${taskId} is running\n` +
          "Mark what waits for the outside world, such as a file or a socket, with Testing.outside."
      )
    }).pipe(Effect.provide(
      Work.toLayer(() => Effect.flatMap(Deferred.make<void>(), Deferred.await)).pipe(Layer.provideMerge(Testing.layer))
    )))

  it.effect("outside marks what waits for the world, so that time waits for it", () =>
    Effect.gen(function*() {
      const manager = yield* TaskManager.TaskManager
      const taskId = yield* manager.addTaskToQueue(Work.template({ seconds: 60 }))
      yield* Testing.runUntilIdle()
      assert.strictEqual((yield* manager.getTask(taskId)).status, "done")
      assert.strictEqual(yield* now, "2026-01-01T00:01:00.000Z")
    }).pipe(Effect.provide(
      Work.toLayer(({ seconds }) =>
        Testing.outside(Effect.promise(() => Fs.readFile(import.meta.filename))).pipe(
          Effect.andThen(Effect.sleep(`${seconds} seconds`))
        )
      ).pipe(Layer.provideMerge(Testing.layer))
    )))

  it.effect("layerOver puts a manager over any store", () =>
    Effect.gen(function*() {
      const manager = yield* TaskManager.TaskManager
      const taskId = yield* manager.addTaskToQueue(Work.template({ seconds: 60 }))
      yield* Testing.runUntilIdle()
      const store = yield* TaskStore.TaskStore
      assert.strictEqual((yield* store.getTask(taskId))?.status, "done")
    }).pipe(Effect.provide(WorkLive.pipe(Layer.provideMerge(Testing.layerOver(TaskStore.layerMemory))))))

  it.effect("layerOver keeps what a process queues for others, if the store is a database", () =>
    Effect.gen(function*() {
      const manager = yield* TaskManager.TaskManager
      const taskId = yield* manager.addTaskToQueue(Work.template({ seconds: 60 }))
      yield* Testing.advance("1 hour")
      assert.strictEqual((yield* manager.getTask(taskId)).status, "queued")
    }).pipe(Effect.provide(Work.handledElsewhere.pipe(
      Layer.provideMerge(Testing.layerOver(
        TaskStoreSql.layer.pipe(Layer.provide(SqliteClient.layer({ filename: ":memory:" })))
      ))
    ))))

  it.effect("a process that queues for others is tested with a handler that succeeds, or told so", () =>
    Effect.gen(function*() {
      const manager = yield* TaskManager.TaskManager
      const queued = manager.addTaskToQueue(Work.template({ seconds: 60 }))
      const refused = yield* Effect.flip(Effect.provide(queued, Work.handledElsewhere))
      assert.include(refused.message, "Work.handledElsewhere is enough only to queue the task on a database")
      const taskId = yield* Effect.provide(
        Effect.tap(queued, Testing.runUntilIdle()),
        Work.toLayer(() => Effect.void)
      )
      assert.strictEqual((yield* manager.getTask(taskId)).status, "done")
    }).pipe(Effect.provide(Testing.layer)))

  it.effect("a test may end while a task runs, whatever its finalizers wait for", () =>
    Effect.gen(function*() {
      const manager = yield* TaskManager.TaskManager
      yield* manager.addTaskToQueue(Work.template({ seconds: 60 }))
      yield* Testing.settle
    }).pipe(Effect.provide(
      Work.toLayer(({ seconds }) => Effect.onInterrupt(Effect.never, () => Effect.sleep(`${seconds} seconds`))).pipe(
        Layer.provideMerge(Testing.layer)
      )
    )))

  it.effect("timeline shows what happened to each occurrence", () =>
    Effect.gen(function*() {
      const manager = yield* TaskManager.TaskManager
      yield* manager.addRecurringTask({
        recurringId: "work",
        recurrence: Recurrence.every("1 hour"),
        templateTask: Work.template({ seconds: 4_200 }),
        runImmediately: true
      })
      yield* Testing.advance("190 minutes")
      yield* Testing.stepClock("3 hours")
      yield* Testing.advance("2 minutes")
      yield* manager.disableRecurringTask("work")
      yield* Testing.advance("70 minutes")
      yield* manager.enableRecurringTask("work")
      yield* manager.triggerRecurringTask("work")
      yield* Testing.settle
      assert.strictEqual(
        yield* Testing.timeline("work"),
        [
          "2026-01-01T00:00:00Z Started done by registration",
          "2026-01-01T01:00:00Z Skipped Overlap",
          "2026-01-01T02:00:00Z Started done",
          "2026-01-01T03:00:00Z Skipped Overlap",
          "2026-01-01T04:00:00Z .. 2026-01-01T05:00:00Z (2) Absorbed into 2026-01-01T06:00:00Z",
          "2026-01-01T06:00:00Z Started done covers 2",
          "2026-01-01T07:00:00Z Skipped Disabled",
          "2026-01-01T07:22:00Z Started running by manual"
        ].join("\n")
      )
    }).pipe(Effect.provide(layer)))

  it.effect("a test without the kit's clock is told so", () =>
    Effect.gen(function*() {
      assert.include(String(yield* Effect.exit(Testing.advance("1 hour"))), "Provide Testing.layer")
    }))
})
