/**
 * Stops a task before its program has ended: because somebody wants it, because its process or its handler goes, or
 * because its start deadline has passed. A program that does not obey is abandoned, so that it cannot keep its slot.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Registration } from "../TaskRegistry.ts"
import type { CancelRequest } from "../TaskStore.ts"
import * as Ticker from "../Ticker.ts"
import * as endings from "./endings.ts"
import * as pools from "./pools.ts"
import { isBetweenAttempts } from "./records.ts"
import * as settling from "./settling.ts"
import { elapsed, type Live, now, type State } from "./state.ts"
import * as waiting from "./waiting.ts"

/**
 * Cancels a task. One that waits ends at once; one that runs is interrupted, and ended without its finalizers if they
 * take longer than `grace` (milliseconds). The reason is that of the first who wants the task to end.
 */
export const cancel = (
  state: State,
  live: Live,
  reason: NonNullable<Live["cancellation"]>,
  grace = state.settings.cancelGrace
): Effect.Effect<void> =>
  Effect.suspend(() => {
    if (live.settled) return Effect.void
    if (live.cancellation === undefined || !endings.endsTask(live.cancellation)) live.cancellation = reason
    if (live.fiber === undefined) {
      waiting.withdraw(state, live)
      return settling.end(state, live, Exit.interrupt())
    }
    watch(state, live, grace)
    if (reason.reason === "CallerInterrupted") pools.pause(state, live.pool)
    live.fiber.interruptUnsafe()
    return Effect.void
  })

/** Carries out a request of another process. */
export const cancelAsRequested = (
  state: State,
  live: Live,
  { grace, note, reason }: CancelRequest
): Effect.Effect<void> => cancel(state, live, { reason, note }, grace ?? undefined)

/** Stops a task that no longer belongs to this process. */
export const lose = (state: State, live: Live): Effect.Effect<void> => cancel(state, live, endings.lost)

/**
 * Stops a program because its process, or its handler, goes. If the store outlives the process, the task is left to
 * another one, unless it must not run again. One that waits for its next attempt is not running.
 */
export const cutOff = (state: State, live: Live, handler: Registration | undefined): Effect.Effect<void> => {
  const mayGoOn = handler?.maxAbandoned !== 0 || isBetweenAttempts(live.record)
  return cancel(state, live, state.store.durable && mayGoOn ? endings.released : endings.shutdown)
}

/** Of some tasks those that run, and those that only wait for their next attempt. */
export const runningAndBetween = (tasks: ReadonlyArray<Live>): [running: Array<Live>, between: Array<Live>] => {
  const begun = tasks.filter(({ fiber }) => fiber !== undefined)
  return [
    begun.filter(({ record }) => !isBetweenAttempts(record)),
    begun.filter(({ record }) => isBetweenAttempts(record))
  ]
}

/** Ends a task now, whatever its program does. */
export const terminate = (
  state: State,
  live: Live,
  reason: NonNullable<Live["cancellation"]>
): Effect.Effect<void> =>
  Effect.andThen(
    cancel(state, live, reason),
    Effect.suspend(() => settling.end(state, live, Exit.interrupt(), live.fiber !== undefined))
  )

const watch = (state: State, live: Live, grace: number): void => {
  const at = elapsed(state) + grace
  live.ultimatum ??= Ticker.alarm(() => abandon(state, live, Exit.interrupt()))
  if (!Ticker.isSet(live.ultimatum) || live.ultimatum.at > at) state.timer.set(live.ultimatum, at)
}

/** Ends a task whose program does not stop. What the program does from now on has no effect. */
export const abandon = (state: State, live: Live, exit: Exit.Exit<unknown, unknown>): void => {
  if (live.settled) return
  const { taskId, taskType } = live.record
  state.fork(Effect.andThen(
    Effect.logWarning(
      `Task ${taskId} (${taskType}) did not stop within its grace period; it is recorded as ended and its slot is free`
    ),
    settling.end(state, live, exit, true)
  ))
}

/** Ends a waiting instance at its start deadline: now, if that has passed. */
export const expireInTime = (state: State, live: Live): Effect.Effect<void> => {
  if (isTooLate(state, live)) return expire(state, live)
  watchDeadline(state, live)
  return Effect.void
}

/**
 * The start deadline of an instance, in epoch milliseconds, if it has one. One that was made after it was triggered for
 * an occurrence of the past.
 */
const deadlineOf = ({ config, record: { createdAt, scheduledAt } }: Pick<Live, "config" | "record">) => {
  const startDeadline = config?.record.spec.startDeadline ?? null
  if (startDeadline === null || scheduledAt === null) return undefined
  const deadline = scheduledAt + startDeadline
  return createdAt > deadline ? undefined : deadline
}

/** Ends an instance at its start deadline, if it has one and still waits then. */
export const watchDeadline = (state: State, live: Live): void => {
  const deadline = deadlineOf(live)
  if (deadline === undefined || live.fiber !== undefined) return
  if (live.watchdog !== undefined) state.ticker.clear(live.watchdog)
  live.watchdog = Ticker.alarm(() => {
    if (live.fiber === undefined) state.fork(expire(state, live))
  })
  state.ticker.set(live.watchdog, deadline + 1)
}

/** Whether its start deadline has passed. */
export const isTooLate = (state: State, live: Pick<Live, "config" | "record">): boolean => {
  const deadline = deadlineOf(live)
  return deadline !== undefined && now(state) > deadline
}

/** Ends an instance whose start deadline has passed. */
export const expire = (state: State, live: Live): Effect.Effect<void> => {
  live.cancellation ??= { reason: "DeadlinePassed", note: "" }
  waiting.withdraw(state, live)
  return settling.end(state, live, Exit.interrupt())
}
