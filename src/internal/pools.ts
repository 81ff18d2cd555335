/**
 * Named pools: who runs and who waits. A waiting task is an entry in a queue, and its fiber is forked when it may run,
 * so that waiting costs no fiber and one pool never blocks another.
 */
import * as Effect from "effect/Effect"
import * as announcing from "./announcing.ts"
import * as fifo from "./fifo.ts"
import * as queue from "./queue.ts"
import * as reserving from "./reserving.ts"
import type { Live, Pool, State } from "./state.ts"
import { untilStored } from "./storeFailures.ts"

/**
 * How many tasks start in one go before others get the thread. Fewer on a durable store, so that the ends of tasks are
 * already being written while the next ones run.
 */
const batchOf = ({ store }: State): number => store.durable ? 64 : 512

/** An empty pool. */
export const make = (name: string, limit: number): Pool => ({
  name,
  limit,
  active: 0,
  waiting: queue.make(),
  tries: Infinity,
  signals: 0,
  returning: fifo.make(),
  resuming: false,
  writingTook: 0,
  ahead: undefined
})

/** The pool of this name, or the default one. */
export const named = (state: State, name: string): Pool => state.pools.get(name) ?? state.pools.get("default")!

/** Starts whatever may start. A call from within a started task is left to the call that is in progress. */
export const pump = (state: State, pool: Pool): void => {
  if (!state.ready.includes(pool)) state.ready.push(pool)
  if (state.pumping) return
  state.pumping = true
  const batch = batchOf(state)
  let started = 0
  for (let next = state.ready.pop(); next !== undefined; next = state.ready.pop()) {
    while (next.active < next.limit && next.tries > 0 && !next.resuming && admit(state, next)) {
      if (++started % batch === 0) resumeLater(state, next)
    }
    if (state.peers.backlogs.size > 0) state.refill(next)
  }
  state.pumping = false
}

/** Runs `f`, during which only those that already have a place start, and then starts whatever may start. */
export const withoutPumping = (state: State, pool: Pool, f: () => void): void => {
  const { pumping } = state
  state.pumping = true
  f()
  state.pumping = pumping
  pump(state, pool)
}

const admit = (state: State, pool: Pool): boolean => {
  const back = fifo.shift(pool.returning)
  if (back !== undefined) {
    pool.active++
    pool.tries--
    back()
    return true
  }
  const live = queue.shift(pool.waiting)
  if (live === undefined) {
    // whether there are places will have to be found out again when somebody waits
    pool.tries = Infinity
    return false
  }
  take(live)
  state.start(live)
  return true
}

/**
 * Starts nothing until other fibers have run: a caller that is being interrupted cancels its tasks one after another,
 * and each would otherwise make room for the next one, which is about to be cancelled too.
 */
