/**
 * Splits statements about many ids: a statement may have only some ten thousand parameters.
 */
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import { toText } from "./text.ts"

const parameters = 10_000

/** Runs a statement for some of the ids at a time. */
export const inChunks = <A>(
  ids: ReadonlyArray<string>,
  part: (ids: ReadonlyArray<string>) => Effect.Effect<A, SqlError>
): Effect.Effect<ReadonlyArray<A>, SqlError> => {
  const texts = ids.map(toText)
  return Effect.forEach(
    Array.from({ length: Math.ceil(texts.length / parameters) }, (_, i) => i * parameters),
    (from) => part(texts.slice(from, from + parameters))
  )
}
