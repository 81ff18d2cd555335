/**
 * Sleeps with looks at the clock in between, to notice that it was stepped.
 */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/** Looks at the clock, and says how long to sleep until the next look, in milliseconds; 0 is the end of the sleep. */
export type Look = () => number

/** A clock that looks without waking the sleeper: that of the testing kit, where a year has a million looks. */
export interface LookingClock extends Clock.Clock {
  readonly sleepAndLook: (millis: number, look: Look) => Effect.Effect<void>
}

const looks = (clock: Clock.Clock): clock is LookingClock => "sleepAndLook" in clock

/** Sleeps for some milliseconds, and then for as long as each look says. */
export const sleepAndLook = (clock: Clock.Clock, millis: number, look: Look): Effect.Effect<void> =>
  looks(clock) ? clock.sleepAndLook(millis, look) : Effect.flatMap(clock.sleep(Duration.millis(millis)), () => {
    const more = look()
    return more > 0 ? sleepAndLook(clock, more, look) : Effect.void
  })
