/**
 * Turns in Postgres: one statement, which calls the functions that the database has for them.
 */
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import type { Fragment } from "effect/sql/Statement"
import * as counting from "../../../internal/counters.ts"
import type { Turned } from "../../../TaskStore.ts"
import * as claims from "../claims.ts"
import * as counters from "../counters.ts"
import type { Database } from "../database.ts"
import * as retention from "../retention.ts"
import * as rows from "../rows.ts"
import { toJson } from "../text.ts"
import type { Ending, Turn } from "../writes.ts"
import { inLockingOrder, listIn, withoutNulls } from "./recordset.ts"
import * as reserving from "./reserving.ts"
import { functionName } from "./turning.ts"

const fromEnding = ({ task }: Ending) => {
  const { task_id: _, ...word } = rows.fromReport(task)
  return withoutNulls(word)
}

const targetOf = (ending: Ending, i: number) => ({
  ord: i + 1,
  task_id: ending.task.taskId,
  expected: ending.expected,
  ender: ending.owner,
  status: ending.task.status,
  completed_at: rows.instantOrNull(ending.task.completedAt),
  keep: retention.keepOf(ending),
  apart: retention.apart(ending.task) || null,
  since: rows.instantOrNull(ending.retention.since ?? null)
})

const targetsOf = ({ claims, endings }: Turn) =>
  inLockingOrder([
    ...endings.map(targetOf),
    ...claims.map((claim, i) => ({ ord: endings.length + i + 1, ...rows.fromClaim(claim) }))
  ]).map(withoutNulls)

/** Reserves tasks and gives others back, if that is wanted; a function of its own, in the same statement. */
const reserved = (database: Database, { reservations, returns }: Turn): Fragment =>
  reservations.length + returns.length === 0
    ? database.sql.literal("null")
    : reserving.call(database, reservations, returns)

/** Ends tasks, claims others, gives some back and reserves some. */
export const turn = (database: Database, turn: Turn): Effect.Effect<Turned, SqlError> => {
  const { sql } = database
  const call = sql<rows.Row>`select *, ${reserved(database, turn)} as reserved
    from ${sql.literal(functionName(database))}(${toJson(targetsOf(turn))}::json, ${
    toJson(turn.endings.map(fromEnding))
  }::json)`
  return Effect.flatMap(call, ([answer]) => turned(turn, answer!))
}

/** What the function says of the targets, in their order. Its texts are as they are kept. */
const turned = ({ claims: given, endings, reservations }: Turn, answer: rows.Row): Effect.Effect<Turned> => {
  const verdicts = listIn<string | null>(answer.verdicts)
  const hit = new Set(endings.filter((_, i) => verdicts[i] !== null).map(({ task }) => task.taskId))
  const dropped = endings.filter((_, i) => verdicts[i] === "goes").map(({ task }) => task.taskId)
  const pruned = listIn<string>(answer.pruned).map(rows.text)
  const taken = new Set(listIn<number>(answer.reserved))
  const base = rows.countersById(listIn(answer.counters))
  const ended = endings.filter(({ task }) => hit.has(task.taskId)).map(({ task }) => task)
  const { after, last } = counters.fold(base, ended, counting.ended)
  return Effect.map(
    claims.answer(
      given,
      given.map((_, i) => (verdicts[endings.length + i] ?? undefined) as claims.Verdict | undefined),
      (taken) => Effect.succeed(counters.fold(last, taken, counting.began))
    ),
    (claimed) => ({
      settled: retention.answers(endings, hit, after, [...dropped, ...pruned]),
      claimed,
      reserved: reservations.map((_, i) => taken.has(i + 1))
    })
  )
}
