/**
 * Taking away: tasks on request, and recurring tasks with all that belongs to them.
 */
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import type { Database } from "./database.ts"
import { inParts } from "./parts.ts"
import * as rows from "./rows.ts"
import { toText } from "./text.ts"

/** The outcomes of tasks that are gone keep their last status. */
export const keepStatuses = (
  { outcomes, sql }: Database,
  gone: ReadonlyArray<rows.Row>
): Effect.Effect<void, SqlError> => {
  const instances = gone.filter((row) => row.recurring_id !== null)
  const statuses = new Set(instances.map(({ status }) => status as string))
  return Effect.forEach(statuses, (status) => {
    const ids = [...rows.idsOf(instances.filter((row) => row.status === status))]
    return inParts(ids, (part) => sql`update ${outcomes} set status = ${status} where ${sql.in("task_id", part)}`)
  }, { discard: true })
}

/** Removes tasks that do not run, and gives their ids. */
export const removeTasks = Effect.fnUntraced(function*(database: Database, taskIds: ReadonlyArray<string>) {
  const { sql, tasks } = database
  const gone = yield* inParts(
    taskIds,
    (part) =>
      sql<rows.Row>`delete from ${tasks} where status <> 'running' and ${sql.in("task_id", part)}
      returning task_id, recurring_id, status`
  )
  yield* keepStatuses(database, gone.flat())
  // in the order in which they were named, and each once
  const left = rows.idsOf(gone.flat())
  return taskIds.filter((taskId) => left.delete(taskId))
})

/** Removes all tasks that have ended, and gives their ids in the order in which they were added. */
export const removeEndedTasks = Effect.fnUntraced(function*(database: Database) {
  const { sql, tasks } = database
  const gone = yield* sql<rows.Row>`delete from ${tasks} where completed_at is not null
    returning task_id, recurring_id, status, seq`
  yield* keepStatuses(database, gone)
  return [...rows.idsOf(rows.inOrder(gone))]
})

/** Removes a recurring task with its outcomes. Its ended tasks are kept among all others from now on. */
export const removeConfig = Effect.fnUntraced(function*(
  { configs, outcomes, sql, tasks }: Database,
  recurringId: string
) {
  const id = toText(recurringId)
  yield* sql`delete from ${outcomes} where recurring_id = ${id}`
  const gone = yield* sql`delete from ${configs} where recurring_id = ${id} returning recurring_id`
  yield* sql`update ${tasks} set history_of = '' where completed_at is not null and history_of = ${id}`
  return gone.length > 0
})
