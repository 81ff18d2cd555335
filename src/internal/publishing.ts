/**
 * What the readers of this process's live streams get to see of tasks.
 */
import { TaskRemoved } from "../TaskEvent.ts"
import type { Settled, TaskRecord } from "../TaskStore.ts"
import * as announcing from "./announcing.ts"
import * as configs from "./configs.ts"
import * as events from "./events.ts"
import { taskUpdate } from "./records.ts"
import type { Config, State } from "./state.ts"

/** Publishes the state of a task. */
export const task = (state: State, record: TaskRecord): void => events.publish(state, updateOf, record)

const updateOf = (record: TaskRecord) => (sequence: number) => taskUpdate(record, sequence)

/** Publishes that a task is gone. */
export const removed = (state: State, taskId: string): void => events.publish(state, removalOf, taskId)

const removalOf = (taskId: string) => (sequence: number) =>
  new TaskRemoved({ sequence, taskId }, { disableChecks: true })

/** Publishes, announces and counts the end of a task, and that others were pruned because of it. */
export const ended = (
  state: State,
  record: TaskRecord,
  config: Config | undefined,
  { counters, pruned }: Settled
): void => {
  announcing.task(state, record)
  announcing.removed(state, pruned)
  // a reader that is told of the end may read the counters at once
  const counted = configs.take(config, counters)
  task(state, record)
  if (counted) configs.publish(state, config!)
  const duration = record.startedAt === null ? undefined : record.completedAt! - record.startedAt
  state.telemetry.ended(record.taskType, record.status, duration)
  for (const taskId of pruned) removed(state, taskId)
}
