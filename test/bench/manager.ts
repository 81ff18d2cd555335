/**
 * A manager in memory with tasks that do nothing but call back, as the benchmarks use it.
 */
import { Task, TaskManager } from "brinjal"
import { Effect, Layer, ManagedRuntime } from "effect"

/** Ends at once. */
export class Sync extends Task.make("Sync", { semaphore: "multiple" }) {}

/** Ends after a promise. */
export class Async extends Task.make("Async", { semaphore: "multiple" }) {}

/** The same two programs without a manager. */
export const programs = (callback: () => void) => ({
  sync: Effect.sync(callback),
  async: Effect.promise(() => Promise.resolve().then(callback))
})

/** A manager whose tasks call `callback`. */
export const make = (callback: () => void) => {
  const { async, sync } = programs(callback)
  return ManagedRuntime.make(
    Layer.mergeAll(Sync.toLayer(() => sync), Async.toLayer(() => async)).pipe(
      Layer.provideMerge(TaskManager.layerMemory)
    )
  )
}

/** Queues a task many times over. */
export const enqueue = <T extends typeof Sync | typeof Async>(task: T, times: number) =>
  Effect.gen(function*() {
    const { addTaskToQueue } = yield* TaskManager.TaskManager
    const template = task.template({}) as Task.Template<T>
    for (let i = 0; i < times; i++) yield* addTaskToQueue(template)
  })
