/**
 * A concurrency key: of the tasks with the same key, one runs at a time, or as many as the limit says. The others are
 * not in the queue of the pool yet, so a customer who asks for a lot does not hold up the others.
 *
 * Run it: `npx node --conditions=source examples/12_fairness.ts`
 */
import { NodeRuntime } from "@effect/platform-node"
import { Task, TaskManager } from "brinjal"
import { Console, DateTime, Duration, Effect, Layer, Schema } from "effect"

class Sync extends Task.make("Sync", {
  payload: { customer: Schema.String, page: Schema.Int },
  concurrency: { key: ({ customer }) => customer }
}) {}

const SyncLive = Layer.unwrap(Effect.gen(function*() {
  const start = yield* DateTime.now
  return Sync.toLayer(
    Effect.fn("Sync")(function*({ customer, page }) {
      const seconds = Duration.toSeconds(DateTime.distance(start, yield* DateTime.now))
      yield* Console.log(`page ${page} of ${customer} after ${seconds.toFixed()} s`)
      yield* Effect.sleep("1 second")
    })
  )
}))

export const program = Effect.gen(function*() {
  const manager = yield* TaskManager.TaskManager
  const pages = (customer: string, count: number) =>
    Array.from({ length: count }, (_, i) => Sync.template({ customer, page: i + 1 }))
  const taskIds = yield* manager.addTasksToQueue([...pages("acme", 3), ...pages("zoo", 2)])
  yield* Effect.forEach(taskIds, (taskId) => manager.awaitTask(Sync, taskId))
}).pipe(Effect.provide(SyncLive.pipe(Layer.provideMerge(TaskManager.layerMemory))))

if (import.meta.main) NodeRuntime.runMain(program)
