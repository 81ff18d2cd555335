/**
 * The proof that a task type has a handler, which a request cannot give at compile time.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Task from "../../Task.ts"

const proof = Context.empty() as Context.Context<Task.Handler<string>>

/** Discharges the requirement of a handler: the manager itself refuses task types without one. */
export const proven = <A, E, R>(
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E, Exclude<R, Task.Handler<string>>> => Effect.provideContext(effect, proof)
