import { assert, describe } from "@effect/vitest"
import { Task, TaskError, TaskRegistry, TaskStore } from "brinjal"
import { Testing } from "brinjal/testing"
import { Effect, Fiber, Latch, Layer } from "effect"
import { journal, lasting, Once, type Process, start, test, Work } from "./support.ts"

/** Is over as soon as it begins. */
class AtOnce extends Task.make("AtOnce") {}

type Store = typeof TaskStore.TaskStore.Service

const lost = new TaskError.TaskStoreError({ operation: "turn", cause: "lost" })

/** A store in which everything that is about running takes 100 ms, and what a process has written in its turns. */
const slowly =
  (turns: Array<TaskStore.Turn>, fails: (turn: number) => boolean = () => false) => (store: Store): Store => ({
    ...store,
    claim: (claim) => Effect.delay(Effect.suspend(() => store.claim(claim)), 100),
    settle: (...ended) => Effect.delay(Effect.suspend(() => store.settle(...ended)), 100),
    turn: (turn) =>
      Effect.delay(
        Effect.suspend(() =>
          fails(turns.push(turn))
            ? Effect.fail(lost)
            : store.turn(turn)
        ),
        100
      )
  })

const queue = (
  { manager, within }: Process,
  label: string,
  count: number,
  millis: number,
  task: typeof Work | typeof Once = Work
) =>
  within(
    manager.addTasksToQueue(
      Array.from({ length: count }, (_, i) => (task as typeof Work).template(lasting(`${label}${i}`, millis)))
    )
  )

const stored = Effect.flatMap(TaskStore.TaskStore, (store) => store.liveTasks)

const reserved = Effect.map(
  stored,
  (tasks) => tasks.filter(({ owner, status }) => status === "queued" && owner !== null)
)

const taskOf = (taskId: string) =>
  Effect.map(TaskStore.TaskStore.use((store) => store.getTask(taskId)), (task) => task!)

const running = Effect.map(stored, (tasks) => tasks.filter(({ status }) => status === "running").length)

/** More is reserved than goes together with what else is written. */
const isBig = ({ reservations }: TaskStore.Turn) => reservations.length > 256

const labelOf = ({ payload }: TaskStore.TaskRecord) => (payload as { readonly label: string }).label

const isLong = (task: TaskStore.TaskRecord) => labelOf(task).startsWith("long")

const starts = Effect.map(journal, (lines) => lines.filter((line) => line.endsWith(" starts")))

/** A process with three places, in which short tasks have just ended and long ones have begun, so that more are reserved. */
const withReservedOver = Effect.fnUntraced(function*(seen: (store: Store) => Store) {
  const process = yield* start("a", { store: (store) => seen(slowly([])(store)) })
  yield* queue(process, "short", 9, 0)
  yield* queue(process, "long", 20, 3_600_000)
  const longOnes = Effect.map(stored, (tasks) => tasks.filter((one) => one.status === "running" && isLong(one)).length)
  while ((yield* longOnes) < 3) yield* Testing.advance("10 millis")
  assert.isAbove((yield* reserved).length, 5)
  return process
})

const withReserved = withReservedOver((store) => store)

/** A store in which whoever reads tasks sees who had them before. */
const outdated = (store: Store): Store => ({
  ...store,
  getTasks: (taskIds) =>
    Effect.map(store.getTasks(taskIds), (tasks) => tasks.map((task) => ({ ...task, owner: "another" })))
})

