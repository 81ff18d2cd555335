/**
 * How long a command waits for a server that takes a connection and then says nothing.
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/** How long a command waits. */
export interface Limits {
  /** For the answer to a request. */
  readonly answer: Duration.Duration
  /** For the next event of a stream. */
  readonly event: Duration.Duration
  /** For a server that has gone away to come back. */
  readonly absence: Duration.Duration
}

/**
 * The limits of the command. A server answers within ten seconds even if its database does not, and then says so
 * itself. If nothing happens, it sends a heartbeat at least every 20 seconds. A deploy takes it away for less than a
 * minute.
 */
export const limits: Limits = { answer: Duration.seconds(15), event: Duration.minutes(1), absence: Duration.minutes(1) }

/** How long commands wait. */
export const Patience = Context.Reference<Limits>("brinjal/cli/internal/Patience", { defaultValue: () => limits })

/** Nothing has come for as long as a command waits. */
export class Silence extends Data.TaggedError("ServerSilent")<{ readonly limit: Duration.Duration }> {}

/**
 * The limit is waited for in parts: a process that was stopped for a while (Ctrl-Z, a machine asleep) wakes up with its
 * timer at an end, and gets to read in the next part what has come in the meantime.
 */
const parts = 3

/** Fails if an effect takes longer than the limit. */
export const within = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  limit: Duration.Duration
): Effect.Effect<A, E | Silence, R> => {
  if (!Duration.isFinite(limit)) return effect
  const part = Effect.sleep(Duration.divideUnsafe(limit, parts))
  const silence = Effect.andThen(Effect.repeat(part, { times: parts - 1 }), Effect.fail(new Silence({ limit })))
  return Effect.raceFirst(effect, silence)
}
