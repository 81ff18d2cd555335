/**
 * What live streams carry: a numbered event for every state change, and an explicit gap where a slow reader lost some.
 *
 * The sequence numbers of a manager increase by one per event, so that a reader can tell that nothing is missing.
 */
import * as Schema from "effect/Schema"
import { RecurringTaskInfo } from "./RecurringTaskInfo.ts"
import { TaskInfo } from "./TaskInfo.ts"

/**
 * A task changed: its complete state after the change. `lost` counts the events that a slow reader lost just before
 * this one; it is always 0 in `TaskManager.events`, which has `Gap` instead.
 *
 * @category models
 * @since 0.1.0
 */
export class TaskUpdate extends Schema.TaggedClass<TaskUpdate>()("TaskUpdate", {
  sequence: Schema.Int,
  lost: Schema.Int,
  ...TaskInfo.fields
}) {}

/**
 * A task was removed, or pruned by retention.
 *
 * @category models
 * @since 0.1.0
 */
export class TaskRemoved extends Schema.TaggedClass<TaskRemoved>()("TaskRemoved", {
  sequence: Schema.Int,
  taskId: Schema.String
}) {}

/**
 * A recurring task was added or changed.
 *
 * @category models
 * @since 0.1.0
 */
export class RecurringTaskUpdate extends Schema.TaggedClass<RecurringTaskUpdate>()("RecurringTaskUpdate", {
  sequence: Schema.Int,
  recurringTask: RecurringTaskInfo
}) {}

/**
 * A recurring task was removed.
 *
 * @category models
 * @since 0.1.0
 */
export class RecurringTaskRemoved extends Schema.TaggedClass<RecurringTaskRemoved>()("RecurringTaskRemoved", {
  sequence: Schema.Int,
  recurringId: Schema.String
}) {}

/**
 * The reader was too slow and lost the events `from` to `to` (inclusive). Read the current state again.
 *
 * @category models
 * @since 0.1.0
 */
export class Gap extends Schema.TaggedClass<Gap>()("Gap", { from: Schema.Int, to: Schema.Int }) {}

/**
 * Everything a manager publishes.
 *
 * @category models
 * @since 0.1.0
 */
export const TaskEvent = Schema.Union([TaskUpdate, TaskRemoved, RecurringTaskUpdate, RecurringTaskRemoved, Gap])

/**
 * @category models
 * @since 0.1.0
 */
export type TaskEvent = typeof TaskEvent.Type
