import { assert, describe } from "@effect/vitest"
import { Recurrence, TaskError, type TaskEvent, TaskStore } from "brinjal"
import { Testing } from "brinjal/testing"
import { Effect, Fiber, Stream } from "effect"
import { journal, lasting, Once, type Process, Single, start, test, Work } from "./support.ts"

type Store = typeof TaskStore.TaskStore.Service

const addHourly = ({ manager, within }: Process, task: typeof Work | typeof Single | typeof Once = Work, more = {}) =>
  within(manager.addRecurringTask({
    recurringId: "hourly",
    recurrence: Recurrence.every("1 hour"),
    templateTask: (task as typeof Work).template(lasting("hourly", 1_000)),
    ...more
  }))

/** A store that takes its time to say what has become of a decision. */
const slow = (store: Store): Store => ({
  ...store,
  commit: (...args) => Effect.tap(store.commit(...args), () => Effect.sleep(2_000))
})

const failure = (operation: string) => new TaskError.TaskStoreError({ operation, cause: new Error("connection reset") })

/** A store that takes its time with the first decision, and then loses the answer. */
const losing = (store: Store): Store => {
  let isLost = false
  return {
    ...store,
    commit: (...args) =>
      Effect.suspend(() => {
        if (isLost) return store.commit(...args)
        isLost = true
        return Effect.andThen(Effect.delay(store.commit(...args), 100), Effect.fail(failure("commit")))
      })
  }
}

/** A store that says only minutes later what has become of a decision, and takes no signs of life meanwhile. */
const dragging = (store: Store): Store => {
  let isDragging = false
  return {
    ...store,
    heartbeat: (beat) => Effect.suspend(() => isDragging ? Effect.fail(failure("heartbeat")) : store.heartbeat(beat)),
    commit: (...args) => {
      const ends = Effect.andThen(Effect.sleep(120_000), Effect.sync(() => void (isDragging = false)))
      return Effect.andThen(Effect.sync(() => void (isDragging = true)), Effect.tap(store.commit(...args), () => ends))
    }
  }
}

/** A store that keeps a list of who is asked to claim tasks. */
const watched = (claims: Array<string>) => (store: Store): Store => ({
  ...store,
  claim: (claim) => {
    claims.push(claim.task.taskId)
    return store.claim(claim)
  }
})

const instances = Effect.map(
  TaskStore.TaskStore.use((store) => store.searchTasks(everything)),
  (all) => all.toReversed()
)

const everything = { where: { recurringId: "hourly" }, payload: {}, offset: 0, limit: 100 }

