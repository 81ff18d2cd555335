/**
 * What the processes that share a store tell each other, so that none has to ask again and again: hints.
 *
 * A hint says where to look and never what is there. One may be lost, late, repeated or untrue by the time it arrives:
 * whoever acts on it asks the store first, and looks by himself from time to time.
 */
import * as Schema from "effect/Schema"

/**
 * A recurring task was added, decided or changed: its row has this version now. `lastDecided` says that nothing has changed
 * but the occurrences that are decided, up to this one; `null` that it is to be read again.
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
 * The state of a task, which is an instance of this recurring task or of none, has changed; `ended`: it has ended or is gone.
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
 * A task of this type is queued that its process cannot run: somebody should take it.
 *
 * @category models
 * @since 0.1.0
 */
export const Queued = Schema.TaggedStruct("Queued", { taskType: Schema.String })

/**
 * Somebody asks for this running task to stop.
 *
 * @category models
 * @since 0.1.0
 */
export const Cancel = Schema.TaggedStruct("Cancel", { taskId: Schema.String })

/**
 * There is room in a pool.
 *
 * @category models
 * @since 0.1.0
 */
export const Freed = Schema.TaggedStruct("Freed", { pool: Schema.String })

/**
 * A process has come, has gone, or can run other tasks than before: look who is there.
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
 * Any of them.
 *
 * @category models
 * @since 0.1.0
 */
export const Announcement = Schema.Union([Config, ConfigGone, Task, Queued, Cancel, Freed, Members, Gap])

/**
 * @category models
 * @since 0.1.0
 */
export type Announcement = typeof Announcement.Type
