/**
 * The life of one instance: it is claimed, runs with its retries and limits, and is settled once. It is one fiber.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import type { CurrentTask } from "../CurrentTask.ts"
import { TaskNotRegistered, TaskTimedOut } from "../TaskError.ts"
import type { Registration } from "../TaskRegistry.ts"
import type { Claim, Claimed, TaskRecord } from "../TaskStore.ts"
import * as Ticker from "../Ticker.ts"
import * as announcing from "./announcing.ts"
import * as children from "./children.ts"
import * as configs from "./configs.ts"
import * as members from "./members.ts"
import * as permits from "./permits.ts"
import * as pools from "./pools.ts"
import * as publishing from "./publishing.ts"
import { requeued } from "./records.ts"
import * as reserving from "./reserving.ts"
import * as retrying from "./retrying.ts"
import * as settling from "./settling.ts"
import { elapsed, type Live, mayStart, now, type State } from "./state.ts"
import * as stopping from "./stopping.ts"
import { untilStored } from "./storeFailures.ts"
import * as taskContext from "./taskContext.ts"
import * as turns from "./turns.ts"
import * as waiting from "./waiting.ts"
import * as writes from "./writes.ts"

/** Forks the program of a task that has a slot, and may have been claimed already. */
export const start = (state: State, live: Live, claimed?: Claimed): void =>
  void state.forkMasked(run(state, live, claimed))

const run = (state: State, live: Live, claimed: Claimed | undefined): Effect.Effect<void> =>
  Effect.withFiber<void>((fiber) => {
    live.fiber = fiber as Fiber.Fiber<void>
    if (claimed !== undefined) return permitted(live, () => begun(state, live, claimed))
    if (live.settled) return Effect.void
    if (!mayStart(state, live.record.taskType)) return putBack(state, live)
    if (stopping.isTooLate(state, live)) return stopping.expire(state, live)
    return permitted(live, () => claimAndRun(state, live))
  })

/** Continues once the recurring task permits it. */
const permitted = (live: Live, next: () => Effect.Effect<void>): Effect.Effect<void> => {
  const turn = permits.take(live)
  return turn === undefined ? next() : Effect.flatMap(turn, next)
}

const claimAndRun = (state: State, live: Live): Effect.Effect<void> => {
  const { config, pool: { signals } } = live
  if (!mayStart(state, live.record.taskType)) return putBack(state, live)
  const answered = reserving.answer(live)
  if (answered !== undefined) return Effect.flatMap(answered, () => claimAndRun(state, live))
  if (beginReserved(state, live)) return perform(state, live)
  const endedCount = config?.endedCount
  return Effect.flatMapEager(claim(state, live), (claimed) => {
    if (claimed === undefined) return settling.dismiss(state, live)
    if (claimed === "full") return sendBack(state, live, () => pools.sendBack(state, live, signals))
    if (claimed === "busy") return sendBack(state, live, () => waitForEnd(state, live, endedCount))
    reserving.forget(live)
    return begun(state, live, claimed)
  })
}

/** Begins a task that is reserved, if there is a place that another one has left. Returns whether it did. */
export const beginReserved = (state: State, live: Live): boolean => {
  const task = reserving.begin(state, live)
  if (task !== undefined) hold(state, live, { task, counters: undefined })
  return task !== undefined
}

/** The task is stored as running. */
const begun = (state: State, live: Live, claimed: Claimed): Effect.Effect<void> =>
  take(state, live, claimed) ? perform(state, live) : giveUp(state, live, claimed.task)

/** Takes over a task that is stored as running, unless it cannot run here. Returns whether it did. */
export const take = (state: State, live: Live, claimed: Claimed): boolean => {
  if (cannotRun(state, claimed.task)) return false
  live.pool.writingTook = now(state) - claimed.task.startedAt!
  announcing.task(state, claimed.task)
  hold(state, live, claimed)
  return true
}

/** From here on the task holds a place, and is not given back. */
const hold = (state: State, live: Live, claimed: Claimed): void => {
  live.holdsPlace = true
  begin(state, live, claimed)
}

const perform = (state: State, live: Live): Effect.Effect<void> =>
  Effect.flatMap(
    Effect.exit(Effect.interruptible(program(state, live))),
    (exit) => settling.endNow(state, live, exit)
  )

/**
 * Its handler has gone meanwhile, or its type was paused, or this process was frozen for longer than the lease that it
 * has just got.
 */
const cannotRun = (state: State, { leaseUntil, taskType }: TaskRecord): boolean =>
  !mayStart(state, taskType) || (leaseUntil !== null && leaseUntil <= now(state))

/** Its handler has gone, or its type is paused: the task waits for that to change. */
const putBack = (state: State, live: Live): Effect.Effect<void> =>
  sendBack(state, live, () => waiting.enter(state, live, true))

/**
 * The task was claimed but cannot run: it is queued again, here and for others, unless another process already has it.
 */
const giveUp = (state: State, live: Live, claimed: TaskRecord): Effect.Effect<void> => {
  const queued = requeued(claimed)
  return Effect.flatMap(untilStored(state, state.store.requeue(queued, claimed.attempt)), (done) => {
    if (!done) return settling.dismiss(state, live)
    live.record = queued
    announcing.queued(state, queued.taskType)
    settling.givePermit(state, live)
    return putBack(state, live)
  })
}

