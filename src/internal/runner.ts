/**
 * The life of one instance: claimed, run with its retries and limits, and settled once. It is one fiber; only a program
 * that does not obey is settled by somebody else, so that it cannot keep its slot.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import type { CurrentTask } from "../CurrentTask.ts"
import { TaskNotRegistered, TaskTimedOut } from "../TaskError.ts"
import type { OnAbandoned, Registration } from "../TaskRegistry.ts"
import type { CancelRequest, Claim, Claimed, Settled, TaskRecord } from "../TaskStore.ts"
import * as Ticker from "../Ticker.ts"
import * as announcing from "./announcing.ts"
import * as closing from "./closing.ts"
import * as configs from "./configs.ts"
import * as current from "./current.ts"
import * as endings from "./endings.ts"
import * as following from "./following.ts"
import * as lostAnswers from "./lostAnswers.ts"
import * as members from "./members.ts"
import * as parking from "./parking.ts"
import * as pools from "./pools.ts"
import * as progress from "./progress.ts"
import * as reserving from "./reserving.ts"
import * as retrying from "./retrying.ts"
import { type Config, type Ending, type Live, now, type State } from "./state.ts"
import { untilStored } from "./trouble.ts"
import * as turns from "./turns.ts"
import * as writes from "./writes.ts"

/** Waits until this process has no more part in a task, whether its program has ended or not. */
export const gone = (state: State, live: Live): Effect.Effect<void> =>
  Effect.callback((resume) => {
    if (state.live.get(live.record.taskId) !== live) return resume(Effect.void)
    state.going.set(live, () => resume(Effect.void))
    return Effect.sync(() => void state.going.delete(live))
  })

/** Forks the program of a task that has a slot. */
export const start = (state: State, live: Live): void => void state.forkMasked(run(state, live))

const run = (state: State, live: Live): Effect.Effect<void> =>
  Effect.withFiber<void>((fiber) => {
    live.fiber = fiber as Fiber.Fiber<void>
    if (live.settled) return Effect.void
    if (!hasHandler(state, live)) return putBack(state, live)
    if (isTooLate(state, live)) return expire(state, live)
    const turn = takePermit(live)
    return turn === undefined ? claimAndRun(state, live) : Effect.flatMap(turn, () => claimAndRun(state, live))
  })

const hasHandler = ({ registry }: State, { record }: Live): boolean => registry.get(record.taskType) !== undefined

const claimAndRun = (state: State, live: Live): Effect.Effect<void> => {
  const { config, pool: { hopes } } = live
  const asked = reserving.answer(live)
  if (asked !== undefined) {
    return Effect.flatMap(asked, () => hasHandler(state, live) ? claimAndRun(state, live) : putBack(state, live))
  }
  const begun = reserving.begin(state, live)
  if (begun !== undefined) return perform(state, live, { task: begun, counters: undefined })
  const endings = config?.endings
  return Effect.flatMapEager(claim(state, live), (claimed) => {
    if (claimed === undefined) return dismiss(state, live)
    if (claimed === "full") return sendBack(state, live, () => pools.sendBack(state, live, hopes))
    if (claimed === "busy") return sendBack(state, live, () => waitForEnd(state, live, endings))
    reserving.forget(live)
    if (cannotRun(state, claimed.task)) return giveUp(state, live, claimed.task)
    live.pool.writingTook = now(state) - claimed.task.startedAt!
    announcing.task(state, claimed.task)
    return perform(state, live, claimed)
  })
}

/** From here on it holds a place, and is not to be given back. */
const perform = (state: State, live: Live, claimed: Claimed): Effect.Effect<void> => {
  live.holdsPlace = true
  begin(state, live, claimed)
  return Effect.flatMap(
    Effect.exit(Effect.interruptible(program(state, live))),
    (exit) => endNow(state, live, exit)
  )
}

/** Its handler has gone meanwhile, or this process was frozen for longer than the lease that it was just given. */
const cannotRun = (state: State, { leaseUntil, taskType }: TaskRecord): boolean =>
  state.registry.get(taskType) === undefined || (leaseUntil !== null && leaseUntil <= now(state))

/** Its handler has gone: it waits for another one. */
const putBack = (state: State, live: Live): Effect.Effect<void> =>
  Effect.sync(() => {
    live.fiber = undefined
    pools.release(live)
    parking.enter(state, live, true)
    pools.pump(state, live.pool)
  })

