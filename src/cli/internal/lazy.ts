/**
 * Loads a handler when its command runs, so that `--help` and other commands need not wait for it.
 */
import * as Effect from "effect/Effect"

/** A handler from a module that is imported when the command runs. */
export const lazy = <M, I, A, E, R>(
  load: () => Promise<M>,
  handler: (module: M) => (input: I) => Effect.Effect<A, E, R>
) =>
(input: I): Effect.Effect<A, E, R> => Effect.flatMap(Effect.promise(load), (module) => handler(module)(input))
