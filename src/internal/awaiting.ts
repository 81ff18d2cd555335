/**
 * Waiting for tasks and their typed results: of one that is queued for it, and of one that was queued before.
 */
import * as Effect from "effect/Effect"
import type * as Task from "../Task.ts"
import { TaskNotFound, type TaskStoreError } from "../TaskError.ts"
import { isFinal } from "../TaskInfo.ts"
import type { TaskRecord } from "../TaskStore.ts"
import * as callerTransaction from "./callerTransaction.ts"
import { cancelAndWait } from "./cancelling.ts"
import * as following from "./following.ts"
import type { Direct } from "./memory.ts"
import * as parts from "./parts.ts"
import * as pools from "./pools.ts"
import { arrive, callerOf, insert, newTask, refusal } from "./queueing.ts"
import { result } from "./results.ts"
import * as settling from "./settling.ts"
import * as spans from "./spans.ts"
import type { Ending, Live, State } from "./state.ts"
import * as storeFailures from "./storeFailures.ts"
import { find } from "./tasks.ts"

/** Queues a task and waits for its end. The task is cancelled if the caller is interrupted. */
export const run = (state: State, template: Task.Template): Effect.Effect<unknown, unknown, unknown> =>
  Effect.withFiber((fiber) => {
    const { span, taskId } = callerOf(state, fiber)
    const refused = refusal(state, template)
    if (refused !== undefined) return Effect.fail(refused)
    const record = newTask(state, template, taskId)
    spans.made(span, record)
    if (!record.parked || taskId === null) return runAs(state, template.task, record, span)
    return Effect.flatMap(parts.inPlace(state, record), (record) => runAs(state, template.task, record, span))
  })

const runAs = (state: State, task: Task.Any, record: TaskRecord, span: Live["link"]) =>
  lendingBy(state, record.parentId, runToEnd(state, task, record, span))

/** A running task that waits for another one lends its place to it meanwhile. */
const lendingBy = <A, E, R>(
  state: State,
  taskId: string | null,
  self: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> => {
  const waiting = taskId === null ? undefined : state.live.get(taskId)
  return waiting === undefined ? self : pools.lending(state, waiting)(self)
}

const runToEnd = (
  state: State,
  task: Task.Any,
  record: TaskRecord,
  span: Live["link"]
): Effect.Effect<unknown, unknown, unknown> =>
  Effect.flatMap(
    state.direct === undefined ? endOf(state, record, span) : endAtOnce(state, state.direct, record, span),
    (ending) => result(task, ending)
  )

const endOf = (state: State, record: TaskRecord, span: Live["link"]): Effect.Effect<Ending, TaskStoreError> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(insert(state, record, true, span), (awaited) => {
      if (awaited === undefined) return Effect.die(new Error(waitsForItself))
      return Effect.onInterrupt(restore(following.endOf(state, awaited)), () => unwanted(state, record.taskId))
    })
  )

/** The same if the store answers at once, so that nothing stands between the task and the one that waits for it. */
const endAtOnce = (
  state: State,
  direct: Direct,
  record: TaskRecord,
  span: Live["link"]
): Effect.Effect<Ending> =>
  Effect.callback((resume) => {
    direct.insertTask(record)
    const awaited = arrive(state, record, true, span)
    if (awaited.ending !== undefined) return resume(Effect.succeed(awaited.ending))
    const leave = following.wait(awaited, resume)
    return Effect.andThen(Effect.sync(leave), unwanted(state, record.taskId))
  })

/** Waits for the end of a task that was queued before, and leaves it alone if the caller is interrupted. */
export const resultOf = (
  state: State,
  task: Task.Any,
  taskId: string
): Effect.Effect<unknown, unknown, unknown> =>
  Effect.withFiber((fiber) => {
    const { taskId: callerId } = callerOf(state, fiber)
    if (callerId === taskId) return Effect.die(new Error("A task cannot wait for its own result."))
    return Effect.flatMap(find(state, taskId), (record) => {
      if (record.taskType !== task._tag) return Effect.fail(new TaskNotFound({ taskId, taskType: task._tag }))
      if (isFinal(record.status)) return result(task, { record, exit: undefined })
      const end = lendingBy(state, callerId, endOfQueued(state, record))
      return Effect.flatMap(callerTransaction.outside(state, "awaitTask", end), (ending) => result(task, ending))
    })
  })

const endOfQueued = (state: State, record: TaskRecord): Effect.Effect<Ending> =>
  Effect.suspend(() =>
    following.endOf(state, state.live.get(record.taskId) ?? { record, ending: undefined, waiters: undefined })
  )

const waitsForItself = "TaskManager.run inside a transaction would wait for ever: the task starts after the commit. " +
  "Use addTaskToQueue there, or run the task outside of the transaction."

/** Nobody waits for the task any more. */
const unwanted = (state: State, taskId: string): Effect.Effect<unknown> =>
  Effect.suspend(() => {
    const live = state.live.get(taskId)
    const ended = cancelAndWait(state, taskId, { reason: "CallerInterrupted", note: "" })
    const closed = settling.untilClosed(state, live === undefined ? [] : [live])
    return Effect.ignore(storeFailures.unlessFailing(state, ended, closed))
  })