/** It was claimed and cannot run: it is queued again, here and for others, unless it is another process's by now. */
const giveUp = (state: State, live: Live, claimed: TaskRecord): Effect.Effect<void> => {
  const queued: TaskRecord = { ...claimed, status: "queued", owner: null, leaseUntil: null }
  return Effect.flatMap(untilStored(state, state.store.requeue(queued, claimed.attempt)), (done) => {
    if (!done) return dismiss(state, live)
    live.record = queued
    announcing.queued(state, queued.taskType)
    givePermit(state, live)
    return putBack(state, live)
  })
}

/** Takes a permit of the recurring task, if it has to; what is given must be waited for. */
export const takePermit = (live: Live): Effect.Effect<unknown> | undefined => {
  const semaphore = live.config?.semaphore
  if (semaphore === undefined || live.config?.record.spec.overlap === "allowAll") return undefined
  live.holdsPermit = true
  return semaphore.take(1)
}

const givePermit = (state: State, live: Live): void => {
  if (!live.holdsPermit) return
  live.holdsPermit = false
  state.fork(live.config!.semaphore!.release(1))
}

const claim = (state: State, live: Live) =>
  untilStored(
    state,
    state.store.durable ? Effect.suspend(() => durably(state, live)) : writes.claim(state, claimOf(state, live))
  )

/** Nobody else has a part in what limits it. */
export const claimOf = (state: State, live: Live): Claim => ({
  task: live.record,
  owner: state.owner,
  now: now(state),
  leaseUntil: null,
  limit: Infinity,
  maxConcurrent: Infinity
})

/** Other processes may run tasks of the same pool, and instances of the same recurring task. */
const durably = (state: State, live: Live) => {
  const spec = live.config?.record.spec
  // who has rested has promised no heartbeat within this lease
  if (state.peers.isResting) members.hurry(state)
  const claim: Claim = {
    task: live.record,
    owner: state.owner,
    now: now(state),
    leaseUntil: now(state) + state.settings.lease,
    limit: live.pool.limit,
    maxConcurrent: spec === undefined || spec.overlap === "allowAll" ? Infinity : spec.maxConcurrent
  }
  return turns.claim(state, live.pool, claim) ?? state.store.claim(claim)
}

/** The task runs from now on, and everybody is told. */
export const begin = (
  state: State,
  live: Live,
  claimed: Claimed
): void => {
  const startedAt = claimed.task.startedAt!
  if (live.watchdog !== undefined) state.ticker.clear(live.watchdog)
  live.record = claimed.task
  live.publishedAt = startedAt
  progress.publish(state, live)
  configs.count(state, live.config, claimed.counters)
  const { scheduledAt, taskType } = live.record
  state.telemetry.started(taskType, scheduledAt === null ? undefined : startedAt - scheduledAt)
}

/** Another process has the task, or it is to end: this one forgets it, and whoever waits for it here waits on. */
export const dismiss = (state: State, live: Live): Effect.Effect<void> => {
  live.settled = true
  if (live.watchdog !== undefined) state.ticker.clear(live.watchdog)
  parking.withdraw(state, live)
  return Effect.sync(() => letGo(state, live))
}

const letGo = (state: State, live: Live): void => {
  detach(state, live)
  configs.lose(live.config, live.record.taskId)
  following.handOver(state, live)
  // whether it has ended or is to, and for whoever reads
  if (state.store.durable) state.look(live.record.taskId)
  handOver(state, live)
}

/** There is no room for the task, because of others that other processes run: it goes back to where it has waited. */
const sendBack = (state: State, live: Live, waitAgain: () => void): Effect.Effect<void> =>
  Effect.suspend(() => {
    live.fiber = undefined
    pools.release(live)
    if (live.cancellation !== undefined) return end(state, live, Exit.interrupt())
    waitAgain()
    givePermit(state, live)
    pools.pump(state, live.pool)
    return Effect.void
  })

/** Waits for the end of another instance, unless one has ended since there were so many `endings`, when it asked. */
const waitForEnd = (state: State, live: Live, endings: number | undefined): void => {
  if (live.config?.endings === endings) parking.block(state, live)
  else parking.enter(state, live, true)
}

/** The program of a task with its retries, limits and surroundings; its success is encoded, its error is not. */
const program = (state: State, live: Live): Effect.Effect<unknown, unknown> =>
  Effect.suspend(() => {
    const registration = state.registry.get(live.record.taskType)
    if (registration === undefined) return Effect.fail(new TaskNotRegistered({ taskType: live.record.taskType }))
    return current.provide(state, live, registration.context, attempts(state, live, registration))
  })

type Program = Effect.Effect<unknown, unknown, CurrentTask>

