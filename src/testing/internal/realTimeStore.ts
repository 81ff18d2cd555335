/**
 * A store whose answers take real time, under a virtual clock.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { direct } from "../../internal/memory.ts"
import { TaskStore } from "../../TaskStore.ts"
import { outside } from "./scheduler.ts"

const marked = (value: unknown): unknown => {
  if (Effect.isEffect(value)) return outside(value)
  return typeof value === "function" ? (...args: ReadonlyArray<unknown>) => marked(value(...args)) : value
}

/** Layer of the same store, for whose answers virtual time waits. One in memory takes no time, and is left as it is. */
export const layer = <E, R>(store: Layer.Layer<TaskStore, E, R>): Layer.Layer<TaskStore, E, R> =>
  Layer.effect(TaskStore, Effect.map(TaskStore, (store) => direct(store) === undefined ? markedStore(store) : store))
    .pipe(Layer.provide(store))

const markedStore = (store: typeof TaskStore.Service): typeof TaskStore.Service => {
  const members = Object.entries(store).map(([name, value]) => [name, marked(value)])
  // every member is the same, except for the mark
  return Object.fromEntries(members) as typeof TaskStore.Service
}