const claim = (state: State, live: Live) =>
  untilStored(
    state,
    state.store.durable
      ? Effect.suspend(() => durably(state, live))
      : writes.claim(state, live.record, live.stored)
  )

/** Other processes may run tasks of the same pool, and instances of the same recurring task. */
const durably = (state: State, live: Live) => {
  const { config } = live
  // a process that has rested has promised no heartbeat within this lease
  if (state.peers.isResting) members.hurry(state)
  const claim: Claim = {
    ...writes.claimOf(state, live.record),
    leaseUntil: now(state) + state.settings.lease,
    limit: live.pool.limit,
    maxConcurrent: config === undefined ? Infinity : configs.maxActive(config)
  }
  return turns.claim(state, live.pool, claim) ?? state.store.claim(claim)
}

/** The task runs from now on, which is published. */
export const begin = (
  state: State,
  live: Live,
  claimed: Claimed
): void => {
  const startedAt = claimed.task.startedAt!
  if (live.watchdog !== undefined) state.ticker.clear(live.watchdog)
  if (live.pool.name !== claimed.task.semaphore) warn(state, live)
  live.record = claimed.task
  live.publishedAt = startedAt
  publishing.task(state, live.record)
  configs.count(state, live.config, claimed.counters)
  state.telemetry.started(live.record.taskType, latenessOf(live.record, startedAt))
}

/** How late a task starts. What was queued by hand after its time is late from then on. */
const latenessOf = ({ createdAt, recurringId, scheduledAt }: TaskRecord, startedAt: number): number | undefined => {
  if (scheduledAt === null) return undefined
  return startedAt - (recurringId === null ? Math.max(scheduledAt, createdAt) : scheduledAt)
}

/**
 * Whoever has queued the task knows its pool, and this process does not: the limit that was meant does not hold here,
 * which is said once.
 */
const warn = (state: State, { pool, record: { semaphore, taskType } }: Live): void => {
  if (state.unknownPools.has(semaphore)) return
  state.unknownPools.add(semaphore)
  state.fork(Effect.logWarning(
    `The task "${taskType}" names the pool "${semaphore}", which is not configured here, so it runs in the pool ` +
      `"${pool.name}" (${pool.limit}), as do all that name it. ` +
      `Configure it as it is elsewhere: TaskManager.configure({ pools: { "${semaphore}": 1 } }).`
  ))
}

/** The task cannot begin now, or other processes leave no room for it: it goes back to where it has waited. */
const sendBack = (state: State, live: Live, waitAgain: () => void): Effect.Effect<void> =>
  Effect.suspend(() => {
    if (live.settled) return Effect.void
    live.fiber = undefined
    pools.release(live)
    if (live.cancellation !== undefined) return settling.end(state, live, Exit.interrupt())
    waitAgain()
    settling.givePermit(state, live)
    pools.pump(state, live.pool)
    return Effect.void
  })

/** Waits for the end of another instance, unless one has ended since the task asked, when `endedCount` had. */
const waitForEnd = (state: State, live: Live, endedCount: number | undefined): void => {
  if (live.config?.endedCount === endedCount) waiting.block(state, live)
  else waiting.enter(state, live, true)
}

/** The program of a task with its retries, limits and context. Its success is encoded, its error is not. */
const program = (state: State, live: Live): Effect.Effect<unknown, unknown> =>
  Effect.suspend(() => {
    const registration = state.registry.get(live.record.taskType)
    if (registration === undefined) return Effect.fail(new TaskNotRegistered({ taskType: live.record.taskType }))
    live.handler = registration
    return taskContext.provide(state, live, registration.context, attempts(state, live, registration))
  })

type Program = Effect.Effect<unknown, unknown, CurrentTask>

const attempts = (state: State, live: Live, registration: Registration): Program => {
  const own = Effect.flatMap(registration.program(live.record.payload), registration.encode)
  const once = children.joined(Effect.scoped(own))
  const limited = limit(state, live, "attempt", registration.timeout, once)
  const all = registration.retry === undefined ? limited : retrying.attempts(state, live, registration.retry, limited)
  return limit(state, live, "total", registration.totalTimeout, all)
}

const limit = (
  state: State,
  live: Live,
  scope: "attempt" | "total",
  duration: Duration.Duration | undefined,
  self: Program
): Program => {
  if (duration === undefined) return self
  const limit = Duration.toMillis(duration)
  const timedOut = () => new TaskTimedOut({ taskType: live.record.taskType, scope, limit })
  return Effect.suspend(() => {
    // a program that ignores even the interruption of its timeout must not keep its slot
    const alarm = Ticker.alarm(() => stopping.abandon(state, live, Exit.fail(timedOut())))
    state.timer.set(alarm, elapsed(state) + limit + state.settings.cancelGrace)
    return Effect.timeoutOrElse(self, { duration, orElse: () => Effect.fail(timedOut()) }).pipe(
      Effect.onExit(() => Effect.sync(() => state.timer.clear(alarm)))
    )
  })
}
