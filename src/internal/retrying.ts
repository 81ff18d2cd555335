/**
 * Attempts and the waits between them. Every attempt is stored under its own fencing token, every wait is stored too,
 * and a task that waits lends its slot to others. While its type is paused, it waits on.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type { CurrentTask } from "../CurrentTask.ts"
import type { RetryPolicy } from "../TaskRegistry.ts"
import * as Ticker from "../Ticker.ts"
import * as announcing from "./announcing.ts"
import * as backoff from "./backoff.ts"
import * as endings from "./endings.ts"
import * as failure from "./failure.ts"
import { isUpdated } from "./lostAcks.ts"
import * as pools from "./pools.ts"
import * as publishing from "./publishing.ts"
import { endOfTime } from "./recurrence/instant.ts"
import * as reserving from "./reserving.ts"
import * as spans from "./spans.ts"
import { elapsed, isLeaving, type Live, now, type State } from "./state.ts"
import * as stopping from "./stopping.ts"
import { untilStored } from "./storeFailures.ts"

type Program = Effect.Effect<unknown, unknown, CurrentTask>

/** Until when a task waits, and after what. */
type Waiting = Pick<Live["record"], "failure" | "retryAt">

type Backoff = Effect.Success<ReturnType<typeof backoff.begin>>

/** Runs an attempt, and further ones as long as the policy says so. */
export const attempts = (state: State, live: Live, policy: RetryPolicy, attempt: Program): Program =>
  Effect.flatMap(
    backoff.begin(state, live, policy),
    (backoff) => from(state, live, policy, backoff, attempt, attempt)
  )

const from = (
  state: State,
  live: Live,
  policy: RetryPolicy,
  backoff: Backoff,
  attempt: Program,
  first: Program
): Program =>
  Effect.catch(first, (error) => {
    if (!policy.while(error)) return Effect.fail(error)
    return Effect.flatMap(backoff(error), (next) => {
      if (next === undefined) return Effect.fail(error)
      live.record = { ...live.record, retries: next.retries }
      const waited = between(state, live, next.millis, error)
      const again = Effect.andThen(state.traced ? Effect.andThen(waited, spans.nextAttempt(live)) : waited, attempt)
      return from(state, live, policy, backoff, attempt, again)
    })
  })

/** Waits, and takes the next attempt; once more, if the type was paused before that was stored. */
const between = (state: State, live: Live, millis: number, error: unknown): Effect.Effect<void> =>
  Effect.andThen(
    Effect.andThen(wait(state, live, millis, error), nextAttempt(state, live)),
    Effect.suspend(() => isPaused(state, live) ? between(state, live, 0, error) : Effect.void)
  )

const isPaused = ({ pauses: { held } }: State, { record: { taskType } }: Live): boolean => held.has(taskType)

/**
 * Waits for the next attempt, shows why, and lets others run meanwhile. The wait ends here when the process goes: if the
 * store outlives it, the task sleeps there until then.
 */
const wait = (state: State, live: Live, millis: number, error: unknown): Effect.Effect<void> =>
  Effect.suspend(() => {
    if (millis <= 0 && !isPaused(state, live)) return Effect.void
    const retryAt = Math.min(now(state) + millis, endOfTime)
    const waiting = { retryAt, failure: failure.of(Cause.fail(error)) }
    if (isLeaving(state, live)) return leave(state, live, waiting)
    return Effect.andThen(
      write(state, live, waiting, live.record.attempt),
      pools.lending(state, live)(Effect.andThen(untilDue(state, retryAt, millis), untilResumed(state, live)))
    )
  })

/** An attempt has failed while its process, or its handler, goes. What is written is how the task leaves. */
const leave = (state: State, live: Live, waiting: Waiting): Effect.Effect<never> =>
  Effect.suspend(() => {
    live.record = { ...live.record, ...waiting }
    return Effect.andThen(stopping.cutOff(state, live, live.handler), Effect.never)
  })

/**
 * Waits until an instant, or for as long as it was away, whichever comes first: a machine that was suspended is late
 * already, and a clock that was set back makes nobody wait longer.
 */
const untilDue = (state: State, instant: number, millis: number): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    const clear = () => {
      state.ticker.clear(due)
      state.timer.clear(late)
    }
    const wake = () => {
      clear()
      resume(Effect.void)
    }
    const [due, late] = [Ticker.alarm(wake), Ticker.alarm(wake)]
    state.ticker.set(due, instant)
    state.timer.set(late, elapsed(state) + millis)
    return Effect.sync(clear)
  })

const untilResumed = (state: State, live: Live): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    const held = state.pauses.held.get(live.record.taskType)
    if (held === undefined) return resume(Effect.void)
    const begin = () => resume(Effect.void)
    held.attempts.add(begin)
    return Effect.sync(() => void held.attempts.delete(begin))
  })

const nextAttempt = (state: State, live: Live): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { attempt } = live.record
    return write(state, live, { retryAt: null, failure: null }, attempt + 1)
  })

/**
 * Stores and shows a change. A process that no longer owns the task stops here. If it is interrupted before the store
 * has answered, either attempt may be the one that is stored.
 */
const write = (
  state: State,
  live: Live,
  fields: Waiting,
  next: number
): Effect.Effect<void> =>
  Effect.suspend(() => {
    const begun = reserving.answer(live)
    if (begun !== undefined) return Effect.andThen(begun, write(state, live, fields, next))
    const { attempt } = live.record
    live.record = { ...live.record, ...fields }
    live.unanswered = next === attempt ? undefined : next
    const record = { ...live.record, attempt: next }
    const stored = untilStored(state, state.store.update(record, attempt))
    return Effect.flatMap(
      Effect.flatMap(stored, (is) => is ? Effect.succeed(is) : isUpdated(state, record)),
      (counts) => {
        live.unanswered = undefined
        if (!counts) return stop(live)
        live.record = { ...live.record, attempt: next }
        publishing.task(state, live.record)
        announcing.task(state, live.record)
        return Effect.void
      }
    )
  })

/** The task no longer belongs to this process. */
const stop = (live: Live): Effect.Effect<never> =>
  Effect.suspend(() => {
    live.cancellation ??= endings.lost
    return Effect.interrupt
  })
