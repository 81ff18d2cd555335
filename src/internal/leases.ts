/**
 * Who may run what, where a store outlives its processes: a process keeps its tasks by a heartbeat, gives up what it has
 * lost, and takes over what others have left behind.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import { TaskAbandoned } from "../TaskError.ts"
import type { TaskRecord } from "../TaskStore.ts"
import * as Ticker from "../Ticker.ts"
import * as configs from "./configs.ts"
import * as pools from "./pools.ts"
import { failure, taskUpdate } from "./records.ts"
import * as runner from "./runner.ts"
import { type Live, now, type State } from "./state.ts"
import { admit } from "./tasks.ts"
import { untilStored } from "./untilStored.ts"

/** Beats three times a lease, for ever. */
export const keep = (state: State): Effect.Effect<never> =>
  Effect.forever(Effect.andThen(
    Ticker.sleepUntil(state.ticker, () => now(state) + state.settings.lease / 3),
    Effect.andThen(beat(state), Effect.suspend(() => recover(state, state.registry.taskTypes())))
  ))

const beat = (state: State): Effect.Effect<void> =>
  Effect.suspend(() => {
    const at = now(state)
    const beating = state.store.heartbeat({
      owner: state.owner,
      now: at,
      leaseUntil: at + state.settings.lease,
      taskTypes: state.registry.taskTypes()
    })
    return Effect.flatMap(untilStored(beating), ({ held }) => {
      const ours = new Set(held.map(({ taskId }) => taskId))
      const lost = [...state.live.values()].filter((live) => wasRunning(live, at) && !ours.has(live.record.taskId))
      const stray = held.filter(({ taskId }) => !state.live.has(taskId))
      return Effect.andThen(
        Effect.forEach(lost, (live) => lose(state, live), { discard: true }),
        Effect.forEach(stray, ({ taskId }) => reclaim(state, taskId), { discard: true })
      )
    })
  })

/** What was claimed while the heartbeat was under way may not be in its answer. */
const wasRunning = ({ record }: Live, at: number): boolean =>
  record.status === "running" && record.startedAt !== null && record.startedAt < at

const lose = (state: State, live: Live): Effect.Effect<void> =>
  runner.cancel(state, live, { reason: "LeaseLost", note: "Its process did not answer for longer than its lease." })

/** A claim that was committed and whose answer was lost: the task is this process's, and nobody runs it. */
const reclaim = (state: State, taskId: string): Effect.Effect<void> =>
  Effect.flatMap(
    untilStored(state.store.getTask(taskId)),
    (task) =>
      task?.status === "running" && task.owner === state.owner && !state.live.has(taskId)
        ? takeOver(state, task)
        : Effect.void
  )

/** Takes over what dead processes have left behind of these types. */
export const recover = (state: State, taskTypes: ReadonlyArray<string>): Effect.Effect<void> => {
  if (taskTypes.length === 0 || state.stopping) return Effect.void
  const search = state.store.abandonedTasks({ now: now(state), taskTypes, owner: state.owner })
  return Effect.flatMap(
    untilStored(search),
    (tasks) => Effect.forEach(tasks, (task) => takeOver(state, task), { discard: true })
  )
}

const takeOver = (state: State, task: TaskRecord): Effect.Effect<void> =>
  Effect.andThen(
    Effect.logWarning(`Task ${task.taskId} (${task.taskType}) was abandoned by process ${task.owner}`),
    state.registry.get(task.taskType)?.onAbandoned === "fail" ? fail(state, task) : runAgain(state, task)
  )

const runAgain = (state: State, task: TaskRecord): Effect.Effect<void> => {
  const queued: TaskRecord = { ...task, status: "queued", owner: null, leaseUntil: null }
  return Effect.map(untilStored(state.store.requeue(queued, task.attempt)), (done) => {
    if (!done) return
    const config = configOf(state, task)
    const live = admit(state, queued, pools.named(state, task.semaphore), config)
    configs.join(config, live)
    pools.pump(state, live.pool)
  })
}

const fail = (state: State, task: TaskRecord): Effect.Effect<void> => {
  const { attempt, owner, taskId } = task
  const error = failure(Cause.fail(new TaskAbandoned({ taskId, owner: owner ?? "", attempt })))
  const failed: TaskRecord = {
    ...task,
    status: "failed",
    completedAt: now(state),
    retryAt: null,
    owner: null,
    leaseUntil: null,
    failure: error
  }
  return Effect.map(untilStored(state.store.settle(failed, attempt, state.settings.retention)), (settled) => {
    if (settled === undefined) return
    const config = configOf(state, task)
    configs.leave(config, taskId)
    state.events.publish((sequence) => taskUpdate(failed, sequence))
    configs.count(state, config, settled.counters)
    if (config !== undefined) configs.released(config)
  })
}

const configOf = (state: State, task: TaskRecord) =>
  task.recurringId === null ? undefined : state.configs.get(task.recurringId)
