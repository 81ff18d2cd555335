/**
 * Retries, cancels and removes many tasks at once. One that has changed or gone since it was read is skipped.
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { TaskManagerStopped, type TasksPartlyDone, type TaskStoreError } from "../TaskError.ts"
import { isFinal, TaskStatus } from "../TaskInfo.ts"
import type { BulkResult, Selection } from "../TaskSelection.ts"
import type { TaskRecord } from "../TaskStore.ts"
import * as callerTransaction from "./callerTransaction.ts"
import { announceRemoved, cancelAndWait, cancelWaiting } from "./cancelling.ts"
import * as queueing from "./queueing.ts"
import * as selecting from "./selecting.ts"
import * as sizes from "./sizes.ts"
import { type Cancellation, type Live, now, type State } from "./state.ts"
import * as storeFailures from "./storeFailures.ts"
import * as validate from "./validate.ts"

type Tasks = ReadonlyArray<TaskRecord>

const retriable: ReadonlyArray<TaskStatus> = TaskStatus.literals.filter(isFinal)
const cancellable: ReadonlyArray<TaskStatus> = ["queued", "running"]

/** Queues tasks that have ended again, as new ones in their place. */
export const retry = (
  state: State,
  selection: Selection,
  { dryRun, keep = false }: { readonly keep?: boolean | undefined; readonly dryRun?: boolean | undefined } = {}
): Effect.Effect<BulkResult, TaskManagerStopped | TaskStoreError | TasksPartlyDone> =>
  Effect.withFiber((fiber) => {
    const { span } = queueing.callerOf(state, fiber)
    const again = keep ? addAgain : replace
    const act = (page: Tasks, tally: selecting.Tally) =>
      Effect.suspend((): Effect.Effect<void, TaskManagerStopped | TaskStoreError> => {
        if (state.stopping) return Effect.fail(new TaskManagerStopped())
        const possible = page.filter((record) => isAdmissible(state, record, tally))
        return Effect.map(again(state, possible, span), (count) => {
          tally.count += count
          tally.skipped += possible.length - count
        })
      })
    return selecting.all(
      state,
      selection,
      { method: "retryTasks", possible: retriable, statuses: ["failed"], act },
      dryRun
    )
  })

/** Whether a task may be queued again. If not, it is remembered why. */
const isAdmissible = (state: State, record: TaskRecord, { refused }: selecting.Tally): boolean => {
  const error = queueing.refusal(state, record)
  if (error === undefined || error._tag === "TaskManagerStopped") return true
  const kind = `${error._tag} ${error.taskType}`
  const known = refused.get(kind)
  refused.set(kind, { error: known?.error ?? error, count: (known?.count ?? 0) + 1 })
  return false
}

/** Of a page, those that were queued first are queued first again. */
const addAgain = (state: State, page: Tasks, span: Live["link"]): Effect.Effect<number, TaskStoreError> => {
  const records = page.toReversed().map((record) => queueing.again(state, record))
  return Effect.as(queueing.insertAll(state, records, span), records.length)
}

/** Only what is removed here is queued again: somebody else may be doing the same to the same tasks. */
const replace = (state: State, page: Tasks, span: Live["link"]): Effect.Effect<number, TaskStoreError> => {
  const removed = Effect.suspend(() => state.store.removeTasks(page.map(({ taskId }) => taskId)))
  return page.length === 0 ? Effect.succeed(0) : committed(
    state,
    Effect.flatMap(removed, (taskIds) => {
      const gone = new Set(taskIds)
      const again = addAgain(state, page.filter(({ taskId }) => gone.has(taskId)), span)
      return Effect.andThen(again, announceRemoved(state, taskIds))
    })
  )
}

/** Commits everything together: as the answer to a request that nobody makes again. */
const committed = (
  state: State,
  self: Effect.Effect<number, TaskStoreError>
): Effect.Effect<number, TaskStoreError> => {
  if (!state.store.durable) return self
  const at = now(state)
  const request = { key: `retryTasks ${state.nextId()}`, request: "", now: at, until: at }
  const once = storeFailures.boundedExcept(
    state,
    "retryTasks",
    (untimed) => state.store.once(request, Effect.map(untimed(self), String))
  )
  return Effect.map(once, ({ answer }) => Number(answer))
}

