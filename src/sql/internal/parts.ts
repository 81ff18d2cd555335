/**
 * Statements about many ids: a statement may have some ten thousand parameters.
 */
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import { toText } from "./text.ts"

const parameters = 10_000

/** Runs a statement for some ids at a time. */
export const inParts = <A>(
  ids: ReadonlyArray<string>,
  part: (ids: ReadonlyArray<string>) => Effect.Effect<A, SqlError>
): Effect.Effect<ReadonlyArray<A>, SqlError> => rowsInParts(ids.map(toText), 1, part)

/** Runs a statement for some rows at a time, each of which takes so many parameters. */
export const rowsInParts = <A, B>(
  rows: ReadonlyArray<B>,
  width: number,
  part: (rows: ReadonlyArray<B>) => Effect.Effect<A, SqlError>
): Effect.Effect<ReadonlyArray<A>, SqlError> => {
  const length = Math.floor(parameters / width)
  return Effect.forEach(
    Array.from({ length: Math.ceil(rows.length / length) }, (_, i) => i * length),
    (from) => part(rows.slice(from, from + length))
  )
}
