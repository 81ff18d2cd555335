/**
 * The life of tasks, many at once: added, claimed, changed, put back. Every statement takes all of its rows as one
 * parameter, and locks them in the order of their ids, so that two that meet wait for each other and do not block.
 */
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import type { Claim, Counters, TaskRecord } from "../../TaskStore.ts"
import * as columns from "./columns.ts"
import * as counters from "./counters.ts"
import type { Database } from "./database.ts"
import type { Columns } from "./dialect.ts"
import * as rows from "./rows.ts"
import { assign, listOf } from "./sql.ts"

const inserted = { ...columns.task, history_of: "text" } as const satisfies Columns

/** Adds tasks, in this order. */
export const insert = (
  { dialect, sql, tasks }: Database,
  records: ReadonlyArray<TaskRecord>
): Effect.Effect<unknown, SqlError> => {
  if (records.length === 0) return Effect.void
  const list = sql.literal(listOf(inserted))
  const values = records.map((task) => ({ ...rows.fromTask(task), history_of: task.recurringId ?? "" }))
  return sql`insert into ${tasks} (${list}) select ${list} from ${dialect.rows(inserted, values)}`
}

/** What a reader of tasks selects. */
export const selection = ({ dialect }: Database): string =>
  Object.entries(columns.task as Columns)
    .map(([name, type]) => type === "json" ? `${dialect.json(name)} as ${name}` : name)
    .join(", ")

/** What an update says about the tasks that it has changed. */
const returning = ({ dialect, sql, tasks }: Database, wanted: Columns) =>
  sql.csv(
    Object.entries(wanted).map(([name, type]) => {
      const column = sql`${tasks}.${sql.literal(name)}`
      return type === "json" ? sql`${column}${sql.literal(dialect.json(""))} as ${sql.literal(name)}` : column
    })
  )

const claimed = {
  task_id: "text",
  expected: "integer",
  owner: "text",
  started_at: "integer",
  lease_until: "integer"
} as const satisfies Columns

const fromClaim = ({ attempt, leaseUntil, now, owner, taskId }: Claim) => ({
  task_id: taskId,
  expected: attempt,
  owner,
  started_at: Math.round(now),
  lease_until: leaseUntil === null ? null : Math.round(leaseUntil)
})

type Claimed = { readonly task: TaskRecord; readonly counters: Counters | undefined }

const takeQueued = (database: Database, claims: ReadonlyArray<Claim>) => {
  const { sql, tasks } = database
  return sql<rows.Row>`update ${tasks} set status = 'running', attempt = ${tasks}.attempt + 1,
      started_at = x.started_at, owner = x.owner, lease_until = x.lease_until
    from ${locked(database, claimed, claims.map(fromClaim))}
    where ${tasks}.task_id = x.task_id and ${tasks}.status = 'queued' and ${tasks}.attempt = x.expected
    returning ${returning(database, columns.task)}`
}

/** Claims tasks that are all different; each is the claimer's, or `undefined`. */
export const claim = Effect.fnUntraced(function*(
  database: Database,
  claims: ReadonlyArray<Claim>
): Effect.fn.Return<ReadonlyArray<Claimed | undefined>, SqlError> {
  const taken = new Map<string, TaskRecord>()
  for (const row of yield* takeQueued(database, claims)) {
    const task = rows.toTask(row)
    taken.set(task.taskId, task)
  }
  const tasks = claims.map(({ taskId }) => taken.get(taskId))
  const counted = yield* countOf(database, tasks, (task) => counters.began(task.startedAt!))
  return tasks.map((task) => task && { task, counters: counted.get(task) })
})

/** Counts those that belong to a recurring task, in their order, and gives the counters by task. */
export const countOf = Effect.fnUntraced(function*(
  database: Database,
  tasks: ReadonlyArray<TaskRecord | undefined>,
  step: (task: TaskRecord) => counters.Step["count"]
): Effect.fn.Return<ReadonlyMap<TaskRecord, Counters | undefined>, SqlError> {
  const instances = tasks.filter((task) => task !== undefined && task.recurringId !== null) as Array<TaskRecord>
  const steps = instances.map((task) => ({ recurringId: task.recurringId!, count: step(task) }))
  const answers = yield* counters.count(database, steps)
  return new Map(instances.map((task, i) => [task, answers[i]]))
})

/** A task as it is to be, if its attempt is still `expected`. */
export interface Change {
  readonly task: TaskRecord
  readonly expected: number
}

const target = { task_id: "text", expected: "integer" } as const satisfies Columns
const worded = { ...target, ...columns.word } as const satisfies Columns
const changed = { ...target, ...columns.change } as const satisfies Columns

const fromChange = ({ expected, task }: Change) => ({
  task_id: task.taskId,
  expected,
  ...rows.fromChange(task)
})

/** Changes tasks that are all different and for which `mayChange`; gives the ids of those that were changed. */
const write = (
  database: Database,
  changes: ReadonlyArray<Change>,
  how: { readonly set: Columns; readonly given: Columns; readonly mayChange: string }
): Effect.Effect<ReadonlySet<string>, SqlError> => {
  const { sql, tasks } = database
  const rowsOfChanges = locked(database, how.given, changes.map(fromChange))
  const statement = sql<rows.Row>`update ${tasks} set ${assign(sql, how.set)} from ${rowsOfChanges}
    where ${tasks}.task_id = x.task_id and ${tasks}.attempt = x.expected
      and ${tasks}.${sql.literal(how.mayChange)}
    returning ${returning(database, { task_id: "text" })}`
  return Effect.map(statement, (found) => new Set(found.map(rows.taskIdOf)))
}

const isRunning = "status = 'running'"

const isLive = "completed_at is null"

/** Writes what running tasks say about themselves; owner and lease stay. */
export const update = (
  database: Database,
  changes: ReadonlyArray<Change>
): Effect.Effect<ReadonlySet<string>, SqlError> =>
  write(database, changes, { set: columns.word, given: worded, mayChange: isRunning })

/** Puts running tasks back into the queue. */
export const requeue = (
  database: Database,
  changes: ReadonlyArray<Change>
): Effect.Effect<ReadonlySet<string>, SqlError> =>
  write(database, changes, { set: columns.change, given: changed, mayChange: isRunning })

/** Ends live tasks. */
export const end = (database: Database, changes: ReadonlyArray<Change>): Effect.Effect<ReadonlySet<string>, SqlError> =>
  write(database, changes, { set: columns.change, given: changed, mayChange: isLive })

/** Rows that are joined with the tasks that they are about; where there are other writers, these are locked in order. */
const locked = ({ dialect, sql, tasks }: Database, given: Columns, values: ReadonlyArray<object>) =>
  dialect.name === "sqlite" || values.length === 1
    ? dialect.rows(given, values)
    : sql`(select x.* from ${dialect.rows(given, values)}
        join ${tasks} on ${tasks}.task_id = x.task_id
        order by x.task_id for update of ${tasks}) as x`
