/**
 * What is asked for within a transaction of the store's database: it is part of that, and comes to be with the commit.
 */
import * as Effect from "effect/Effect"
import type { State } from "./state.ts"

/** Whether who asks is in a transaction, so that what he writes may not come to be. */
export const isWithin = ({ store }: State): Effect.Effect<boolean> =>
  Effect.suspend(() => {
    if (!store.durable) return Effect.succeed(false)
    let isOutside = false
    return Effect.map(store.afterCommit(Effect.sync(() => void (isOutside = true))), () => !isOutside)
  })

/** Does what has to wait for a program: that may need the database itself to end, and no rollback takes it back. */
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
