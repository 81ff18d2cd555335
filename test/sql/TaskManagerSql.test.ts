import { Effect, Layer } from "effect"
import { TaskStore } from "../../src/TaskStore.ts"
import * as TaskManagerTest from "../../src/testing/TaskManagerTest.ts"
import { databases, storeLayer } from "./databases.ts"

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

const watchedLayer = <E>(layer: Layer.Layer<TaskStore, E>): Layer.Layer<TaskStore, E> =>
  Layer.effect(TaskStore, Effect.map(TaskStore, watchedStore)).pipe(Layer.provide(layer))

/**
 * A manager asks a durable store twice in every ten seconds, which are a week of virtual time in some tests: that takes
 * minutes where every question goes through a socket or a file.
 */
const all = process.env.BRINJAL_TEST_EVERYWHERE !== undefined

for (const [name, client] of all ? databases : databases.slice(0, 1)) {
  await TaskManagerTest.suite(`TaskManager on ${name}`, watchedLayer(storeLayer(client)))
}
