/**
 * The health of a manager, determined when it is asked for. The store is asked too, but not for long.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Health } from "../Health.ts"
import { briefly } from "./briefly.ts"
import * as pausing from "./pausing.ts"
import { instant, instantOption } from "./records.ts"
import type { State } from "./state.ts"
import { note } from "./storeFailures.ts"

/** How long a store may take to answer and still count as reachable. */
const timeout = "3 seconds"

/** How the manager is. */
export const health = (state: State): Effect.Effect<Health> =>
  Effect.map(isReachable(state), (storeReachable) => {
    const { since, last } = state.storeFailures
    const running = [...state.live.values()].filter((live) => live.fiber !== undefined).length
    return new Health({
      owner: state.owner,
      processes: state.peers.others.length + 1,
      store: state.store.name,
      storeReachable,
      storeFailingSince: instantOption(since),
      lastStoreFailure: Option.map(Option.fromUndefinedOr(last), ({ at, error }) => ({
        at: instant(at),
        operation: error.operation,
        message: messageOf(error.cause)
      })),
      lag: Duration.millis(state.ticker.lag()),
      running,
      waiting: state.live.size - running,
      paused: pausing.known(state),
      stopping: state.stopping
    }, { disableChecks: true })
  })

const messageOf = (cause: unknown): string => cause instanceof Error ? cause.message : String(cause)

/** Whether the store answers a query for a task that does not exist. */
const isReachable = (state: State): Effect.Effect<boolean> => {
  const asking = Effect.as(state.store.getTask("health"), true).pipe(
    Effect.catch((error) => Effect.as(note(state, error), false))
  )
  return briefly(asking, timeout, Effect.succeed(false))
}
