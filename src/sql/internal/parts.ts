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
): Effect.Effect<ReadonlyArray<A>, SqlError> =>
  Effect.forEach(
    Array.from({ length: Math.ceil(ids.length / parameters) }, (_, i) => i * parameters),
    (from) => part(ids.slice(from, from + parameters).map(toText))
  )
