/**
 * Recurring tasks in SQLite. A decision counts when the row has the expected version; the row numbers its outcomes.
 */
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import type { Claimed, TaskRecord } from "../../../TaskStore.ts"
import * as columns from "../columns.ts"
import type { Database } from "../database.ts"
import { type Belongings, recent } from "../outcomes.ts"
import * as rows from "../rows.ts"
import type { Decided, Insertion } from "../writes.ts"
import * as tasks from "./tasks.ts"
import { forRows } from "./values.ts"

const add = ({ configs, list, sql }: Database, insertions: ReadonlyArray<Insertion>) =>
  forRows(
    columns.newConfig,
    insertions.map(rows.fromInsertion),
    (x) =>
      sql<rows.Row>`insert into ${configs} (${list(columns.newConfig)}) select ${list(columns.newConfig)} from ${x}
      where true on conflict (recurring_id) do nothing returning recurring_id, outcome_count`
  )

const decidedColumns = {
  recurring_id: "text",
  expected: "integer",
  active: "integer",
  ...columns.decision,
  outcome_count: "integer",
  begun_at: "integer"
} as const

/** What runs from now on, of each of some decisions. */
type Begun = ReadonlyArray<TaskRecord | undefined>

/** Writes decisions, each with the run that begins with it, if one does. */
const write = ({ configs, list, sql, tasks }: Database, decisions: ReadonlyArray<Decided>, begun: Begun) =>
  forRows(
    decidedColumns,
    decisions.map((decided, i) => rows.fromDecided(decided, begun[i]?.startedAt ?? null)),
    (x) =>
      sql<rows.Row>`update ${configs} as c
      set version = x.version, ${sql.literal(columns.decide)}, total_runs = c.total_runs + (x.begun_at is not null),
        last_run = coalesce(x.begun_at, c.last_run)
      from ${x} where c.recurring_id = x.recurring_id and c.version = x.expected and (x.active is null or x.active <= (
        select count(*) from ${tasks} where recurring_id = x.recurring_id and completed_at is null
      ))
      returning recurring_id, outcome_count, ${list(columns.counters)}`
  )

const outcomeColumns = { recurring_id: "text", ordinal: "integer", ...columns.outcome } as const

const insertOutcomes = ({ list, outcomes, sql }: Database, rows: ReadonlyArray<columns.Values>) =>
  forRows(
    outcomeColumns,
    rows,
    (x) => sql`insert into ${outcomes} (${list(outcomeColumns)}) select ${list(outcomeColumns)} from ${x}`
  )

const forget = ({ outcomes, sql }: Database, bounds: ReadonlyArray<columns.Values>) =>
  forRows(
    { recurring_id: "text", bound: "integer" },
    bounds,
    (x) =>
      sql`delete from ${outcomes} where (recurring_id, ordinal) in (
        select o.recurring_id, o.ordinal from ${x} join ${outcomes} as o
        on o.recurring_id = x.recurring_id and o.ordinal <= x.bound
      )`
  )

/** Rows that were written, by recurring task. */
type Written = ReadonlyMap<string, rows.Row>

const byId = (written: ReadonlyArray<rows.Row>): Written =>
  new Map(written.map((row) => [rows.recurringIdOf(row), row]))

/** Writes what belongs to recurring tasks whose rows were written. */
const insertBelongings = Effect.fnUntraced(
  function*(database: Database, all: ReadonlyArray<Belongings>, written: Written) {
    const hit = all.filter(({ config }) => written.has(config.recurringId))
    const countOf = ({ config }: Belongings) => rows.number(written.get(config.recurringId)!.outcome_count)
    const outcomesOf = (one: Belongings) =>
      recent(one, countOf(one) - one.outcomes.length).map((outcome) => ({
        recurring_id: one.config.recurringId,
        ...outcome
      }))
    yield* insertOutcomes(database, hit.flatMap(outcomesOf))
    yield* forget(
      database,
      hit.filter(({ outcomes }) => outcomes.length > 0).map((one) => ({
        recurring_id: one.config.recurringId,
        bound: countOf(one) - one.retention.outcomes
      })).filter(({ bound }) => bound > 0)
    )
    yield* tasks.insert(database, hit.flatMap(({ tasks }) => tasks))
  }
)

/** Adds recurring tasks. */
export const insert = Effect.fnUntraced(function*(
  database: Database,
  insertions: ReadonlyArray<Insertion>
): Effect.fn.Return<ReadonlyArray<boolean>, SqlError> {
  const written = byId(yield* add(database, insertions))
  yield* insertBelongings(database, insertions, written)
  return insertions.map(({ config }) => written.has(config.recurringId))
})

/**
 * Commits decisions. Which instances find room is said before it is known which decisions count, so that what begins is
 * counted in the row that is written anyway: one of a decision that does not count may keep another one waiting in
 * line.
 */
export const commit = Effect.fnUntraced(function*(
  database: Database,
  decisions: ReadonlyArray<Decided>
): Effect.fn.Return<ReadonlyArray<boolean | Claimed>, SqlError> {
  const begun = yield* tasks.begin(database, decisions.map(rows.claimOf))
  const written = byId(yield* write(database, decisions, begun))
  const isWritten = ({ config }: Decided) => written.has(config.recurringId)
  yield* insertBelongings(
    database,
    decisions.map((decision, i) => begun[i] === undefined ? decision : { ...decision, tasks: [begun[i]] }),
    written
  )
  yield* tasks.cancel(database, decisions.flatMap((one) => isWritten(one) ? one.cancels ?? none : none))
  return decisions.map((decision, i) => {
    const row = written.get(decision.config.recurringId)
    const task = begun[i]
    return row === undefined || task === undefined ? row !== undefined : { task, counters: rows.toCounters(row) }
  })
})

const none: ReadonlyArray<never> = []