const attempts = (state: State, live: Live, registration: Registration): Program => {
  const once = Effect.scoped(Effect.flatMap(registration.program(live.record.payload), registration.encode))
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
    // a program that does not even obey the interruption of its timeout must not keep its slot
    const alarm = Ticker.alarm(() => abandon(state, live, Exit.fail(timedOut())))
    state.ticker.set(alarm, now(state) + limit + state.settings.cancelGrace)
    return Effect.timeoutOrElse(self, { duration, orElse: () => Effect.fail(timedOut()) }).pipe(
      Effect.onExit(() => Effect.sync(() => state.ticker.clear(alarm)))
    )
  })
}

/**
 * Cancels a task: one that waits ends at once, one that runs is interrupted, and ended without its finalizers when they
 * take longer than `grace` (milliseconds). The first who wants the task to end gives the reason.
 */
export const cancel = (
  state: State,
  live: Live,
  reason: NonNullable<Live["cancellation"]>,
  grace = state.settings.cancelGrace
): Effect.Effect<void> =>
  Effect.suspend(() => {
    if (live.settled) return Effect.void
    if (live.cancellation === undefined || !endings.isWish(live.cancellation)) live.cancellation = reason
    if (live.fiber === undefined) {
      parking.withdraw(state, live)
      return end(state, live, Exit.interrupt())
    }
    watch(state, live, grace)
    live.fiber.interruptUnsafe()
    return Effect.void
  })

/** Does what another process has asked for. */
export const obey = (state: State, live: Live, { grace, note, reason }: CancelRequest): Effect.Effect<void> =>
  cancel(state, live, { reason, note }, grace ?? undefined)

/** Stops a task that is not this process's any more. */
export const lose = (state: State, live: Live): Effect.Effect<void> => cancel(state, live, endings.lost)

const watch = (state: State, live: Live, grace: number): void => {
  const at = now(state) + grace
  if (live.watchdog !== undefined && Ticker.isSet(live.watchdog) && live.watchdog.at <= at) return
  if (live.watchdog !== undefined) state.ticker.clear(live.watchdog)
  live.watchdog = Ticker.alarm(() => abandon(state, live, Exit.interrupt()))
  state.ticker.set(live.watchdog, at)
}

/** Ends an instance that waits at its start deadline: now, if that has passed. */
export const expireInTime = (state: State, live: Live): Effect.Effect<void> => {
  if (isTooLate(state, live)) return expire(state, live)
  watchDeadline(state, live)
  return Effect.void
}

/** Ends an instance at its start deadline, if it has one and still waits then. */
export const watchDeadline = (state: State, live: Live): void => {
  const deadline = live.config?.record.spec.startDeadline ?? null
  const { scheduledAt } = live.record
  if (deadline === null || scheduledAt === null || live.fiber !== undefined) return
  if (live.watchdog !== undefined) state.ticker.clear(live.watchdog)
  live.watchdog = Ticker.alarm(() => {
    if (live.fiber === undefined) state.fork(expire(state, live))
  })
  state.ticker.set(live.watchdog, scheduledAt + deadline + 1)
}

/** Whether its start deadline has passed. */
export const isTooLate = (state: State, live: Live): boolean => {
  const deadline = live.config?.record.spec.startDeadline ?? null
  return deadline !== null && live.record.scheduledAt !== null && now(state) - live.record.scheduledAt > deadline
}

const expire = (state: State, live: Live): Effect.Effect<void> => {
  live.cancellation ??= { reason: "DeadlinePassed", note: "" }
  parking.withdraw(state, live)
  return end(state, live, Exit.interrupt())
}

/** Ends a task whose program does not end. What the program does from now on changes nothing. */
const abandon = (state: State, live: Live, exit: Exit.Exit<unknown, unknown>): void => {
  if (live.settled) return
  state.fork(Effect.andThen(
    Effect.logWarning(`Task ${live.record.taskId} did not stop within the grace and is ended without it`),
    end(state, live, exit, true)
  ))
}

/** Ends a task now, whatever its program does. */
export const terminate = (
  state: State,
  live: Live,
  reason: NonNullable<Live["cancellation"]>
): Effect.Effect<void> =>
  Effect.andThen(
    cancel(state, live, reason),
    Effect.suspend(() => end(state, live, Exit.interrupt(), live.fiber !== undefined))
  )

/** Settles a task: once, whoever comes first. */
const end = (
  state: State,
  live: Live,
  exit: Exit.Exit<unknown, unknown>,
  unresponsive = false
): Effect.Effect<void> => Effect.suspend(() => endNow(state, live, exit, unresponsive))

