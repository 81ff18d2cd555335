/**
 * Reserves tasks ahead, so that short ones do not cost a commit each.
 *
 * If the store outlives its processes, a task may start only once it is stored as running, and until then its place in
 * the pool is idle. When tasks end sooner than that takes, the next ones in line are reserved for this process,
 * together with what has to be written anyway. As soon as a task ends, a reserved one begins in its place. That the one
 * has ended and the other runs is written in one turn, with the ends of all those that have come and gone in this place
 * meanwhile. So there are never more tasks running, nor seen running, than there are places.
 *
 * Only tasks for which it does not matter who begins them and when are reserved: no instances of recurring tasks, which
 * have limits of their own, and none that must not run again when its process has died, since it is unknown then
 * whether a reserved one has begun. One that does not begin soon is given back, so that it does not wait here while
 * there is room elsewhere.
 */
import * as Effect from "effect/Effect"
import type { TaskRecord } from "../TaskStore.ts"
import * as queue from "./queue.ts"
import { type Ahead, elapsed, type Live, now, type Pool, type Reservation, type State } from "./state.ts"

/** How many tasks of a pool are reserved at most, and how many of them in one turn. */
const most = { inAll: 1_024, atOnce: 512 }

/** How long an unbegun task is kept here at least: in milliseconds, and in turns. */
const patience = { millis: 50, turns: 4 }

/** Whether a task ran for no longer than it takes to store that it does. */
export const isQuick = (state: State, { config, pool, record: { recurringId, startedAt } }: Live): boolean =>
  config === undefined && recurringId === null && startedAt !== null &&
  now(state) - startedAt <= 2 * pool.writingTook

/** One that was abandoned may be what ended its process: it begins alone, so that others are not blamed for it. */
const mayBeReserved = (state: State, { config, fiber, pool, record, reservation }: Live): boolean =>
  reservation === undefined && fiber === undefined && config === undefined && record.recurringId === null &&
  record.semaphore === pool.name && record.abandoned === 0 && mayRunAgain(state, record)

const mayRunAgain = ({ registry }: State, { taskType }: TaskRecord): boolean =>
  (registry.get(taskType)?.maxAbandoned ?? 0) > 0

/**
 * Twice as many as end while a turn is written, because some begin while others are being requested. Four times if none
 * is left, and no fewer than before unless one has been idle here during a whole turn. Turns may be uneven, so the
 * bigger of the last two counts.
 */
const wantedNow = (state: State, pool: Pool, { quick, quickBefore, reserved, wanted }: Ahead): number => {
  if (quick === 0 || state.stopping) return 0
  const ended = Math.max(quick, quickBefore)
  const least = reserved.size === 0 ? 4 * ended : 2 * ended
  return Math.min(hasIdle(state, pool, reserved) ? least : Math.max(least, wanted), most.inAll)
}

const hasIdle = (state: State, { writingTook }: Pool, reserved: Ahead["reserved"]): boolean => {
  const drafted = elapsed(state) - writingTook
  for (const { reservation } of reserved) if (reservation?.stage === "ours" && reservation.since <= drafted) return true
  return false
}

/** Determines how many tasks are to be reserved, from how many have ended during a turn. */
export const plan = (state: State, pool: Pool, ahead: Ahead): void => {
  ahead.wanted = wantedNow(state, pool, ahead)
  ahead.quickBefore = ahead.quick
  ahead.quick = 0
}

/**
 * Chooses the tasks at the front of the line that are not reserved yet. One that is being given back is left out: the
 * store might do that last, and would not know that it is reserved.
 */
export const choose = (state: State, pool: Pool, ahead: Ahead): ReadonlyArray<Live> => {
  if (ahead.wanted === 0 || state.stopping) return []
  const chosen = queue.first(pool.waiting, ahead.wanted)
    .filter((live) => mayBeReserved(state, live) && !ahead.returning.has(live.record.taskId))
    .slice(0, most.atOnce)
  for (const live of chosen) {
    live.reservation = { queued: live.record, begun: undefined, stage: "asked", since: 0, until: 0, waiters: [] }
    ahead.reserved.add(live)
  }
  return chosen
}

const goOn = (reservation: Reservation): void => {
  for (const waiter of reservation.waiters.splice(0)) waiter()
}

/**
 * Waits until it is known whether a task is reserved, or stored as running; `undefined` if there is nothing to wait
 * for.
 */
export const answer = ({ reservation }: Live): Effect.Effect<void> | undefined =>
  reservation === undefined || reservation.stage === "ours"
    ? undefined
    : Effect.callback((resume) => void reservation.waiters.push(() => resume(Effect.void)))

/** A task is reserved until `until`; or it is not, because another process has it, or somebody wants it to stop. */
export const answered = (state: State, live: Live, isReserved: boolean, until: number): void => {
  const { pool: { ahead }, reservation } = live
  if (reservation === undefined || ahead === undefined) return
  reservation.stage = "ours"
  reservation.since = elapsed(state)
  reservation.until = until
  if (isReserved && !ahead.reserved.has(live)) giveBack(ahead, live)
  if (!isReserved) {
    forget(live)
    if (live.fiber === undefined) state.refresh(live.record.taskId)
  }
  goOn(reservation)
}

/** Whether a task belongs to this process, and nobody else can have it. */
export const isReserved = (state: State, { reservation }: Live): boolean =>
  reservation?.stage === "ours" && reservation.until > now(state)

/** A task is not reserved any more. */
export const forget = (live: Live): void => {
  live.pool.ahead?.reserved.delete(live)
  live.pool.ahead?.begun.delete(live)
  live.reservation = undefined
}

/**
 * Begins a reserved task in a place that another one has left, if there is one. Returns the record that will be
 * written.
 */
export const begin = (state: State, live: Live): TaskRecord | undefined => {
  const { pool: { ahead }, reservation } = live
  const at = now(state)
  if (ahead === undefined || reservation === undefined || ahead.places === 0 || !isReserved(state, live)) return
  const { owner } = state
  const { attempt } = live.record
  reservation.stage = "begun"
  reservation.begun = {
    ...live.record,
    status: "running",
    attempt: attempt + 1,
    startedAt: at,
    owner,
    leaseUntil: reservation.until
  }
  ahead.places--
  ahead.reserved.delete(live)
  ahead.begun.add(live)
  ahead.busy = Math.max(ahead.busy, ahead.begun.size)
  ahead.hasNews = true
  return reservation.begun
}

/** A task that had begun is now stored as running. */
export const written = (live: Live): void => {
  const { reservation } = live
  if (reservation === undefined) return
  forget(live)
  goOn(reservation)
}

const giveBack = (ahead: Ahead, live: Live): void => {
  ahead.returns.push(live.reservation!.queued)
  ahead.hasNews = true
  forget(live)
}

/** Gives back what has not begun, and was reserved at or before an instant. */
export const giveBackSince = (pool: Pool, instant: number): void => {
  const { ahead } = pool
  if (ahead === undefined) return
  for (const live of ahead.reserved) {
    const { fiber, reservation } = live
    if (fiber === undefined && reservation?.stage === "ours" && reservation.since <= instant) giveBack(ahead, live)
  }
}

/** How long a reserved task may wait for its beginning, in milliseconds. */
export const patienceOf = ({ writingTook }: Pool): number => Math.max(patience.millis, patience.turns * writingTook)
