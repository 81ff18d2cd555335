import { assert, describe, it } from "@effect/vitest"
import { Health, Recurrence, Task, TaskError, TaskManager, TaskStore } from "brinjal"
import { Testing } from "brinjal/testing"
import { Context, Effect, Exit, Fiber, Layer, Option, Schedule, Schema, Scope } from "effect"
import * as processes from "./support.ts"

type State = "up" | "down" | "silent" | "half" | "mute" | "stuck"

/** A switch between a manager and its store. */
class Line extends Context.Service<Line, { is: State; loses: string }>()("test/Line") {}

const refused = (operation: string) =>
  new TaskError.TaskStoreError({ operation, cause: new Error("connection refused") })

/**
 * A store behind a line: down, all fails; silent, nothing is ever answered; half, all is done, and the answer of what
 * it `loses` is lost; mute, that is done and never answered; stuck, a look at a task never ends, whoever wants to stop
 * it.
 */
const behind = (store: typeof TaskStore.TaskStore.Service, line: typeof Line.Service) => {
  const answered = (name: string, value: Effect.Effect<unknown>) => {
    switch (line.is) {
      case "up":
        return value
      case "down":
        return Effect.fail(refused(name))
      case "silent":
        return Effect.never
      case "half":
        return name === line.loses ? Effect.andThen(value, Effect.fail(refused(name))) : value
      case "mute":
        return name === line.loses ? Effect.andThen(value, Effect.never) : value
      case "stuck":
        return name === "getTask" ? Effect.uninterruptible(Effect.never) : value
    }
  }
  const through = (name: string, value: unknown): unknown => {
    if (Effect.isEffect(value)) return Effect.suspend(() => answered(name, value as Effect.Effect<unknown>))
    return typeof value === "function" ? (...args: ReadonlyArray<unknown>) => through(name, value(...args)) : value
  }
  const kept = new Set(["announcements", "announce", "afterCommit"])
  const members = Object.entries(store).map(([name, value]) => [name, kept.has(name) ? value : through(name, value)])
  return { ...Object.fromEntries(members), durable: true } as typeof TaskStore.TaskStore.Service
}

const store = Layer.effect(
  TaskStore.TaskStore,
  Effect.gen(function*() {
    return behind(yield* TaskStore.TaskStore, yield* Line)
  })
).pipe(Layer.provide(TaskStore.layerMemory))

class Work extends Task.make("Work", { payload: { millis: Schema.Finite }, success: Schema.String }) {}

class Narrow extends Task.make("Narrow", { payload: { millis: Schema.Finite }, semaphore: "narrow" }) {}

class NotYet extends Schema.TaggedError<NotYet>()("NotYet", {}) {}

class Flaky extends Task.make("Flaky", {
  error: NotYet,
  retry: Schedule.upTo(Schedule.spaced("1 second"), { times: 3 })
}) {}

const FlakyLive = Flaky.toLayer(() =>
  Effect.gen(function*() {
    const { attempt } = yield* Task.CurrentTask
    if ((yield* attempt) === 1) return yield* new NotYet()
  })
)

const WorkLive = Work.toLayer(({ millis }) => Effect.as(Effect.sleep(millis), "done"))

/** Its handler comes and goes. */
class Passing extends Task.make("Passing", {}) {}

class Broken extends Task.make("Broken", {}) {}

const BrokenLive = Broken.toLayer(() => Effect.andThen(Effect.sleep(1_000), Effect.die(new Error("it is broken"))))

const NarrowLive = Narrow.toLayer(({ millis }) => Effect.sleep(millis))

const layer = Layer.mergeAll(WorkLive, FlakyLive, BrokenLive, NarrowLive).pipe(
  Layer.provideMerge(TaskManager.layer),
  Layer.provide(TaskManager.configure({ pools: { narrow: 1 } })),
  Layer.provideMerge(store),
  Layer.provideMerge(Layer.sync(Line, (): typeof Line.Service => ({ is: "up", loses: "update" }))),
  Layer.provideMerge(Testing.layerClock())
)

