/**
 * Taking away: tasks on request, and recurring tasks with all that belongs to them. Each is atomic: on Postgres by itself,
 * on SQLite in the transaction in which it is asked for.
 */
import type * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"

/** The removals of a database. */
export interface Removals {
  /** Removes tasks that do not run, and gives their ids. */
  readonly removeTasks: (taskIds: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<string>, SqlError>
  /** Removes all tasks that have ended, and gives their ids in the order in which they were added. */
  readonly removeEndedTasks: Effect.Effect<ReadonlyArray<string>, SqlError>
  /** Removes a recurring task with its outcomes. Its ended tasks are kept among all others from now on. */
  readonly removeConfig: (recurringId: string) => Effect.Effect<boolean, SqlError>
}

/** Those of some ids that are gone, in the order in which they were named, and each once. */
export const asNamed = (taskIds: ReadonlyArray<string>, gone: Set<string>): ReadonlyArray<string> =>
  taskIds.filter((taskId) => gone.delete(taskId))
