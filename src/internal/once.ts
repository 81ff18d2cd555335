/**
 * Work that is done once for a key.
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

/** The last instant, in milliseconds: no store knows infinity. */
const endOfTime = 8_640_000_000_000_000

/** Gives what came of the work for this key, be it done now or before. */
export const once = <E, R>(
  state: State,
  { key, request, timeToLive = "1 day" }: Options,
  work: Effect.Effect<string, E, R>
): Effect.Effect<string, E | IdempotencyKeyReused | TaskStoreError, R> =>
  Effect.suspend(() => {
    const at = now(state)
    const until = Math.min(at + Duration.toMillis(Duration.fromInputUnsafe(timeToLive)), endOfTime)
    return Effect.flatMap(
      trouble.bounded(state, "once", state.store.once({ key, request, now: at, until }, work)),
      (answered) =>
        answered.request === request
          ? Effect.succeed(answered.answer)
          : Effect.fail(new IdempotencyKeyReused({ key }))
    )
  })
