import { TaskStore } from "brinjal"
import { TaskManagerTest } from "brinjal/testing"
import { Effect, Layer } from "effect"

/** The store in memory under the promise of a database, so that leases, restarts and crashes are tested without one. */
const durable = Layer.effect(
  TaskStore.TaskStore,
  Effect.map(TaskStore.TaskStore, (store) => ({ ...store, durable: true }))
).pipe(Layer.provide(TaskStore.layerMemory))

await TaskManagerTest.suite("TaskManager in memory", TaskStore.layerMemory)
await TaskManagerTest.suite("TaskManager over a store that outlives it", durable)
