/**
 * A manager in memory with tasks that do nothing but call back, as the benchmarks use it.
 */
import { Effect, Layer, ManagedRuntime } from "effect"
import { Task, TaskManager } from "brinjal"

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
