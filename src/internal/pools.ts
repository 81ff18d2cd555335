/**
 * Named pools: who runs and who waits. A task that waits is an entry in a queue; its fiber is forked when it may run, so
 * waiting costs no fiber, and one pool never blocks another.
 */
import * as Effect from "effect/Effect"
import * as fifo from "./fifo.ts"
import * as queue from "./queue.ts"
import type { Live, Pool, State } from "./state.ts"

/** How many tasks start in one go before others get the thread. */
const batch = 512

/** An empty pool. */
export const make = (name: string, limit: number): Pool => ({
  name,
  limit,
  active: 0,
  waiting: queue.make(),
  returning: fifo.make(),
  resuming: false
})

/** The pool of this name, or the default one. */
export const named = (state: State, name: string): Pool => state.pools.get(name) ?? state.pools.get("default")!

/** Starts whoever may start. Calls from within a started task are done by the call that is under way. */
export const pump = (state: State, pool: Pool): void => {
  if (!state.ready.includes(pool)) state.ready.push(pool)
  if (state.pumping) return
  state.pumping = true
  let started = 0
  for (let next = state.ready.pop(); next !== undefined; next = state.ready.pop()) {
    while (next.active < next.limit && !next.resuming && admit(state, next)) {
      if (++started % batch === 0) resumeLater(state, next)
    }
  }
  state.pumping = false
}

const admit = (state: State, pool: Pool): boolean => {
  const back = fifo.shift(pool.returning)
  if (back !== undefined) {
    pool.active++
    back()
    return true
  }
  const live = queue.shift(pool.waiting)
  if (live === undefined) return false
  take(live)
  state.start(live)
  return true
}

const resumeLater = (state: State, pool: Pool) => {
  pool.resuming = true
  state.fork(Effect.andThen(
    Effect.yieldNow,
    Effect.sync(() => {
      pool.resuming = false
      pump(state, pool)
    })
  ))
}

const take = (live: Live) => {
  live.pool.active++
  live.holdsSlot = true
}

/** Gives the slot of a task back, if it holds one. */
export const release = (live: Live): void => {
  if (!live.holdsSlot) return
  live.holdsSlot = false
  live.pool.active--
}

/** Lends the slot of a running task while `self` waits for another task, and takes it back afterwards. */
export const lending = (state: State, live: Live) => <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.suspend(() => {
      if (live.awaiting++ === 0) {
        release(live)
        pump(state, live.pool)
      }
      const takeBack = Effect.suspend(() => mayHoldSlot(live) ? restoreSlot(live, restore) : Effect.void)
      return Effect.flatMap(Effect.exit(restore(self)), (exit) => Effect.andThen(takeBack, exit))
    })
  )

const mayHoldSlot = (live: Live): boolean => --live.awaiting === 0 && !live.settled && !live.holdsSlot

/** Waits for its turn; a task that is interrupted meanwhile goes on without waiting, one too many for a moment. */
const restoreSlot = (
  live: Live,
  restore: <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
): Effect.Effect<void> => {
  const { pool } = live
  if (pool.active < pool.limit && fifo.size(pool.returning) === 0) return Effect.sync(() => take(live))
  const turn = Effect.callback<void>((resume) => {
    fifo.push(pool.returning, () => {
      if (live.settled || live.holdsSlot) pool.active--
      else live.holdsSlot = true
      resume(Effect.void)
    })
  })
  return Effect.onInterrupt(restore(turn), () => Effect.sync(() => live.holdsSlot || take(live)))
}
