/**
 * Recurring tasks and their outcomes. A decision is taken when the row is locked and still has the expected version; with
 * it come its outcomes, numbered by the row, and its instances.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { SqlError } from "effect/sql/SqlError"
import type { Commit, ConfigRecord, OutcomeRecord, Retention, StoredConfig, TaskRecord } from "../../TaskStore.ts"
import * as columns from "./columns.ts"
import * as counters from "./counters.ts"
import type { Database } from "./database.ts"
import type { Columns } from "./dialect.ts"
import * as rows from "./rows.ts"
import { assign, listOf } from "./sql.ts"
import * as tasks from "./tasks.ts"
import { toText } from "./text.ts"

/** A new recurring task, with what belongs to it. */
export interface Insertion {
  readonly config: ConfigRecord
  readonly outcomes: ReadonlyArray<OutcomeRecord>
  readonly tasks: ReadonlyArray<TaskRecord>
  readonly retention: Retention
}

/** A decision, and how many outcomes are kept. */
export interface Decided extends Commit {
  readonly retention: Retention
}

/** What belongs to a recurring task after `count` outcomes were numbered. */
interface Belonging extends Pick<Decided, "config" | "outcomes" | "retention" | "tasks"> {
  readonly count: number
}

const fromConfig = ({ config, outcomes }: Insertion) => ({
  recurring_id: config.recurringId,
  created_at: Math.round(config.createdAt),
  ...rows.fromDecision(config),
  outcome_count: outcomes.length
})

const add = (
  { configs, dialect, sql }: Database,
  insertions: ReadonlyArray<Insertion>
): Effect.Effect<ReadonlySet<string>, SqlError> => {
  const list = sql.literal(listOf(columns.config))
  const statement = sql<rows.Row>`insert into ${configs} (${list})
    select ${list} from ${dialect.rows(columns.config, insertions.map(fromConfig))} where true
    on conflict (recurring_id) do nothing returning recurring_id`
  return Effect.map(statement, (added) => new Set(added.map(rows.recurringIdOf)))
}

/** The outcomes that are still there after those of their batch that are too old have gone. */
const numbered = ({ config, count, outcomes, retention }: Belonging) => {
  const first = count - outcomes.length + 1
  const from = Math.max(0, outcomes.length - retention.outcomes)
  return outcomes.slice(from).map((outcome, i) => rows.fromOutcome(outcome, config.recurringId, first + from + i))
}

const addOutcomes = ({ dialect, outcomes, sql }: Database, values: ReadonlyArray<object>) => {
  const list = sql.literal(listOf(columns.outcome))
  return sql`insert into ${outcomes} (${list}) select ${list} from ${dialect.rows(columns.outcome, values)}`
}

const boundColumns = { recurring_id: "text", bound: "integer" } as const satisfies Columns

const dropOutcomes = ({ dialect, outcomes, sql }: Database, bounds: ReadonlyArray<object>) =>
  sql`delete from ${outcomes} where exists (
    select 1 from ${dialect.rows(boundColumns, bounds)}
    where x.recurring_id = ${outcomes}.recurring_id and ${outcomes}.ordinal <= x.bound
  )`

/** Outcomes and instances of recurring tasks whose rows are written. */
const addBelongings = Effect.fnUntraced(function*(database: Database, all: ReadonlyArray<Belonging>) {
  const added = all.flatMap(numbered)
  if (added.length > 0) yield* addOutcomes(database, added)
  const bounds = all
    .filter(({ count, outcomes, retention }) => outcomes.length > 0 && count > retention.outcomes)
    .map(({ config, count, retention }) => ({ recurring_id: config.recurringId, bound: count - retention.outcomes }))
  if (bounds.length > 0) yield* dropOutcomes(database, bounds)
  yield* tasks.insert(database, all.flatMap(({ tasks }) => tasks))
})

/** Adds recurring tasks with ids that are all different; `false` where an id is taken. */
export const insert = Effect.fnUntraced(function*(
  database: Database,
  insertions: ReadonlyArray<Insertion>
): Effect.fn.Return<ReadonlyArray<boolean>, SqlError> {
  const added = yield* add(database, insertions)
  const news = insertions.filter(({ config }) => added.has(config.recurringId))
  yield* addBelongings(database, news.map((one) => ({ ...one, count: one.outcomes.length })))
  return insertions.map(({ config }) => added.has(config.recurringId))
})

const decisionColumns = {
  recurring_id: "text",
  ...columns.decision,
  outcome_count: "integer"
} as const satisfies Columns