describe("an instance of a process that has room", () => {
  test("runs with its decision, and is not claimed", function*() {
    const claims: Array<string> = []
    const a = yield* start("a", { store: watched(claims) })
    yield* addHourly(a)
    yield* Testing.advance("5 hours")
    yield* Testing.advance("1 minute")
    assert.deepStrictEqual(claims, [])
    assert.deepStrictEqual(
      (yield* instances).map(({ attempt, status }) => [status, attempt]),
      Array.from({ length: 5 }, () => ["done", 1])
    )
    assert.deepInclude(yield* a.manager.getRecurringTask("hourly"), { totalRuns: 5 })
  })

  test("is shown as queued and as running", function*() {
    const a = yield* start("a")
    yield* addHourly(a)
    const seen: Array<string> = []
    const see = (event: TaskEvent.TaskEvent) =>
      Effect.sync(() => event._tag === "TaskUpdate" && seen.push(`${event.status} ${event.progress}`))
    yield* Effect.forkChild(Stream.runForEach(a.manager.events, see))
    yield* Testing.advance("1 hour")
    yield* Testing.advance("1 minute")
    assert.deepStrictEqual(seen, ["queued 0", "running 0", "running 50", "done 100"])
  })

  test("is claimed in its turn where others have the places", function*() {
    const claims: Array<string> = []
    const configuration = { pools: { single: 1 } }
    const a = yield* start("a", { store: watched(claims), configuration })
    const b = yield* start("b", { configuration, handlers: ["Single"] })
    yield* addHourly(a, Single)
    yield* Testing.advance("59 minutes")
    yield* a.freeze
    yield* b.within(b.manager.addTaskToQueue(Single.template(lasting("long", 120_000))))
    yield* a.thaw
    yield* Testing.advance("4 minutes")
    yield* Testing.advance("1 minute")
    const [one] = yield* instances
    assert.deepInclude(one, { status: "done", attempt: 1 })
    const starts = (yield* journal).filter((line) => line.endsWith("hourly starts"))
    assert.lengthOf(starts, 1)
  })

  test("waits behind what waits already, and lets the limit of its pool hold", function*() {
    const a = yield* start("a", { configuration: { pools: { single: 1 } } })
    yield* addHourly(a, Single)
    yield* Testing.advance("59 minutes")
    for (const label of ["x", "y"]) {
      yield* a.within(a.manager.addTaskToQueue(Single.template(lasting(label, 120_000))))
    }
    yield* Testing.advance("10 minutes")
    assert.deepStrictEqual((yield* journal).map((line) => line.slice(3)), [
      "x starts",
      "x ends",
      "y starts",
      "y ends",
      "hourly starts",
      "hourly ends"
    ])
  })

  test("is not taken for a lost one by a heartbeat while its process waits for the answer", function*() {
    const a = yield* start("a", { store: slow })
    yield* addHourly(a)
    yield* Testing.advance("3 hours")
    yield* Testing.advance("1 minute")
    assert.deepStrictEqual(
      (yield* instances).map(({ attempt, status }) => [status, attempt]),
      Array.from({ length: 3 }, () => ["done", 1])
    )
    assert.lengthOf(yield* journal, 6)
  })

  test("is left to others when its process has begun to stop before it was told", function*() {
    const a = yield* start("a", { store: slow })
    yield* addHourly(a, Once)
    yield* Testing.advance("1 hour")
    const stopping = yield* Effect.forkChild(Effect.andThen(a.stop, instances))
    yield* Testing.advance("1 minute")
    const [left] = yield* Fiber.join(stopping)
    assert.deepInclude(left, { status: "queued", owner: null })
    assert.deepStrictEqual(yield* journal, [])
    yield* start("b")
    yield* Testing.advance("1 minute")
    assert.deepStrictEqual(yield* journal, ["b: hourly starts", "b: hourly ends"])
  })

  test("does not keep its process from stopping when its decision comes to nothing", function*() {
    const a = yield* start("a", { store: losing })
    yield* addHourly(a)
    yield* Testing.advance("1 hour")
    const stopping = yield* Effect.forkChild(a.stop)
    yield* Testing.advance("1 second")
    assert.isDefined(stopping.pollUnsafe())
  })

  test("begins again soon where the answer to its decision is lost", function*() {
    const a = yield* start("a", { store: losing })
    yield* addHourly(a)
    yield* Testing.advance("1 hour")
    yield* Testing.advance("3 seconds")
    assert.deepStrictEqual(yield* journal, ["a: hourly starts", "a: hourly ends"])
    assert.deepStrictEqual((yield* instances).map(({ attempt, status }) => [status, attempt]), [["done", 2]])
  })

  test("goes on as it was taken over when its process hears only then that it runs", function*() {
    const a = yield* start("a", { store: dragging })
    yield* addHourly(a, Work, { maxConcurrent: 2, templateTask: Work.template(lasting("hourly", 600_000)) })
    yield* Testing.advance("1 hour")
    yield* Testing.advance("15 minutes")
    assert.deepStrictEqual(yield* journal, ["a: hourly starts", "a: hourly ends"])
    assert.deepStrictEqual((yield* instances).map(({ attempt, status }) => [status, attempt]), [["done", 2]])
    assert.deepInclude(yield* a.manager.health, { running: 0, waiting: 0 })
  })

  test("runs once when its process was frozen for longer than its lease before it was told", function*() {
    const a = yield* start("a", { store: slow })
    const b = yield* start("b")
    yield* addHourly(a)
    yield* Testing.advance("1 hour")
    yield* a.freeze
    yield* Testing.advance("3 minutes")
    yield* a.thaw
    yield* Testing.advance("3 minutes")
    const [one] = yield* instances
    assert.strictEqual(one!.status, "done")
    assert.lengthOf((yield* journal).filter((line) => line.endsWith("hourly starts")), 1)
    yield* b.stop
  })
})
