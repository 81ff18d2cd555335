/**
 * Bounds how long callers wait for an answer. One fiber watches over all of them: a race with a sleeping fiber for each
 * would cost more than the rest of what it takes to queue a task. It measures monotonic time, which a step of the clock
 * does not change.
 */
import * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import { millis } from "./elapsed.ts"

/** A caller who waits until an instant of the monotonic clock, in milliseconds. */
interface Waiting {
  until: number
  readonly giveUp: () => void
}

/** Those who wait, all for equally long and therefore in the order in which their time is up. */
export interface Timeouts {
  readonly duration: Duration.Duration
  readonly clock: Clock.Clock
  readonly fork: (effect: Effect.Effect<void>) => Fiber.Fiber<void>
  readonly waiting: Set<Waiting>
  watch: Fiber.Fiber<void> | undefined
}

/** The same timeout for every answer, until the scope closes. */
export const make = Effect.fnUntraced(function*(
  duration: Duration.Duration
): Effect.fn.Return<Timeouts, never, Scope.Scope> {
  const timeouts: Timeouts = {
    duration,
    clock: yield* Clock.Clock,
    fork: Effect.runForkWith(yield* Effect.context<never>()),
    waiting: new Set(),
    watch: undefined
  }
  yield* Effect.addFinalizer(() => Effect.sync(() => timeouts.watch?.interruptUnsafe()))
  return timeouts
})

const elapsed = ({ clock }: Timeouts): number => millis(clock)

/** Gives those up whose time is up, and sleeps until the next one's is, as long as anybody waits. */
const watch = (timeouts: Timeouts): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { waiting } = timeouts
    for (const next of waiting) {
      const left = next.until - elapsed(timeouts)
      if (left > 0) return Effect.andThen(Effect.sleep(Math.ceil(left)), watch(timeouts))
      waiting.delete(next)
      next.giveUp()
    }
    timeouts.watch = undefined
    return Effect.void
  })

/** Marks what is done for the caller in the middle of what is asked for, and takes as long as it takes. */
export type Untimed = <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

const wait = (timeouts: Timeouts, waiting: Waiting): void => {
  waiting.until = elapsed(timeouts) + Duration.toMillis(timeouts.duration)
  timeouts.waiting.add(waiting)
  timeouts.watch ??= timeouts.fork(watch(timeouts))
}

/** Nobody is late as long as it lasts; after it, the time begins anew. */
const untimed = (timeouts: Timeouts, waiting: Waiting): Untimed => (self) =>
  Effect.suspend(() => {
    timeouts.waiting.delete(waiting)
    return Effect.ensuring(self, Effect.sync(() => wait(timeouts, waiting)))
  })

/** Fails with `late` when there is no answer in time; what is asked for is interrupted then. */
export const withTimeout = <A, E, R, E2>(
  timeouts: Timeouts,
  self: (untimed: Untimed) => Effect.Effect<A, E, R>,
  late: () => E2
): Effect.Effect<A, E | E2, R> =>
  Effect.contextWith((context: Context.Context<R>) =>
    Effect.callback<A, E | E2, R>((resume) => {
      const waiting: Waiting = {
        until: 0,
        giveUp: () => {
          resume(Effect.fail(late()))
          asking.interruptUnsafe()
        }
      }
      const asked = self(untimed(timeouts, waiting))
      wait(timeouts, waiting)
      const asking = Effect.runForkWith(context)(asked)
      asking.addObserver((exit) => {
        timeouts.waiting.delete(waiting)
        resume(exit)
      })
      return Fiber.interrupt(asking)
    })
  )
