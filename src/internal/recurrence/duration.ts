/**
 * Reads durations in any form that people may have them in.
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"

/** `Duration` takes `NaN` for 0, also as one of several units. */
const hasNaN = (input: Duration.Input): boolean =>
  Predicate.isObjectOrArray(input) ? Object.values(input).some(Number.isNaN) : Number.isNaN(input)

/** The milliseconds of a duration, if it is one. */
export const millisOption = (input: Duration.Input): Option.Option<number> =>
  hasNaN(input) ? Option.none() : Option.map(Duration.fromInput(input), Duration.toMillis)
