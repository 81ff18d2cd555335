/**
 * The present state of everything, encoded in parts.
 */
import * as Effect from "effect/Effect"
import type { TaskStoreError } from "../../../../TaskError.ts"
import * as weight from "../weight.ts"
import * as frames from "./frames.ts"
import { type Hub, idOf, serverTime } from "./hub.ts"

/** An encoded state, and the number of the first event that may not be contained in it. */
export interface Snapshot {
  readonly until: number
  readonly frames: ReadonlyArray<Uint8Array>
}

/** How many tasks, and how many recurring tasks, are in a part; fewer tasks if they are large. */
const size = 500

/**
 * Takes a snapshot. What changes meanwhile is in the snapshot, or in the events from `until` on, or in both: events
 * carry complete states, so that the last one is right whatever came before.
 */
const take = Effect.fnUntraced(function*(hub: Hub): Effect.fn.Return<Snapshot, TaskStoreError> {
  // events that are already published must not come after the snapshot
  yield* Effect.yieldNow
  const until = hub.ring.next
  const id = idOf(hub, until - 1)
  const tasks = yield* hub.manager.getAllTasks
  const recurring = yield* hub.manager.getAllRecurringTasks
  const cut = weight.parts(tasks, size)
  const parts = Math.max(cut.length, Math.ceil(recurring.length / size))
  const encoded: Array<Uint8Array> = []
  for (let part = 0; part < parts; part++) {
    encoded.push(frames.snapshot({
      id,
      part,
      parts,
      serverTime: serverTime(hub),
      tasks: cut[part] ?? [],
      recurring: recurring.slice(part * size, (part + 1) * size)
    }))
    // lets others run in between
    yield* Effect.yieldNow
  }
  return { until, frames: encoded }
})

/** How many events may have come since a snapshot for it to be shared. */
const sharedFor = 100

/**
 * The present state, for a reader that knows nothing. A snapshot is shared as long as the ring has what came after it.
 */
export const shared = (hub: Hub): Effect.Effect<Snapshot, TaskStoreError> =>
  Effect.suspend(() => {
    const last = hub.snapshot
    return last !== undefined && last.until >= hub.ring.first && hub.ring.next - last.until <= sharedFor
      ? Effect.succeed(last)
      : Effect.tap(take(hub), (taken) => Effect.sync(() => hub.snapshot = taken))
  })
