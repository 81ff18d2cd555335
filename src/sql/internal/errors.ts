/**
 * Turns everything that can fail in a database into `TaskStoreError`.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as SqlError from "effect/sql/SqlError"
import { TaskStoreError } from "../../TaskError.ts"

const sqlErrorOf = (reason: Cause.Reason<unknown>): SqlError.SqlError | undefined => {
  if (Cause.isFailReason(reason) && SqlError.isSqlError(reason.error)) return reason.error
  if (Cause.isDieReason(reason) && SqlError.isSqlError(reason.defect)) return reason.defect
  return undefined
}

/** The error for a cause: that of the database, or else whatever there is. */
const errorOf = (operation: string, cause: Cause.Cause<unknown>): TaskStoreError =>
  new TaskStoreError({
    operation,
    cause: cause.reasons.map(sqlErrorOf).find((error) => error !== undefined) ?? Cause.squash(cause)
  })

/**
 * Turns the errors and defects of an operation into `TaskStoreError`. A rollback over a lost connection fails with a
 * defect, and a driver may throw when a database fails.
 */
export const named =
  (operation: string) => <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, TaskStoreError, R> =>
    Effect.catchCause(self, (cause) =>
      Cause.hasInterruptsOnly(cause)
        ? Effect.failCause(cause as Cause.Cause<never>)
        : Effect.fail(errorOf(operation, cause)))

/**
 * The same for an effect that nobody can interrupt, so that an interruption comes from below: from a client that is
 * closed.
 */
export const namedAlways =
  (operation: string) => <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, TaskStoreError, R> =>
    Effect.catchCause(self, (cause) => Effect.fail(errorOf(operation, cause)))

/** Reasons that do not depend on what was written. */
const general: ReadonlySet<SqlError.SqlErrorReason["_tag"]> = new Set([
  "ConnectionError",
  "AuthenticationError",
  "AuthorizationError",
  "LockTimeoutError",
  "StatementTimeoutError"
])

/** Whether one of many rows may be to blame, so that the others are worth another try. */
export const isolates = ({ cause }: TaskStoreError): boolean =>
  !SqlError.isSqlError(cause) || !general.has(cause.reason._tag)

/** Whether the same may succeed now: another transaction was in the way. */
export const isTransient = (error: unknown): boolean =>
  SqlError.isSqlError(error) && (error.reason._tag === "DeadlockError" || error.reason._tag === "SerializationError")

/** Whether a connection was lost. What was written over it may have been carried out. */
export const isConnectionLost = (error: unknown): boolean =>
  SqlError.isSqlError(error) && error.reason._tag === "ConnectionError"
