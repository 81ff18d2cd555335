/**
 * Runs tasks for callers that wait for their results: queues a task, waits for its end, and cancels it if the caller is
 * interrupted.
 */
import * as Effect from "effect/Effect"
import type * as Task from "../Task.ts"
import type { TaskStoreError } from "../TaskError.ts"
import type { TaskRecord } from "../TaskStore.ts"
import { cancelAndWait } from "./cancelling.ts"
import * as following from "./following.ts"
import type { Direct } from "./memory.ts"
import * as pools from "./pools.ts"
import { arrive, insert, newTask, parentOf, refusal } from "./queueing.ts"
import { result } from "./results.ts"
import type { Ending, State } from "./state.ts"

/** Queues a task and waits for its end. The task is cancelled if the caller is interrupted. */
export const run = (state: State, template: Task.Template): Effect.Effect<unknown, unknown, unknown> =>
  Effect.withFiber((fiber) => {
    const parent = parentOf(fiber)
    const refused = refusal(state, template)
    if (refused !== undefined) return Effect.fail(refused)
    const parentLive = parent === undefined ? undefined : state.live.get(parent.taskId)
    const whole = runToEnd(state, template.task, newTask(state, template, parent?.taskId ?? null))
    return parentLive === undefined ? whole : pools.lending(state, parentLive)(whole)
  })

const runToEnd = (state: State, task: Task.Any, record: TaskRecord): Effect.Effect<unknown, unknown, unknown> =>
  Effect.flatMap(
    state.direct === undefined ? endOf(state, record) : endAtOnce(state, state.direct, record),
    (ending) => result(task, ending)
  )

const endOf = (state: State, record: TaskRecord): Effect.Effect<Ending, TaskStoreError> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(insert(state, record, true), (awaited) => {
      if (awaited === undefined) return Effect.die(new Error(waitsForItself))
      return Effect.onInterrupt(restore(following.endOf(state, awaited)), () => unwanted(state, record.taskId))
    })
  )

/** The same if the store answers at once, so that nothing stands between the task and the one that waits for it. */
const endAtOnce = (state: State, direct: Direct, record: TaskRecord): Effect.Effect<Ending> =>
  Effect.callback((resume) => {
    direct.insertTask(record)
    const awaited = arrive(state, record, true)
    if (awaited.ending !== undefined) return resume(Effect.succeed(awaited.ending))
    const leave = following.wait(awaited, resume)
    return Effect.andThen(Effect.sync(leave), unwanted(state, record.taskId))
  })

const waitsForItself = "TaskManager.run inside a transaction would wait for ever: the task starts after the commit. " +
  "Use addTaskToQueue there, or run the task outside of the transaction."

/** Nobody waits for the task any more. */
const unwanted = (state: State, taskId: string): Effect.Effect<unknown> =>
  Effect.ignore(cancelAndWait(state, taskId, { reason: "CallerInterrupted", note: "" }))
