/**
 * How a manager is set up: its pools, what it keeps, and how long it waits.
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Layer from "effect/Layer"
import type { Retention } from "./TaskExchange.ts"

/**
 * How a manager is set up. What cannot be meant, such as a pool of `NaN` places, ends the layer with a defect that
 * names it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Configuration {
  /** Named limits in addition to, or instead of, `single` 1, `multiple` 10 and `default` 3; `Infinity` is no limit. */
  readonly pools?: Readonly<Record<string, number>> | undefined
  /**
   * How many ended tasks are kept per status (`done` 10, `failed` 100, `cancelled` 100), for every recurring task and
   * for all one-off tasks together; how many `outcomes` per recurring task (100); and how many tasks per status that
   * were queued by other tasks (`children`, 1,000, or as many as others if that is more). `Infinity` keeps all.
   */
  readonly retention?: Partial<Retention> | undefined
  /**
   * How large the encoded payload, success or error of a task may be, in bytes as JSON; a payload with the heading, body
   * and img beside it. A larger one is refused with `TaskTooLarge`. Default 1 MiB (1,048,576), at most 4 MiB unless the
   * store is in memory. Processes that share a store should agree on it. For larger payloads over HTTP, also raise its
   * `bodySize`.
   */
  readonly maxValueSize?: number | undefined
  /** How long the finalizers of a cancelled task may take before it is ended without them. Default 10 seconds. */
  readonly cancelGrace?: Duration.Input | undefined
  /**
   * How long running tasks may go on when the manager stops. Those that remain are cancelled or, if the store outlives
   * the process, queued again for the next one. Default 30 seconds.
   */
  readonly shutdownGrace?: Duration.Input | undefined
  /** How long a process that does not answer keeps its running tasks, if the store outlives it. Default 30 seconds. */
  readonly lease?: Duration.Input | undefined
  /**
   * Names this process. One that restarts under the same name takes its tasks back at once, instead of waiting for
   * their lease to end. Two that run at the same time must not share a name. Default a new name for every start.
   */
  readonly name?: string | undefined
}

/**
 * The configuration of the managers that are made in this context. Use `configure` to set it.
 *
 * @category references
 * @since 0.1.0
 */
export const CurrentConfiguration = Context.Reference<Configuration>("brinjal/TaskManager/CurrentConfiguration", {
  defaultValue: () => ({})
})

/**
 * Layer that configures a manager: provide it to `layer` or `layerMemory`.
 *
 * **Gotchas**
 *
 * One `configure` inside another replaces it, with all of its options: give them all in one.
 *
 * **Example** (A pool of your own)
 *
 * ```ts
 * TaskManager.layerMemory.pipe(Layer.provide(TaskManager.configure({ pools: { disk: 2 } })))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const configure = (configuration: Configuration): Layer.Layer<never> =>
  Layer.succeed(CurrentConfiguration, configuration)