describe("short tasks", () => {
  test("are not bound to a turn each, run once, and never more of them than there are places", function*() {
    const turns: Array<TaskStore.Turn> = []
    const most: Array<number> = []
    const process = yield* start("a", { store: slowly(turns) })
    yield* queue(process, "t", 100, 0)
    while ((yield* stored).length > 0) {
      most.push(yield* running)
      yield* Testing.advance("10 millis")
    }
    assert.isAtMost(Math.max(...most), 3)
    assert.isBelow(turns.length, 15)
    const lines = yield* starts
    assert.deepStrictEqual([lines.length, new Set(lines).size], [100, 100])
  })

  test("begin in their order, and one that is more urgent before those that are reserved", function*() {
    const process = yield* start("a", { store: slowly([]) })
    const { addTaskToQueue } = process.manager
    yield* queue(process, "t", 200, 0)
    while ((yield* reserved).length === 0) yield* Testing.advance("10 millis")
    yield* process.within(addTaskToQueue(Work.template(lasting("urgent", 0), { priority: 1 })))
    yield* Testing.advance("10 seconds")
    const lines = yield* starts
    assert.isBelow(lines.indexOf("a: urgent starts"), 200)
    const others = lines.filter((line) => !line.includes("urgent"))
    assert.deepStrictEqual(others, Array.from({ length: 200 }, (_, i) => `a: t${i} starts`))
  })

  test("run while others are reserved and those before them are written, so that turns are full", function*() {
    const turns: Array<TaskStore.Turn> = []
    const process = yield* start("a", { store: slowly(turns) })
    yield* queue(process, "t", 4_000, 0)
    while ((yield* stored).length > 0) yield* Testing.advance("10 millis")
    assert.isBelow(turns.filter(({ endings }) => endings.length > 0).length, 16)
    assert.isBelow(turns.length, 25)
  })

  test("run once each when many are given back and reserved again, as long ones have begun between them", function*() {
    const process = yield* start("a", { store: slowly([]) })
    for (const i of [1, 2, 3]) {
      yield* queue(process, `short${i}-`, 800, 0)
      yield* queue(process, `long${i}-`, 4, 1_000)
    }
    while ((yield* stored).length > 0) yield* Testing.advance("100 millis")
    const lines = yield* starts
    assert.deepStrictEqual([lines.length, new Set(lines).size], [2_412, 2_412])
  })

  test("leave to others the places that they do not need", function*() {
    const { manager, within } = yield* start("a", { store: slowly([]), declares: AtOnce.toLayer(() => Effect.void) })
    const other = yield* start("b")
    const queued = manager.addTasksToQueue(Array.from({ length: 8_000 }, () => AtOnce.template({})))
    yield* within(queued as Effect.Effect<unknown>)
    yield* Testing.advance("1 second")
    yield* queue(other, "long", 2, 3_600_000)
    yield* Testing.advance("200 millis")
    assert.isAbove((yield* stored).length, 500)
    assert.deepStrictEqual(yield* starts, ["b: long0 starts", "b: long1 starts"])
  })

  test("that must not run twice are never reserved", function*() {
    const turns: Array<TaskStore.Turn> = []
    const process = yield* start("a", { store: slowly(turns) })
    yield* queue(process, "t", 20, 0)
    yield* queue(process, "once", 20, 0, Once)
    yield* Testing.advance("10 seconds")
    assert.deepStrictEqual(yield* stored, [])
    const types = turns.flatMap(({ reservations }) => reservations).map(({ taskType }) => taskType)
    assert.deepStrictEqual([...new Set(types)], ["Work"])
  })

  test("that may be what a process has died of are not reserved again", function*() {
    const a = yield* start("a", { store: slowly([]) })
    yield* queue(a, "x", 300, 0)
    while ((yield* reserved).length === 0) yield* Testing.advance("10 millis")
    yield* a.freeze
    const turns: Array<TaskStore.Turn> = []
    const taken: Array<number> = []
    const seen = (store: Store): Store => ({
      ...slowly(turns)(store),
      requeue: (task, ...rest) => {
        taken.push(task.abandoned)
        return store.requeue(task, ...rest)
      }
    })
    const b = yield* start("b", { store: seen })
    yield* queue(b, "y", 300, 0)
    yield* Testing.advance("5 minutes")
    assert.isAbove(taken.filter((times) => times === 1).length, 3, "more than there are places")
    const again = turns.flatMap(({ reservations }) => reservations)
    assert.isAbove(again.length, 0)
    assert.deepStrictEqual(again.filter((task) => task.abandoned > 0), [])
    assert.deepStrictEqual(yield* stored, [])
  })

  test("end once each when what is written of them together fails", function*() {
    const process = yield* start("a", { store: slowly([], (turn) => turn % 3 === 2) })
    yield* queue(process, "t", 2_000, 0)
    yield* Testing.advance("1 hour")
    assert.deepStrictEqual(yield* stored, [])
    const lines = yield* starts
    assert.deepStrictEqual([lines.length, new Set(lines).size], [2_000, 2_000])
  })
})

