/**
 * What the server sends, as JSON. These are types only, derived from the definition of `/v1`, so that the page cannot
 * drift from it and none of it is in the bundle.
 */
import type * as RecurringTasks from "../../../http/internal/v1/recurring.ts"
import type * as Schedules from "../../../http/internal/v1/schedules.ts"
import type * as System from "../../../http/internal/v1/system.ts"
import type * as Tasks from "../../../http/internal/v1/tasks.ts"

/** One task. */
export type Task = typeof Tasks.Task.Encoded

/** What a task is doing. */
export type Status = Task["status"]

/** Why a task did not succeed. */
export type Failure = NonNullable<Task["error"]>

/** Tasks, newest first, and where the next page begins. */
export type TaskPage = typeof Tasks.TaskPage.Encoded

/** A task to queue. */
export type NewTask = typeof Tasks.NewTask.Encoded

/** Which tasks to remove at once. */
export type TasksToRemove = typeof Tasks.TasksToRemove.Encoded

/** What was done to many tasks, and where the next part begins. */
export type BulkResult = typeof Tasks.BulkResult.Encoded & Partial<typeof Tasks.RetryResult.Encoded>

/** A type of task that can be queued. */
export type TaskType = typeof Tasks.TaskType.Encoded

/** One recurring task. */
export type Recurring = typeof RecurringTasks.RecurringTask.Encoded

/** What happened to an occurrence, or to a range of them. */
export type Outcome = typeof RecurringTasks.Outcome.Encoded

/** Outcomes, newest first, and where the next page begins. */
export type OutcomePage = typeof RecurringTasks.OutcomePage.Encoded

/** Why something did or did not run. */
export type Explained = typeof RecurringTasks.Explained.Encoded

/** The next occurrences. */
export type Upcoming = typeof RecurringTasks.Upcoming.Encoded

/** What a cron text means. */
export type Preview = typeof Schedules.Preview.Encoded

/** What ran and what will run. */
export type Timeline = typeof Schedules.Timeline.Encoded

/** What waits of one task type, and which processes would run it. */
export type Backlog = typeof System.Backlog.Encoded

/** What the server is, and what the caller may do. */
export type Info = typeof System.Info.Encoded

/** One message of the event stream, with its data read. */
export type Event =
  | {
    readonly event: "snapshot"
    readonly data: {
      readonly server_time: string
      readonly part: number
      readonly parts: number
      readonly tasks: ReadonlyArray<Task>
      readonly recurring: ReadonlyArray<Recurring>
    }
  }
  | { readonly event: "task"; readonly data: Task }
  | { readonly event: "task_removed"; readonly data: { readonly task_id: string } }
  | { readonly event: "recurring"; readonly data: Recurring }
  | { readonly event: "recurring_removed"; readonly data: { readonly recurring_id: string } }
  | { readonly event: "gap"; readonly data: { readonly reason: string; readonly lost: number | null } }
  | { readonly event: "heartbeat"; readonly data: { readonly server_time: string } }
