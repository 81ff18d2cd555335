/**
 * Work that is done once per key.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { IdempotencyKeyReused, type TaskStoreError } from "../TaskError.ts"
import { now, type State } from "./state.ts"
import * as trouble from "./trouble.ts"

interface Options {
  readonly key: string
  readonly request: string
  readonly timeToLive?: Duration.Input | undefined
}

/** Returns the answer for this key, from the work done now or before. */
export const once = <E, R>(
  state: State,
  { key, request, timeToLive = "1 day" }: Options,
  work: Effect.Effect<string, E, R>
): Effect.Effect<string, E | IdempotencyKeyReused | TaskStoreError, R> =>
  Effect.suspend(() => {
    const at = now(state)
    const until = at + Duration.toMillis(Duration.fromInputUnsafe(timeToLive))
    return Effect.flatMap(
      trouble.bounded(state, "once", state.store.once({ key, request, now: at, until }, work)),
      (answered) =>
        answered.request === request
          ? Effect.succeed(answered.answer)
          : Effect.fail(new IdempotencyKeyReused({ key }))
    )
  })
