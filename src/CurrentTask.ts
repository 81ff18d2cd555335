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
 * Fields of a task that its handler may change while it runs. `progress` is 0 to 100, or -1 when indeterminate; a field
 * that is left out keeps its value.
 *
 * @category models
 * @since 0.1.0
 */
export interface Update {
  readonly progress?: number | undefined
  readonly heading?: string | undefined
  readonly body?: string | undefined
  readonly img?: string | undefined
}

/**
 * The running instance. `scheduledAt` is the nominal time of its occurrence, `covers` the missed occurrences that this
 * run stands for, `attempt` counts from 1.
 *
 * @category services
 * @since 0.1.0
 */
export class CurrentTask extends Context.Service<CurrentTask, {
  readonly taskId: string
  readonly parentId: Option.Option<string>
  readonly scheduledAt: Option.Option<DateTime.Utc>
  readonly covers: Option.Option<{ readonly from: DateTime.Utc; readonly to: DateTime.Utc; readonly count: number }>
  readonly attempt: Effect.Effect<number>
  /** Why the task is being interrupted, for its finalizers; none while nobody has cancelled it. */
  readonly cancellation: Effect.Effect<Option.Option<TaskCancelled>>
  readonly update: (update: Update) => Effect.Effect<void>
}>()("brinjal/CurrentTask") {}
