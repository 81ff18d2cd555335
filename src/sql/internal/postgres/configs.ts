/**
 * Recurring tasks in Postgres. A decision with its outcomes and instances is one call of a function in the database,
 * and so are a thousand; adding recurring tasks works likewise.
 */
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import type { Fragment } from "effect/sql/Statement"
import type { Claimed } from "../../../TaskStore.ts"
import type * as columns from "../columns.ts"
import type { Database } from "../database.ts"
import { type Belongings, recent } from "../outcomes.ts"
import * as rows from "../rows.ts"
import type { Decided, Insertion } from "../writes.ts"
import * as adding from "./adding.ts"
import * as deciding from "./deciding.ts"
import { inLockingOrder, listIn, recordset, toList, type Usual, withNumbers } from "./recordset.ts"

type Values = ReadonlyArray<columns.Values>

/** A list for a function; null if it is empty. */
const listOf = ({ sql }: Database, values: Values, usual?: Usual): Fragment =>
  sql`${values.length === 0 ? null : toList(values, usual)}::json`

/** What each has of something, with its number. */
const ofEach = <A>(all: ReadonlyArray<A>, valuesOf: (one: A) => Values): Values =>
  all.flatMap((one, i) => valuesOf(one).map((values) => ({ ord: i + 1, ...values })))

/** The lists of what belongs to recurring tasks. */
const belongings = (database: Database, all: ReadonlyArray<Belongings>): Fragment =>
  database.sql`${listOf(database, ofEach(all, (one) => recent(one, 0)), deciding.usual.outcomes)},
      ${listOf(database, ofEach(all, ({ tasks }) => tasks.map(rows.fromTask)), deciding.usual.instances)}`

/** Adds recurring tasks. */
export const insert = (
  database: Database,
  insertions: ReadonlyArray<Insertion>
): Effect.Effect<ReadonlyArray<boolean>, SqlError> => {
  const { sql } = database
  const call = sql<rows.Row>`select ${sql.literal(adding.functionName(database))}(
      ${listOf(database, withNumbers(insertions.map(rows.fromInsertion)))}, ${belongings(database, insertions)}
    ) as written`
  return Effect.map(call, ([answer]) => listIn<boolean>(answer!.written))
}

/** What tells one from another one that was added under its id. */
const identity = {
  recurring_id: "text",
  version: "integer",
  created_at: "integer",
  spec: "json",
  template: "json"
} as const

/** The ids of those that are there as they were added. */
const those = (
  database: Database,
  insertions: ReadonlyArray<Insertion>
): Effect.Effect<ReadonlySet<string>, SqlError> => {
  const { configs, sql } = database
  const added = recordset(sql, identity, insertions.map(rows.fromInsertion))
  const isSame = Object.keys(identity).map((name) => `c.${name} = x.${name}`).join(" and ")
  return Effect.map(
    sql<rows.Row>`select x.recurring_id from ${added}
      cross join lateral (select * from ${configs} where recurring_id = x.recurring_id offset 0) as c
      where ${sql.literal(isSame)}`,
    (found) => new Set(found.map(rows.recurringIdOf))
  )
}

/** Adds recurring tasks that may have been added already: those that are there as they were added count too. */
export const insertAgain = (
  database: Database,
  insertions: ReadonlyArray<Insertion>
): Effect.Effect<ReadonlyArray<boolean>, SqlError> =>
  Effect.zipWith(
    insert(database, insertions),
    Effect.suspend(() => those(database, insertions)),
    (added, there) => insertions.map(({ config }, i) => added[i]! || there.has(config.recurringId))
  )

/** The tasks that are to stop, in the order in which they are locked. */
const cancelsOf = (decisions: ReadonlyArray<Decided>): Values => {
  const all = decisions.flatMap(({ cancels = [] }, i) =>
    cancels.map((cancel) => ({ decision: i + 1, ...rows.fromCancel(cancel) }))
  )
  return withNumbers(inLockingOrder(all))
}

/** Commits decisions, except those about what somebody else has locked. */
export const commit = (
  database: Database,
  decisions: ReadonlyArray<Decided>
): Effect.Effect<ReadonlyArray<boolean | "locked" | Claimed>, SqlError> =>
  Effect.map(
    write(database, decisions, false),
    (answers) => decisions.map((decision) => answers.get(decision) ?? "locked")
  )

/** Commits a decision once nobody else has locked what it is about. */
export const commitLocked = (database: Database, decision: Decided): Effect.Effect<boolean | Claimed, SqlError> =>
  Effect.map(write(database, [decision], true), (answers) => answers.get(decision)!)

/** The answers to decisions. */
type Answers = ReadonlyMap<Decided, boolean | Claimed | undefined>

const write = (
  database: Database,
  decisions: ReadonlyArray<Decided>,
  waits: boolean
): Effect.Effect<Answers, SqlError> => {
  const { sql } = database
  const sorted = decisions.toSorted((a, b) => a.config.recurringId < b.config.recurringId ? -1 : 1)
  const call = sql<rows.Row>`select * from ${sql.literal(deciding.functionName(database))}(
      ${listOf(database, withNumbers(sorted.map(rows.fromExpected)), deciding.usual.targets)},
      ${listOf(database, withNumbers(sorted.map(fromDecision)), deciding.usual.decisions)},
      ${listOf(database, cancelsOf(sorted))}, ${belongings(database, sorted)},
      ${listOf(database, ofEach(sorted, beginsOf))}, ${waits}
    )`
  return Effect.map(call, ([answer]) => answersOf(sorted, answer!))
}

/** What a decision writes, without the version if that is the next one. */
const fromDecision = (decided: Decided) => {
  const decision = rows.fromDecision(decided)
  return decision.version === decided.expected + 1 ? { ...decision, version: null } : decision
}

const beginsOf = (decided: Decided): Values => {
  const claim = rows.claimOf(decided)
  return claim === undefined ? [] : [rows.fromBegin(claim)]
}

const answersOf = (sorted: ReadonlyArray<Decided>, answer: rows.Row): Answers => {
  const written = listIn<boolean | null>(answer.written)
  const begun = new Map(listIn<rows.Row>(answer.begun).map((row) => [rows.number(row.ord), rows.toCounters(row)]))
  return new Map(sorted.map((decision, i): readonly [Decided, boolean | Claimed | undefined] => {
    const counters = begun.get(i + 1)
    if (counters === undefined) return [decision, written[i] ?? undefined]
    return [decision, { task: rows.toClaimed(rows.claimOf(decision)!), counters }]
  }))
}
