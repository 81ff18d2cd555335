/**
 * What every `TaskStore` must pass, whatever it stands on: memory, SQLite, Postgres.
 *
 * The suite runs with vitest and `@effect/vitest`, which are loaded when it is called and not before.
 */
import type * as Layer from "effect/Layer"
import type { TaskStore } from "../TaskStore.ts"

/**
 * Registers the conformance suite of a store. Every test builds the layer anew and must find an empty store in it.
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
