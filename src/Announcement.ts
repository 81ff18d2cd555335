/**
 * Hints that the processes on one store send each other, so that none of them has to poll.
 *
 * A hint says where to look, never what is there. It may be lost, late, repeated, or out of date when it arrives: a
 * receiver asks the store before it acts, and also looks by itself from time to time.
 */
import * as Schema from "effect/Schema"

/**
 * A recurring task was added, changed or decided, and its row now has this version. If only occurrences were decided,
 * `lastDecided` is the latest of them; `null` means that the row has to be read again.
 *
 * @category models
 * @since 0.1.0
 */
export const Config = Schema.TaggedStruct("Config", {
  recurringId: Schema.String,
  version: Schema.Finite,
  lastDecided: Schema.NullOr(Schema.Finite)
})

/**
 * A recurring task was removed.
 *
 * @category models
 * @since 0.1.0
 */
export const ConfigGone = Schema.TaggedStruct("ConfigGone", { recurringId: Schema.String })

/**
 * The state of a task changed. `recurringId` is the recurring task that it is an instance of, if any; `ended` says that
 * it has ended or was removed.
 *
 * @category models
 * @since 0.1.0
 */
export const Task = Schema.TaggedStruct("Task", {
  taskId: Schema.String,
  recurringId: Schema.NullOr(Schema.String),
  ended: Schema.Boolean
})

/**
 * A task of this type is queued that the sender cannot run: another process should take it. If there is an `at`, it
 * sleeps until then.
 *
 * @category models
 * @since 0.1.0
 */
export const Queued = Schema.TaggedStruct("Queued", {
  taskType: Schema.String,
  at: Schema.optionalKey(Schema.Finite)
})

/**
 * Whoever runs this task should stop it.
 *
 * @category models
 * @since 0.1.0
 */
export const Cancel = Schema.TaggedStruct("Cancel", { taskId: Schema.String })

/**
 * A place in a pool has become free.
 *
 * @category models
 * @since 0.1.0
 */
export const Freed = Schema.TaggedStruct("Freed", { pool: Schema.String })

/**
 * A task type was paused or resumed: check which are paused.
 *
 * @category models
 * @since 0.1.0
 */
export const Paused = Schema.TaggedStruct("Paused", { taskType: Schema.String })

/**
 * A process has started, is stopping, or can run other task types than before: check who is there.
 *
 * @category models
 * @since 0.1.0
 */
export const Members = Schema.TaggedStruct("Members", { owner: Schema.String })

/**
 * Announcements may have been lost: look at everything again.
 *
 * @category models
 * @since 0.1.0
 */
export const Gap = Schema.TaggedStruct("Gap", {})

/**
 * Any announcement.
 *
 * @category models
 * @since 0.1.0
 */
export const Announcement = Schema.Union([Config, ConfigGone, Task, Queued, Cancel, Freed, Paused, Members, Gap])

/**
 * @category models
 * @since 0.1.0
 */
export type Announcement = typeof Announcement.Type