const switchTo = (is: State) => Line.use((line) => Effect.sync(() => void (line.is = is)))

/** What is lost while the line is `half` or `mute`. */
const lose = (name: string) => Line.use((line) => Effect.sync(() => void (line.loses = name)))

const test = (name: string, body: () => Generator<Effect.Effect<any, any, any>, void, never>) =>
  it.effect(name, () => Effect.scoped(Effect.gen(body)).pipe(Effect.provide(layer)) as Effect.Effect<void>)

describe("trouble with the store", () => {
  test("refuses new work with a typed error, and lets running work go on and end", function*() {
    const { addTaskToQueue, getTask, health } = yield* TaskManager.TaskManager
    const taskId = yield* addTaskToQueue(Work.template({ millis: 5_000 }))
    yield* Testing.advance("1 second")
    yield* switchTo("down")
    const error = yield* Effect.flip(addTaskToQueue(Work.template({ millis: 0 })))
    assert.deepInclude(error, { _tag: "TaskStoreError", operation: "insertTasks" })
    yield* Testing.advance("1 minute")
    const sick = yield* health
    assert.deepInclude(sick, { storeReachable: false })
    assert.isTrue(Option.isSome(sick.storeFailingSince))
    assert.strictEqual(Option.getOrThrow(sick.lastStoreFailure).message, "connection refused")
    assert.isFalse(Health.isReady(sick))
    yield* switchTo("up")
    yield* Testing.advance("10 seconds")
    assert.strictEqual((yield* getTask(taskId)).status, "done")
    const well = yield* health
    assert.isTrue(Health.isReady(well))
    assert.deepInclude(well, { storeReachable: true, processes: 1, running: 0, waiting: 0 })
  })

  test("is reported within three seconds even if a query that hangs cannot be interrupted", function*() {
    const { health } = yield* TaskManager.TaskManager
    yield* switchTo("stuck")
    const asking = yield* Effect.forkChild(health)
    yield* Testing.advance("3 seconds")
    assert.include(JSON.stringify(asking.pollUnsafe()), "\"storeReachable\":false")
  })

  test("does not outlast itself for those that stay when a handler goes meanwhile", function*() {
    const { addTaskToQueue, getTask, health } = yield* TaskManager.TaskManager
    const scope = yield* Scope.make()
    const context = yield* Layer.buildWithScope(Passing.toLayer(() => Effect.never), scope)
    yield* Effect.provideContext(addTaskToQueue(Passing.template()), context)
    const taskId = yield* addTaskToQueue(Work.template({ millis: 5_000 }))
    yield* Testing.advance("1 second")
    yield* switchTo("down")
    const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void))
    yield* Testing.advance("2 minutes")
    yield* Fiber.join(closing)
    yield* switchTo("up")
    yield* Testing.advance("30 seconds")
    assert.deepInclude(yield* getTask(taskId), { status: "done", attempt: 1 })
    assert.isTrue(Health.isReady(yield* health))
  })

  test("loses no occurrence, and needs nobody to go on", function*() {
    const { addRecurringTask, outcomes } = yield* TaskManager.TaskManager
    yield* addRecurringTask({
      recurringId: "minutely",
      recurrence: Recurrence.every("1 minute"),
      templateTask: Work.template({ millis: 0 })
    })
    yield* Testing.advance("150 seconds")
    yield* switchTo("down")
    yield* Testing.advance("3 minutes")
    yield* switchTo("up")
    yield* Testing.advance("1 minute")
    const all = [...yield* outcomes("minutely")].reverse()
    assert.strictEqual(all.reduce((sum, { count }) => sum + count, 0), 6)
    assert.strictEqual(all.at(-1)!.outcome, "Started")
  })

  test("answers a change in time, also while the loop of the recurring task tries to decide", function*() {
    const { addRecurringTask, disableRecurringTask, updateRecurringTask } = yield* TaskManager.TaskManager
    yield* addRecurringTask({
      recurringId: "minutely",
      recurrence: Recurrence.every("1 minute"),
      templateTask: Work.template({ millis: 0 })
    })
    yield* switchTo("down")
    yield* Testing.advance("90 seconds")
    assert.strictEqual(
      (yield* Effect.flip(updateRecurringTask("minutely", { maxConcurrent: 2 })))._tag,
      "TaskStoreError"
    )
    yield* switchTo("up")
    yield* Testing.advance("10 seconds")
    assert.isFalse((yield* disableRecurringTask("minutely")).enabled)
  })

  test("does not wait for a store that says nothing", function*() {
    const { addTaskToQueue, health } = yield* TaskManager.TaskManager
    yield* switchTo("silent")
    const waiting = yield* Effect.forkChild(Effect.exit(addTaskToQueue(Work.template({ millis: 0 }))))
    const asking = yield* Effect.forkChild(health)
    yield* Testing.advance("11 seconds")
    const exit = waiting.pollUnsafe()
    assert.include(String(Exit.isExit(exit) && Exit.isSuccess(exit) ? exit.value : exit), "TaskStoreError")
    assert.include(JSON.stringify(asking.pollUnsafe()), "\"storeReachable\":false")
    yield* switchTo("up")
  })

  test("gives the work of a key as long as it takes, and itself as long as any other answer", function*() {
    const { once } = yield* TaskManager.TaskManager
    const slow = Effect.as(Effect.sleep("1 minute"), "done")
    const working = yield* Effect.forkChild(once({ key: "slow" }, slow))
    yield* Testing.advance("1 minute")
    assert.strictEqual(yield* Fiber.join(working), "done")
    yield* lose("once")
    yield* switchTo("mute")
    const waiting = yield* Effect.forkChild(Effect.flip(once({ key: "lost" }, slow)))
    yield* Testing.advance("69 seconds")
    assert.isUndefined(waiting.pollUnsafe())
    yield* Testing.advance("1 second")
    assert.strictEqual((yield* Fiber.join(waiting))._tag, "TaskStoreError")
  })

  test("does not end a task whose next attempt was written down though nobody was told", function*() {
    const { addTaskToQueue, getTask } = yield* TaskManager.TaskManager
    const taskId = yield* addTaskToQueue(Flaky.template({}))
    yield* Testing.advance("999 millis")
    yield* switchTo("half")
    yield* Testing.advance("2 millis")
    yield* switchTo("up")
    yield* Testing.advance("10 seconds")
    assert.deepInclude(yield* getTask(taskId), { status: "done", attempt: 2 })
  })

  test("runs an instance that was written down as running though nobody was told, once", function*() {
    const { addRecurringTask, getRecurringTask, outcomes, searchTasks } = yield* TaskManager.TaskManager
    yield* addRecurringTask({
      recurringId: "minutely",
      recurrence: Recurrence.every("1 minute"),
      templateTask: Work.template({ millis: 1_000 })
    })
    yield* Testing.advance("59 seconds")
    yield* lose("commit")
    yield* switchTo("half")
    yield* Testing.advance("1 second")
    const [left] = yield* searchTasks({ status: "running" })
    assert.isDefined(left)
    yield* switchTo("up")
    yield* Testing.advance("5 seconds")
    const [again] = yield* searchTasks({})
    assert.deepInclude(again, { taskId: left!.taskId, status: "done", attempt: 2 })
    yield* Testing.advance("1 minute")
    assert.deepStrictEqual((yield* outcomes("minutely")).map(({ status }) => Option.getOrNull(status)), [
      "done",
      "done"
    ])
    assert.deepInclude(yield* getRecurringTask("minutely"), { totalRuns: 2 })
  })

  test("keeps a recurring task on its schedule that was added though nobody was told", function*() {
    const { addRecurringTask, getRecurringTask } = yield* TaskManager.TaskManager
    const add = (recurringId: string) =>
      addRecurringTask({
        recurringId,
        recurrence: Recurrence.every("1 minute"),
        templateTask: Work.template({ millis: 0 })
      })
    yield* lose("insertConfig")
    yield* switchTo("half")
    assert.strictEqual((yield* Effect.flip(add("failed")))._tag, "TaskStoreError")
    yield* switchTo("mute")
    const interrupted = yield* Effect.forkChild(add("interrupted"))
    yield* Testing.settle
    yield* Fiber.interrupt(interrupted)
    yield* lose("configVersions")
    yield* switchTo("half")
    yield* Testing.advance("45 seconds")
    yield* switchTo("up")
    yield* Testing.advance("2 minutes")
    for (const recurringId of ["failed", "interrupted"]) {
      assert.deepInclude(yield* getRecurringTask(recurringId), { totalRuns: 2 }, recurringId)
    }
  })

  test("has a slot free again after a decision that could not be written", function*() {
    const { addRecurringTask, addTaskToQueue, getTask, health } = yield* TaskManager.TaskManager
    yield* addRecurringTask({
      recurringId: "minutely",
      recurrence: Recurrence.every("1 minute"),
      templateTask: Narrow.template({ millis: 1_000 })
    })
    yield* Testing.advance("59 seconds")
    yield* switchTo("down")
    yield* Testing.advance("30 seconds")
    yield* switchTo("up")
    yield* Testing.advance("10 seconds")
    assert.deepInclude(yield* health, { running: 0, waiting: 0 })
    const taskId = yield* addTaskToQueue(Narrow.template({ millis: 0 }))
    yield* Testing.advance("1 second")
    assert.strictEqual((yield* getTask(taskId)).status, "done")
  })

  test("counts a failure that was written down though nobody was told, and pauses after it", function*() {
    const { addRecurringTask, getRecurringTask } = yield* TaskManager.TaskManager
    yield* addRecurringTask({
      recurringId: "broken",
      recurrence: Recurrence.every("1 minute"),
      templateTask: Broken.template({}),
      pauseAfterFailures: 2
    })
    yield* Testing.advance("120 seconds")
    yield* lose("settle")
    yield* switchTo("half")
    yield* Testing.advance("1010 millis")
    yield* switchTo("up")
    yield* Testing.advance("10 seconds")
    assert.deepInclude(yield* getRecurringTask("broken"), { enabled: false, totalRuns: 2, consecutiveFailures: 2 })
  })
})

