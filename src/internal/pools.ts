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

/** Starts whoever may start. Calls from within a started task are done by the call that is under way. */
export const pump = (state: State, pool: Pool): void => {
  state.ready.add(pool)
  if (state.pumping) return
  state.pumping = true
  let started = 0
  for (const next of state.ready) {
    state.ready.delete(next)
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
export const lending = (state: State, live: Live) =>
<A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.suspend(() => {
      if (live.awaiting++ === 0) {
        release(live)
        pump(state, live.pool)
      }
      return Effect.flatMap(Effect.exit(restore(self)), (exit) => Effect.andThen(restore(takeBack(live)), exit))
    })
  )

const takeBack = (live: Live): Effect.Effect<void> =>
  Effect.suspend(() => {
    if (--live.awaiting > 0 || live.settled || live.holdsSlot) return Effect.void
    if (live.pool.active < live.pool.limit && fifo.size(live.pool.returning) === 0) {
      return Effect.sync(() => take(live))
    }
    return Effect.callback<void>((resume) => {
      let waiting = true
      fifo.push(live.pool.returning, () => {
        if (!waiting || live.settled) {
          live.pool.active--
          return
        }
        live.holdsSlot = true
        resume(Effect.void)
      })
      return Effect.sync(() => {
        waiting = false
      })
    })
  })
