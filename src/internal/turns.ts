/**
 * The turns of a pool in which tasks are reserved ahead: what happens to its tasks while one turn is being written is
 * collected, and becomes the next turn. A pool writes one turn at a time, so that a place is never given to a task
 * before it is stored that the task before it has left. What is reserved takes no place yet, so that many tasks may be
 * reserved beside the turns.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type { Claim, Claimed, Ended, Settled, Turn, Turned } from "../TaskStore.ts"
import * as Ticker from "../Ticker.ts"
import * as announcing from "./announcing.ts"
import { type Draft, draft, emptyTurn } from "./drafting.ts"
import * as pools from "./pools.ts"
import * as progress from "./progress.ts"
import * as reserving from "./reserving.ts"
import { type Ahead, elapsed, type Live, type Pool, type State } from "./state.ts"
import { delay, untilStored } from "./storeFailures.ts"

const aheadOf = (state: State, pool: Pool): Ahead =>
  pool.ahead ??= {
    places: 0,
    busy: 0,
    quick: 0,
    quickBefore: 0,
    wanted: 0,
    reserved: new Set(),
    begun: new Set(),
    endings: [],
    claims: [],
    returns: [],
    returning: new Set(),
    hasNews: false,
    isWriting: false,
    isReserving: false,
    alarm: Ticker.alarm(() => beInTime(state, pool)),
    idle: undefined
  }

/** Whether what happens to a task is written in the turns of its pool. */
export const isAhead = (state: State, live: Live): boolean => {
  const { pool: { ahead }, reservation } = live
  if (!state.store.durable) return false
  const isUnderWay = ahead !== undefined && (ahead.isWriting || ahead.reserved.size > 0)
  return isUnderWay || reservation !== undefined || reserving.isQuick(state, live)
}

/** A task has ended. A reserved task may take its place, until its end is on its way into the store. */
export const end = (state: State, live: Live, ended: Ended, answer: (settled: Settled | undefined) => void): void => {
  const ahead = aheadOf(state, live.pool)
  if (live.holdsPlace && live.cancellation?.reason !== "LeaseLost") ahead.places++
  live.holdsPlace = false
  if (reserving.isQuick(state, live)) ahead.quick++
  ahead.reserved.delete(live)
  ahead.begun.delete(live)
  ahead.endings.push({ live, ended, answer })
  write(state, live.pool, ahead)
}

/**
 * Claims a task in the next turn, if one is being written: the place that it is to take may become free only then.
 * `undefined` if none is.
 */
export const claim = (
  state: State,
  pool: Pool,
  claim: Claim
): Effect.Effect<Claimed | "busy" | "full" | undefined> | undefined => {
  const { ahead } = pool
  if (ahead === undefined || !ahead.isWriting) return undefined
  return Effect.callback((resume) => {
    ahead.claims.push({ claim, answer: (claimed) => resume(Effect.succeed(claimed)) })
    write(state, pool, ahead)
  })
}

/** Gives back what is reserved and has not begun. */
export const giveBack = (state: State): void => {
  for (const pool of state.pools.values()) {
    const { ahead } = pool
    reserving.giveBackSince(pool, Infinity)
    if (ahead !== undefined && (ahead.hasNews || ahead.returns.length > 0)) write(state, pool, ahead)
  }
}

/** Waits until nothing is being written. */
export const idle = (state: State): Effect.Effect<void> =>
  Effect.forEach(
    state.pools.values(),
    ({ ahead }) =>
      Effect.callback<void>((resume) => {
        if (ahead === undefined || isIdle(ahead)) return resume(Effect.void)
        ahead.idle = () => resume(Effect.void)
      }),
    { discard: true }
  )

/** Nothing is being written, nor waits for another try. */
const isIdle = ({ isReserving, isWriting, returns }: Ahead): boolean =>
  !isWriting && !isReserving && returns.length === 0

/** Gives back what has waited here for too long, and retries what could not be written. */
const beInTime = (state: State, pool: Pool): void => {
  const { ahead } = pool
  if (ahead === undefined) return
  reserving.giveBackSince(pool, elapsed(state) - reserving.patienceOf(pool))
  if (ahead.begun.size + ahead.returns.length > 0) write(state, pool, ahead)
  else keepTime(state, pool, ahead)
}

