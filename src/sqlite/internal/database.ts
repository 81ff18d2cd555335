/**
 * An open database, and how one statement is run on it: once, within a transaction, and again while it is locked.
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { SafeIntegers } from "effect/sql/SqlClient"
import { SqlError, UnknownError } from "effect/sql/SqlError"
import type { DatabaseSync, StatementSync } from "node:sqlite"
import * as busyRetry from "./busyRetry.ts"
import * as errors from "./errors.ts"
import type { Statements } from "./statements.ts"

/** An open database. */
export interface Database {
  readonly filename: string
  readonly sqlite: DatabaseSync
  readonly statements: Statements
  /** How long a statement waits for the lock of another connection. */
  readonly busyTimeout: Duration.Duration
  /** Whether its file is still the one that was opened. */
  readonly isPresent: () => boolean
}

/** One use of a statement: its text, and what to do with it. */
export interface Use<A> {
  readonly sql: string
  /** Whether the prepared statement may come from the cache. */
  readonly kept: boolean
  /** Whether rows are read as arrays. */
  readonly arrays: boolean
  readonly run: (statement: StatementSync) => A
}

/** The result of using a statement. */
type Answer<A> = Result.Result<A, SqlError>

/** Uses a statement, now. */
export type Call = <A>(use: Use<A>, bigints: boolean) => Answer<A>

/** Uses a statement, when the database is free. */
export type Execute = <A>(use: Use<A>) => Effect.Effect<A, SqlError>

/** The error for an exception of a call. */
export const failure = (database: Database, cause: unknown, operation: errors.Context["operation"]): SqlError =>
  errors.sqlError(
    cause,
    { filename: database.filename, operation },
    database.sqlite.isOpen ? undefined : `The client of ${JSON.stringify(database.filename)} is closed`
  )

/** Uses a statement once. */
export const call = (database: Database): Call => <A>({ arrays, kept, run, sql }: Use<A>, bigints: boolean) => {
  let operation: errors.Context["operation"] = "prepare"
  try {
    if (!database.sqlite.isTransaction && !database.isPresent()) return Result.fail(errors.absent(database.filename))
    const { cached, fresh } = database.statements
    const statement = (kept ? cached : fresh)(sql, { arrays, bigints })
    operation = "execute"
    return Result.succeed(run(statement))
  } catch (cause) {
    return Result.fail(failure(database, cause, operation))
  }
}

const isBusy = (answer: Answer<unknown>): boolean =>
  Result.isFailure(answer) && errors.isBusy(answer.failure.reason.cause)

const rolledBack = (cause: SqlError): SqlError => {
  const message = `SQLite has rolled back the transaction; nothing more can run in it: ${cause.message}`
  return new SqlError({ reason: new UnknownError({ cause, message, operation: "execute" }) })
}

/**
 * Uses statements within one transaction. SQLite ends a transaction by itself when the disk is full, on `ON CONFLICT
 * ROLLBACK`, and in a few other cases. If a program caught such an error, everything after it would be committed
 * statement by statement; here, it fails instead.
 */
export const callWithin = (database: Database): Call => {
  const { sqlite } = database
  const once = call(database)
  let ended: SqlError | undefined
  return (use, bigints) => {
    if (ended !== undefined) return Result.fail(ended)
    const within = sqlite.isOpen && sqlite.isTransaction
    const answer = once(use, bigints)
    if (!within || Result.isSuccess(answer) || (sqlite.isOpen && sqlite.isTransaction)) return answer
    ended = rolledBack(answer.failure)
    return answer
  }
}

/** Makes a call an effect that waits while another connection holds the lock. */
export const executor = (database: Database, call: Call, restore: busyRetry.Restore): Execute => (use) =>
  Effect.withFiber((fiber) => {
    const bigints = fiber.getRef(SafeIntegers)
    const once = () => call(use, bigints)
    const answer = once()
    if (!isBusy(answer)) return Effect.fromResult(answer)
    const last = busyRetry.whileBusy({ answer, call: once, isBusy, timeout: database.busyTimeout, restore })
    return Effect.flatMap(last, Effect.fromResult)
  })
