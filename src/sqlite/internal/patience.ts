/**
 * Waiting for a lock that another connection holds. SQLite would wait inside the call and stop the whole process; here
 * the call comes back at once and is made again a little later, by `Clock`, while other fibers run.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"

/** Gives an effect the interruptibility of the caller: makes it interruptible, or leaves it as it is. */
export type Restore = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/** Milliseconds since some instant. Not the time of day, which may be set while somebody waits. */
const millis = Clock.clockWith((clock) => Effect.map(clock.monotonicTimeNanos, (nanos) => Number(nanos) / 1_000_000))

/** The longest pause in milliseconds. Short, since a lock is mostly held for less than a millisecond. */
const longest = 20

/**
 * Up to 1, 2, 4, ... milliseconds and at least half of it, so that two who wait do not go in step. Whole milliseconds:
 * what a sleep rounds down to nothing would not let time pass.
 */
const pause = (attempt: number, left: number) =>
  Effect.map(Random.next, (random) => {
    const upTo = Math.min(2 ** attempt, longest)
    return Math.ceil(Math.min(upTo * (0.5 + random / 2), left))
  })

/**
 * Makes a call again and again until its answer is not `busy` or the timeout has passed, and gives the last answer. Only
 * the pauses can be interrupted: the answer of a call is never lost.
 */
export const persist = Effect.fnUntraced(function*<A>(options: {
  readonly answer: A
  readonly call: () => A
  readonly busy: (answer: A) => boolean
  readonly timeout: Duration.Duration
  readonly restore: Restore
}) {
  const end = (yield* millis) + Duration.toMillis(options.timeout)
  let answer = options.answer
  for (let attempt = 0; options.busy(answer); attempt++) {
    const left = end - (yield* millis)
    if (left <= 0) break
    yield* options.restore(Effect.sleep(yield* pause(attempt, left)))
    answer = options.call()
  }
  return answer
})
