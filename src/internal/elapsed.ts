/**
 * The time that passes, whatever is done to the wall clock: for waits that are so long, and not until an instant.
 */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** The time of the monotonic clock, in milliseconds. */
export const millis = (clock: Clock.Clock): number => Number(clock.monotonicTimeNanosUnsafe()) / 1_000_000

/** A clock whose time is that of the monotonic clock of another one, whose sleep it has. */
export const clock = (clock: Clock.Clock): Clock.Clock => {
  const currentTimeMillisUnsafe = () => millis(clock)
  const currentTimeNanosUnsafe = () => clock.monotonicTimeNanosUnsafe()
  return {
    currentTimeMillisUnsafe,
    currentTimeMillis: Effect.sync(currentTimeMillisUnsafe),
    currentTimeNanosUnsafe,
    currentTimeNanos: Effect.sync(currentTimeNanosUnsafe),
    monotonicTimeNanosUnsafe: currentTimeNanosUnsafe,
    monotonicTimeNanos: Effect.sync(currentTimeNanosUnsafe),
    sleep: (duration) => clock.sleep(duration)
  }
}
