/**
 * The manager's operations on single tasks: queue, read, search, cancel, retry and remove.
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import { CurrentTask } from "../CurrentTask.ts"
import {
  TaskManagerStopped,
  TaskNotFinished,
  TaskNotFound,
  TaskNotRegistered,
  TaskPoolNotFound,
  type TaskStoreError
} from "../TaskError.ts"
import { TaskRemoved } from "../TaskEvent.ts"
import { isFinal, type TaskInfo } from "../TaskInfo.ts"
import type { EnqueueError, SearchOptions } from "../TaskManager.ts"
import type { Search, TaskRecord, TemplateRecord } from "../TaskStore.ts"
import { admit } from "./admission.ts"
import * as announcing from "./announcing.ts"
import * as asked from "./asked.ts"
import * as closing from "./closing.ts"
import * as following from "./following.ts"
import * as joining from "./joining.ts"
import * as members from "./members.ts"
import * as pools from "./pools.ts"
import { oneOff, queued, taskInfo, taskUpdate } from "./records.ts"
import { type Awaited, type Cancellation, type Ending, now, type State } from "./state.ts"
import * as stopping from "./stopping.ts"
import * as trouble from "./trouble.ts"
import * as writes from "./writes.ts"

/** Why a task may not be queued at all; `undefined` if it may. */
export const refusal = (
  state: State,
  { semaphore, taskType }: TemplateRecord
): TaskManagerStopped | TaskNotRegistered | TaskPoolNotFound | undefined => {
  if (state.stopping) return new TaskManagerStopped()
  if (!state.store.durable && state.registry.get(taskType) === undefined) return new TaskNotRegistered({ taskType })
  if (state.pools.has(semaphore)) return undefined
  return new TaskPoolNotFound({ taskType, pool: semaphore, known: [...state.pools.keys()] })
}

/** Fails if a task may not be queued at all. */
export const admissible = (
  state: State,
  template: TemplateRecord
): Effect.Effect<void, TaskManagerStopped | TaskNotRegistered | TaskPoolNotFound> => {
  const refused = refusal(state, template)
  return refused === undefined ? Effect.void : Effect.fail(refused)
}

/** The running task that calls, if it is one that calls. */
export const parentOf = ({ context }: Fiber.Fiber<unknown, unknown>): typeof CurrentTask.Service | undefined =>
  Context.getOrUndefined(context, CurrentTask)

/** A task that is about to be queued. */
export const newTask = (state: State, template: TemplateRecord, parentId: string | null): TaskRecord => {
  const createdAt = now(state)
  return queued(state.nextId(createdAt), template, oneOff(parentId), createdAt)
}

/** Stores a task and lets it wait. Inside a transaction it waits only from the commit on, and the result is absent. */
export const insert = (
  state: State,
  record: TaskRecord,
  isAwaited: boolean
): Effect.Effect<Awaited | undefined, TaskStoreError> => {
  const inserted = writes.insertTask(state, record)
  if (!state.store.durable) return Effect.map(inserted, () => arrive(state, record, isAwaited))
  let awaited: Awaited | undefined
  const arrived = Effect.sync(() => void (awaited = arrive(state, record, isAwaited)))
  const bounded = trouble.bounded(state, "insertTasks", inserted)
  return Effect.map(Effect.andThen(bounded, state.store.afterCommit(arrived)), () => awaited)
}

/**
 * The task waits here for its pool. If the handler is missing here and other processes may have it, it is left to them.
 */
export const arrive = (state: State, record: TaskRecord, isAwaited: boolean): Awaited => {
  const { taskType } = record
  announcing.task(state, record)
  if (state.store.durable && state.registry.get(taskType) === undefined) {
    announcing.queued(state, taskType)
    state.events.publish((sequence) => taskUpdate(record, sequence))
    return { record, ending: undefined, waiters: undefined }
  }
  const live = admit(state, record, pools.named(state, record.semaphore))
  // it may end while it is started, before anybody can say that he waits
  if (isAwaited) live.isAwaited = true
  pools.pump(state, live.pool)
  return live
}

/** Queues a task. If a running task calls, it becomes the parent. */
export const enqueue = (state: State, template: TemplateRecord): Effect.Effect<string, EnqueueError> =>
  Effect.withFiber((fiber) => enqueueUnder(state, template, parentOf(fiber)?.taskId ?? null))

const enqueueUnder = (
  state: State,
  template: TemplateRecord,
  parentId: string | null
): Effect.Effect<string, EnqueueError> => {
  const refused = refusal(state, template)
  if (refused !== undefined) return Effect.fail(refused)
  const record = newTask(state, template, parentId)
  if (state.direct === undefined) return Effect.map(insert(state, record, false), () => record.taskId)
  state.direct.insertTask(record)
  arrive(state, record, false)
  return Effect.succeed(record.taskId)
}

/** Queues many tasks, all or none. */
export const enqueueAll = (
  state: State,
  templates: ReadonlyArray<TemplateRecord>
): Effect.Effect<ReadonlyArray<string>, EnqueueError> =>
  Effect.withFiber((fiber): Effect.Effect<ReadonlyArray<string>, EnqueueError> => {
    const parent = parentOf(fiber)
    const refused = templates.map((template) => refusal(state, template)).find((one) => one !== undefined)
    if (refused !== undefined) return Effect.fail(refused)
    const records = templates.map((template) => newTask(state, template, parent?.taskId ?? null))
    return Effect.as(insertAll(state, records), records.map(({ taskId }) => taskId))
  })

