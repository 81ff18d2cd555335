/**
 * Makes a timetable a `Schedule` of Effect.
 */
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { Timetable } from "./timetable.ts"

/**
 * The schedule remembers the occurrence that it waits for. The next one is the first after it that is not past: a timer
 * that ends early does not give the same occurrence again, and what became due while the action ran is left out.
 */
export const toSchedule = (timetable: Timetable): Schedule.Schedule<DateTime.Utc> =>
  Schedule.fromStep(Effect.sync(() => {
    let target: number | undefined
    return (now: number) =>
      Effect.suspend(() => {
        const following = timetable.next(target === undefined ? now : Math.max(target, now - 1))
        if (following === undefined) return Cause.done(DateTime.makeUnsafe(target ?? now))
        target = following
        return Effect.succeed<[DateTime.Utc, Duration.Duration]>([
          DateTime.makeUnsafe(following),
          Duration.millis(following - now)
        ])
      })
  }))
