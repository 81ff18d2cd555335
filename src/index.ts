/**
 * Recurring tasks for Effect.
 */

/**
 * What the processes on one store tell each other.
 *
 * @since 0.1.0
 */
export * as Announcement from "./Announcement.ts"

/**
 * Days and hours that matter: business hours, holidays, windows.
 *
 * @since 0.1.0
 */
export * as Calendar from "./Calendar.ts"

/**
 * The pure decision on every occurrence.
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
 * Warnings about recurring tasks, before they run.
 *
 * @since 0.1.0
 */
export * as Lint from "./Lint.ts"

/**
 * What the linter warns of.
 *
 * @since 0.1.0
 */
export * as LintWarning from "./LintWarning.ts"

/**
 * When something recurs.
 *
 * @since 0.1.0
 */
export * as Recurrence from "./Recurrence.ts"

/**
 * Recurring tasks declared as Layers.
 *
 * @since 0.1.0
 */
export * as RecurringTask from "./RecurringTask.ts"

/**
 * What recurring tasks and their outcomes look like.
 *
 * @since 0.1.0
 */
export * as RecurringTaskInfo from "./RecurringTaskInfo.ts"

/**
 * What has to change so that the recurring tasks are those that are declared.
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
 * What recurring tasks would do.
 *
 * @since 0.1.0
 */
export * as Simulation from "./Simulation.ts"

/**
 * Typed tasks.
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
 * The publisher of live events.
 *
 * @since 0.1.0
 */
export * as TaskEvents from "./TaskEvents.ts"

/**
 * What tasks look like.
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
 * The handlers of a process.
 *
 * @since 0.1.0
 */
export * as TaskRegistry from "./TaskRegistry.ts"

/**
 * Where tasks are kept.
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
