/**
 * Removes tasks and recurring tasks. Each method is atomic: on Postgres by itself, on SQLite in the transaction of the
 * caller.
 */
import type * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"

/** The removals of a database. */
export interface Removals {
  /** Removes tasks that do not run, and returns their ids. */
  readonly removeTasks: (taskIds: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<string>, SqlError>
  /** Removes all tasks that have ended, and returns their ids in the order in which they were added. */
  readonly removeEndedTasks: Effect.Effect<ReadonlyArray<string>, SqlError>
  /** Removes a recurring task with its outcomes. Its ended tasks count as one-off tasks from now on. */
  readonly removeConfig: (recurringId: string) => Effect.Effect<boolean, SqlError>
}

/** Those of the ids that are gone, in the order given, each once. */
export const asNamed = (taskIds: ReadonlyArray<string>, gone: Set<string>): ReadonlyArray<string> =>
  taskIds.filter((taskId) => gone.delete(taskId))
