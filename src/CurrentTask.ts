/**
 * The service that exists only while a task runs: it identifies the task, and lets it report how it is getting on.
 *
 * It is subtracted from the requirements of a handler's layer, so code that uses it compiles only inside a task.
 */
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { TaskCancelled } from "./TaskError.ts"

/**
 * Fields of a task that its handler may change while it runs. A field that is left out keeps its value.
 *
 * @category models
 * @since 0.1.0
 */
export interface Update {
  /** Percent, from 0 to 100. Any negative number counts as -1: nobody knows how far it is. */
  readonly progress?: number | undefined
  /** At most 65,536 characters of it are kept, as of the body. */
  readonly heading?: string | undefined
  readonly body?: string | undefined
  /** Ignored if it is longer than that. */
  readonly img?: string | undefined
}

/**
 * The running instance: what it is, and why it is.
 *
 * @category services
 * @since 0.1.0
 */
export class CurrentTask extends Context.Service<CurrentTask, {
  /** The same for all attempts: a key for what must be done once. */
  readonly taskId: string
  /** The id of the recurring task, or of the task, that made this one. */
  readonly parentId: Option.Option<string>
  /** The nominal time of its occurrence, or the time that it was queued for, however late it runs. */
  readonly scheduledAt: Option.Option<DateTime.Utc>
  /** The missed occurrences that this run stands for, from the first to the last. */
  readonly covers: Option.Option<{ readonly from: DateTime.Utc; readonly to: DateTime.Utc; readonly count: number }>
  /** Which attempt this is, from 1. */
  readonly attempt: Effect.Effect<number>
  /** Why the task is being interrupted, for its finalizers; none while nobody has cancelled it. */
  readonly cancellation: Effect.Effect<Option.Option<TaskCancelled>>
  /** Reports how it is getting on, as `Task.update` does. */
  readonly update: (update: Update) => Effect.Effect<void>
}>()("brinjal/CurrentTask") {}
