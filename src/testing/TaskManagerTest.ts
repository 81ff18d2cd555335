/**
 * The conformance suite of a manager over any `TaskStore`, as a user would notice it.
 *
 * The suite needs vitest and `@effect/vitest`, which are loaded only when it is called.
 */
import type * as Layer from "effect/Layer"
import type { TaskStore } from "../TaskStore.ts"

/**
 * Registers the suite of a manager over a store. Every test builds the layer anew, which must contain an empty store.
 *
 * **Example** (The store in memory)
 *
 * ```ts
 * await TaskManagerTest.suite("TaskManager in memory", TaskStore.layerMemory)
 * ```
 *
 * @category suites
 * @since 0.1.0
 */
export const suite = async <E>(name: string, layer: Layer.Layer<TaskStore, E>): Promise<void> => {
  const { register } = await import("./manager/index.ts")
  register(name, layer)
}
