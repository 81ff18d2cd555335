/**
 * The life of one instance: claimed, run with its retries and limits, and settled once. It is one fiber; only a program
 * that does not obey is settled by somebody else, so that it cannot keep its slot.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as References from "effect/References"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { CurrentTask, type Update } from "../CurrentTask.ts"
import { TaskCancelled, TaskNotRegistered, type TaskStoreError, TaskTimedOut } from "../TaskError.ts"
import { TaskRemoved } from "../TaskEvent.ts"
import type { Registration } from "../TaskRegistry.ts"
import type { Settled, TaskRecord } from "../TaskStore.ts"
import * as Ticker from "../Ticker.ts"
import * as pools from "./pools.ts"
import * as progress from "./progress.ts"
import { failure, instantOption, rangeOption } from "./records.ts"
import * as recurring from "./recurring.ts"
import { type Live, now, type State } from "./state.ts"

/** A store that fails is asked again: nothing that happened may be lost. */
const untilStored = <A>(self: Effect.Effect<A, TaskStoreError>): Effect.Effect<A> =>
  Effect.catch(self, (error) =>
    Effect.logWarning("brinjal: the store failed, trying again", error).pipe(
      Effect.andThen(Effect.retry(self, storeBackoff)),
      Effect.orDie
    ))

const storeBackoff = Schedule.exponential("100 millis").pipe(Schedule.either(Schedule.spaced("5 seconds")))

/** Forks the program of a task that has a slot. */
export const start = (state: State, live: Live): void => void state.fork(run(state, live))

const run = (state: State, live: Live): Effect.Effect<void> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.withFiber((fiber) => {
      live.fiber = fiber
      return Effect.flatMap(claim(state, live), (claimed) => {
        if (claimed === undefined) return Effect.sync(() => dismiss(state, live))
        begin(state, live, claimed)
        return Effect.flatMap(Effect.exit(restore(program(state, live))), (exit) => end(state, live, exit))
      })
    })
  )

const claim = (state: State, live: Live) =>
  untilStored(state.store.claim({
    taskId: live.record.taskId,
    attempt: live.record.attempt,
    owner: state.owner,
    now: now(state),
    leaseUntil: null
  }))

type Claimed = NonNullable<Effect.Success<ReturnType<typeof claim>>>

const begin = (state: State, live: Live, claimed: Claimed): void => {
  const startedAt = claimed.task.startedAt!
  live.record = claimed.task
  live.publishedAt = startedAt
  progress.publish(state, live)
  recurring.counted(state, live.config, claimed.counters)
  const { scheduledAt, taskType } = live.record
  state.telemetry.started(taskType, scheduledAt === null ? undefined : startedAt - scheduledAt)
}

/** Another process took the task, or it is gone: this one forgets it. */
const dismiss = (state: State, live: Live): void => {
  live.settled = true
  leave(state, live)
}

const program = (state: State, live: Live): Effect.Effect<unknown, unknown> =>
  Effect.suspend(() => {
    const registration = state.registry.get(live.record.taskType)
    if (registration === undefined) return Effect.fail(new TaskNotRegistered({ taskType: live.record.taskType }))
    return attempts(state, live, registration).pipe(
      Effect.updateContext((context: Context.Context<never>) => instanceContext(context, state, live)),
      withSpan(live)
    )
  })

const withSpan = (live: Live) =>
  Effect.withSpan("brinjal.task", {
    root: true,
    captureStackTrace: false,
    links: live.link === undefined ? [] : [{ span: live.link, attributes: {} }],
    attributes: {
      "task.id": live.record.taskId,
      "task.type": live.record.taskType,
      "recurring.id": live.record.recurringId,
      "task.scheduled_at": live.record.scheduledAt
    }
  })

const instanceContext = (context: Context.Context<never>, state: State, live: Live): Context.Context<CurrentTask> =>
  context.pipe(
    Context.add(References.CurrentLogAnnotations, {
      ...Context.get(context, References.CurrentLogAnnotations),
      task: live.record.taskType,
      taskId: live.record.taskId,
      ...(live.record.recurringId === null ? {} : { recurringId: live.record.recurringId })
    }),
    Context.add(CurrentTask, new Current(state, live))
  )

/** What the handler sees of its own instance. */
class Current {
  readonly #state: State
  readonly #live: Live

