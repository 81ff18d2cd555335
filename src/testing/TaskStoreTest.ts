/**
 * The conformance suite of a `TaskStore`, for every backend: memory, SQLite, Postgres.
 *
 * The suite needs vitest and `@effect/vitest`, which are loaded only when it is called.
 */
import type * as Layer from "effect/Layer"
import type { TaskStore } from "../TaskStore.ts"

/**
 * Registers the suite of a store. Every test builds the layer anew, which must contain an empty store.
 *
 * **Example** (The store in memory)
 *
 * ```ts
 * await TaskStoreTest.suite("TaskStore in memory", TaskStore.layerMemory)
 * ```
 *
 * @category suites
 * @since 0.1.0
 */
export const suite = async <E>(name: string, layer: Layer.Layer<TaskStore, E>): Promise<void> => {
  const { register } = await import("./store/index.ts")
  register(name, layer)
}
