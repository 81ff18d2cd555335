/**
 * The clock of the testing kit: virtual time that passes only when a test says so, with a wall clock that can be
 * stepped and timers that can end early or late. It is a `TestClock`, so `TestClock.adjust` works with it too.
 */
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Scheduler from "effect/Scheduler"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type * as TestClock from "effect/testing/TestClock"
import type { Look, LookingClock } from "../../internal/looks.ts"
import { CountingScheduler } from "./scheduler.ts"
import * as sleepers from "./sleepers.ts"

const stillness =
  "A test waits, and virtual time stands still, so that it may never end. Let time pass with Testing.advance: " +
  "what waits for a task meanwhile, such as TaskManager.run, has to be forked. Mark what waits for the outside world " +
  "with Testing.outside."

/** How far from its time a timer may end, in milliseconds. */
export interface Skew {
  readonly early: number
  readonly late: number
  readonly random: () => number
}

/** What the clock depends on. */
interface Dependencies {
  readonly scheduler: CountingScheduler
  readonly scope: Scope.Scope
  readonly live: Clock.Clock
}

const nanosInMilli = 1_000_000n

/** The nanoseconds of an instant or duration. Its fraction is not scaled with the rest, which would lose digits. */
const toNanos = (millis: number): bigint => {
  const whole = Math.floor(millis)
  return BigInt(whole) * nanosInMilli + BigInt(Math.round((millis - whole) * 1_000_000))
}

const toMillis = (nanos: bigint): number => Number(nanos / nanosInMilli) + Number(nanos % nanosInMilli) / 1_000_000

/** That of a sleeper who does not look at the clock, but wakes. */
const noLook: Look = () => 0

/**
 * Virtual time with a stepped wall clock and skewed timers. It passes in whole nanoseconds, as a `Duration` does:
 * fractions of milliseconds do not add up exactly, so that time might never arrive at a sum of them.
 */
export class TestingClock implements TestClock.TestClock, LookingClock {
  readonly #dependencies: Dependencies
  readonly #sleepers = sleepers.make()
  readonly #oneAtATime = Semaphore.makeUnsafe(1)
  #elapsed = 0n
  #wall: bigint
  skew: Skew | undefined

  constructor(startAt: number, dependencies: Dependencies) {
    this.#wall = toNanos(startAt)
    this.#dependencies = dependencies
  }

  readonly currentTimeMillis = Effect.sync(() => this.currentTimeMillisUnsafe())
  readonly currentTimeNanos = Effect.sync(() => this.currentTimeNanosUnsafe())
  readonly monotonicTimeNanos = Effect.sync(() => this.monotonicTimeNanosUnsafe())

  currentTimeMillisUnsafe(): number {
    return toMillis(this.currentTimeNanosUnsafe())
  }
  currentTimeNanosUnsafe(): bigint {
    return this.#wall + this.#elapsed
  }
  monotonicTimeNanosUnsafe(): bigint {
    return this.#elapsed
  }
  withLive<A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    return Effect.provideService(effect, Clock.Clock, this.#dependencies.live)
  }

  sleep(duration: Duration.Duration): Effect.Effect<void> {
    if (!Duration.isPositive(duration)) return Effect.void
    if (!Duration.isFinite(duration)) return Effect.never
    return this.#sleep(duration, noLook)
  }

  /** Each look is made when its time has come. While nobody does anything else, nothing has to settle. */
  sleepAndLook(millis: number, look: Look): Effect.Effect<void> {
    return this.#sleep(Duration.millis(millis), look)
  }

  #sleep(duration: Duration.Duration, look: Look): Effect.Effect<void> {
    return Effect.callback((resume) => {
      const sleeper: sleepers.Sleeper = {
        until: 0n,
        wake: () => {
          const more = look()
          if (more > 0) this.#add(sleeper, Duration.millis(more))
          else resume(Effect.void)
          return more <= 0
        }
      }
      this.#add(sleeper, duration)
      return Effect.sync(() => sleepers.remove(this.#sleepers, sleeper))
    })
  }

  #add(sleeper: sleepers.Sleeper, duration: Duration.Duration): void {
    sleeper.until = this.#elapsed + this.#skewed(duration)
    sleepers.add(this.#sleepers, sleeper)
  }

  /** A timer that is set for later never ends at once, however early it is. */
  #skewed(duration: Duration.Duration): bigint {
    if (this.skew === undefined) return Duration.toNanosUnsafe(duration)
    const { early, late, random } = this.skew
    const millis = Duration.toMillis(duration) - early + random() * (early + late)
    return toNanos(Math.max(1, Math.round(millis)))
  }

  /** Lets time pass. Whatever can run without it runs before, at every instant on the way, and after. */
  adjust(duration: Duration.Input): Effect.Effect<void> {
    const nanos = Duration.toNanosUnsafe(duration)
    return this.#settleAndRun(() => this.#elapsed + nanos)
  }
  setTime(timestamp: number): Effect.Effect<void> {
    return this.#settleAndRun(() => toNanos(timestamp) - this.#wall)
  }

