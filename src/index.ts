/**
 * The entry point `brinjal`: recurring tasks for Effect, one namespace per module.
 *
 * Most programs need `Task`, `TaskManager` and `RecurringTask`.
 */

/**
 * Hints that the processes on one store send each other.
 *
 * @since 0.1.0
 */
export * as Announcement from "./Announcement.ts"

/**
 * What waits in a store, and who would run it.
 *
 * @since 0.1.0
 */
export * as Backlog from "./Backlog.ts"

/**
 * Parts of time: business hours, holidays, windows.
 *
 * @since 0.1.0
 */
export * as Calendar from "./Calendar.ts"

/**
 * The pure function that decides every occurrence.
 *
 * @since 0.1.0
 */
export * as Decision from "./Decision.ts"

/**
 * Why something did or did not run.
 *
 * @since 0.1.0
 */
export * as Explanation from "./Explanation.ts"

/**
 * The health of a manager.
 *
 * @since 0.1.0
 */
export * as Health from "./Health.ts"

/**
 * Finds what may be wrong with recurring tasks before they run.
 *
 * @since 0.1.0
 */
export * as Lint from "./Lint.ts"

/**
 * The warnings of the linter.
 *
 * @since 0.1.0
 */
export * as LintWarning from "./LintWarning.ts"

/**
 * When something is due.
 *
 * @since 0.1.0
 */
export * as Recurrence from "./Recurrence.ts"

/**
 * Recurring tasks declared in code, as Layers.
 *
 * @since 0.1.0
 */
export * as RecurringTask from "./RecurringTask.ts"

/**
 * Recurring tasks and their outcomes as users see them.
 *
 * @since 0.1.0
 */
export * as RecurringTaskInfo from "./RecurringTaskInfo.ts"

/**
 * What has to change for the recurring tasks of a store to be those that are declared.
 *
 * @since 0.1.0
 */
export * as RecurringTaskPlan from "./RecurringTaskPlan.ts"

/**
 * The options of recurring tasks.
 *
 * @since 0.1.0
 */
export * as RecurringTaskSpec from "./RecurringTaskSpec.ts"

/**
 * What recurring tasks would do, in virtual time.
 *
 * @since 0.1.0
 */
export * as Simulation from "./Simulation.ts"

/**
 * Typed definitions of tasks.
 *
 * @since 0.1.0
 */
export * as Task from "./Task.ts"

/**
 * Every expected failure.
 *
 * @since 0.1.0
 */
export * as TaskError from "./TaskError.ts"

/**
 * What live streams carry.
 *
 * @since 0.1.0
 */
export * as TaskEvent from "./TaskEvent.ts"

/**
 * The service that publishes live events.
 *
 * @since 0.1.0
 */
export * as TaskEvents from "./TaskEvents.ts"

/**
 * Tasks as users see them.
 *
 * @since 0.1.0
 */
export * as TaskInfo from "./TaskInfo.ts"

/**
 * The service that runs tasks.
 *
 * @since 0.1.0
 */
export * as TaskManager from "./TaskManager.ts"

/**
 * The handlers of this process.
 *
 * @since 0.1.0
 */
export * as TaskRegistry from "./TaskRegistry.ts"

/**
 * The interface of a store, and the store in memory.
 *
 * @since 0.1.0
 */
export * as TaskStore from "./TaskStore.ts"

/**
 * One timer for all sleeping loops.
 *
 * @since 0.1.0
 */
export * as Ticker from "./Ticker.ts"
