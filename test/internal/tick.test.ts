import { assert, describe, it } from "@effect/vitest"
import { Task, TaskEvents, TaskManager, TaskRegistry, TaskStore, Ticker } from "brinjal"
import { Testing } from "brinjal/testing"
import { Effect, Layer, Logger, Stream, Tracer } from "effect"
import { make } from "../../src/internal/manager.ts"

class Work extends Task.make("Work", {}) {}

const manager = TaskManager.TaskManager

const hourly = { recurringId: "hourly", cronExpression: "0 * * * *", templateTask: Work.template({}) }

const during = <A, E>(program: Effect.Effect<A, E, TaskManager.TaskManager>) =>
  Work.toLayer(Effect.fnUntraced(function*() {
    yield* Effect.orDie(program)
  })).pipe(Layer.provideMerge(Testing.layer))

/** All there is to be seen of three runs, but for ids. */
const threeRuns = Effect.gen(function*() {
  const { addRecurringTask, events, getRecurringTask, outcomes, searchTasks } = yield* manager
  const seen: Array<string> = []
  yield* Effect.forkScoped(
    Stream.runForEach(
      events,
      (event) => Effect.sync(() => void seen.push(event._tag === "TaskUpdate" ? event.status : event._tag))
    )
  )
  yield* addRecurringTask(hourly)
  yield* Testing.advance("3 hours")
  const withoutId = <A extends object>(one: A) => ({ ...one, taskId: "" })
  return {
    seen,
    info: yield* getRecurringTask("hourly"),
    outcomes: (yield* outcomes("hourly")).map(withoutId),
    tasks: (yield* searchTasks()).map(withoutId)
  }
})

describe("the tick of a manager in memory", () => {
  it.effect("does what the loop does, which decides where there are spans", () => {
    const live = during(Effect.void)
    return Effect.gen(function*() {
      const ticked = yield* Effect.provide(threeRuns, live, { local: true })
      const tracer = Layer.succeed(Tracer.Tracer, Tracer.make({ span: (options) => new Tracer.NativeSpan(options) }))
      const looped = yield* Effect.provide(threeRuns, Layer.provide(live, tracer), { local: true })
      assert.deepStrictEqual([ticked.outcomes.length, ticked.tasks.length], [3, 3])
      assert.deepStrictEqual(ticked, looped)
    })
  })

  it.effect("ends before a change that the program asks for is made", () =>
    Effect.gen(function*() {
      const { addRecurringTask, getRecurringTask, outcomes } = yield* manager
      yield* addRecurringTask(hourly)
      yield* Testing.advance("3 hours")
      assert.isFalse((yield* getRecurringTask("hourly")).enabled)
      assert.deepStrictEqual((yield* outcomes("hourly")).map(({ outcome }) => outcome), ["Started"])
    }).pipe(Effect.provide(during(manager.use(({ disableRecurringTask }) => disableRecurringTask("hourly"))))))

  it.effect("is the last one of a recurring task that its program removes", () => {
    let runs = 0
    const removal = manager.use(({ removeRecurringTask }) => {
      runs++
      return removeRecurringTask("hourly")
    })
    return Effect.gen(function*() {
      const { addRecurringTask, getAllRecurringTasks } = yield* manager
      yield* addRecurringTask(hourly)
      yield* Testing.advance("3 hours")
      assert.lengthOf(yield* getAllRecurringTasks, 0)
      assert.strictEqual(runs, 1)
    }).pipe(Effect.provide(during(removal)))
  })

  it.effect("pauses what fails at once", () =>
    Effect.gen(function*() {
      const { addRecurringTask, getRecurringTask } = yield* manager
      yield* addRecurringTask({ ...hourly, pauseAfterFailures: 2 })
      yield* Testing.advance("5 hours")
      const { enabled, totalRuns } = yield* getRecurringTask("hourly")
      assert.deepStrictEqual({ enabled, totalRuns }, { enabled: false, totalRuns: 2 })
    }).pipe(Effect.provide(during(Effect.die("oh no")))))

  it.effect("survives a bug: the loop goes on a little later", () => {
    let bugs = 0
    const withBug = (events: typeof TaskEvents.TaskEvents.Service): typeof TaskEvents.TaskEvents.Service => ({
      ...events,
      publish: (make) => {
        if (bugs-- > 0) throw new Error("a bug")
        events.publish(make)
      }
    })
    const live = Work.toLayer(() => Effect.void).pipe(
      Layer.provideMerge(Layer.effect(manager, make({}))),
      Layer.provide([
        Layer.effect(TaskEvents.TaskEvents, Effect.map(TaskEvents.TaskEvents, withBug)).pipe(
          Layer.provide(TaskEvents.layer)
        ),
        Ticker.layer,
        TaskStore.layerMemory
      ]),
      Layer.provide(TaskRegistry.layer),
      Layer.provideMerge(Testing.layerClock()),
      Layer.provide(Logger.layer([]))
    )
    return Effect.gen(function*() {
      const { addRecurringTask, outcomes } = yield* manager
      yield* addRecurringTask(hourly)
      bugs = 1
      yield* Testing.advance("1 hour")
      yield* Testing.advance("2 hours")
      assert.strictEqual((yield* outcomes("hourly")).length, 3)
    }).pipe(Effect.provide(live))
  })
})
