/**
 * Reads tasks and recurring tasks.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { SqlError } from "effect/sql/SqlError"
import type { CancelRequest, ConfigVersion, StoredConfig, TaskRecord, TaskStore } from "../../TaskStore.ts"
import * as columns from "./columns.ts"
import type { Database } from "./database.ts"
import { isOtherStart } from "./members.ts"
import * as owning from "./postgres/owning.ts"
import * as rows from "./rows.ts"
import { toText } from "./text.ts"

type Tasks = Effect.Effect<ReadonlyArray<TaskRecord>, SqlError>

const tasksOf = (statement: Effect.Effect<ReadonlyArray<rows.Row>, SqlError>): Tasks =>
  Effect.map(statement, (found) => found.map(rows.toTask))

/** One task. */
export const getTask = ({ read, sql, tasks }: Database, taskId: string) =>
  Effect.map(
    tasksOf(sql`select ${read(columns.task)} from ${tasks} where task_id = ${toText(taskId)}`),
    ([task]) => task
  )

/** Tasks that have not ended, oldest first. */
export const liveTasks = ({ read, sql, tasks }: Database): Tasks =>
  tasksOf(sql`select ${read(columns.task)} from ${tasks} where completed_at is null order by seq`)

/** The tasks with these ids, in this order, without those that do not exist. */
export const getTasks = (
  { dialect, read, sql, tasks }: Database,
  taskIds: ReadonlyArray<string>
): Tasks =>
  Effect.map(
    tasksOf(sql`select ${read(columns.task, "t")} from ${dialect.having(tasks, "task_id", taskIds)}`),
    (tasks) => {
      const found = new Map(tasks.map((task) => [task.taskId, task]))
      return taskIds.flatMap((taskId) => found.get(taskId) ?? [])
    }
  )

/** Instances of a recurring task, or of all of them, that have not ended, oldest first. */
export const activeTasks = ({ read, sql, tasks }: Database, recurringId: string | undefined): Tasks => {
  const whose = recurringId === undefined ? sql`recurring_id is not null` : sql`recurring_id = ${toText(recurringId)}`
  return tasksOf(sql`select ${read(columns.task)} from ${tasks} where completed_at is null and ${whose} order by seq`)
}

/** Asks for a task that has not ended to stop, and returns it. */
export const requestCancel = (
  { read, sql, tasks, dialect }: Database,
  taskId: string,
  request: CancelRequest
): Effect.Effect<TaskRecord | undefined, SqlError> =>
  Effect.map(
    tasksOf(sql`update ${tasks}
      set cancel_request = case when completed_at is null then ${dialect.toJson(request)} end
      where task_id = ${toText(taskId)} returning ${read(columns.task)}`),
    ([task]) => task
  )

/** Running and reserved tasks that have lost their owner, oldest first. */
export const abandonedTasks = (
  database: Database,
  wanted: Parameters<typeof TaskStore.Service["abandonedTasks"]>[0]
): Tasks => {
  const { dialect, read, sql, tasks } = database
  if (dialect.name === "postgres") return tasksOf(owning.abandonedTasks(database, wanted))
  const { now, owner, taskTypes } = wanted
  return tasksOf(sql`select ${read(columns.task)} from ${tasks}
    where ${sql.in("task_type", taskTypes.map(toText))} and (
      owner is not null and ${sql.or([sql`lease_until < ${Math.ceil(now)}`, isOtherStart(database, owner)])}
      or reserved_by is not null
        and ${sql.or([sql`reserved_until < ${Math.ceil(now)}`, isOtherStart(database, owner, "reserved_by")])}
    )
    order by seq`)
}

/** All recurring tasks. One that cannot be read is left alone, and does not stop the others. */
export const allConfigs = Effect.fnUntraced(function*({ configs, read, sql }: Database) {
  const readable: Array<StoredConfig> = []
  for (const row of yield* sql<rows.Row>`select ${read(columns.config)} from ${configs} order by seq`) {
    const config = rows.toConfig(row)
    if (Result.isSuccess(config)) readable.push(config.success)
    else yield* Effect.logWarning(`Recurring task "${rows.recurringIdOf(row)}" cannot be read`, config.failure)
  }
  return readable
})

/** The ids and versions of all recurring tasks. */
export const configVersions = (
  { configs, sql }: Database
): Effect.Effect<ReadonlyArray<ConfigVersion>, SqlError> =>
  Effect.map(
    sql<rows.Row>`select recurring_id, version from ${configs} order by seq`,
    (found) => found.map((row) => ({ recurringId: rows.recurringIdOf(row), version: rows.number(row.version) }))
  )

/** One recurring task. */
export const getConfig = ({ configs, read, sql }: Database, recurringId: string) =>
  Effect.flatMap(
    sql<rows.Row>`select ${read(columns.config)} from ${configs} where recurring_id = ${toText(recurringId)}`,
    ([row]) => row === undefined ? Effect.undefined : Effect.fromResult(rows.toConfig(row))
  )
