import { assert, describe, it } from "@effect/vitest"
import { Task, TaskManager } from "brinjal"
import { Testing } from "brinjal/testing"
import { Effect, Layer } from "effect"

/** Three of them may run at once, whatever they belong to. */
class Work extends Task.make("Work", { semaphore: "default" }) {}

/** Instances that end when they are told to, the first one first, and how many of them run. */
const instances = () => {
  const ends: Array<() => void> = []
  const untilTold = Effect.callback<void>((resume) => void ends.push(() => resume(Effect.void)))
  return {
    live: Work.toLayer(() => untilTold).pipe(Layer.provideMerge(Testing.layer)),
    running: () => ends.length,
    endOne: Effect.suspend(() => {
      ends.shift()!()
      return Testing.settle
    })
  }
}

describe("the permits of a recurring task", () => {
  it.effect("are counted from when one has to wait, with those of instances that have begun before", () => {
    const { endOne, live, running } = instances()
    return Effect.gen(function*() {
      const { addRecurringTask, updateRecurringTask } = yield* TaskManager.TaskManager
      yield* addRecurringTask({
        recurringId: "hourly",
        cronExpression: "0 * * * *",
        templateTask: Work.template({}),
        maxConcurrent: 4
      })
      yield* Testing.advance("4 hours")
      assert.strictEqual(running(), 3)
      yield* updateRecurringTask("hourly", { maxConcurrent: 1 })
      // the fourth one finds a place now, and waits until it is the only one
      for (const others of [2, 1]) {
        yield* endOne
        assert.strictEqual(running(), others)
      }
      yield* endOne
      assert.strictEqual(running(), 1)
      yield* endOne
      assert.strictEqual(running(), 0)
      // nobody has kept a permit
      for (let i = 0; i < 3; i++) {
        yield* Testing.advance("1 hour")
        assert.strictEqual(running(), 1)
        yield* endOne
        assert.strictEqual(running(), 0)
      }
    }).pipe(Effect.provide(live))
  })
})
