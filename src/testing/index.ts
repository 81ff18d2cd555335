/**
 * The entry point `brinjal/testing`: for testing your own tasks, and for writing a store or a manager.
 */

/**
 * Virtual time, a manager in memory, and outcomes as text.
 *
 * @since 0.1.0
 */
export * as Testing from "./Testing.ts"

/**
 * The conformance suite of managers.
 *
 * @since 0.1.0
 */
export * as TaskManagerTest from "./TaskManagerTest.ts"

/**
 * The conformance suite of stores.
 *
 * @since 0.1.0
 */
export * as TaskStoreTest from "./TaskStoreTest.ts"
