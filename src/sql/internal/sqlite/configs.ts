/**
 * Recurring tasks in SQLite. A decision counts when the row has the expected version; the row numbers its outcomes.
 */
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import type { Claimed } from "../../../TaskStore.ts"
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
  outcome_count: "integer"
} as const

const write = ({ configs, list, sql, tasks }: Database, decisions: ReadonlyArray<Decided>) =>
  forRows(decidedColumns, decisions.map(rows.fromDecided), (x) =>
    sql<rows.Row>`update ${configs} as c
      set ${sql.literal(columns.decide)}
      from ${x} where c.recurring_id = x.recurring_id and c.version = x.expected and (x.active is null or x.active <= (
        select count(*) from ${tasks} where recurring_id = x.recurring_id and completed_at is null
      ))
      returning recurring_id, outcome_count, ${list(columns.counters)}`)

const outcomeColumns = { recurring_id: "text", ordinal: "integer", ...columns.outcome } as const

const tell = ({ list, outcomes, sql }: Database, told: ReadonlyArray<columns.Values>) =>
  forRows(
    outcomeColumns,
    told,
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

/** Writes outcomes and instances of the rows that were written, and returns which these are. */
const belong = Effect.fnUntraced(function*(
  database: Database,
  all: ReadonlyArray<Belongings>,
  written: ReadonlyArray<rows.Row>
) {
  const counts = new Map(written.map((row) => [rows.recurringIdOf(row), rows.number(row.outcome_count)]))
  const hit = all.filter(({ config }) => counts.has(config.recurringId))
  const countOf = ({ config }: Belongings) => counts.get(config.recurringId)!
  yield* tell(database, hit.flatMap((one) => recent(one, countOf(one) - one.outcomes.length)))
  yield* forget(
    database,
    hit.filter(({ outcomes }) => outcomes.length > 0).map((one) => ({
      recurring_id: one.config.recurringId,
      bound: countOf(one) - one.retention.outcomes
    })).filter(({ bound }) => bound > 0)
  )
  yield* tasks.insert(database, hit.flatMap(({ tasks }) => tasks))
  return all.map(({ config }) => counts.has(config.recurringId))
})

/** Adds recurring tasks. */
export const insert = Effect.fnUntraced(function*(
  database: Database,
  insertions: ReadonlyArray<Insertion>
): Effect.fn.Return<ReadonlyArray<boolean>, SqlError> {
  return yield* belong(database, insertions, yield* add(database, insertions))
})

/** Commits decisions. */
export const commit = Effect.fnUntraced(function*(
  database: Database,
  decisions: ReadonlyArray<Decided>
): Effect.fn.Return<ReadonlyArray<boolean | Claimed>, SqlError> {
  const found = yield* write(database, decisions)
  const begun = yield* begin(database, decisions, found)
  const all = decisions.map((decision) => {
    const claimed = begun.get(decision)
    return claimed === undefined ? decision : { ...decision, tasks: [claimed.task] }
  })
  const written = yield* belong(database, all, found)
  yield* tasks.cancel(database, decisions.flatMap(({ cancels = [] }, i) => written[i] ? cancels : []))
  return decisions.map((decision, i) => begun.get(decision) ?? written[i]!)
})

/** Of the decisions that count, the instances that are to run at once and find room. */
const begin = Effect.fnUntraced(function*(
  database: Database,
  decisions: ReadonlyArray<Decided>,
  written: ReadonlyArray<rows.Row>
): Effect.fn.Return<ReadonlyMap<Decided, Claimed>, SqlError> {
  const counters = rows.countersById(written)
  const asked = decisions.flatMap((decision) => {
    const claim = counters.has(decision.config.recurringId) ? rows.claimOf(decision) : undefined
    return claim === undefined ? [] : [{ decision, claim }]
  })
  if (asked.length === 0) return none
  const answers = yield* tasks.claimNew(database, counters, asked.map(({ claim }) => claim))
  return new Map(asked.flatMap(({ decision }, i) => {
    const answer = answers[i]
    return typeof answer === "object" ? [[decision, answer]] : []
  }))
})

const none: ReadonlyMap<Decided, Claimed> = new Map()