export const pause = (state: State, pool: Pool): void => {
  if (!pool.resuming) resumeLater(state, pool)
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

const occupy = (pool: Pool): void => {
  pool.active++
  pool.tries--
}

const take = (live: Live) => {
  occupy(live.pool)
  live.holdsSlot = true
}

/** Takes a slot for a task that is not here yet, if there is one that nobody waits for. Returns whether there was. */
export const keep = (state: State, pool: Pool): boolean => {
  const isFree = isOpen(pool) && !pool.resuming && pool.waiting.size === 0 && !hasBacklog(state, pool)
  if (isFree) occupy(pool)
  return isFree
}

/** Whether there is a slot that no parent is waiting to take back. */
const isOpen = (pool: Pool): boolean => pool.active < pool.limit && pool.tries > 0 && fifo.size(pool.returning) === 0

const hasBacklog = ({ peers: { backlogs } }: State, { name }: Pool): boolean => {
  for (const { pool } of backlogs.values()) if (pool.name === name) return true
  return false
}

/** Returns a slot that was kept and is not needed. */
export const giveUp = (state: State, pool: Pool): void => {
  leave(pool)
  pump(state, pool)
}

/** Releases the slot of a task, if it holds one. */
export const release = (live: Live): void => {
  if (!live.holdsSlot) return
  live.holdsSlot = false
  leave(live.pool)
}

const leave = (pool: Pool): void => {
  pool.active--
  mayTry(pool)
}

const mayTry = (pool: Pool): void => {
  if (pool.tries < 1) pool.tries = 1
}

/**
 * Passes the slot of a task that ends to the next one while its end is still being written, so that the store can write
 * both at once.
 */
export const passOn = (state: State, live: Live): void => {
  if (!live.holdsSlot) return
  release(live)
  pump(state, live.pool)
}

/**
 * Signals that there may be a place again where other processes have held all of them: one task may try, and if it
 * succeeds, the next one.
 */
export const signal = (pool: Pool): void => {
  pool.signals++
  mayTry(pool)
}

/** A place is free again: for those that wait here or, if none do, for other processes. */
export const offer = (state: State, pool: Pool): void => {
  signal(pool)
  pump(state, pool)
  if (pool.waiting.size === 0) announcing.freed(state, pool.name)
}

/**
 * Other processes hold all places of the pool: the task waits again, in front of younger ones. No task tries again
 * until there is a signal; `signals` is how many there had been when the task asked, so that one since then counts. It
 * is announced, so that the others let it go before younger tasks of theirs.
 */
export const sendBack = (state: State, live: Live, signals: number): void => {
  const { pool } = live
  queue.insert(pool.waiting, live, isYounger)
  pool.tries = pool.signals === signals ? 0 : 1
  announcing.queued(state, live.record.taskType)
}

/** Whether a task is younger than another one. Ids grow with time, even if the clock is set back. */
export const isYounger = ({ record: a }: Live, { record: b }: Live): boolean => a.taskId > b.taskId

/** Lends the slot of a running task while `self` waits for something else, and takes it back afterwards. */
export const lending = (state: State, live: Live) => <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.suspend(() => {
      const lent = live.awaiting++ === 0 ? lend(state, live) : undefined
      const takeBack = Effect.suspend(() => mayHoldSlot(live) ? restoreSlot(state, live, restore) : Effect.void)
      const done = Effect.flatMap(Effect.exit(restore(self)), (exit) => Effect.andThen(takeBack, exit))
      return lent === undefined ? done : Effect.andThen(lent, done)
    })
  )

/** If other processes may take the slot, the store has to show that it is free. */
const lend = (state: State, live: Live): Effect.Effect<void> | undefined => {
  const { pool, record: { attempt, taskId } } = live
  release(live)
  if (!state.store.durable) return void pump(state, pool)
  live.holdsPlace = false
  const lent = Effect.map(untilStored(state, state.store.lend(taskId, attempt)), () => offer(state, pool))
  const written = reserving.answer(live)
  return written === undefined ? lent : Effect.andThen(written, lent)
}

const mayHoldSlot = (live: Live): boolean => --live.awaiting === 0 && !live.settled && !live.holdsSlot

type Restore = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

const restoreSlot = (state: State, live: Live, restore: Restore): Effect.Effect<void> => {
  const taken = takeInTurn(state, live, restore)
  return state.store.durable ? Effect.andThen(taken, confirm(state, live, restore)) : taken
}

/** Waits for its turn. If it is interrupted, it goes on without waiting, and the pool briefly holds one too many. */
const takeInTurn = (state: State, live: Live, restore: Restore): Effect.Effect<void> => {
  const { pool } = live
  if (isOpen(pool)) {
    return Effect.sync(() => take(live))
  }
  const turn = Effect.callback<void>((resume) => {
    fifo.push(pool.returning, () => {
      if (live.settled || live.holdsSlot) leave(pool)
      else live.holdsSlot = true
      resume(Effect.void)
    })
    // there may be room already, for those that came before
    pump(state, pool)
  })
  return Effect.onInterrupt(restore(turn), () => Effect.sync(() => live.holdsSlot || take(live)))
}

const gotBack = (state: State, live: Live): void => {
  live.holdsPlace = true
  signal(live.pool)
  pump(state, live.pool)
}

/** Asks the store whether there is a place, over all processes. If not, waits for another turn. */
const confirm = (state: State, live: Live, restore: Restore): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { pool, pool: { signals }, record: { attempt, taskId } } = live
    return Effect.flatMap(untilStored(state, state.store.takeBack(taskId, attempt, pool.limit)), (answer) => {
      if (answer !== "full") return Effect.sync(() => gotBack(state, live))
      release(live)
      pool.tries = pool.signals === signals ? 0 : 1
      return restoreSlot(state, live, restore)
    })
  })
