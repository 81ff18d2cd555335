/**
 * Once per lease, repairs whatever a lost announcement or a dead process has left behind, so that nothing depends on
 * announcements being received.
 */
import * as Effect from "effect/Effect"
import * as configs from "./configs.ts"
import * as configSync from "./configSync.ts"
import * as fetching from "./fetching.ts"
import * as leases from "./leases.ts"
import * as members from "./members.ts"
import * as pools from "./pools.ts"
import type { State } from "./state.ts"
import { withoutEnd } from "./storeFailures.ts"
import * as waiting from "./waiting.ts"

/**
 * Looks at everything that may have changed unnoticed. One sweep runs at a time; a call meanwhile causes another one
 * after it.
 */
export const sweep = (state: State): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { peers } = state
    peers.isDirty = true
    if (peers.isSweeping) return Effect.void
    return Effect.whileLoop({
      while: () => peers.isSweeping = peers.isDirty && !state.stopping,
      body: () => {
        peers.isDirty = false
        return withoutEnd("A look at everything", sweepOnce(state))
      },
      step: () => undefined
    })
  })

const sweepOnce = (state: State): Effect.Effect<void> => {
  const taskTypes = state.registry.taskTypes()
  // abandoned tasks come first: they are older than those that wait
  return leases.recover(state, taskTypes).pipe(
    Effect.andThen(Effect.sync(() => lookAgain(state))),
    Effect.andThen(isSuspicious(state) ? configSync.compareAll(state) : Effect.void),
    Effect.andThen(Effect.forEach(taskTypes, (taskType) => fetching.read(state, taskType), { discard: true }))
  )
}

/** Whether another process may have changed recurring tasks since the last sweep. */
const isSuspicious = (state: State): boolean => {
  const { peers } = state
  const was = peers.isSuspicious
  peers.isSuspicious = !members.isAlone(state)
  return was || peers.isSuspicious
}

/** The announcement that something has ended in another process may have been lost. */
const lookAgain = (state: State): void => {
  for (const config of state.configs.values()) {
    if (config.elsewhere !== undefined && config.elsewhere.size > 0 && config.record.buffer.length > 0) {
      configs.distrust(config)
    }
  }
  for (const taskId of state.peers.followed.keys()) state.look(taskId)
  // a copy, since those that find no room again are put back at once
  for (const recurringId of Array.from(state.blocked.keys())) waiting.unblock(state, recurringId)
  for (const pool of state.pools.values()) {
    pools.hope(pool)
    pools.pump(state, pool)
  }
}
