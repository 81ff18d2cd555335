/**
 * Queues tasks: stores them, and lets them wait for their pool once that is committed.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Tracer from "effect/Tracer"
import { CurrentTask } from "../CurrentTask.ts"
import {
  TaskManagerStopped,
  TaskNotFinished,
  type TaskNotFound,
  TaskNotRegistered,
  TaskPoolNotFound,
  type TaskStoreError,
  type TaskTooLarge
} from "../TaskError.ts"
import { isFinal } from "../TaskInfo.ts"
import type { EnqueueError, StartTime } from "../TaskManager.ts"
import type { TaskRecord, TemplateRecord } from "../TaskStore.ts"
import { admit } from "./admission.ts"
import * as announcing from "./announcing.ts"
import * as pools from "./pools.ts"
import * as publishing from "./publishing.ts"
import { oneOff, queued } from "./records.ts"
import * as sizes from "./sizes.ts"
import * as sleeping from "./sleeping.ts"
import * as spans from "./spans.ts"
import { type Awaited, type Live, now, type State } from "./state.ts"
import * as storeFailures from "./storeFailures.ts"
import * as storing from "./storing.ts"
import { find } from "./tasks.ts"
import * as validate from "./validate.ts"
import * as writes from "./writes.ts"

type Refusal = TaskManagerStopped | TaskNotRegistered | TaskPoolNotFound | TaskTooLarge

/** Why a task may not be queued at all; `undefined` if it may. */
export const refusal = (state: State, template: TemplateRecord): Refusal | undefined => {
  const { semaphore, taskType } = template
  if (state.stopping) return new TaskManagerStopped()
  if (!state.store.durable && state.registry.get(taskType) === undefined) return new TaskNotRegistered({ taskType })
  if (state.pools.has(semaphore)) return sizes.refusalOf(template, state.settings.maxValueSize)
  return new TaskPoolNotFound({ taskType, pool: semaphore, known: [...state.pools.keys()] })
}

/** Fails if a task may not be queued at all. */
export const admissible = (
  state: State,
  template: TemplateRecord
): Effect.Effect<void, Refusal> => {
  const refused = refusal(state, template)
  return refused === undefined ? Effect.void : Effect.fail(refused)
}

/** Who queues a task: the running task that it is, if it is one, and the span in which it does so. */
export interface Caller {
  readonly taskId: string | null
  readonly span: Live["link"]
}

/** The caller whose fiber this is. */
export const callerOf = ({ traced }: State, { context }: Fiber.Fiber<unknown, unknown>): Caller => ({
  taskId: Context.getOrUndefined(context, CurrentTask)?.taskId ?? null,
  span: traced ? Context.getOrUndefined(context, Tracer.ParentSpan) : undefined
})

/** A task that is about to be queued. */
export const newTask = (state: State, template: TemplateRecord, parentId: string | null): TaskRecord => {
  const createdAt = now(state)
  return queued(state.nextId(createdAt), template, oneOff(parentId), createdAt)
}

/** A new task with the data of one that has ended, which is what it was: for the same time, unless that has yet to come. */
export const again = (state: State, ended: TaskRecord): TaskRecord => {
  const task = newTask(state, ended, ended.parentId)
  const { covers, scheduledAt } = ended
  return scheduledAt === null || scheduledAt > task.createdAt ? task : { ...task, scheduledAt, covers }
}

/** When a task is to start, in epoch milliseconds. */
const startOf = ({ delay, startAt }: StartTime, now: number): number => {
  if ((delay === undefined) === (startAt === undefined)) {
    throw new RangeError(`It is not clear when the task is to start: give "startAt" or "delay".`)
  }
  return delay === undefined ? validate.instant("startAt", startAt!) : validate.instantAfter("delay", now, delay)
}

/** A new task that sleeps until its time has come. */
const forLater = (task: TaskRecord, when: StartTime): TaskRecord => {
  const scheduledAt = startOf(when, task.createdAt)
  return { ...task, scheduledAt, retryAt: scheduledAt > task.createdAt ? scheduledAt : null }
}

/** Stores a task and lets it wait. Inside a transaction it waits only from the commit on, and the result is absent. */
export const insert = (
  state: State,
  record: TaskRecord,
  isAwaited: boolean,
  span: Live["link"]
): Effect.Effect<Awaited | undefined, TaskStoreError> => {
  const inserted = writes.insertTask(state, record)
  if (!state.store.durable) return Effect.map(inserted, () => arrive(state, record, isAwaited, span))
  let awaited: Awaited | undefined
  const arrived = Effect.sync(() => void (awaited = arrive(state, record, isAwaited, span)))
  const bounded = storeFailures.bounded(state, "insertTasks", inserted)
  const stored = storing.during(state, [record], Effect.andThen(bounded, state.store.afterCommit(arrived)))
  return Effect.map(stored, () => awaited)
}

