/**
 * Stores whose answers come from a socket or a file, under a virtual clock.
 */
import { Effect, Layer } from "effect"
import { TaskStore } from "../../src/TaskStore.ts"

/**
 * Virtual time passes when nothing is left to run, and an answer that is still on its way from a socket is not seen as
 * that. Somebody who keeps looking until it is there makes the wait visible.
 */
const watched = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.raceFirst(self, Effect.forever(Effect.yieldNow))

const watchedStore = (store: typeof TaskStore.Service): typeof TaskStore.Service => {
  const watch = (value: unknown): unknown => {
    if (Effect.isEffect(value)) return watched(value)
    return typeof value === "function" ? (...args: Array<unknown>) => watch(value(...args)) : value
  }
  return Object.fromEntries(Object.entries(store).map(([name, value]) => [name, watch(value)])) as typeof store
}

/** The same store, for which virtual time waits. */
export const watchedLayer = <E, R>(layer: Layer.Layer<TaskStore, E, R>): Layer.Layer<TaskStore, E, R> =>
  Layer.effect(TaskStore, Effect.map(TaskStore, watchedStore)).pipe(Layer.provide(layer))