const keepTime = (state: State, pool: Pool, { alarm, begun, reserved, returns }: Ahead): void => {
  if (Ticker.isSet(alarm) || reserved.size + begun.size + returns.length === 0) return
  const patience = reserving.patienceOf(pool)
  state.timer.set(alarm, elapsed(state) + (returns.length === 0 ? patience : Math.max(patience, delay(state))))
}

/** Has a turn written soon. What happens in the same moment is part of it. */
const write = (state: State, pool: Pool, ahead: Ahead): void => {
  ahead.hasNews = true
  if (ahead.isWriting) return
  ahead.isWriting = true
  state.fork(Effect.andThen(Effect.yieldNow, writeAll(state, pool, ahead)))
}

const writeAll = (state: State, pool: Pool, ahead: Ahead): Effect.Effect<void> => {
  let untold = nothing
  return Effect.whileLoop({
    while: () => {
      if (!ahead.hasNews) untold = tell(state, pool, untold)
      if (ahead.hasNews) return true
      ahead.isWriting = false
      rest(state, pool, ahead)
      return false
    },
    body: () => writeOne(state, pool, ahead, draft(state, ahead, toReserve(state, pool, ahead)), untold),
    step: (ends) => untold = ends
  })
}

/** Something has been written, and nothing follows it. */
const rest = (state: State, pool: Pool, ahead: Ahead): void => {
  keepTime(state, pool, ahead)
  if (isIdle(ahead)) ahead.idle?.()
}

const nothing = () => {}

/** Those who wait for the ends of their tasks are resumed before others take the places that become free. */
const tell = (state: State, pool: Pool, ends: () => void): () => void => {
  if (ends !== nothing) pools.withoutPumping(state, pool, ends)
  return nothing
}

/** How many tasks are reserved in a turn, together with all the rest. */
const mostTogether = 256

/**
 * What is reserved in a turn. More than fits there is reserved beside the turns, so that neither waits for the other.
 */
const toReserve = (state: State, pool: Pool, ahead: Ahead): ReadonlyArray<Live> => {
  reserving.plan(state, pool, ahead)
  if (ahead.isReserving) return []
  const chosen = reserving.choose(state, pool, ahead)
  if (chosen.length <= mostTogether) return chosen
  ahead.isReserving = true
  state.fork(reserveAll(state, pool, ahead, chosen))
  return []
}

/** Reserves tasks beside the turns for as long as there are more to reserve. */
const reserveAll = (state: State, pool: Pool, ahead: Ahead, first: ReadonlyArray<Live>): Effect.Effect<void> => {
  let chosen = first
  return Effect.whileLoop({
    while: () => {
      if (chosen.length > 0) return true
      ahead.isReserving = false
      if (ahead.hasNews) write(state, pool, ahead)
      rest(state, pool, ahead)
      return false
    },
    body: () => reserve(state, pool, ahead, chosen),
    step: () => chosen = reserving.choose(state, pool, ahead)
  })
}

const reserve = (state: State, pool: Pool, ahead: Ahead, chosen: ReadonlyArray<Live>): Effect.Effect<void> => {
  const turn = { ...emptyTurn(state), reservations: chosen.map(({ record }) => record) }
  return Effect.map(Effect.exit(state.store.turn(turn)), (exit) => {
    if (Exit.isFailure(exit)) return notReserved(state, ahead, chosen, turn)
    const { reserved } = exit.value
    pools.withoutPumping(state, pool, () => {
      for (const [i, live] of chosen.entries()) reserving.answered(state, live, reserved[i]!, turn.leaseUntil)
    })
  })
}

/**
 * Writes a turn. The answers to the endings of the turn before it are passed on while this one is on its way, so that
 * the store does not wait for that. Returns what passes on the answers to the endings of this one.
 */
const writeOne = (
  state: State,
  pool: Pool,
  ahead: Ahead,
  draft: Draft,
  untold: () => void
): Effect.Effect<() => void> =>
  Effect.map(writing(state, pool, draft, untold), (exit) => {
    pool.writingTook = elapsed(state) - draft.at
    ahead.returning = new Set()
    if (Exit.isSuccess(exit)) return answer(state, pool, draft, exit.value)
    writeByItself(state, ahead, draft)
    return nothing
  })

