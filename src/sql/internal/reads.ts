/**
 * Reading tasks and recurring tasks.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { SqlError } from "effect/sql/SqlError"
import type { Held, StoredConfig, TaskRecord, TaskStore } from "../../TaskStore.ts"
import * as columns from "./columns.ts"
import type { Database } from "./database.ts"
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

/** Extends the leases of an owner, and gives what he holds, oldest first. */
export const heartbeat = (
  { sql, tasks }: Database,
  { leaseUntil, owner }: Parameters<typeof TaskStore.Service["heartbeat"]>[0]
): Effect.Effect<ReadonlyArray<Held>, SqlError> =>
  Effect.map(
    sql<rows.Row>`update ${tasks} set lease_until = ${Math.round(leaseUntil)} where owner = ${toText(owner)}
      returning task_id, attempt, seq`,
    (held) => rows.inOrder(held).map((row) => ({ taskId: rows.taskIdOf(row), attempt: rows.number(row.attempt) }))
  )

/** Running tasks that lost their owner, oldest first. */
export const abandonedTasks = (
  { read, sql, tasks }: Database,
  { now, owner, taskTypes }: Parameters<typeof TaskStore.Service["abandonedTasks"]>[0]
): Tasks => {
  const name = toText(owner.slice(0, owner.lastIndexOf("/") + 1))
  const isLate = sql`lease_until < ${Math.ceil(now)}`
  const isEarlierStart = sql`(owner <> ${toText(owner)} and substr(owner, 1, length(${name})) = ${name})`
  return tasksOf(sql`select ${read(columns.task)} from ${tasks}
    where owner is not null and ${name === "" ? isLate : sql.or([isLate, isEarlierStart])}
      and ${sql.in("task_type", taskTypes.map(toText))}
    order by seq`)
}

/** All recurring tasks. One that cannot be read stays where it is and stops no other. */
export const allConfigs = Effect.fnUntraced(function*({ configs, read, sql }: Database) {
  const readable: Array<StoredConfig> = []
  for (const row of yield* sql<rows.Row>`select ${read(columns.config)} from ${configs} order by seq`) {
    const config = rows.toConfig(row)
    if (Result.isSuccess(config)) readable.push(config.success)
    else yield* Effect.logWarning(`Recurring task "${rows.recurringIdOf(row)}" cannot be read`, config.failure)
  }
  return readable
})

/** One recurring task. */
export const getConfig = ({ configs, read, sql }: Database, recurringId: string) =>
  Effect.flatMap(
    sql<rows.Row>`select ${read(columns.config)} from ${configs} where recurring_id = ${toText(recurringId)}`,
    ([row]) => row === undefined ? Effect.undefined : Effect.fromResult(rows.toConfig(row))
  )
