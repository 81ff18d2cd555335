/**
 * What a manager must do over every `TaskStore`, as a user would notice it.
 *
 * The suite runs with vitest and `@effect/vitest`, which are loaded when it is called and not before.
 */
import type * as Layer from "effect/Layer"
import type { TaskStore } from "../TaskStore.ts"

/**
 * Registers the suite of a manager over a store. Every test builds the layer anew and must find an empty store in it.
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
