import { assert, describe, it } from "@effect/vitest"
import { Task, TaskManager } from "brinjal"
import { Testing } from "brinjal/testing"
import { Effect, Layer } from "effect"

class Work extends Task.make("Work", {}) {}

describe("an instance that has nothing to wait for", () => {
  it.effect("ends when it is cancelled while its handler is called", () => {
    let cancel = () => {}
    const live = Work.toLayer(() => {
      cancel()
      return Effect.void
    }).pipe(Layer.provideMerge(Testing.layer))
    return Effect.gen(function*() {
      const { addTaskToQueue, cancelTask, getAllTasks } = yield* TaskManager.TaskManager
      const fork = Effect.runForkWith(yield* Effect.context<never>())
      cancel = () =>
        void fork(Effect.flatMap(getAllTasks, (tasks) => Effect.forEach(tasks, ({ taskId }) => cancelTask(taskId))))
      yield* addTaskToQueue(Work.template({}))
      assert.deepStrictEqual((yield* getAllTasks).map(({ status }) => status), ["cancelled"])
    }).pipe(Effect.provide(live))
  })
})
