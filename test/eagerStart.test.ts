import { assert, describe, it } from "@effect/vitest"
import { Recurrence, Task, TaskManager, TaskStore } from "brinjal"
import { Testing } from "brinjal/testing"
import { Clock, Context, Effect, Exit, Fiber, Latch, Layer, Scope } from "effect"

class Work extends Task.make("Work") {}

/** What a test sees: when the store has heard from the process, and when tasks have begun, there and here. Answers may be late. */
class Watched extends Context.Service<Watched, {
  readonly beats: Array<number>
  readonly begun: Array<number>
  readonly ran: Array<number>
  readonly answers: Latch.Latch
}>()("test/Watched") {
  static readonly layer = Layer.effect(
    Watched,
    Effect.map(Latch.make(true), (answers) => ({ beats: [], begun: [], ran: [], answers }))
  )
}

const watched = Layer.effect(
  TaskStore.TaskStore,
  Effect.gen(function*() {
    const store = yield* TaskStore.TaskStore
    const { answers, beats, begun } = yield* Watched
    return {
      ...store,
      durable: true,
      heartbeat: (beat: TaskStore.Heartbeat) =>
        Effect.andThen(Effect.sync(() => void beats.push(beat.now)), store.heartbeat(beat)),
      commit: (commit: TaskStore.Commit, retention: TaskStore.Retention) =>
        Effect.tap(store.commit(commit, retention), () => {
          if (commit.begin !== undefined) begun.push(commit.begin.now)
          return answers.await
        })
    }
  })
).pipe(Layer.provide(TaskStore.layerMemory))

const handled = Work.toLayer(() =>
  Effect.gen(function*() {
    const { ran } = yield* Watched
    ran.push(yield* Clock.currentTimeMillis)
    yield* Effect.sleep("5 seconds")
  })
)

const tick = {
  recurringId: "tick",
  recurrence: Recurrence.every("37 seconds"),
  templateTask: Work.template({})
}

describe("an instance that begins with its decision", () => {
  it.effect("is kept by a heartbeat, also by a process that has rested", () =>
    Effect.gen(function*() {
      const { addRecurringTask } = yield* TaskManager.TaskManager
      const { beats, begun } = yield* Watched
      yield* addRecurringTask(tick)
      yield* Testing.advance("10 minutes")
      assert.strictEqual(begun.length, 16)
      const unheard = begun.filter((at) => !beats.some((beat) => beat >= at && beat <= at + 10_000))
      assert.deepStrictEqual(unheard, [])
    }).pipe(Effect.provide(
      handled.pipe(Layer.provideMerge(Testing.layerOver(watched)), Layer.provideMerge(Watched.layer))
    )))

  it.effect("is left to others by a process that has begun to stop when it hears of it", () =>
    Effect.gen(function*() {
      const store = yield* TaskStore.TaskStore
      const { answers, begun, ran } = yield* Watched
      const scope = yield* Scope.make()
      const life = yield* Layer.buildWithScope(handled.pipe(Layer.provideMerge(TaskManager.layer)), scope)
      yield* Effect.provide(TaskManager.TaskManager.use(({ addRecurringTask }) => addRecurringTask(tick)), life)
      yield* answers.close
      yield* Testing.advance("37 seconds")
      const stopping = yield* Effect.forkChild(Scope.close(scope, Exit.void))
      yield* Testing.settle
      yield* answers.open
      yield* Testing.settle
      yield* Fiber.join(stopping)
      assert.deepStrictEqual([begun.length, ran.length], [1, 0])
      const tasks = yield* store.searchTasks({ where: {}, payload: {}, offset: 0, limit: 10 })
      assert.deepStrictEqual(tasks.map(({ owner, status }) => [status, owner]), [["queued", null]])
    }).pipe(Effect.provide(
      watched.pipe(Layer.provideMerge(Watched.layer), Layer.provideMerge(Testing.layerClock()))
    )))
})