const writing = (state: State, pool: Pool, { turn }: Draft, untold: () => void) => {
  const written = Effect.exit(state.store.turn(turn))
  if (untold === nothing) return written
  const underWay = state.fork(written)
  const told = Effect.andThen(Effect.yieldNow, Effect.sync(() => tell(state, pool, untold)))
  return Effect.andThen(told, Fiber.join(underWay))
}

/**
 * Resumes those who wait for answers to their claims and reservations, in order, and before others take the places that
 * become free. Returns what resumes those who wait for answers to their endings.
 */
const answer = (state: State, pool: Pool, draft: Draft, { claimed, reserved, settled }: Turned): () => void => {
  const { begun, claims, endings, turn } = draft
  pools.withoutPumping(state, pool, () => {
    for (const [i, { answer }] of claims.entries()) answer(claimed[begun.length + i])
    for (const [i, live] of draft.reserved.entries()) reserving.answered(state, live, reserved[i]!, turn.leaseUntil)
    for (const [i, live] of begun.entries()) started(state, live, claimed[i])
  })
  return () => {
    for (const [i, { answer }] of endings.entries()) answer(settled[i])
    for (const taskType of new Set(turn.returns.map(({ taskType }) => taskType))) announcing.queued(state, taskType)
  }
}

/**
 * A turn that could not be written as a whole is written one by one, for as long as it takes: one of its parts may be
 * to blame. Tasks that have taken over places come first, so that these do not become free for others; nothing in them
 * can be wrong. What was to be reserved may or may not be, and is given back.
 */
const writeByItself = (state: State, ahead: Ahead, { begun, claims, endings, reserved, turn }: Draft): void => {
  const nothing: Turn = { ...turn, endings: [], claims: [], reservations: [], returns: [] }
  const alone = (part: Partial<Turn>) =>
    untilStored(state, Effect.suspend(() => state.store.turn({ ...nothing, ...part })))
  const begins = begun.map((live, i) =>
    Effect.map(alone({ claims: [turn.claims[i]!] }), ({ claimed }) => started(state, live, claimed[0]))
  )
  const ends = endings.map(({ answer, ended }) =>
    Effect.map(alone({ endings: [ended] }), ({ settled }) => answer(settled[0]))
  )
  const starts = claims.map(({ answer, claim }) =>
    Effect.map(alone({ claims: [claim] }), ({ claimed }) => answer(claimed[0]))
  )
  state.fork(Effect.andThen(all(begins), all([...ends, ...starts])))
  ahead.returns.push(...turn.returns)
  notReserved(state, ahead, reserved, turn)
}

/** Gives back, after a while, what may or may not be reserved now. Nothing more is reserved until tasks end again. */
const notReserved = (state: State, ahead: Ahead, asked: ReadonlyArray<Live>, { reservations }: Turn): void => {
  ahead.returns.push(...reservations)
  ahead.wanted = 0
  for (const live of asked) reserving.answered(state, live, false, 0)
}

const all = (effects: ReadonlyArray<Effect.Effect<void>>): Effect.Effect<void> =>
  Effect.all(effects, { concurrency: "unbounded", discard: true })

/** A task that had begun is stored as running; or it could not be, as it no longer belongs to this process. */
const started = (state: State, live: Live, claimed: Claimed | "busy" | "full" | undefined): void => {
  const { reservation } = live
  if (live.settled) return reserving.written(live)
  if (reservation === undefined) return
  if (typeof claimed !== "object") return void state.fork(lookAfter(state, live))
  reserving.written(live)
  if (live.record === reservation.begun) announcing.task(state, live.record)
  else progress.write(state, live)
}

/** The answer to a turn may have been lost, and the turn written twice. */
const lookAfter = (state: State, live: Live): Effect.Effect<void> => {
  const { attempt, taskId } = live.record
  return Effect.map(untilStored(state, state.store.getTask(taskId)), (task) => {
    const isOurs = task?.status === "running" && task.owner === state.owner && task.attempt === attempt
    reserving.written(live)
    if (!isOurs) state.lose(live)
  })
}
