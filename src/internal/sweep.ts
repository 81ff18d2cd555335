/**
 * Once per lease, repairs whatever a lost announcement or a dead process has left behind, so that nothing depends on
 * announcements being received; and looks for what only a person can repair.
 */
import * as Effect from "effect/Effect"
import * as coalescing from "./coalescing.ts"
import * as configs from "./configs.ts"
import * as configSync from "./configSync.ts"
import * as fetching from "./fetching.ts"
import * as members from "./members.ts"
import * as parking from "./parking.ts"
import * as pausing from "./pausing.ts"
import * as pools from "./pools.ts"
import { recover } from "./recovery.ts"
import type { State } from "./state.ts"
import { logDefects } from "./storeFailures.ts"
import * as suspicions from "./suspicions.ts"
import * as waiting from "./waiting.ts"
import { wake } from "./waking.ts"

/**
 * Looks at everything that may have changed unnoticed. One sweep runs at a time; a call meanwhile causes another one
 * after it.
 */
export const sweep = (state: State): Effect.Effect<void> =>
  coalescing.run(
    state.peers.sweeping,
    () => state.stopping,
    logDefects("A sweep", Effect.suspend(() => sweepOnce(state)))
  )

const sweepOnce = (state: State): Effect.Effect<void> => {
  const taskTypes = state.registry.taskTypes()
  // abandoned tasks come first: they are older than those that wait
  return pausing.look(state).pipe(
    Effect.andThen(recover(state, taskTypes)),
    Effect.andThen(Effect.sync(() => recheck(state))),
    Effect.andThen(mayHaveMissed(state) ? configSync.syncAll(state) : Effect.void),
    Effect.andThen(wake(state)),
    Effect.andThen(parking.recheck(state)),
    Effect.andThen(Effect.forEach(taskTypes, (taskType) => fetching.fetchType(state, taskType), { discard: true })),
    Effect.andThen(suspicions.look(state))
  )
}

/** Whether another process may have changed recurring tasks since the last sweep. */
const mayHaveMissed = (state: State): boolean => {
  const { peers } = state
  const was = peers.mayHaveMissed
  peers.mayHaveMissed = !members.isAlone(state)
  return was || peers.mayHaveMissed
}

/** The announcement that something has ended in another process may have been lost. */
const recheck = (state: State): void => {
  for (const config of state.configs.values()) {
    if (config.elsewhere !== undefined && config.elsewhere.size > 0 && config.record.buffer.length > 0) {
      configs.invalidate(config)
    }
  }
  for (const taskId of state.peers.followed.keys()) state.refresh(taskId)
  // a copy, since those that find no room again are put back at once
  for (const recurringId of Array.from(state.blocked.keys())) waiting.unblock(state, recurringId)
  for (const pool of state.pools.values()) {
    pools.signal(pool)
    pools.pump(state, pool)
  }
}
