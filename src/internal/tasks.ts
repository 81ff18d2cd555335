/**
 * Reads tasks: from this process, as far as it knows them best, and otherwise from the store.
 */
import * as Effect from "effect/Effect"
import { TaskNotFound, type TaskStoreError } from "../TaskError.ts"
import type { TaskInfo } from "../TaskInfo.ts"
import type { SearchOptions } from "../TaskSelection.ts"
import type { Search, TaskRecord } from "../TaskStore.ts"
import * as members from "./members.ts"
import { taskInfo } from "./records.ts"
import * as spans from "./spans.ts"
import type { State } from "./state.ts"
import * as validate from "./validate.ts"

/** The record of a task, if this process knows it better than the store does. */
const known = (state: State, taskId: string): TaskRecord | undefined => {
  const live = state.live.get(taskId)
  // a task that waits here may have been taken by another process
  return live === undefined || (live.fiber === undefined && !members.isAlone(state)) ? undefined : live.record
}

const newest = (state: State) => (record: TaskRecord): TaskRecord => known(state, record.taskId) ?? record

/** The newest state of a task. */
export const find = (state: State, taskId: string): Effect.Effect<TaskRecord, TaskNotFound | TaskStoreError> => {
  const record = known(state, taskId)
  if (record !== undefined) return Effect.succeed(record)
  return Effect.flatMap(
    state.store.getTask(taskId),
    (record) => record === undefined ? Effect.fail(new TaskNotFound({ taskId })) : Effect.succeed(record)
  )
}

/** One task. */
export const get = (state: State, taskId: string): Effect.Effect<TaskInfo, TaskNotFound | TaskStoreError> =>
  Effect.map(spans.found(state, find(state, taskId)), taskInfo)

/** All tasks that are kept, oldest first, as records. */
export const all = (state: State): Effect.Effect<ReadonlyArray<TaskRecord>, TaskStoreError> =>
  Effect.map(
    state.store.searchTasks({ where: {}, payload: {}, offset: 0, limit: Infinity }),
    (records) => records.map(newest(state)).reverse()
  )

/** The tasks for which every condition holds. */
export const search = (
  state: State,
  options: SearchOptions
): Effect.Effect<ReadonlyArray<TaskInfo>, TaskStoreError> =>
  Effect.map(
    Effect.suspend(() => state.store.searchTasks(searchOf(options))),
    (records) => records.map((record) => taskInfo(newest(state)(record)))
  )

/** A search as the store takes it. */
export const searchOf = (options: SearchOptions): Search => {
  const { before, createdBefore, createdFrom, limit = 100, offset = 0, payload = {}, text, ...attributes } = options
  const where: Record<string, string | number | boolean | null> = {}
  for (const [attribute, value] of Object.entries(attributes)) if (value !== undefined) where[attribute] = value
  return {
    where,
    payload,
    text,
    before,
    createdFrom: createdFrom === undefined ? undefined : validate.instant("createdFrom", createdFrom),
    createdBefore: createdBefore === undefined ? undefined : validate.instant("createdBefore", createdBefore),
    offset: validate.count("offset", offset),
    limit: validate.limit("limit", limit)
  }
}