  constructor(state: State, live: Live) {
    this.#state = state
    this.#live = live
  }
  get taskId() {
    return this.#live.record.taskId
  }
  get parentId() {
    return Option.fromNullishOr(this.#live.record.parentId)
  }
  get scheduledAt() {
    return instantOption(this.#live.record.scheduledAt)
  }
  get covers() {
    return rangeOption(this.#live.record.covers)
  }
  get attempt() {
    return Effect.sync(() => this.#live.record.attempt)
  }
  get cancellation() {
    return Effect.sync(() => Option.map(Option.fromUndefinedOr(this.#live.cancellation), () => cancelled(this.#live)))
  }
  update(fields: Update) {
    return Effect.sync(() => progress.update(this.#state, this.#live, fields))
  }
}

type Program = Effect.Effect<unknown, unknown, CurrentTask>

const attempts = (state: State, live: Live, registration: Registration): Program => {
  const once = Effect.scoped(registration.execute(live.record.payload))
  const limited = limit(state, live, "attempt", registration.timeout, once)
  const all = registration.retry === undefined ? limited : retried(state, live, registration.retry, limited)
  return limit(state, live, "total", registration.totalTimeout, all)
}

const retried = (state: State, live: Live, policy: NonNullable<Registration["retry"]>, self: Program): Program => {
  const first = live.record.attempt
  let begun = 0
  const attempt = Effect.suspend(() => begun++ === 0 ? self : Effect.andThen(nextAttempt(state, live), self))
  return Effect.retry(attempt, {
    schedule: policy.schedule,
    while: (error) => live.record.attempt === first + begun - 1 && policy.while(error)
  })
}

/** Counts an attempt, under its own fencing token. A stale owner stops here. */
const nextAttempt = (state: State, live: Live): Effect.Effect<void> =>
  Effect.suspend(() => {
    const before = live.record.attempt
    live.record = { ...live.record, attempt: before + 1 }
    return Effect.flatMap(untilStored(state.store.update(live.record, before)), (stored) => {
      if (!stored) return Effect.interrupt
      return Effect.sync(() => progress.publish(state, live))
    })
  })

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
    const alarm = Ticker.alarm(() => abandon(state, live, Exit.fail(timedOut())))
    state.ticker.set(alarm, now(state) + limit + state.settings.cancelGrace)
    return Effect.timeoutOrElse(self, { duration, orElse: () => Effect.fail(timedOut()) }).pipe(
      Effect.onExit(() => Effect.sync(() => state.ticker.clear(alarm)))
    )
  })
}

/** Asks a running task to stop; one that has not stopped after the grace is ended without it. */
export const interrupt = (state: State, live: Live, grace: number): void => {
  live.watchdog ??= Ticker.alarm(() => abandon(state, live, Exit.interrupt()))
  if (live.watchdog.index < 0) state.ticker.set(live.watchdog, now(state) + grace)
  live.fiber?.interruptUnsafe()
}

/** Ends a task whose program does not end. The program may still be there; what it does from now on changes nothing. */
export const abandon = (state: State, live: Live, exit: Exit.Exit<unknown, unknown>): void => {
  if (live.settled) return
  state.fork(Effect.andThen(
    Effect.logWarning(`brinjal: task "${live.record.taskId}" did not stop within the grace and is ended without it`),
    end(state, live, exit, true)
  ))
}

/** Settles a task: once, whoever comes first. */
export const end = (
  state: State,
  live: Live,
  exit: Exit.Exit<unknown, unknown>,
  unresponsive = false
): Effect.Effect<void> =>
  Effect.suspend(() => {
    if (live.settled) return Effect.void
    live.settled = true
    if (live.watchdog !== undefined) state.ticker.clear(live.watchdog)
    progress.flush(state, live)
    const attempt = live.record.attempt
    return Effect.flatMap(ended(state, live, exit, unresponsive), ({ record, exit }) =>
      Effect.map(
        untilStored(state.store.settle(record, attempt, state.settings.retention)),
        (settled) => settle(state, live, record, exit, settled)
      ))
  })

interface Ended {
  readonly record: TaskRecord
  readonly exit: Exit.Exit<unknown, unknown>
}

const ended = (
  state: State,
  live: Live,
  exit: Exit.Exit<unknown, unknown>,
  unresponsive: boolean
): Effect.Effect<Ended> => {
  const completed = { ...live.record, completedAt: now(state), owner: null, leaseUntil: null }
  if (Exit.isSuccess(exit)) {
    return Effect.succeed({
      record: { ...completed, status: "done", progress: 100, success: exit.value, failure: null },
      exit
    })
  }
  if (live.cancellation !== undefined && Cause.hasInterrupts(exit.cause)) {
    const error = cancelled(live, unresponsive)
    const cause = Cause.fail(error)
    const record: TaskRecord = { ...completed, status: "cancelled", failure: failure(cause) }
    return Effect.succeed({ record, exit: Exit.failCause(cause) })
  }
  const failed: TaskRecord = { ...completed, status: "failed", failure: failure(exit.cause) }
  return Effect.map(encodedError(state, live, exit.cause), (error) => ({ record: { ...failed, error }, exit }))
}

const cancelled = (live: Live, unresponsive = false): TaskCancelled =>
  new TaskCancelled({
    taskId: live.record.taskId,
    reason: live.cancellation?.reason ?? "Requested",
    note: live.cancellation?.note ?? "",
    unresponsive
  })

/** The typed error as the store keeps it; `null` for what has no schema. */
const encodedError = (state: State, live: Live, cause: Cause.Cause<unknown>): Effect.Effect<unknown> => {
  const reason = cause.reasons.find(Cause.isFailReason)
  const registration = state.registry.get(live.record.taskType)
  if (reason === undefined || registration === undefined) return Effect.succeed(null)
  return Effect.catchCause(registration.encodeError(reason.error), () => Effect.succeed(null))
}

/** Everything that becomes visible with the end of a task, in one step. */
const settle = (
  state: State,
  live: Live,
  record: TaskRecord,
  exit: Exit.Exit<unknown, unknown>,
  settled: Settled | undefined
): void => {
  if (settled !== undefined) {
    live.record = record
    progress.publish(state, live)
    const duration = record.startedAt === null ? undefined : record.completedAt! - record.startedAt
    state.telemetry.ended(record.taskType, record.status, duration)
    for (const taskId of settled.pruned) {
      state.events.publish((sequence) => new TaskRemoved({ sequence, taskId }, { disableChecks: true }))
    }
  }
  leave(state, live)
  recurring.ended(state, live, settled?.counters)
  for (const waiter of live.waiters ?? []) waiter({ record, exit })
  live.waiters = undefined
}

/** The task is not live any more: its slot goes to the next one. */
const leave = (state: State, live: Live): void => {
  state.live.delete(live.record.taskId)
  live.config?.active?.delete(live)
  pools.release(live)
  pools.pump(state, live.pool)
  if (live.config !== undefined) recurring.wake(live.config)
  if (state.stopping && state.live.size === 0) state.drain()
}

/** For the types: what an instance needs beyond its layer. */
export type Instance = CurrentTask | Scope.Scope
