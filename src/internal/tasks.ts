/**
 * What one can do with single tasks: queue them, wait for them, look at them, stop, retry and forget them.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import { CurrentTask } from "../CurrentTask.ts"
import type * as Task from "../Task.ts"
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
import type { TaskRecord, TemplateRecord } from "../TaskStore.ts"
import * as parking from "./parking.ts"
import * as pools from "./pools.ts"
import * as progress from "./progress.ts"
import { oneOff, queued, taskInfo } from "./records.ts"
import * as runner from "./runner.ts"
import { type Cancellation, type Config, type Ending, type Live, now, type Pool, type State } from "./state.ts"

/** The pool that a task runs in, if it may be queued at all. */
export const poolFor = (
  state: State,
  { semaphore, taskType }: TemplateRecord
): Effect.Effect<Pool, TaskManagerStopped | TaskNotRegistered | TaskPoolNotFound> => {
  if (state.stopping) return Effect.fail(new TaskManagerStopped())
  if (state.registry.get(taskType) === undefined && !state.store.durable) {
    return Effect.fail(new TaskNotRegistered({ taskType }))
  }
  const pool = state.pools.get(semaphore)
  return pool === undefined
    ? Effect.fail(new TaskPoolNotFound({ taskType, pool: semaphore, known: [...state.pools.keys()] }))
    : Effect.succeed(pool)
}

/** Makes a stored task live: it waits in its pool from now on. */
export const admit = (
  state: State,
  record: TaskRecord,
  pool: Pool,
  config?: Config,
  link?: Live["link"]
): Live => {
  const live: Live = {
    record,
    pool,
    config,
    link,
    priority: record.priority,
    previous: undefined,
    next: undefined,
    line: undefined,
    fiber: undefined,
    cancellation: undefined,
    settled: false,
    ending: undefined,
    waiters: undefined,
    holdsSlot: false,
    holdsPermit: false,
    awaiting: 0,
    watchdog: undefined,
    publishedAt: record.createdAt,
    trailing: undefined
  }
  state.live.set(record.taskId, live)
  parking.enter(state, live)
  progress.publish(state, live)
  return live
}

/** Goes on with the running task that asks, if one does. */
const withParent = <A, E, R>(
  f: (parent: typeof CurrentTask.Service | undefined) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> => Effect.withFiber((fiber) => f(Context.getOrUndefined(fiber.context, CurrentTask)))

const insert = (
  state: State,
  template: TemplateRecord,
  parentId: string | null
): Effect.Effect<Live, EnqueueError> =>
  Effect.flatMapEager(poolFor(state, template), (pool) => {
    const record = queued(state.nextId(), template, oneOff(parentId), now(state))
    return Effect.map(state.store.insertTasks([record]), () => {
      const live = admit(state, record, pool)
      pools.pump(state, pool)
      return live
    })
  })

/** Queues a task; inside a running task it becomes that task's child. */
export const enqueue = (state: State, template: TemplateRecord): Effect.Effect<string, EnqueueError> =>
  withParent((parent) => Effect.map(insert(state, template, parent?.taskId ?? null), (live) => live.record.taskId))

/** Queues a task, waits for its end, and cancels it when nobody waits any more. */
export const run = (state: State, template: Task.Template): Effect.Effect<unknown, unknown, unknown> =>
  withParent((parent) => {
    const parentLive = parent === undefined ? undefined : state.live.get(parent.taskId)
    const whole = Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(insert(state, template, parent?.taskId ?? null), (live) =>
        restore(ended(live)).pipe(
          Effect.onInterrupt(() => cancelAndWait(state, live, { reason: "CallerInterrupted", note: "" })),
          Effect.flatMap((ending) => result(template.task, ending))
        ))
    )
    return parentLive === undefined ? whole : pools.lending(state, parentLive)(whole)
  })

/** Waits until a task has ended. */
const ended = (live: Live): Effect.Effect<Ending> =>
  Effect.suspend(() =>
    live.ending !== undefined
      ? Effect.succeed(live.ending)
      : Effect.callback<Ending>((resume) => {
        const waiter = (ending: Ending) => resume(Effect.succeed(ending))
        const waiters = live.waiters ??= []
        waiters.push(waiter)
        return Effect.sync(() => void waiters.splice(waiters.indexOf(waiter) >>> 0, 1))
      })
  )