  #settleAndRun(end: () => bigint): Effect.Effect<void> {
    return this.#oneAtATime.withPermits(1)(Effect.andThen(this.settle, Effect.suspend(() => this.#run(end()))))
  }

  #run(end: bigint): Effect.Effect<void> {
    let done = false
    return Effect.whileLoop({
      while: () => !done,
      body: () => {
        const next = this.#wakeNext(end)
        done = next === "end"
        return next === "looks" ? Effect.void : this.settle
      },
      step: () => undefined
    })
  }

  /** Moves to the next instant at which there are sleepers, and wakes all of them, unless they only look. */
  #wakeNext(end: bigint): "wakes" | "looks" | "end" {
    const at = sleepers.next(this.#sleepers)
    if (at === undefined || at > end) {
      this.#elapsed = end
      return "end"
    }
    if (at > this.#elapsed) this.#elapsed = at
    return sleepers.wake(this.#sleepers, at) ? "wakes" : "looks"
  }

  /** Sets the wall clock forward or back. No time passes and no sleeper wakes. */
  step(millis: number): void {
    this.#wall += toNanos(millis)
  }

  /** Runs everything that can run without time passing. */
  readonly settle: Effect.Effect<void> = Effect.suspend(() => this.#dependencies.scheduler.settle)

  /** The time until the next sleeper wakes; `undefined` if there is none. */
  untilNextWake(): Duration.Duration | undefined {
    const next = sleepers.next(this.#sleepers)
    return next === undefined ? undefined : Duration.nanos(next - this.#elapsed)
  }

  /** Tells a test in which somebody sleeps and nothing has happened for a while of real time why it does not end. */
  readonly warnOnceStill: Effect.Effect<void> = Effect.suspend(() => {
    const { live, scheduler } = this.#dependencies
    const before = scheduler.progress
    return Effect.flatMap(Effect.provideService(Effect.sleep("1 second"), Clock.Clock, live), () => {
      const isStill = before !== undefined && scheduler.progress === before
      return isStill && this.untilNextWake() !== undefined ? Effect.logWarning(stillness) : this.warnOnceStill
    })
  })

  /** Lets time pass by itself, from sleeper to sleeper, for as long as there is a clock. */
  readonly runFreely: Effect.Effect<unknown> = Effect.suspend(() =>
    Effect.forkIn(
      Effect.forever(Effect.suspend(() => this.adjust(this.untilNextWake() ?? Duration.zero))),
      this.#dependencies.scope,
      { startImmediately: true }
    )
  )
}

/** The real clock, which a test clock replaces. */
const liveClock = (outer: Clock.Clock): Effect.Effect<Clock.Clock> =>
  "withLive" in outer ? (outer as TestClock.TestClock).withLive(Clock.clockWith(Effect.succeed)) : Effect.succeed(outer)

/** Layer of the clock, at an instant in epoch milliseconds, and of its scheduler. */
export const layer = (startAt: number): Layer.Layer<never> =>
  Layer.effectContext(Effect.gen(function*() {
    const scheduler = new CountingScheduler(yield* Scheduler.Scheduler)
    const scope = yield* Effect.scope
    const live = yield* liveClock(yield* Clock.Clock)
    const clock = new TestingClock(startAt, { scheduler, scope, live })
    // the console of a test shows nothing
    yield* Effect.forkScoped(Effect.provideService(clock.warnOnceStill, Console.Console, globalThis.console))
    return Context.make(Clock.Clock, clock).pipe(
      Context.add(Scheduler.Scheduler, scheduler)
    )
  }))

/**
 * While the scope of a test closes, nobody is left to let time pass, so it passes by itself from then on, for whatever
 * takes time to stop.
 */
export const freeAtEnd: Effect.Effect<void, never, Scope.Scope> = Effect.addFinalizer(() =>
  use((clock) => clock.runFreely)
)

/** The same as a layer, to be built after whatever takes time to stop. */
export const layerFreeAtEnd: Layer.Layer<never> = Layer.effectDiscard(freeAtEnd)

/** Uses the clock of the kit. A test that has another clock is told what to do. */
export const use = <A, E, R>(f: (clock: TestingClock) => Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Clock.clockWith((clock) =>
    clock instanceof TestingClock
      ? f(clock)
      : Effect.die(new Error("There is no clock of brinjal/testing here. Provide Testing.layer or Testing.layerClock."))
  )

/**
 * A clock without the methods that tell a manager that time is virtual, so that it waits as on a real one; sleepers may
 * be treated otherwise.
 */
export const ordinary = (
  clock: Clock.Clock,
  sleep: Clock.Clock["sleep"] = (duration) => clock.sleep(duration)
): Clock.Clock => ({
  currentTimeMillis: clock.currentTimeMillis,
  currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe(),
  currentTimeNanos: clock.currentTimeNanos,
  currentTimeNanosUnsafe: () => clock.currentTimeNanosUnsafe(),
  monotonicTimeNanos: clock.monotonicTimeNanos,
  monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
  sleep
})
