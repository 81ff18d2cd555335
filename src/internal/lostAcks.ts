/**
 * Writes whose answer was lost. A write that is repeated is refused if it was done the first time, so the store is
 * asked what it has.
 */
import * as Effect from "effect/Effect"
import type { Settled, TaskRecord } from "../TaskStore.ts"
import type { Ending, State } from "./state.ts"
import { untilStored } from "./storeFailures.ts"

const stored = (state: State, { taskId }: TaskRecord): Effect.Effect<TaskRecord | undefined> =>
  untilStored(state, state.store.getTask(taskId))

/**
 * Whether a running task is stored as this process has written it. Since it was started, it may have been taken from
 * this process, which may have started it once more.
 */
export const isUpdated = (state: State, record: TaskRecord): Effect.Effect<boolean> =>
  Effect.map(
    stored(state, record),
    (task) =>
      task?.status === "running" && task.owner === state.owner && task.attempt === record.attempt &&
      task.startedAt === record.startedAt
  )

/** The result of ending a task, if it is stored as this process has ended it. */
export const settled = (state: State, { record }: Ending): Effect.Effect<Settled | undefined> =>
  Effect.flatMap(stored(state, record), (task) => {
    const isOurs = task?.attempt === record.attempt && task.status === record.status &&
      task.completedAt === record.completedAt
    return isOurs ? counted(state, record) : Effect.succeed(undefined)
  })

/** Which tasks retention pruned is no longer known; they are reported as removed elsewhere. */
const counted = (state: State, { recurringId }: TaskRecord): Effect.Effect<Settled> =>
  recurringId === null
    ? Effect.succeed({ counters: undefined, pruned: [] })
    : Effect.map(
      untilStored(state, state.store.getConfig(recurringId)),
      (config) => ({ counters: config?.counters, pruned: [] })
    )