describe("a store", () => {
  test("that fails at once is asked again after a while, and for no more than there is to give back", function*() {
    const line = { isDown: false }
    const inVain: Array<TaskStore.Turn> = []
    const down = (operation: string) => new TaskError.TaskStoreError({ operation, cause: "down" })
    const process = yield* start("a", {
      store: (store) => ({
        ...slowly([])(store),
        turn: (turn) =>
          Effect.suspend(() => {
            if (!line.isDown) return slowly([])(store).turn(turn)
            if (turn.endings.length + turn.claims.length === 0) inVain.push(turn)
            // it must end somewhere
            return inVain.length > 2_000 ? slowly([])(store).turn(turn) : Effect.fail(down("turn"))
          })
      })
    })
    yield* queue(process, "t", 2_000, 0)
    yield* Testing.advance("450 millis")
    line.isDown = true
    yield* Testing.advance("10 seconds")
    line.isDown = false
    assert.isAtMost(inVain.length, 200)
    assert.isAtMost(Math.max(0, ...inVain.map(({ returns }) => returns.length)), 1_024)
    yield* Testing.advance("1 minute")
    assert.deepStrictEqual(yield* stored, [])
  })

  test("never gives back last what is reserved again meanwhile", function*() {
    const returning = new Set<string>()
    const crossed: Array<string> = []
    let removeNothing = Effect.void
    const process = yield* start("a", {
      declares: Layer.effectDiscard(
        Effect.map(TaskRegistry.TaskRegistry, (registry) => {
          removeNothing = registry.unregister({ ...registry.get("Work")!, taskType: "Nothing" })
        })
      ),
      store: (store) => ({
        ...slowly([])(store),
        turn: (turn) =>
          Effect.suspend(() => {
            const { claims, endings, reservations, returns } = turn
            crossed.push(...reservations.flatMap(({ taskId }) => returning.has(taskId) ? [taskId] : []))
            for (const { taskId } of returns) returning.add(taskId)
            const isBeside = claims.length + endings.length + returns.length === 0
            const written = Effect.delay(Effect.suspend(() => store.turn(turn)), isBeside ? 20 : 250)
            const done = Effect.tap(written, () =>
              Effect.sync(() => {
                for (const { taskId } of returns) returning.delete(taskId)
              }))
            // a handler that goes has everything given back
            return isBeside ? Effect.andThen(Effect.forkDetach(removeNothing), done) : done
          })
      })
    })
    yield* queue(process, "t", 6_000, 0)
    while ((yield* stored).length > 0) yield* Testing.advance("10 millis")
    assert.deepStrictEqual(crossed, [])
  })
})

describe("a process that has lost a task", () => {
  test("does not end it, also when nobody has begun it again", function*() {
    const process = yield* start("a", { configuration: { pools: { default: 4 } } })
    const other = yield* start("b")
    yield* queue(other, "other", 3, 3_600_000)
    yield* Testing.advance("1 second")
    yield* queue(process, "lost", 1, 7_200_000)
    yield* Testing.advance("1 second")
    const one = (yield* stored).find((task) => labelOf(task) === "lost0")!
    assert.deepInclude(one, { status: "running", attempt: 1 })
    yield* process.freeze
    yield* Testing.advance("5 minutes")
    assert.deepInclude(yield* taskOf(one.taskId), { status: "queued", attempt: 1 })
    yield* process.thaw
    yield* Testing.advance("5 minutes")
    assert.notDeepInclude(yield* taskOf(one.taskId), { status: "cancelled" })
    yield* Testing.advance("12 hours")
    assert.deepInclude(yield* taskOf(one.taskId), { status: "done", attempt: 2 })
  })
})

