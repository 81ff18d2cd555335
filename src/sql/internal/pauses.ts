/**
 * Task types that are paused: a row for each.
 */
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import type { Pause } from "../../TaskStore.ts"
import * as columns from "./columns.ts"
import type { Database } from "./database.ts"
import * as rows from "./rows.ts"
import { toText } from "./text.ts"

const toPause = (row: rows.Row): Pause => ({
  taskType: rows.text(row.task_type),
  since: rows.number(row.since),
  note: rows.text(row.note)
})

/** Pauses a type, and returns the pause as it is stored: a type that is paused already keeps its `since`. */
export const pauseType = (
  { pauses, read, sql }: Database,
  { note, since, taskType }: Pause
): Effect.Effect<Pause, SqlError> =>
  Effect.map(
    sql<rows.Row>`insert into ${pauses} (task_type, since, note)
      values (${toText(taskType)}, ${Math.round(since)}, ${toText(note)})
      on conflict (task_type) do update set note = excluded.note
      returning ${read(columns.pause)}`,
    ([row]) => toPause(row!)
  )

/** Resumes a type; `false` if it was not paused. */
export const resumeType = ({ pauses, sql }: Database, taskType: string): Effect.Effect<boolean, SqlError> =>
  Effect.map(
    sql`delete from ${pauses} where task_type = ${toText(taskType)} returning task_type`,
    (resumed) => resumed.length > 0
  )

/** All that are paused, in the order of the types. */
export const all = ({ pauses, read, sql }: Database): Effect.Effect<ReadonlyArray<Pause>, SqlError> =>
  Effect.map(
    sql<rows.Row>`select ${read(columns.pause)} from ${pauses}`,
    (found) => found.map(toPause).sort((a, b) => a.taskType < b.taskType ? -1 : 1)
  )
