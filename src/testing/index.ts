/**
 * For people who test their own tasks, and for those who write a store or a manager.
 */

/**
 * Virtual time, a manager in memory, and outcomes as text.
 *
 * @since 0.1.0
 */
export * as Testing from "./Testing.ts"

/**
 * What any manager must pass.
 *
 * @since 0.1.0
 */
export * as TaskManagerTest from "./TaskManagerTest.ts"

/**
 * What any store must pass.
 *
 * @since 0.1.0
 */
export * as TaskStoreTest from "./TaskStoreTest.ts"
