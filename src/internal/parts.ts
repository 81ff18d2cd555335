/**
 * Tasks that are part of another one: a task that is run by one with the same concurrency key, or by a task of that
 * one, in whichever process. Each would otherwise wait for the other.
 */
import * as Effect from "effect/Effect"
import type { TaskStoreError } from "../TaskError.ts"
import { isFinal } from "../TaskInfo.ts"
import type { TaskRecord } from "../TaskStore.ts"
import type { State } from "./state.ts"
import * as storeFailures from "./storeFailures.ts"

/** A parked task, as it is stored: if it is part of another one, it does not wait for its key, but counts. */
export const inPlace = (state: State, record: TaskRecord): Effect.Effect<TaskRecord, TaskStoreError> =>
  Effect.map(hasKeyAbove(state, record.concurrency!.key, record), (is) => is ? { ...record, parked: false } : record)

/** Whether one of those that a task was queued by has the key, and has not ended. */
const hasKeyAbove = (
  state: State,
  key: string,
  { parentId, recurringId }: TaskRecord
): Effect.Effect<boolean, TaskStoreError> => {
  // the parent of an instance is its recurring task
  if (parentId === null || parentId === recurringId) return Effect.succeed(false)
  return Effect.flatMap(find(state, parentId), (parent) => {
    if (parent === undefined) return Effect.succeed(false)
    return holds(parent, key) ? Effect.succeed(true) : hasKeyAbove(state, key, parent)
  })
}

const holds = ({ concurrency, status }: TaskRecord, key: string): boolean =>
  concurrency?.key === key && !isFinal(status)

const find = (state: State, taskId: string): Effect.Effect<TaskRecord | undefined, TaskStoreError> => {
  const live = state.live.get(taskId)
  return live === undefined
    ? storeFailures.bounded(state, "getTask", state.store.getTask(taskId))
    : Effect.succeed(live.record)
}
