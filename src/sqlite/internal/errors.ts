/**
 * Turns errors of SQLite and `node:sqlite` into the reasons of `SqlError`.
 *
 * `effect/sql` has a classifier for SQLite, but it looks for the code where `node:sqlite` does not put it, and knows
 * neither duplicate keys nor a full disk. The codes are those of https://www.sqlite.org/rescode.html
 */
import * as Predicate from "effect/Predicate"
import {
  AuthorizationError,
  ConnectionError,
  ConstraintError,
  LockTimeoutError,
  SerializationError,
  SqlError,
  type SqlErrorReason,
  SqlSyntaxError,
  UniqueViolation,
  UnknownError
} from "effect/sql/SqlError"

/** Where the error occurred. */
export interface Context {
  readonly filename: string
  readonly operation: "open" | "prepare" | "execute"
}

const busySnapshot = 517
const unique = new Set([
  1_555, // primary key
  2_067, // unique index
  2_579 // row id
])

/** The extended result code; 0 if the error is not from SQLite. */
const codeOf = (cause: unknown): number =>
  Predicate.hasProperty(cause, "errcode") && typeof cause.errcode === "number" ? cause.errcode : 0

const messageOf = (cause: unknown): string => cause instanceof Error ? cause.message : String(cause)

/**
 * Whether the same statement may succeed a moment later. A transaction whose snapshot is outdated has to be started
 * again instead.
 */
export const isBusy = (cause: unknown): boolean => {
  const code = codeOf(cause)
  return (code & 0xff) === 5 && code !== busySnapshot
}

/** `t.a, t.b` of `UNIQUE constraint failed: t.a, t.b`. */
const constraintOf = (message: string): string => /constraint failed: (.+)$/.exec(message)?.[1] ?? "unknown"

const sentence = (cause: unknown, context: Context): string => {
  const file = JSON.stringify(context.filename)
  switch (codeOf(cause) & 0xff) {
    case 5:
      return `${file} is locked by another connection`
    case 8:
      return `${file} cannot be written: ${messageOf(cause)}`
    case 10:
      return `${file} cannot be read or written: ${messageOf(cause)}`
    case 11:
      return `${file} is damaged: ${messageOf(cause)}`
    case 13:
      return `${file} cannot grow: ${messageOf(cause)}`
    case 14: // the file itself is open, so that it is its log or its index
      return `${file} cannot be used: SQLite can neither open nor create the files that it keeps beside it`
    case 26:
      return `${file} is not a SQLite database`
    default:
      return messageOf(cause)
  }
}

const reasonOf = (
  cause: unknown,
  context: Context,
  message = sentence(cause, context)
): SqlErrorReason => {
  const code = codeOf(cause)
  const fields = { cause, message, operation: context.operation }
  if (unique.has(code)) return new UniqueViolation({ ...fields, constraint: constraintOf(messageOf(cause)) })
  if (code === busySnapshot) return new SerializationError(fields)
  switch (code & 0xff) {
    case 1: // any error; while a statement is prepared it is the text of the statement
      return context.operation === "prepare" ? new SqlSyntaxError(fields) : new UnknownError(fields)
    case 3: // SQLITE_PERM
    case 8: // SQLITE_READONLY
    case 23: // SQLITE_AUTH
      return new AuthorizationError(fields)
    case 5: // SQLITE_BUSY
    case 6: // SQLITE_LOCKED
    case 15: // SQLITE_PROTOCOL
      return new LockTimeoutError(fields)
    case 10: // SQLITE_IOERR
    case 13: // SQLITE_FULL
    case 14: // SQLITE_CANTOPEN
      return new ConnectionError(fields)
    case 19:
      return new ConstraintError(fields)
    default:
      return new UnknownError(fields)
  }
}

/** The error for a cause. */
export const sqlError = (cause: unknown, context: Context, message?: string): SqlError =>
  new SqlError({ reason: reasonOf(cause, context, message) })

/** The error for a file that is not the one any more that was opened. */
export const absent = (filename: string): SqlError => {
  const message =
    `${JSON.stringify(filename)} was deleted or replaced while it was open, and what is written would be ` +
    "lost: start the program again, or put the file back"
  return new SqlError({ reason: new ConnectionError({ cause: undefined, message, operation: "execute" }) })
}
