/**
 * Waits for a lock that another connection holds. SQLite would wait inside the call and block the whole process. Here
 * the call returns at once and is repeated a little later, by `Clock`, while other fibers run.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"

/** Makes an effect interruptible if the caller is; otherwise leaves it as it is. */
export type Restore = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/** Monotonic milliseconds: the time of day may be set during the wait. */
const millis = Clock.clockWith((clock) => Effect.map(clock.monotonicTimeNanos, (nanos) => Number(nanos) / 1_000_000))

/** The longest pause, in milliseconds. It is short, since a lock is mostly held for less than a millisecond. */
const longest = 20

/**
 * At most 1, 2, 4, ... milliseconds and at least half of that, at random, so that two that wait do not keep in step. It
 * is in whole milliseconds: a sleep that is rounded down to 0 would not let time pass.
 */
const pause = (attempt: number, left: number) =>
  Effect.map(Random.next, (random) => {
    const upTo = Math.min(2 ** attempt, longest)
    return Math.ceil(Math.min(upTo * (0.5 + random / 2), left))
  })

/**
 * Repeats a call until its answer is not `busy` or the timeout has passed, and returns the last answer. Only the pauses
 * can be interrupted, so the answer of a call is never lost.
 */
export const whileBusy = Effect.fnUntraced(function*<A>(options: {
  readonly answer: A
  readonly call: () => A
  readonly isBusy: (answer: A) => boolean
  readonly timeout: Duration.Duration
  readonly restore: Restore
}) {
  const end = (yield* millis) + Duration.toMillis(options.timeout)
  let answer = options.answer
  for (let attempt = 0; options.isBusy(answer); attempt++) {
    const left = end - (yield* millis)
    if (left <= 0) break
    yield* options.restore(Effect.sleep(yield* pause(attempt, left)))
    answer = options.call()
  }
  return answer
})