/** A store that fails from when it is told to. */
const failing = (line: { isDown: boolean }) => (store: typeof TaskStore.TaskStore.Service) => ({
  ...store,
  turn: (turn: TaskStore.Turn) => Effect.suspend(() => line.isDown ? Effect.fail(refused("turn")) : store.turn(turn)),
  settle: (...end: Parameters<typeof store.settle>) =>
    Effect.suspend(() => line.isDown ? Effect.fail(refused("settle")) : store.settle(...end)),
  requeue: (...task: Parameters<typeof store.requeue>) =>
    Effect.suspend(() => line.isDown ? Effect.fail(refused("requeue")) : store.requeue(...task))
})

describe("a process that stops while its store fails", () => {
  const storeOf = TaskStore.TaskStore.use((store) => store.liveTasks)
  const lives = (name: string, body: () => Generator<Effect.Effect<any, any, any>, void, never>) =>
    it.effect(
      name,
      () => Effect.scoped(Effect.gen(body)).pipe(Effect.provide(processes.layer)) as Effect.Effect<void>
    )

  lives("stores what has happened when the store answers again in time", function*() {
    const line = { isDown: false }
    const process = yield* processes.start("a", { store: failing(line) })
    yield* process.within(process.manager.addTaskToQueue(processes.Work.template(processes.lasting("one", 10_000))))
    yield* Testing.advance("5 seconds")
    line.isDown = true
    const stopping = yield* Effect.forkChild(process.stop)
    yield* Testing.advance("20 seconds")
    line.isDown = false
    yield* Testing.advance("10 seconds")
    yield* Fiber.join(stopping)
    assert.deepStrictEqual(yield* storeOf, [])
  })

  lives("does not give up a store that failed for longer than a lease and has just come back", function*() {
    const line = { isDown: false }
    const configuration = { shutdownGrace: 0 }
    const process = yield* processes.start("a", { store: failing(line), configuration })
    yield* process.within(process.manager.addTaskToQueue(processes.Work.template(processes.lasting("one", 1_000))))
    yield* Testing.settle
    line.isDown = true
    yield* Testing.advance("1 minute")
    line.isDown = false
    const leftAtTheEnd = yield* Effect.forkChild(Effect.andThen(process.stop, storeOf))
    yield* Testing.advance("20 seconds")
    assert.deepStrictEqual(yield* Fiber.join(leftAtTheEnd), [])
  })

  lives("gives up when others may take its tasks, and leaves them to those", function*() {
    const line = { isDown: false }
    const process = yield* processes.start("a", { store: failing(line) })
    for (const millis of [10_000, 3_600_000]) {
      const template = processes.Work.template(processes.lasting(`for ${millis}`, millis))
      yield* process.within(process.manager.addTaskToQueue(template))
    }
    yield* Testing.advance("5 seconds")
    line.isDown = true
    const stopping = yield* Effect.forkChild(process.stop)
    yield* Testing.advance("2 minutes")
    yield* Fiber.join(stopping)
    yield* processes.start("b")
    yield* Testing.advance("2 hours")
    assert.deepStrictEqual(yield* storeOf, [])
    const lines = yield* processes.journal
    assert.includeMembers(lines, ["b: for 10000 ends", "b: for 3600000 ends"])
  })

  lives("never leaves to others what must not run again, and whose end it could not store", function*() {
    const line = { isDown: false }
    const store = (store: typeof TaskStore.TaskStore.Service) => ({ ...failing(line)(store), requeue: store.requeue })
    const process = yield* processes.start("a", { store })
    const taskId = yield* processes.add(process, processes.Once, "once", 10_000)
    yield* Testing.advance("5 seconds")
    line.isDown = true
    const stopping = yield* Effect.forkChild(process.stop)
    yield* Testing.advance("2 minutes")
    yield* Fiber.join(stopping)
    yield* processes.start("b")
    yield* Testing.advance("2 minutes")
    assert.strictEqual(yield* processes.statusOf(taskId), "failed")
    assert.deepStrictEqual(yield* processes.journal, ["a: once starts", "a: once ends"])
  })

  lives("gives up also when the store says nothing at all", function*() {
    const line = { isDown: false }
    const silent = (store: typeof TaskStore.TaskStore.Service) => {
      const unlessDown = <A, E>(self: Effect.Effect<A, E>) => Effect.suspend(() => line.isDown ? Effect.never : self)
      return {
        ...store,
        heartbeat: (beat: TaskStore.Heartbeat) => unlessDown(store.heartbeat(beat)),
        leave: (owner: string) => unlessDown(store.leave(owner)),
        requeue: (...task: Parameters<typeof store.requeue>) => unlessDown(store.requeue(...task))
      }
    }
    const process = yield* processes.start("a", { store: silent })
    const template = processes.Work.template(processes.lasting("one", 3_600_000))
    yield* process.within(process.manager.addTaskToQueue(template))
    yield* Testing.advance("5 seconds")
    line.isDown = true
    const stopping = yield* Effect.forkChild(process.stop)
    yield* Testing.advance("2 minutes")
    assert.isDefined(stopping.pollUnsafe())
  })

  lives("waits for as long as a slow store answers", function*() {
    let isSlow = false
    const slow = (store: typeof TaskStore.TaskStore.Service) => ({
      ...store,
      heartbeat: (beat: TaskStore.Heartbeat) =>
        isSlow ? Effect.delay(store.heartbeat(beat), "2 seconds") : store.heartbeat(beat),
      requeue: (...task: Parameters<typeof store.requeue>) => Effect.delay(store.requeue(...task), "80 seconds")
    })
    const process = yield* processes.start("a", { store: slow })
    const template = processes.Work.template(processes.lasting("one", 3_600_000))
    yield* process.within(process.manager.addTaskToQueue(template))
    isSlow = true
    yield* Testing.advance("5 seconds")
    const stopping = yield* Effect.forkChild(process.stop)
    yield* Testing.advance("100 seconds")
    assert.isUndefined(stopping.pollUnsafe())
    yield* Testing.advance("20 seconds")
    assert.isDefined(stopping.pollUnsafe())
    assert.deepStrictEqual((yield* storeOf).map(({ owner, status }) => [owner, status]), [[null, "queued"]])
  })

  lives("does not wait for ever for a caller of run who is interrupted first", function*() {
    const line = { isDown: false }
    const process = yield* processes.start("a", { store: failing(line) })
    const run = (template: Task.Template<typeof processes.Work>) =>
      Effect.forkChild(process.within(process.manager.run(template)))
    const ended = yield* run(processes.Work.template(processes.lasting("short", 1_000)))
    const running = yield* run(processes.Work.template(processes.lasting("long", 3_600_000)))
    yield* Testing.settle
    line.isDown = true
    yield* Testing.advance("5 seconds")
    const callers = Effect.forEach([ended, running], Fiber.interrupt, { discard: true })
    const stopping = yield* Effect.forkChild(Effect.andThen(callers, process.stop))
    yield* Testing.advance("29 seconds")
    assert.isUndefined(ended.pollUnsafe())
    yield* Testing.advance("2 minutes")
    assert.isDefined(stopping.pollUnsafe())
    yield* processes.start("b")
    yield* Testing.advance("2 minutes")
    assert.includeMembers(yield* processes.journal, ["a: long fails", "b: short ends"])
  })

  lives("asks it nothing more when it has stopped", function*() {
    let asked = 0
    const down = Effect.suspend(() => Effect.fail(refused(`abandonedTasks ${asked++}`)))
    const process = yield* processes.start("a", { store: (store) => ({ ...store, abandonedTasks: () => down }) })
    yield* Testing.advance("10 seconds")
    assert.isAbove(asked, 1)
    yield* process.stop
    yield* Testing.advance("10 seconds")
    const before = asked
    yield* Testing.advance("10 minutes")
    assert.strictEqual(asked, before)
  })

  lives("gives up no later when the clock is set back meanwhile", function*() {
    const line = { isDown: true }
    const process = yield* processes.start("a", { store: failing(line) })
    yield* process.within(process.manager.addTaskToQueue(processes.Work.template(processes.lasting("one", 1_000))))
    yield* Testing.advance("5 seconds")
    yield* Testing.stepClock("-1 hour")
    const stopping = yield* Effect.forkChild(process.stop)
    yield* Testing.advance("2 minutes")
    assert.isDefined(stopping.pollUnsafe())
  })

  lives("gives up only the store: programs may stop within their grace, before what they use is closed", function*() {
    const line = { isDown: false }
    const lines: Array<string> = []
    const note = (text: string) => Effect.sync(() => void lines.push(text))
    class Careful extends Task.make("Careful", { payload: { millis: Schema.Finite } }) {}
    const tools = Layer.effectDiscard(Effect.addFinalizer(() => note("tools are closed")))
    const careful = Careful.toLayer(({ millis }) =>
      Effect.onInterrupt(Effect.never, () => Effect.andThen(Effect.sleep(millis), note(`stopped after ${millis}`)))
    ).pipe(Layer.provide(tools))
    const configuration = { pools: { default: 4 } }
    const process = yield* processes.start("a", { configuration, store: failing(line), declares: careful })
    for (const millis of [2_000, 5_000, 3_600_000]) {
      yield* process.within(process.manager.addTaskToQueue(Careful.template({ millis })) as Effect.Effect<unknown>)
    }
    const quick = processes.Work.template(processes.lasting("quick", 1_000))
    yield* process.within(process.manager.addTaskToQueue(quick))
    yield* Testing.advance("500 millis")
    line.isDown = true
    yield* Testing.advance("1 minute")
    const stopping = yield* Effect.forkChild(process.stop)
    yield* Testing.advance("1 minute")
    yield* Fiber.join(stopping)
    assert.deepStrictEqual(lines, ["stopped after 2000", "stopped after 5000", "tools are closed"])
  })
})