interface CancelOptions {
  readonly note?: string | undefined
  readonly grace?: Duration.Input | undefined
  readonly dryRun?: boolean | undefined
}

/** Cancels tasks, and waits until they have ended. */
export const cancel = (
  state: State,
  selection: Selection,
  { dryRun, grace, note = "" }: CancelOptions = {}
): Effect.Effect<BulkResult, TaskStoreError | TasksPartlyDone> =>
  Effect.suspend(() => {
    const within = grace === undefined ? undefined : validate.duration("grace", grace)
    const why: Cancellation = { reason: "Requested", note: sizes.cut(note, sizes.text) }
    const act = (page: Tasks, tally: selecting.Tally) =>
      Effect.flatMap(cancelEach(state, page, selection, why, within), ({ cancelled, error }) => {
        tally.count += cancelled.size
        if (error !== undefined) return Effect.fail(error)
        tally.skipped += page.length - cancelled.size
        return Effect.void
      })
    const method = "cancelTasks"
    const action = { method, possible: cancellable, statuses: cancellable, act }
    return callerTransaction.outside(state, method, selecting.all(state, selection, action, dryRun))
  })

interface Cancelled {
  readonly cancelled: ReadonlySet<string>
  readonly error: TaskStoreError | undefined
}

/** Cancels tasks, all that it is possible for, and tells which. */
const cancelEach = (
  state: State,
  tasks: Tasks,
  selection: Selection,
  why: Cancellation,
  grace?: number
): Effect.Effect<Cancelled> =>
  Effect.map(
    Effect.forEach(tasks, (task) => Effect.result(cancelOne(state, task, selection, why, grace)), {
      concurrency: "unbounded"
    }),
    (results) => ({
      cancelled: new Set(results.flatMap((result) => Result.isSuccess(result) ? result.success ?? [] : [])),
      error: results.find(Result.isFailure)?.failure
    })
  )

/** Cancels a task and returns its id, unless it has ended meanwhile, or only those that wait are meant. */
const cancelOne = (
  state: State,
  task: TaskRecord,
  { status }: Selection,
  why: Cancellation,
  grace: number | undefined
): Effect.Effect<string | undefined, TaskStoreError> => {
  const { taskId } = task
  const waiting = task.status === "queued" ? cancelWaiting(state, task, why) : Effect.undefined
  const ended = Effect.flatMap(waiting, (ended) =>
    ended === undefined && status !== "queued"
      ? cancelAndWait(state, taskId, why, grace)
      : Effect.succeed(ended))
  const cancelled = Effect.map(ended, (ended) => ended?.status === "cancelled" ? taskId : undefined)
  return Effect.catchTag(cancelled, "TaskNotFound", () => Effect.undefined)
}

/** Removes tasks, and cancels those that have not ended first. */
export const remove = (
  state: State,
  selection: Selection,
  { dryRun }: { readonly dryRun?: boolean | undefined } = {}
): Effect.Effect<BulkResult, TaskStoreError | TasksPartlyDone> => {
  const act = (page: Tasks, tally: selecting.Tally) => {
    const live = page.filter(({ status }) => !isFinal(status))
    return Effect.flatMap(cancelEach(state, live, selection, removed, undefined), ({ cancelled, error }) => {
      if (error !== undefined) return Effect.fail(error)
      const isMeant = ({ status, taskId }: TaskRecord) =>
        isFinal(status) || selection.status === undefined || cancelled.has(taskId)
      return Effect.map(removeEach(state, page.filter(isMeant), cancelled), (count) => {
        tally.count += count
        tally.skipped += page.length - count
      })
    })
  }
  const method = "removeTasks"
  const action = { method, possible: TaskStatus.literals, statuses: [...cancellable, undefined], act }
  return callerTransaction.outside(state, method, selecting.all(state, selection, action, dryRun))
}

const removed: Cancellation = { reason: "Removed", note: "" }

/** Removes tasks and counts them. Retention may already have pruned one that was cancelled just now. */
const removeEach = (
  state: State,
  tasks: Tasks,
  cancelled: ReadonlySet<string>
): Effect.Effect<number, TaskStoreError> =>
  Effect.flatMap(
    state.store.removeTasks(tasks.map(({ taskId }) => taskId)),
    (gone) => Effect.as(announceRemoved(state, gone), new Set([...gone, ...cancelled]).size)
  )
