/**
 * Turns in Postgres: one statement, which calls the functions that are there for them.
 */
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import type { Claim, Turned } from "../../../TaskStore.ts"
import * as claims from "../claims.ts"
import * as counters from "../counters.ts"
import type { Database } from "../database.ts"
import * as retention from "../retention.ts"
import * as rows from "../rows.ts"
import { toJson } from "../text.ts"
import type { Ending, Reservation, Turn } from "../writes.ts"
import { inLockingOrder, withoutNulls } from "./recordset.ts"
import * as reserving from "./reserving.ts"
import { functionName } from "./turning.ts"

const fromEnding = (ending: Ending, ord: number) => {
  const { task_id: _, ...word } = rows.fromWord(ending.task)
  const { since = null } = ending.retention
  return withoutNulls({ ord, keep: retention.keepOf(ending), since: rows.instantOrNull(since), ...word })
}

const targetsOf = ({ claims, endings }: Turn) =>
  inLockingOrder([
    ...endings.map(({ expected, owner, task }, ord) => ({
      ord,
      is_claim: false,
      task_id: task.taskId,
      expected,
      owner
    })),
    ...claims.map((claim, i) => ({ ord: endings.length + i, is_claim: true, ...rows.fromClaim(claim) }))
  ]).map(withoutNulls)

/** Ends and claims tasks; the rest of a turn, which mostly there is not, is another function of the same statement. */
const statement = (database: Database, turn: Turn) => {
  const { sql } = database
  const turned = sql`select * from ${sql.literal(functionName(database))}(${toJson(targetsOf(turn))}::json, ${
    toJson(turn.endings.map(fromEnding))
  }::json)`
  if (turn.reservations.length + turn.returns.length === 0) return turned
  const reserved = sql`${sql.literal(reserving.functionName(database))}(${fromReservations(turn.reservations)}::json, ${
    fromReservations(turn.returns)
  }::json)`
  return sql`${turned} union all select null, 'reserved', task_id, null, null, null, null, null from ${reserved}`
}

const fromReservations = (reservations: ReadonlyArray<Reservation>): string =>
  toJson(inLockingOrder(reservations.map(rows.fromReservation)))

/** Ends tasks, claims others, reserves some and gives some back. */
export const turn = Effect.fnUntraced(function*(
  database: Database,
  turn: Turn
): Effect.fn.Return<Turned, SqlError> {
  const all: ReadonlyArray<rows.Row> = yield* statement(database, turn)
  const found = all.filter(({ verdict }) => verdict !== "reserved")
  const reserved = rows.idsOf(all.filter(({ verdict }) => verdict === "reserved"))
  const first = turn.endings.length
  return {
    settled: settled(turn.endings, found.filter((row) => row.ord === null || rows.number(row.ord) < first)),
    claimed: yield* claimed(
      turn.claims,
      found.filter((row) => row.ord !== null && rows.number(row.ord) >= first),
      first
    ),
    reserved: turn.reservations.map(({ task }) => reserved.has(task.taskId))
  }
})

const settled = (endings: ReadonlyArray<Ending>, found: ReadonlyArray<rows.Row>): Turned["settled"] => {
  const hits = found.filter((row) => row.ord !== null)
  const hit = rows.idsOf(hits)
  const tasks = endings.filter(({ task }) => hit.has(task.taskId)).map(({ task }) => task)
  const { after } = counters.fold(rows.countersById(hits), tasks, counters.ended)
  return retention.answers(endings, hit, after, [...rows.idsOf(found.filter((row) => row.verdict !== "stays"))])
}

const claimed = (
  given: ReadonlyArray<Claim>,
  found: ReadonlyArray<rows.Row>,
  first: number
): Effect.Effect<Turned["claimed"]> => {
  const verdicts = new Map(found.map((row) => [rows.number(row.ord) - first, row.verdict as claims.Verdict]))
  const base = rows.countersById(found)
  return claims.answer(
    given,
    given.map((_, i) => verdicts.get(i)),
    (taken) => Effect.succeed(counters.fold(base, taken, counters.began))
  )
}