const insertAll = (state: State, records: ReadonlyArray<TaskRecord>): Effect.Effect<void, TaskStoreError> => {
  const { store } = state
  const inserted = store.insertTasks(records)
  const arrived = Effect.sync(() => {
    for (const record of records) arrive(state, record, false)
  })
  return Effect.andThen(
    store.durable ? trouble.bounded(state, "insertTasks", inserted) : inserted,
    store.afterCommit(arrived)
  )
}

/** Waits until a task has ended, here or wherever it has gone. */
export const ended = (state: State, awaited: Awaited): Effect.Effect<Ending> =>
  Effect.suspend(() => {
    if (awaited.ending !== undefined) return Effect.succeed(awaited.ending)
    const isHere = state.live.get(awaited.record.taskId) === awaited
    return isHere ? endedHere(awaited) : following.end(state, awaited.record)
  })

const endedHere = (awaited: Awaited): Effect.Effect<Ending> =>
  Effect.callback((resume) => Effect.sync(following.wait(awaited, resume)))

/** Cancels a task, wherever it is, and waits until it has ended. */
export const cancelAndWait = (
  state: State,
  taskId: string,
  why: Cancellation,
  grace?: number
): Effect.Effect<TaskRecord, TaskNotFound | TaskStoreError> =>
  Effect.suspend(() => {
    const live = state.live.get(taskId)
    if (live === undefined) {
      return state.store.durable ? closing.cancel(state, taskId, why, grace) : find(state, taskId)
    }
    const stopped = Effect.andThen(stopping.cancel(state, live, why, grace), ended(state, live))
    return Effect.map(stopped, ({ record }) => record)
  })

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
  Effect.map(find(state, taskId), taskInfo)

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

const searchOf = (options: SearchOptions): Search => {
  const { before, createdBefore, createdFrom, limit = 100, offset = 0, payload = {}, text, ...attributes } = options
  const where: Record<string, string | number | null> = {}
  for (const [attribute, value] of Object.entries(attributes)) if (value !== undefined) where[attribute] = value
  return {
    where,
    payload,
    text,
    before,
    createdFrom: createdFrom === undefined ? undefined : asked.instant("createdFrom", createdFrom),
    createdBefore: createdBefore === undefined ? undefined : asked.instant("createdBefore", createdBefore),
    offset: asked.count("offset", offset),
    limit: asked.limit("limit", limit)
  }
}

/** Cancels a task, and returns what became of it. */
export const cancel = (
  state: State,
  taskId: string,
  options: { readonly note?: string | undefined; readonly grace?: Duration.Input | undefined } = {}
): Effect.Effect<TaskInfo, TaskNotFound | TaskStoreError> =>
  Effect.suspend(() => {
    const grace = options.grace === undefined ? undefined : asked.duration("grace", options.grace)
    const why: Cancellation = { reason: "Requested", note: options.note ?? "" }
    return Effect.map(cancelOutside(state, "cancelTask", taskId, why, grace), taskInfo)
  })

/** The same for who is in no transaction; within one only what has ended is given back. */
const cancelOutside = (
  state: State,
  method: string,
  taskId: string,
  why: Cancellation,
  grace?: number
): Effect.Effect<TaskRecord, TaskNotFound | TaskStoreError> => {
  const ended = Effect.flatMap(
    find(state, taskId),
    (record) => isFinal(record.status) ? Effect.succeed(record) : joining.refused(method)
  )
  return joining.outside(state, method, cancelAndWait(state, taskId, why, grace), ended)
}

/** Queues an ended task again as a new one. */
export const retry = (
  state: State,
  taskId: string
): Effect.Effect<string, TaskNotFound | TaskNotFinished | EnqueueError> =>
  Effect.flatMap(
    find(state, taskId),
    (record): Effect.Effect<string, TaskNotFinished | EnqueueError> =>
      isFinal(record.status)
        ? enqueueUnder(state, record, record.parentId)
        : Effect.fail(new TaskNotFinished({ taskId, status: record.status }))
  )

/** Tells everybody that tasks are gone, once that is committed, and gives their number. */
const forgotten = (state: State, taskIds: ReadonlyArray<string>): Effect.Effect<number> => {
  const told = Effect.sync(() => {
    announcing.removed(state, taskIds)
    for (const taskId of taskIds) {
      state.events.publish((sequence) => new TaskRemoved({ sequence, taskId }, { disableChecks: true }))
    }
  })
  return Effect.as(state.store.afterCommit(told), taskIds.length)
}

/** Removes a task, after cancelling it if it has not ended. */
export const remove = (state: State, taskId: string): Effect.Effect<void, TaskNotFound | TaskStoreError> =>
  Effect.flatMap(cancelOutside(state, "removeTask", taskId, { reason: "Removed", note: "" }), () =>
    // retention may already have pruned a task that was cancelled just now
    Effect.flatMap(state.store.removeTasks([taskId]), (gone) => Effect.asVoid(forgotten(state, gone))))

/** Removes all tasks that have ended. */
export const removeCompleted = (state: State): Effect.Effect<number, TaskStoreError> =>
  Effect.flatMap(state.store.removeEndedTasks, (gone) => forgotten(state, gone))