/**
 * The task waits here for its pool. If the store outlives the process, a task that sleeps or is parked is only there,
 * and one whose handler is missing here is left to others.
 */
export const arrive = (state: State, stored: TaskRecord, isAwaited: boolean, span: Live["link"]): Awaited => {
  const record = storing.arriving(state, stored)
  announcing.task(state, record)
  if (sleeping.isAtRest(state, record) || (state.store.durable && state.registry.get(record.taskType) === undefined)) {
    sleeping.offer(state, record)
    publishing.task(state, record)
    return { record, ending: undefined, waiters: undefined }
  }
  const live = admit(state, record, pools.named(state, record.semaphore), undefined, span)
  // it may end while it is being started, before a waiter can be added
  if (isAwaited) live.isAwaited = true
  pools.pump(state, live.pool)
  return live
}

/** Queues a task. If a running task calls, it becomes the parent. */
export const enqueue = (state: State, template: TemplateRecord): Effect.Effect<string, EnqueueError> =>
  Effect.withFiber((fiber) => enqueueFor(state, template, callerOf(state, fiber)))

const enqueueFor = (
  state: State,
  template: TemplateRecord,
  { span, taskId }: Caller
): Effect.Effect<string, EnqueueError> => {
  const refused = refusal(state, template)
  return refused === undefined ? put(state, newTask(state, template, taskId), span) : Effect.fail(refused)
}

const put = (state: State, record: TaskRecord, span: Live["link"]): Effect.Effect<string, TaskStoreError> => {
  spans.made(span, record)
  if (state.direct === undefined) return Effect.map(insert(state, record, false, span), () => record.taskId)
  state.direct.insertTask(record)
  arrive(state, record, false, span)
  return Effect.succeed(record.taskId)
}

/** Queues a task for later. */
export const schedule = (
  state: State,
  template: TemplateRecord,
  when: StartTime
): Effect.Effect<string, EnqueueError> =>
  Effect.withFiber((fiber): Effect.Effect<string, EnqueueError> => {
    const refused = refusal(state, template)
    if (refused !== undefined) return Effect.fail(refused)
    const { span, taskId } = callerOf(state, fiber)
    return put(state, forLater(newTask(state, template, taskId), when), span)
  })

/** Queues many tasks, all or none. */
export const enqueueAll = (
  state: State,
  templates: ReadonlyArray<TemplateRecord>
): Effect.Effect<ReadonlyArray<string>, EnqueueError> =>
  Effect.withFiber((fiber): Effect.Effect<ReadonlyArray<string>, EnqueueError> => {
    const { span, taskId } = callerOf(state, fiber)
    const refused = templates.map((template) => refusal(state, template)).find((one) => one !== undefined)
    if (refused !== undefined) return Effect.fail(refused)
    const records = templates.map((template) => newTask(state, template, taskId))
    return Effect.as(insertAll(state, records, span), records.map(({ taskId }) => taskId))
  })

/** Stores tasks, all or none, and lets them wait. */
export const insertAll = (
  state: State,
  records: ReadonlyArray<TaskRecord>,
  span: Live["link"]
): Effect.Effect<void, TaskStoreError> => {
  const { store } = state
  const inserted = store.insertTasks(records)
  const arrived = Effect.sync(() => {
    for (const record of records) arrive(state, record, false, span)
  })
  if (!store.durable) return Effect.andThen(inserted, arrived)
  const bounded = storeFailures.bounded(state, "insertTasks", inserted)
  return storing.during(state, records, Effect.andThen(bounded, store.afterCommit(arrived)))
}

/** Queues an ended task again as a new one. */
export const retry = (
  state: State,
  taskId: string
): Effect.Effect<string, TaskNotFound | TaskNotFinished | EnqueueError> =>
  Effect.withFiber((fiber) =>
    Effect.flatMap(find(state, taskId), (record): Effect.Effect<string, TaskNotFinished | EnqueueError> => {
      if (!isFinal(record.status)) return Effect.fail(new TaskNotFinished({ taskId, status: record.status }))
      const refused = refusal(state, record)
      if (refused !== undefined) return Effect.fail(refused)
      return put(state, again(state, record), callerOf(state, fiber).span)
    })
  )
