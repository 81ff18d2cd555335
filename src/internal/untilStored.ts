/**
 * Patience with the store: what happened must be written, so a write that fails is tried again until it succeeds.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type { TaskStoreError } from "../TaskError.ts"

/** 100 ms, doubling, at most 5 s apart. */
const backoff = Schedule.min([Schedule.exponential("100 millis"), Schedule.spaced("5 seconds")])

/** Retries until the store answers, and says once that it did not. */
export const untilStored = <A>(self: Effect.Effect<A, TaskStoreError>): Effect.Effect<A> =>
  Effect.catchCause(self, (cause) => insist(self, cause))

const insist = <A>(self: Effect.Effect<A, TaskStoreError>, cause: Cause.Cause<TaskStoreError>): Effect.Effect<A> => {
  const error = Cause.findErrorOption(cause)
  if (Option.isNone(error)) return Effect.failCause(cause as Cause.Cause<never>)
  return Effect.andThen(
    Effect.logWarning("The task store failed; trying again until it answers", error.value),
    Effect.orDie(Effect.retry(self, backoff))
  )
}
