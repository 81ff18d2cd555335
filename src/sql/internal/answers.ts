/**
 * What requests were answered with: a row for every key, in the transaction of the work itself. Whoever comes with a key
 * that is being worked for waits for that transaction.
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

/** The work has failed, and with it the transaction. */
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
 * Takes the answer away that has been too old for longest, unless somebody else is about to: where each takes one away and
 * adds one, there are never more than there were of those that count.
 */
const forgetOne = ({ answers, dialect, sql }: Database, now: number): Effect.Effect<unknown, SqlError> => {
  const oldest = sql`select request_key from ${answers} where until_at <= ${now} order by until_at limit 1`
  return sql`delete from ${answers} where request_key = (
    ${dialect.name === "sqlite" ? oldest : sql`${oldest} for update skip locked`}
  )`
}

/** Makes the key this request's, unless it is known and not too old. */
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

/** The failure of the work as it was, and what fails in the database by its name. */
const failures = <A, E, R>(
  self: Effect.Effect<A, SqlError | RolledBack<E>, R>
): Effect.Effect<A, E | TaskStoreError, R> =>
  Effect.catchCause(self, (cause): Effect.Effect<never, E | TaskStoreError> => {
    const work = workOf(cause)
    return work === undefined ? errors.named("once")(Effect.failCause(cause)) : Effect.failCause(work.cause)
  })

/** Answers a request with the work, or with what came of it before. */
export const once = <E, R>(
  database: Database,
  request: Request,
  work: Effect.Effect<string, E, R>
): Effect.Effect<Answer, E | TaskStoreError, R> =>
  Effect.flatMap(
    failures(database.sql.withTransaction(answered(database, request, work))),
    // a key that was there when it was to be taken, and is not any more, has just become too old
    (answer) => answer === undefined ? once(database, request, work) : Effect.succeed(answer)
  )
