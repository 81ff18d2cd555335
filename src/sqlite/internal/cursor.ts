/**
 * Rows as a stream, which are read from SQLite in chunks, on demand.
 */
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as Option from "effect/Option"
import type { SqlError } from "effect/sql/SqlError"
import * as Stream from "effect/Stream"
import type { SQLInputValue, StatementSync } from "node:sqlite"
import { type Database, type Execute, failure } from "./database.ts"
import type { Row } from "./statements.ts"
import * as values from "./values.ts"

const chunkSize = 256

/** A statement that is being read. Its first rows are read at once, since only reading takes the lock. */
interface Cursor {
  readonly rows: Iterator<Row>
  readonly first: ReadonlyArray<Row>
}

/** What happens to rows before they are emitted. */
type Transform = <A extends object>(rows: ReadonlyArray<A>) => ReadonlyArray<A>

const take = (rows: Iterator<Row>): ReadonlyArray<Row> => {
  const chunk: Array<Row> = []
  while (chunk.length < chunkSize) {
    const next = rows.next()
    if (next.done === true) break
    chunk.push(next.value)
  }
  return values.plain(chunk)
}

const start = (statement: StatementSync, params: ReadonlyArray<SQLInputValue>): Cursor => {
  const rows: Iterator<Row> = statement.iterate(...params)
  return { rows, first: take(rows) }
}

const attempt = <A>(database: Database, f: () => A): Effect.Effect<A, SqlError> =>
  Effect.try({ try: f, catch: (cause) => failure(database, cause, "execute") })

const chunksOf = (database: Database, { first, rows }: Cursor, transform: Transform = identity) =>
  Stream.paginate(first, (chunk: ReadonlyArray<Row> | undefined) =>
    Effect.map(
      chunk === undefined ? attempt(database, () => take(rows)) : Effect.succeed(chunk),
      (chunk) => [transform(chunk), chunk.length < chunkSize ? Option.none() : Option.some(undefined)] as const
    ))

/** The rows of a statement. It must not be a cached one, whose text may be run again while it is being read. */
export const stream = (
  database: Database,
  execute: Execute,
  { params, sql, transform }: {
    readonly sql: string
    readonly params: ReadonlyArray<unknown>
    readonly transform: Transform | undefined
  }
): Stream.Stream<Row, SqlError> =>
  Effect.acquireRelease(
    execute({ sql, kept: false, arrays: false, run: (statement) => start(statement, values.bind(params)) }),
    ({ rows }) => Effect.ignore(attempt(database, () => rows.return?.()))
  ).pipe(
    Effect.map((cursor) => chunksOf(database, cursor, transform)),
    Stream.unwrap
  )
