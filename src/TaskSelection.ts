/**
 * Which tasks and outcomes to read, which tasks to act on at once, and what became of these.
 */
import type * as DateTime from "effect/DateTime"
import type { OccurrenceOutcome } from "./RecurringTaskInfo.ts"
import type { TaskNotRegistered, TaskPoolNotFound, TaskTooLarge } from "./TaskError.ts"
import type { TaskStatus } from "./TaskInfo.ts"

/**
 * Conditions of a search, all of which must hold. Attributes are compared by equality. Tasks are returned newest first.
 *
 * @category models
 * @since 0.1.0
 */
export interface SearchOptions {
  readonly taskType?: string | undefined
  readonly status?: TaskStatus | undefined
  /** The id of the recurring task or the task that made it; `null` for those that nothing has made. */
  readonly parentId?: string | null | undefined
  readonly taskId?: string | undefined
  readonly progress?: number | undefined
  readonly heading?: string | null | undefined
  readonly body?: string | null | undefined
  readonly img?: string | null | undefined
  readonly priority?: number | undefined
  readonly attempt?: number | undefined
  /** With the name of the task before it, such as `Sync/acme`; `null` for those that have none. */
  readonly concurrencyKey?: string | null | undefined
  /** Whether it waits until fewer tasks with its concurrency key are active. */
  readonly parked?: boolean | undefined
  /** Fields of the encoded payload, by equality. A dot goes deeper: `"target.path"`. */
  readonly payload?: Readonly<Record<string, string | number | boolean | null>> | undefined
  /** A part of the heading, the body, the id or the type, ignoring case. */
  readonly text?: string | undefined
  /** Created then or later. */
  readonly createdFrom?: DateTime.DateTime.Input | undefined
  /** Created earlier than then. */
  readonly createdBefore?: DateTime.DateTime.Input | undefined
  /**
   * Only tasks older than the one with this id. Pass the id of the last task of a page to get the next one: the cost is
   * the same however many pages came before, and new tasks do not shift it, as they do with `offset`.
   */
  readonly before?: string | undefined
  /** How many to leave out. Default 0. */
  readonly offset?: number | undefined
  /** How many to return at most. Default 100. */
  readonly limit?: number | undefined
}

/**
 * Which tasks to act on at once: conditions as those of a search, all of which must hold. At least one has to be given,
 * so that a forgotten one does not mean all tasks.
 *
 * @category models
 * @since 0.1.0
 */
export interface Selection<Status extends TaskStatus = TaskStatus>
  extends Omit<SearchOptions, "offset" | "limit" | "status">
{
  readonly status?: Status | undefined
  /** How many to act on at most, the newest first. Default all. */
  readonly limit?: number | undefined
}

/**
 * What became of the tasks that were acted on at once.
 *
 * @category models
 * @since 0.1.0
 */
export interface BulkResult {
  /** How many it was done to; in a dry run, how many it would be done to now. */
  readonly count: number
  /** How many were left as they are, since they had changed or gone when it was their turn. */
  readonly skipped: number
  /** Why others were left as they are. */
  readonly refused: ReadonlyArray<Refused>
  /**
   * The id of the last one that was looked at: with a `limit`, the `before` of the next part. It matters to retries,
   * which may have failed again before the next part.
   */
  readonly last: string | undefined
}

/**
 * Why tasks of a type were left as they are, and how many: if the reasons differ, the first one.
 *
 * @category models
 * @since 0.1.0
 */
export interface Refused {
  readonly error: TaskNotRegistered | TaskPoolNotFound | TaskTooLarge
  readonly count: number
}

/**
 * Which outcomes to read, newest first.
 *
 * @category models
 * @since 0.1.0
 */
export interface Page {
  /** Only those of one kind. */
  readonly outcome?: OccurrenceOutcome["outcome"] | undefined
  /** Only those recorded before the one with this `ordinal`: pass that of the last one to get the next page. */
  readonly before?: number | undefined
  /** How many to leave out. Default 0. */
  readonly offset?: number | undefined
  /** How many to return at most. Default 100. */
  readonly limit?: number | undefined
}
