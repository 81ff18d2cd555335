/**
 * Writes whose answer was lost: one that is tried again is refused when it was done the first time, so that the store is
 * asked whose word it has.
 */
import * as Effect from "effect/Effect"
import type { Settled, TaskRecord } from "../TaskStore.ts"
import type { Ending, State } from "./state.ts"
import { untilStored } from "./trouble.ts"

const stored = (state: State, { taskId }: TaskRecord): Effect.Effect<TaskRecord | undefined> =>
  untilStored(state, state.store.getTask(taskId))

/** Whether a running task is as this process has said. */
export const isUpdated = (state: State, record: TaskRecord): Effect.Effect<boolean> =>
  Effect.map(
    stored(state, record),
    (task) => task?.status === "running" && task.owner === state.owner && task.attempt === record.attempt
  )

/** What came of the end of a task, if it has ended as this process has said. */
export const settled = (state: State, { record }: Ending): Effect.Effect<Settled | undefined> =>
  Effect.flatMap(stored(state, record), (task) => {
    const isOurs = task?.attempt === record.attempt && task.status === record.status &&
      task.completedAt === record.completedAt
    return isOurs ? counted(state, record) : Effect.succeed(undefined)
  })

/** Nobody knows any more who has had to go for it; their ends have been shown. */
const counted = (state: State, { recurringId }: TaskRecord): Effect.Effect<Settled> =>
  recurringId === null
    ? Effect.succeed({ counters: undefined, pruned: [] })
    : Effect.map(
      untilStored(state, state.store.getConfig(recurringId)),
      (config) => ({ counters: config?.counters, pruned: [] })
    )