/** The typed result: the success decoded, the error as the program gave it. */
const result = (task: Task.Any, { exit }: Ending): Effect.Effect<unknown, unknown, unknown> =>
  Exit.isSuccess(exit)
    ? Effect.orDie(Schema.decodeUnknownEffect(Schema.toCodecJson(task.successSchema))(exit.value))
    : Effect.failCause(own(exit.cause))

/** A task that interrupted itself has failed; it must not look like an interruption of who waits for it. */
const own = (cause: Cause.Cause<unknown>): Cause.Cause<unknown> =>
  Cause.hasInterruptsOnly(cause) ? Cause.die(new Error("The task interrupted itself.")) : cause

/** Cancels a task and waits until it has ended. */
export const cancelAndWait = (
  state: State,
  live: Live,
  why: Cancellation,
  grace?: number
): Effect.Effect<Ending> => Effect.andThen(runner.cancel(state, live, why, grace), ended(live))

/** The newest state of a task: what its program said last, or what the store has. */
export const find = (state: State, taskId: string): Effect.Effect<TaskRecord, TaskNotFound | TaskStoreError> => {
  const live = state.live.get(taskId)
  if (live !== undefined) return Effect.succeed(live.record)
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
    (records) => records.map((record) => state.live.get(record.taskId)?.record ?? record).reverse()
  )

/** The tasks for which every condition holds. */
export const search = (
  state: State,
  options: SearchOptions
): Effect.Effect<ReadonlyArray<TaskInfo>, TaskStoreError> => {
  const { limit = 100, offset = 0, payload = {}, ...attributes } = options
  const where: Record<string, string | number | null> = {}
  for (const [attribute, value] of Object.entries(attributes)) if (value !== undefined) where[attribute] = value
  return Effect.map(
    state.store.searchTasks({ where, payload, offset, limit }),
    (records) => records.map((record) => taskInfo(state.live.get(record.taskId)?.record ?? record))
  )
}

/** Cancels a task, and gives what became of it. */
export const cancel = (
  state: State,
  taskId: string,
  options: { readonly note?: string | undefined; readonly grace?: Duration.Input | undefined } = {}
): Effect.Effect<TaskInfo, TaskNotFound | TaskStoreError> => {
  const live = state.live.get(taskId)
  if (live === undefined) return get(state, taskId)
  const grace = options.grace === undefined ? undefined : Duration.toMillis(Duration.fromInputUnsafe(options.grace))
  const why: Cancellation = { reason: "Requested", note: options.note ?? "" }
  return Effect.map(cancelAndWait(state, live, why, grace), ({ record }) => taskInfo(record))
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
        ? Effect.map(insert(state, record, record.parentId), (live) => live.record.taskId)
        : Effect.fail(new TaskNotFinished({ taskId, status: record.status }))
  )

const forgotten = (state: State, taskIds: ReadonlyArray<string>): number => {
  for (const taskId of taskIds) {
    state.events.publish((sequence) => new TaskRemoved({ sequence, taskId }, { disableChecks: true }))
  }
  return taskIds.length
}

/** Forgets a task, after cancelling it if it is live. */
export const remove = (state: State, taskId: string): Effect.Effect<void, TaskNotFound | TaskStoreError> =>
  Effect.suspend(() => {
    const live = state.live.get(taskId)
    const stopped = live === undefined
      ? Effect.void
      : cancelAndWait(state, live, { reason: "Removed", note: "" })
    return Effect.flatMap(
      Effect.andThen(stopped, state.store.removeTasks([taskId])),
      (gone) => {
        // retention may have been quicker with a task that was cancelled just now
        if (forgotten(state, gone) === 0 && live === undefined) return Effect.fail(new TaskNotFound({ taskId }))
        return Effect.void
      }
    )
  })

/** Forgets everything that has ended. */
export const removeCompleted = (state: State): Effect.Effect<number, TaskStoreError> =>
  Effect.map(state.store.removeEndedTasks, (gone) => forgotten(state, gone))