const setColumns = { ...columns.decision, outcome_count: "integer" } as const satisfies Columns

const write = ({ configs, dialect, sql }: Database, taken: ReadonlyArray<Belonging>) => {
  const values = taken.map(({ config, count }) => ({
    recurring_id: config.recurringId,
    ...rows.fromDecision(config),
    outcome_count: count
  }))
  return sql`update ${configs} set ${assign(sql, setColumns)} from ${dialect.rows(decisionColumns, values)}
    where ${configs}.recurring_id = x.recurring_id`
}

/** Commits decisions about recurring tasks that are all different; `false` where another writer was first. */
export const commit = Effect.fnUntraced(function*(
  database: Database,
  decisions: ReadonlyArray<Decided>
): Effect.fn.Return<ReadonlyArray<boolean>, SqlError> {
  const ids = decisions.map(({ config }) => config.recurringId)
  const locked = new Map<string, rows.Row>()
  for (const row of yield* counters.lock(database, ids, "version, outcome_count")) {
    locked.set(rows.recurringIdOf(row), row)
  }
  const isTaken = ({ config, expected }: Decided) => {
    const row = locked.get(config.recurringId)
    return row !== undefined && rows.number(row.version) === expected
  }
  const taken = decisions.filter(isTaken).map((one) => ({
    ...one,
    count: rows.number(locked.get(one.config.recurringId)!.outcome_count) + one.outcomes.length
  }))
  if (taken.length > 0) yield* write(database, taken)
  yield* addBelongings(database, taken)
  return decisions.map(isTaken)
})

const selection = (database: Database): string =>
  Object.entries({ ...columns.config, ...columns.counters } as Columns)
    .map(([name, type]) => type === "json" ? `${database.dialect.json(name)} as ${name}` : name)
    .join(", ")

/** All recurring tasks. One that cannot be read stays where it is and stops no other. */
export const all = Effect.fnUntraced(function*(database: Database) {
  const { configs, sql } = database
  const found = yield* sql<rows.Row>`select ${sql.literal(selection(database))} from ${configs} order by seq`
  const readable: Array<StoredConfig> = []
  for (const row of found) {
    const config = rows.toConfig(row)
    if (Result.isSuccess(config)) readable.push(config.success)
    else yield* Effect.logWarning(`Recurring task "${rows.recurringIdOf(row)}" cannot be read`, config.failure)
  }
  return readable
})

/** One recurring task. */
export const get = (database: Database, recurringId: string) => {
  const { configs, sql } = database
  return Effect.flatMap(
    sql<rows.Row>`select ${sql.literal(selection(database))} from ${configs} where recurring_id = ${
      toText(recurringId)
    }`,
    ([row]) => row === undefined ? Effect.undefined : Effect.fromResult(rows.toConfig(row))
  )
}

/** Removes a recurring task with its outcomes. Its ended tasks are kept among the one-off ones from now on. */
export const remove = Effect.fnUntraced(function*(database: Database, recurringId: string) {
  const { configs, outcomes, sql, tasks } = database
  const id = toText(recurringId)
  const locked = yield* counters.lock(database, [recurringId], "version")
  if (locked.length === 0) return false
  yield* sql`delete from ${outcomes} where recurring_id = ${id}`
  yield* sql`delete from ${configs} where recurring_id = ${id}`
  yield* sql`update ${tasks} set history_of = ''
    where completed_at is not null and history_of = ${id}`
  return true
})

/** Outcomes of a recurring task, newest first. The status of a started one is that of its task, as long as that is there. */
export const page = (
  database: Database,
  recurringId: string,
  { limit, offset }: { readonly offset: number; readonly limit: number }
): Effect.Effect<ReadonlyArray<OutcomeRecord>, SqlError> => {
  const { dialect, outcomes, sql, tasks } = database
  const wanted = Object.entries(columns.outcome as Columns)
    .map(([name, type]) => {
      if (name === "status") return "coalesce(t.status, o.status) as status"
      return type === "json" ? `${dialect.json(`o.${name}`)} as ${name}` : `o.${name}`
    })
    .join(", ")
  const statement = sql<rows.Row>`select ${sql.literal(wanted)} from ${outcomes} as o
    left join ${tasks} as t on t.task_id = o.task_id
    where o.recurring_id = ${toText(recurringId)}
    order by o.ordinal desc ${dialect.limit(limit)} offset ${offset}`
  return Effect.map(statement, (found) => found.map(rows.toOutcome))
}
