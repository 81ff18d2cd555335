import { assert, describe, it } from "@effect/vitest"
import { Task, TaskError, TaskManager, TaskStore } from "brinjal"
import { Testing } from "brinjal/testing"
import { Effect, Layer } from "effect"

class Work extends Task.make("Work") {}

/** A durable store whose answer to the first claim is lost after the claim was committed, as with a broken connection. */
const losesAnAnswer = Layer.effect(
  TaskStore.TaskStore,
  Effect.map(TaskStore.TaskStore, (store) => {
    let claims = 0
    const lost = new TaskError.TaskStoreError({ operation: "claim", cause: new Error("connection lost") })
    return {
      ...store,
      durable: true,
      claim: (claim: TaskStore.Claim) =>
        Effect.flatMap(store.claim(claim), (claimed) => claims++ === 0 ? Effect.fail(lost) : Effect.succeed(claimed))
    }
  })
).pipe(Layer.provide(TaskStore.layerMemory))

describe("leases", () => {
  it.effect("a claim whose answer was lost is found by the heartbeat, and the task runs", () =>
    Effect.gen(function*() {
      const { addTaskToQueue, getTask } = yield* TaskManager.TaskManager
      const taskId = yield* addTaskToQueue(Work.template({}))
      yield* Testing.advance("1 second")
      assert.strictEqual((yield* getTask(taskId)).status, "running")
      yield* Testing.advance("10 seconds")
      const { attempt, status } = yield* getTask(taskId)
      assert.deepStrictEqual([status, attempt], ["done", 2])
    }).pipe(
      Effect.provide(Work.toLayer(() => Effect.void).pipe(Layer.provideMerge(Testing.layerOver(losesAnAnswer))))
    ))
})