/** The same while the Effect is made, as far as the store answers at once. */
export const endNow = (
  state: State,
  live: Live,
  exit: Exit.Exit<unknown, unknown>,
  unresponsive = false
): Effect.Effect<void> => {
  if (live.settled) return Effect.void
  const record = close(state, live)
  if (endings.isCutOff(live, exit)) return release(state, live, record)
  const { attempt } = record
  return Effect.flatMapEager(endings.of(state, live, exit, unresponsive), (ending) => {
    if (isLost(live, ending)) return Effect.succeed(yieldTo(state, live))
    if (turns.isAhead(state, live)) return Effect.succeed(endAhead(state, live, ending, attempt))
    if (state.store.durable) pools.passOn(state, live)
    return Effect.flatMapEager(
      untilStored(state, writes.settle(state, ending.record, attempt)),
      (settled) =>
        settled === undefined && state.store.durable
          ? Effect.map(lostAnswers.settled(state, ending), (settled) => settle(state, live, ending, settled))
          : Effect.succeed(settle(state, live, ending, settled))
    )
  })
}

/** Whether it was stopped because it is another process's, or nobody's yet, whose word alone counts. */
const isLost = ({ cancellation }: Live, { record }: Ending): boolean =>
  cancellation?.reason === "LeaseLost" && record.status === "cancelled"

/** Its end is written in the next turn, and another one begins in its place meanwhile. */
const endAhead = (state: State, live: Live, ending: Ending, attempt: number): void => {
  turns.end(state, live, { task: ending.record, attempt }, (settled) => settle(state, live, ending, settled))
  pools.passOn(state, live)
}

/** What its process has no more part in: it goes back to the queue, unless it is another process's already. */
const release = (state: State, live: Live, record: TaskRecord): Effect.Effect<void> => {
  const queued: TaskRecord = { ...record, status: "queued", owner: null, leaseUntil: null, lent: false }
  const isWritten = reserving.answer(live) ?? Effect.void
  const requeued = live.cancellation === endings.lost
    ? Effect.succeed(false)
    : Effect.andThen(isWritten, untilStored(state, state.store.requeue(queued, record.attempt)))
  return Effect.map(requeued, (is) => {
    if (is) show(state, live, queued)
    // also one that found no place just now waits for others
    announcing.queued(state, record.taskType)
    letGo(state, live)
  })
}

const show = (state: State, live: Live, record: TaskRecord): void => {
  live.record = record
  progress.publish(state, live)
  announcing.task(state, record)
}

/**
 * Stops a program whose process, or handler, goes. Where the store outlives the process, its task is left to another one,
 * unless it must not run again.
 */
export const cutOff = (state: State, live: Live, onAbandoned: OnAbandoned | undefined): Effect.Effect<void> =>
  cancel(state, live, state.store.durable && onAbandoned !== "fail" ? endings.released : endings.shutdown)

/** From now on nobody else can end the task, and it says nothing more. Gives what it was until then. */
export const close = (state: State, live: Live): TaskRecord => {
  live.settled = true
  if (live.watchdog !== undefined) state.ticker.clear(live.watchdog)
  progress.flush(state, live)
  return live.record
}

/** Everything that becomes visible with the end of a task, in one step. */
export const settle = (state: State, live: Live, ending: Ending, settled: Settled | undefined): void => {
  if (settled === undefined && state.store.durable) return yieldTo(state, live)
  detach(state, live)
  if (settled !== undefined) {
    live.record = ending.record
    closing.show(state, live.record, live.config, settled)
  }
  handOver(state, live)
  following.conclude(live, ending)
  following.ended(state, ending)
}

/** Another process was quicker, and its word counts: that somebody here wanted the task to stop, it is told. */
const yieldTo = (state: State, live: Live): void => {
  reserving.forget(live)
  const why = live.cancellation
  if (why !== undefined && endings.isWish(why)) {
    state.fork(untilStored(state, Effect.suspend(() => closing.request(state, live.record.taskId, why, undefined))))
  }
  letGo(state, live)
}

/** The task is not live any more. */
const detach = (state: State, live: Live): void => {
  const { taskId } = live.record
  if (state.live.get(taskId) === live) state.live.delete(taskId)
  state.peers.looking?.delete(taskId)
  configs.part(live)
  pools.release(live)
}

/** What ends because its handler goes makes no room for what could not run either, until a handler comes again. */
const makeRoom = (state: State, { cancellation }: Live, config: Config): void => {
  if (cancellation?.reason === "Shutdown") state.stalled.add(config)
  else parking.released(state, config)
}

/** Its permit and its slot go to the next one. */
const handOver = (state: State, live: Live): void => {
  givePermit(state, live)
  // who tried before the store knew of the end was sent back
  pools.offer(state, live.pool)
  if (live.config !== undefined) makeRoom(state, live, live.config)
  if (state.stopping && state.live.size === 0) state.drained?.()
  if (state.going.size > 0) state.going.get(live)?.()
}
