/**
 * The clock of the testing kit: virtual time that passes only when a test says so, with a wall clock that can be stepped
 * and timers that can end early or late, over the clock that Effect has for tests.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Scheduler from "effect/Scheduler"
import type * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"

/** How far a timer may end from its time, in milliseconds. */
export interface Skew {
  readonly early: number
  readonly late: number
  readonly random: () => number
}

const nanosPerMilli = 1_000_000n

/** Virtual time with a stepped wall clock and skewed timers. */
export class TestingClock implements TestClock.TestClock {
  readonly #inner: TestClock.TestClock
  readonly #scheduler: CountingScheduler
  readonly #scope: Scope.Scope
  /** When the sleepers wake, in virtual time that no step moves. */
  readonly #sleepers = new Set<{ readonly until: number }>()
  #offset = 0
  skew: Skew | undefined

  constructor(inner: TestClock.TestClock, scheduler: CountingScheduler, scope: Scope.Scope) {
    this.#inner = inner
    this.#scheduler = scheduler
    this.#scope = scope
  }

  readonly currentTimeMillis = Effect.sync(() => this.currentTimeMillisUnsafe())
  readonly currentTimeNanos = Effect.sync(() => this.currentTimeNanosUnsafe())
  readonly monotonicTimeNanos = Effect.sync(() => this.monotonicTimeNanosUnsafe())

  currentTimeMillisUnsafe(): number {
    return this.#inner.currentTimeMillisUnsafe() + this.#offset
  }
  currentTimeNanosUnsafe(): bigint {
    return this.#inner.currentTimeNanosUnsafe() + BigInt(Math.round(this.#offset)) * nanosPerMilli
  }
  monotonicTimeNanosUnsafe(): bigint {
    return this.#inner.monotonicTimeNanosUnsafe()
  }
  withLive<A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    return this.#inner.withLive(effect)
  }

  sleep(duration: Duration.Duration): Effect.Effect<void> {
    return Effect.suspend(() => {
      const millis = this.#skewed(Duration.toMillis(duration))
      const sleeper = { until: this.#inner.currentTimeMillisUnsafe() + millis }
      this.#sleepers.add(sleeper)
      return Effect.ensuring(
        this.#inner.sleep(Duration.millis(millis)),
        Effect.sync(() => this.#sleepers.delete(sleeper))
      )
    })
  }

  /** A timer that was set for later never ends at once, however early it is. */
  #skewed(millis: number): number {
    if (this.skew === undefined || millis <= 0) return millis
    const { early, late, random } = this.skew
    return Math.max(1, Math.round(millis - early + random() * (early + late)))
  }

  /** Lets time pass. What can run without it runs before and after. */
  adjust(duration: Duration.Input): Effect.Effect<void> {
    return Effect.andThen(this.settle, Effect.andThen(this.#inner.adjust(duration), this.settle))
  }
  setTime(timestamp: number): Effect.Effect<void> {
    return Effect.suspend(() => this.adjust(Duration.millis(timestamp - this.currentTimeMillisUnsafe())))
  }

  /** Sets the wall clock forward or back. No time passes and no sleeper wakes. */
  step(millis: number): void {
    this.#offset += millis
  }

  /** Runs everything that can run without time passing. */
  readonly settle: Effect.Effect<void> = Effect.suspend(() => this.#scheduler.settle)

  /** How long it is until the next sleeper wakes, in milliseconds; absent when nobody sleeps. */
  untilNextWake(): number | undefined {
    let first = Infinity
    for (const { until } of this.#sleepers) first = Math.min(first, until)
    return first === Infinity ? undefined : Math.max(0, first - this.#inner.currentTimeMillisUnsafe())
  }

  /** Lets time pass by itself, from sleeper to sleeper, as long as there is a clock. */
  readonly runFreely: Effect.Effect<unknown> = Effect.suspend(() =>
    Effect.forkIn(
      Effect.forever(Effect.suspend(() => this.adjust(this.untilNextWake() ?? 0))),
      this.#scope,
      { startImmediately: true }
    )
  )
}

/** How often in a row nothing may have been scheduled before all is quiet: a promise resolves in between. */
const quietTurns = 3

/** A scheduler that knows whether anything is left to run. */
class CountingScheduler implements Scheduler.Scheduler {
  readonly #inner: Scheduler.Scheduler
  #scheduled = 0

  constructor(inner: Scheduler.Scheduler) {
    this.#inner = inner
  }
  get executionMode() {
    return this.#inner.executionMode
  }
  shouldYield(fiber: Parameters<Scheduler.Scheduler["shouldYield"]>[0]) {
    return this.#inner.shouldYield(fiber)
  }
  makeDispatcher(): Scheduler.SchedulerDispatcher {
    const dispatcher = this.#inner.makeDispatcher()
    return {
      scheduleTask: (task, priority) => {
        this.#scheduled++
        dispatcher.scheduleTask(() => {
          this.#scheduled--
          task()
        }, priority)
      },
      flush: () => dispatcher.flush()
    }
  }

  /** Yields until nothing else has been left to run for some turns. */
  readonly settle: Effect.Effect<void> = Effect.suspend(() => {
    let quiet = 0
    return Effect.whileLoop({
      while: () => quiet < quietTurns,
      body: () => Effect.yieldNow,
      step: () => {
        quiet = this.#scheduled === 0 ? quiet + 1 : 0
      }
    })
  })
}

/** Layer of the clock, at an instant in epoch milliseconds, and of the scheduler that belongs to it. */
export const layer = (startAt: number): Layer.Layer<never> =>
  Layer.effectContext(Effect.gen(function*() {
    const context = yield* Layer.build(TestClock.layer()) as Effect.Effect<any, never, never>
    const inner = Context.get(context as Context.Context<never>, Clock.Clock) as TestClock.TestClock
    const scheduler = new CountingScheduler(Context.get(context as Context.Context<never>, Scheduler.Scheduler))
    yield* inner.setTime(startAt)
    return Context.make(Clock.Clock, new TestingClock(inner, scheduler, yield* Effect.scope)).pipe(
      Context.add(Scheduler.Scheduler, scheduler)
    )
  }))

/**
 * Layer to put on top of what takes time to stop: nobody is left to let time pass while the scope of a test closes, so
 * that it passes by itself from then on.
 */
export const layerFreeAtEnd: Layer.Layer<never> = Layer.effectDiscard(
  Effect.addFinalizer(() => use((clock) => clock.runFreely))
)

/** Uses the clock of the kit; a test that has another one is told what to do. */
export const use = <A, E, R>(f: (clock: TestingClock) => Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Clock.clockWith((clock) =>
    clock instanceof TestingClock
      ? f(clock)
      : Effect.die(new Error("There is no clock of brinjal/testing here. Provide Testing.layer or Testing.layerClock."))
  )
