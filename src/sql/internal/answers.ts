/**
 * Answers by key: a row per key, written in the transaction of the work itself. A request with a key that is being
 * worked on waits for that transaction.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import type { TaskStoreError } from "../../TaskError.ts"
import type { Answer, Request } from "../../TaskStore.ts"
import type { Database } from "./database.ts"
import * as errors from "./errors.ts"
import type * as rows from "./rows.ts"
import { fromText, toText } from "./text.ts"

/** The work has failed, so the transaction is rolled back. */
class RolledBack<E> {
  readonly cause: Cause.Cause<E>
  constructor(cause: Cause.Cause<E>) {
    this.cause = cause
  }
}

const rollingBack = <E, R>(work: Effect.Effect<string, E, R>): Effect.Effect<string, RolledBack<E>, R> =>
  Effect.catchCause(work, (cause) =>
    Cause.hasInterruptsOnly(cause)
      ? Effect.failCause(cause as Cause.Cause<never>)
      : Effect.fail(new RolledBack(cause)))

/**
 * Removes the answer that expired first, unless another transaction is about to. As each request removes one and adds
 * one, there are never more rows than there once were valid answers.
 */
const forgetOne = ({ answers, dialect, sql }: Database, now: number): Effect.Effect<unknown, SqlError> => {
  const oldest = sql`select request_key from ${answers} where until_at <= ${now} order by until_at limit 1`
  return sql`delete from ${answers} where request_key = (
    ${dialect.name === "sqlite" ? oldest : sql`${oldest} for update skip locked`}
  )`
}

/** Claims the key for this request, unless it has a valid answer. */
const take = (database: Database, { key, now, request, until }: Request): Effect.Effect<boolean, SqlError> => {
  const { answers, sql } = database
  return forgetOne(database, Math.floor(now)).pipe(
    Effect.andThen(sql<rows.Row>`insert into ${answers} as a (request_key, request, until_at)
      values (${toText(key)}, ${toText(request)}, ${Math.ceil(until)})
      on conflict (request_key) do update
      set request = excluded.request, answer = null, until_at = excluded.until_at where a.until_at <= ${Math.floor(now)}
      returning request_key`),
    Effect.map((taken) => taken.length > 0)
  )
}

const read = ({ answers, sql }: Database, { key }: Request): Effect.Effect<Answer | undefined, SqlError> =>
  Effect.map(
    sql<rows.Row>`select request, answer from ${answers} where request_key = ${toText(key)}`,
    ([row]) => row && { request: fromText(String(row.request)), answer: fromText(String(row.answer)) }
  )

const write = ({ answers, sql }: Database, { key }: Request, answer: string) =>
  sql`update ${answers} set answer = ${toText(answer)} where request_key = ${toText(key)}`

const answered = <E, R>(
  database: Database,
  request: Request,
  work: Effect.Effect<string, E, R>
): Effect.Effect<Answer | undefined, SqlError | RolledBack<E>, R> =>
  Effect.flatMap(take(database, request), (isMine) =>
    isMine
      ? Effect.map(
        Effect.tap(rollingBack(work), (answer) => write(database, request, answer)),
        (answer) => ({ request: request.request, answer })
      )
      : read(database, request))

const workOf = <E>(cause: Cause.Cause<RolledBack<E> | SqlError>): RolledBack<E> | undefined => {
  for (const reason of cause.reasons) {
    if (Cause.isFailReason(reason) && reason.error instanceof RolledBack) return reason.error
  }
  return undefined
}

/** Fails with the failure of the work as it was, or with a `TaskStoreError` if the database failed. */
const failures = <A, E, R>(
  self: Effect.Effect<A, SqlError | RolledBack<E>, R>
): Effect.Effect<A, E | TaskStoreError, R> =>
  Effect.catchCause(self, (cause): Effect.Effect<never, E | TaskStoreError> => {
    const work = workOf(cause)
    return work === undefined ? errors.named("once")(Effect.failCause(cause)) : Effect.failCause(work.cause)
  })

/** Answers a request with the work, or with an earlier answer. */
export const once = <E, R>(
  database: Database,
  request: Request,
  work: Effect.Effect<string, E, R>
): Effect.Effect<Answer, E | TaskStoreError, R> =>
  Effect.flatMap(
    failures(database.sql.withTransaction(answered(database, request, work))),
    // a key whose answer was valid a moment ago may have expired and been removed since
    (answer) => answer === undefined ? once(database, request, work) : Effect.succeed(answer)
  )
