/**
 * Asks a store that may not answer. Nobody waits until a query that is not answered is interrupted, as a connection
 * that is dead takes long even for that.
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"

/** The answer, or `orElse` if there is none in time. */
export const briefly = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  duration: Duration.Input,
  orElse: Effect.Effect<A, E>
): Effect.Effect<A, E, R> =>
  Effect.flatMap(Effect.forkDetach(self), (fiber) =>
    Fiber.join(fiber).pipe(
      Effect.timeoutOrElse({ duration, orElse: () => orElse }),
      Effect.ensuring(Effect.sync(() => fiber.interruptUnsafe()))
    ))
