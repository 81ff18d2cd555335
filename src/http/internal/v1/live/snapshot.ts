/**
 * Everything that is at a moment, encoded in parts.
 */
import * as Effect from "effect/Effect"
import type { RecurringTaskInfo } from "../../../../RecurringTaskInfo.ts"
import type { TaskStoreError } from "../../../../TaskError.ts"
import type { TaskInfo } from "../../../../TaskInfo.ts"
import * as frames from "./frames.ts"
import { type Hub, idOf, serverTime } from "./hub.ts"

/** What was, and the number of the first event that it may not contain. */
export interface Snapshot {
  readonly until: number
  readonly frames: ReadonlyArray<Uint8Array>
}

/** How many tasks and how many recurring tasks a part has. */
const size = 500

/**
 * Takes a snapshot. What changes while it is taken is in it, or in the events from `until` on, or in both: events carry
 * complete states, so that the last one is right whatever came before.
 */
const take = Effect.fnUntraced(function*(hub: Hub): Effect.fn.Return<Snapshot, TaskStoreError> {
  // what is published already is not to come after the snapshot
  yield* Effect.yieldNow
  const until = hub.ring.next
  const id = idOf(hub, until - 1)
  const tasks = yield* hub.manager.getAllTasks
  const recurring = yield* hub.manager.getAllRecurringTasks
  const parts = Math.max(1, Math.ceil(Math.max(tasks.length, recurring.length) / size))
  const encoded: Array<Uint8Array> = []
  for (let part = 0; part < parts; part++) {
    encoded.push(frames.snapshot({ id, part, parts, serverTime: serverTime(hub), ...slice(tasks, recurring, part) }))
    // others may go on in between
    yield* Effect.yieldNow
  }
  return { until, frames: encoded }
})

const slice = (tasks: ReadonlyArray<TaskInfo>, recurring: ReadonlyArray<RecurringTaskInfo>, part: number) => ({
  tasks: tasks.slice(part * size, (part + 1) * size),
  recurring: recurring.slice(part * size, (part + 1) * size)
})

/** How many events may have come since a snapshot that is shared. */
const sharedFor = 100

/** Everything that is, for a reader that knows nothing. One is shared as long as the ring has what came after it. */
export const shared = (hub: Hub): Effect.Effect<Snapshot, TaskStoreError> =>
  Effect.suspend(() => {
    const last = hub.snapshot
    return last !== undefined && last.until >= hub.ring.first && hub.ring.next - last.until <= sharedFor
      ? Effect.succeed(last)
      : Effect.tap(take(hub), (taken) => Effect.sync(() => hub.snapshot = taken))
  })
