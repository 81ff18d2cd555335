/**
 * One timer for all sleeping loops: their alarms behind a service that sleeps on `Clock`.
 *
 * It sleeps in slices and reads the clock again after each, so that a suspended machine and a stepped clock are noticed
 * once and not by every sleeper, and a timer that ends early wakes nobody before its time. A sleeper costs a suspended
 * fiber and an alarm.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as alarms from "./internal/alarms.ts"
import * as looks from "./internal/looks.ts"

/**
 * The longest time that the ticker sleeps before it reads the clock again (default 30 seconds).
 *
 * @category references
 * @since 0.1.0
 */
export const Slice = Context.Reference<Duration.Duration>("brinjal/Ticker/Slice", {
  defaultValue: () => Duration.seconds(30)
})

/**
 * An alarm of the ticker: `wake` is called when its time `at` (epoch milliseconds) has come.
 *
 * @category models
 * @since 0.1.0
 */
export interface Alarm extends alarms.Entry<Alarm> {
  readonly wake: (now: number) => void
}

/**
 * Service that wakes sleepers at their time.
 *
 * @category services
 * @since 0.1.0
 */
export class Ticker extends Context.Service<Ticker, {
  /** Sets an alarm, or moves it if it is set already. */
  readonly set: (alarm: Alarm, at: number) => void
  /** Cancels an alarm. Does nothing if it is not set. */
  readonly clear: (alarm: Alarm) => void
  /** How late the ticker is, in milliseconds: the age of the oldest alarm that has not rung yet. */
  readonly lag: () => number
}>()("brinjal/Ticker") {}

/**
 * Makes an alarm, which is not set yet.
 *
 * @category constructors
 * @since 0.1.0
 */
export const alarm = (wake: (now: number) => void): Alarm => ({ ...alarms.unset, wake })

/**
 * Whether an alarm is set.
 *
 * @category predicates
 * @since 0.1.0
 */
export const isSet: (alarm: Alarm) => boolean = alarms.isSet

/** How many sleepers are woken in one go before others get the thread. */
const batch = 2_000

/** The shortest sleep, in milliseconds: no time might pass in one that is rounded to nothing. */
const shortest = 0.001

interface State {
  readonly alarms: alarms.Alarms<Alarm>
  readonly clock: Clock.Clock
  readonly slice: number
  readonly fork: <A>(effect: Effect.Effect<A>) => Fiber.Fiber<A>
  timer: Fiber.Fiber<void> | undefined
  wakesAt: number
}

/** Looks at the clock: how long to sleep until the next look, in milliseconds; 0 if there is something to do. */
const look = (state: State): number => {
  const head = alarms.first(state.alarms)
  const now = state.clock.currentTimeMillisUnsafe()
  const delay = head === undefined || head.at <= now ? 0 : Math.min(Math.max(head.at - now, shortest), state.slice)
  state.wakesAt = now + delay
  return delay
}

const arm = (state: State): void => {
  if (alarms.first(state.alarms) === undefined) return
  state.timer?.interruptUnsafe()
  const delay = look(state)
  // what is due already also waits for its turn: there is one timer only if none rings before it is known
  const sleep = delay > 0 ? looks.sleepAndLook(state.clock, delay, () => look(state)) : Effect.yieldNow
  state.timer = state.fork(Effect.flatMap(sleep, () => ring(state)))
}

const ring = (state: State): Effect.Effect<void> =>
  Effect.suspend(() => {
    state.timer = undefined
    // an alarm that is set while others ring need not arm the timer: that is done once, at the end
    state.wakesAt = -Infinity
    const now = state.clock.currentTimeMillisUnsafe()
    try {
      for (let woken = 0; woken < batch; woken++) {
        const due = alarms.first(state.alarms)
        if (due === undefined || due.at > now) break
        alarms.remove(state.alarms, due)
        due.wake(now)
      }
    } catch (defect) {
      return Effect.logError("An alarm has failed, and the others go on", Cause.die(defect))
    } finally {
      state.wakesAt = Infinity
      arm(state)
    }
    return Effect.void
  })

/**
 * Makes a ticker that uses the `Clock` of its context, until the scope closes.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make: Effect.Effect<typeof Ticker.Service, never, Scope.Scope> = Effect.gen(function*() {
  const context = yield* Effect.context<never>()
  const state: State = {
    alarms: alarms.make(),
    clock: yield* Clock.Clock,
    slice: Duration.toMillis(yield* Slice),
    fork: Effect.runForkWith(context),
    timer: undefined,
    wakesAt: Infinity
  }
  yield* Effect.addFinalizer(() => Effect.sync(() => state.timer?.interruptUnsafe()))
  return Ticker.of({
    set: (alarm, at) => {
      alarms.set(state.alarms, alarm, at)
      if (at < state.wakesAt) arm(state)
    },
    clear: (alarm) => alarms.remove(state.alarms, alarm),
    lag: () => {
      const head = alarms.first(state.alarms)
      return head === undefined ? 0 : Math.max(0, state.clock.currentTimeMillisUnsafe() - head.at)
    }
  })
})

/**
 * Layer of a ticker that uses the `Clock` of its context.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<Ticker> = Layer.effect(Ticker, make)
