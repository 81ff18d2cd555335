/**
 * A clock that runs faster than the real one and shows the same time in every process, so that a second of a schedule
 * takes a few real milliseconds also across the death of a process.
 */
import { Clock, Context, Duration, Effect, Layer } from "effect"

/** How many seconds pass in a real one. */
export const factor = 10

const real = Context.get(Effect.runSync(Effect.context<never>()), Clock.Clock)

/** The time, when `anchor` is the instant at which both clocks showed the same. */
const at = (anchor: number, realMillis: number): number => Math.floor(anchor + (realMillis - anchor) * factor)

const make = (anchor: number): Clock.Clock => {
  const currentTimeMillisUnsafe = () => at(anchor, real.currentTimeMillisUnsafe())
  const currentTimeNanosUnsafe = () => BigInt(currentTimeMillisUnsafe()) * 1_000_000n
  const monotonicTimeNanosUnsafe = () => real.monotonicTimeNanosUnsafe() * BigInt(factor)
  return {
    currentTimeMillisUnsafe,
    currentTimeMillis: Effect.sync(currentTimeMillisUnsafe),
    currentTimeNanosUnsafe,
    currentTimeNanos: Effect.sync(currentTimeNanosUnsafe),
    monotonicTimeNanosUnsafe,
    monotonicTimeNanos: Effect.sync(monotonicTimeNanosUnsafe),
    sleep: (duration) => real.sleep(Duration.millis(Duration.toMillis(duration) / factor))
  }
}

/** Layer of the fast clock. */
export const layer = (anchor: number): Layer.Layer<never> => Layer.succeed(Clock.Clock, make(anchor))

/** Layer on the real clock: drivers wait for real time. */
export const live = <A, E, R>(layer: Layer.Layer<A, E, R>): Layer.Layer<A, E, R> =>
  Layer.provide(layer, Layer.succeed(Clock.Clock, real))
