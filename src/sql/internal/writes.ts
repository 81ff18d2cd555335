/**
 * Writes for many callers at once. Every method is atomic, takes calls that are about different things, and returns an
 * answer for each of them, in order.
 */
import type * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import type {
  Claim,
  Claimed,
  Commit,
  ConfigRecord,
  OutcomeRecord,
  Retention,
  TaskRecord,
  Turned
} from "../../TaskStore.ts"

/** The new state of a task, if its attempt is still `expected`. */
export interface Change {
  readonly task: TaskRecord
  readonly expected: number
  readonly reservedBy?: string | null | undefined
}

/** The end of a task, its owner if it is reserved, and how many such tasks are kept. */
export interface Ending extends Change {
  readonly owner: string | null
  readonly retention: Retention
}

/** A queued task that its owner reserves or gives back. */
export interface Reservation {
  readonly task: TaskRecord
  readonly owner: string
  readonly leaseUntil: number
}

/**
 * Tasks that end; tasks that are claimed, after those have given up their places; tasks that are given back; and tasks
 * that are reserved then.
 */
export interface Turn {
  readonly endings: ReadonlyArray<Ending>
  readonly claims: ReadonlyArray<Claim>
  readonly reservations: ReadonlyArray<Reservation>
  readonly returns: ReadonlyArray<Reservation>
}

/** A running task and its place in the pool, if its attempt is still `expected`. */
export interface Place {
  readonly taskId: string
  readonly expected: number
}

/** A place to take back, if fewer than `limit` are taken. */
export interface Return extends Place {
  readonly limit: number
}

/** A new recurring task, with what belongs to it. */
export interface Insertion {
  readonly config: ConfigRecord
  readonly outcomes: ReadonlyArray<OutcomeRecord>
  readonly tasks: ReadonlyArray<TaskRecord>
  readonly retention: Retention
}

/** A decision, and how many outcomes are kept. */
export interface Decided extends Commit {
  readonly retention: Retention
}

type Write<A, B> = (calls: ReadonlyArray<A>) => Effect.Effect<ReadonlyArray<B>, SqlError>

/** The writes of a database. */
export interface Writes {
  readonly insertTasks: Write<ReadonlyArray<TaskRecord>, void>
  /** The same for tasks that may have been added already; absent where no connection can be lost. */
  readonly insertTasksAgain?: Write<ReadonlyArray<TaskRecord>, void>
  readonly turn: (turn: Turn) => Effect.Effect<Turned, SqlError>
  readonly lend: Write<Place, boolean>
  readonly takeBack: Write<Return, boolean | "full">
  readonly update: Write<Change, boolean>
  readonly requeue: Write<Change, boolean>
  readonly insertConfig: Write<Insertion, boolean>
  /** The same for recurring tasks that may have been added already; absent where no connection can be lost. */
  readonly insertConfigAgain?: Write<Insertion, boolean>
  /** Decisions about what another transaction has locked are left out. */
  readonly commit: Write<Decided, boolean | "locked" | Claimed>
  /** Waits for one of these. */
  readonly commitLocked: (decision: Decided) => Effect.Effect<boolean | Claimed, SqlError>
}
