/**
 * Calls within a transaction of the store's database: what they write is part of it, and takes effect with its commit.
 */
import * as Effect from "effect/Effect"
import type { State } from "./state.ts"

/** Whether the caller is in a transaction, so that what it writes may be rolled back. */
export const isWithin = ({ store }: State): Effect.Effect<boolean> =>
  Effect.suspend(() => {
    if (!store.durable) return Effect.succeed(false)
    let isOutside = false
    return Effect.map(store.afterCommit(Effect.sync(() => void (isOutside = true))), () => !isOutside)
  })

/**
 * Waits for a program to end, which is refused within a transaction: the program may need the database for that, and no
 * rollback undoes it.
 */
export const outside = <A, E>(
  state: State,
  method: string,
  self: Effect.Effect<A, E>,
  within: Effect.Effect<A, E> = refused(method)
): Effect.Effect<A, E> => Effect.flatMap(isWithin(state), (is) => is ? within : self)

/** Says why it cannot be done within a transaction. */
export const refused = (method: string): Effect.Effect<never> =>
  Effect.die(
    new Error(
      `TaskManager.${method} inside a transaction would wait for a program that a rollback could not start again. ` +
        "Do it after the commit."
    )
  )