describe("what is reserved and does not begin", () => {
  test("stays with its process when it is read as it was before", function*() {
    yield* withReservedOver(outdated)
    const store = yield* TaskStore.TaskStore
    const changed = ({ taskId }: TaskStore.TaskRecord) =>
      ({ _tag: "Task", taskId, recurringId: null, ended: false }) as const
    yield* store.announce("another", (yield* reserved).map(changed))
    yield* Testing.advance("5 seconds")
    assert.deepStrictEqual(yield* reserved, [])
  })

  test("is given back soon, and runs where there is room", function*() {
    yield* withReserved
    yield* start("b", { configuration: { pools: { default: 6 } } })
    yield* Testing.advance("5 seconds")
    assert.deepStrictEqual(yield* reserved, [])
    assert.strictEqual((yield* starts).filter((line) => line.startsWith("b: ")).length, 3)
    assert.strictEqual((yield* stored).filter(({ attempt, status }) => status === "queued" && attempt > 0).length, 0)
  })

  test("is given back when its process stops, and has not run", function*() {
    const process = yield* withReserved
    const stopping = yield* Effect.forkChild(process.stop)
    yield* Testing.advance("2 minutes")
    yield* Fiber.join(stopping)
    const left = yield* stored
    assert.isAbove(left.length, 10)
    const hasRun = (one: TaskStore.TaskRecord) => one.attempt > 0
    assert.deepStrictEqual(left.filter(({ owner }) => owner !== null), [])
    assert.deepStrictEqual(left.filter(hasRun).map(labelOf), ["long0", "long1", "long2"])
  })

  for (const [what, answer] of [["comes late", Effect.void], ["is lost", Effect.fail(lost)]] as const) {
    test(`is given back when its process stops and the answer of the store ${what}`, function*() {
      const answers = yield* Latch.make(false)
      const asked: Array<TaskStore.Turn> = []
      const late = (store: Store): Store => {
        const slow = slowly([])(store)
        const turn: Store["turn"] = (turn) => {
          if (isBig(turn)) asked.push(turn)
          return isBig(turn)
            ? Effect.tap(slow.turn(turn), () => Effect.andThen(answers.await, answer))
            : slow.turn(turn)
        }
        return { ...slow, turn }
      }
      const process = yield* start("a", { store: late })
      yield* queue(process, "t", 4_000, 0)
      while (asked.length === 0) yield* Testing.advance("10 millis")
      const stopping = yield* Effect.forkChild(process.stop)
      yield* Testing.advance("10 seconds")
      yield* answers.open
      while (stopping.pollUnsafe() === undefined) yield* Testing.advance("10 millis")
      assert.isAbove((yield* stored).length, 1_000)
      assert.deepStrictEqual(yield* reserved, [])
    })
  }

  test("is asked for and given back seldom while the store fails", function*() {
    const turns: Array<TaskStore.Turn> = []
    let isDown = false
    const process = yield* start("a", { store: slowly(turns, () => isDown) })
    yield* queue(process, "t", 4_000, 0)
    while (!turns.some(isBig)) yield* Testing.advance("10 millis")
    isDown = true
    const before = turns.length
    yield* Testing.advance("40 seconds")
    const meanwhile = turns.slice(before)
    assert.isBelow(meanwhile.filter(({ claims, endings }) => claims.length + endings.length === 0).length, 40)
    assert.isAtMost(Math.max(...meanwhile.map(({ returns }) => returns.length)), 1_024)
    isDown = false
    yield* Testing.advance("1 hour")
    assert.deepStrictEqual(yield* stored, [])
    const lines = yield* starts
    assert.deepStrictEqual([lines.length, new Set(lines).size], [4_000, 4_000])
  })

  test("never runs when another process cancels it, who gets the result of a queued one", function*() {
    yield* withReserved
    const other = yield* start("b", { handlers: [] })
    const one = (yield* reserved).at(-1)!
    const cancelling = yield* Effect.forkChild(other.within(other.manager.cancelTask(one.taskId)))
    yield* Testing.advance("5 seconds")
    const ended = yield* Fiber.join(cancelling)
    assert.deepInclude(ended, { status: "cancelled", attempt: 0 })
    yield* Testing.advance("3 hours")
    assert.notInclude(yield* starts, `a: ${labelOf(one)} starts`)
  })

  test("is an attempt when its process dies, and one that wakes up begins nothing of it", function*() {
    const process = yield* withReserved
    const kept = (yield* reserved).map(({ taskId }) => taskId)
    yield* process.freeze
    yield* start("b", { configuration: { pools: { default: 100 } } })
    yield* Testing.advance("2 minutes")
    const after = yield* TaskStore.TaskStore.use((store) => store.getTasks(kept))
    assert.isAbove(after.length, 0)
    assert.deepStrictEqual(after.map(({ attempt, status }) => [attempt, status]), after.map(() => [2, "running"]))
    yield* process.thaw
    yield* Testing.advance("3 hours")
    const lines = yield* starts
    for (const one of after) assert.notInclude(lines, `a: ${labelOf(one)} starts`)
  })
})
