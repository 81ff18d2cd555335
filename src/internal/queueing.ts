/**
 * Queues tasks: stores them, and lets them wait for their pool once that is committed.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import { CurrentTask } from "../CurrentTask.ts"
import {
  TaskManagerStopped,
  TaskNotFinished,
  type TaskNotFound,
  TaskNotRegistered,
  TaskPoolNotFound,
  type TaskStoreError
} from "../TaskError.ts"
import { isFinal } from "../TaskInfo.ts"
import type { EnqueueError } from "../TaskManager.ts"
import type { TaskRecord, TemplateRecord } from "../TaskStore.ts"
import { admit } from "./admission.ts"
import * as announcing from "./announcing.ts"
import * as pools from "./pools.ts"
import * as publishing from "./publishing.ts"
import { oneOff, queued } from "./records.ts"
import { type Awaited, now, type State } from "./state.ts"
import * as storeFailures from "./storeFailures.ts"
import { find } from "./tasks.ts"
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

/** The running task that the caller is, if it is one. */
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
  const bounded = storeFailures.bounded(state, "insertTasks", inserted)
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
    publishing.task(state, record)
    return { record, ending: undefined, waiters: undefined }
  }
  const live = admit(state, record, pools.named(state, record.semaphore))
  // it may end while it is being started, before a waiter can be added
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
    store.durable ? storeFailures.bounded(state, "insertTasks", inserted) : inserted,
    store.afterCommit(arrived)
  )
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
