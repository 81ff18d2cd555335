/**
 * Who may run what, if a store outlives its processes: a process keeps its tasks by heartbeats, gives up those that it
 * has lost, stops those that others want stopped, and takes over those of dead processes.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { TaskAbandoned, type TaskStoreError } from "../TaskError.ts"
import type { Held, Process, TaskRecord } from "../TaskStore.ts"
import * as admission from "./admission.ts"
import * as announcing from "./announcing.ts"
import * as configs from "./configs.ts"
import * as endings from "./endings.ts"
import * as members from "./members.ts"
import * as pools from "./pools.ts"
import * as publishing from "./publishing.ts"
import { requeued } from "./records.ts"
import * as remoteTasks from "./remoteTasks.ts"
import * as settling from "./settling.ts"
import { type Ending, type Live, now, type State } from "./state.ts"
import * as stopping from "./stopping.ts"
import { answered, logDefects, untilStored } from "./storeFailures.ts"
import * as waiting from "./waiting.ts"

/**
 * Sends heartbeats for ever, three per lease. A process that is alone and runs nothing rests, and sends one per lease.
 * `onGone` runs when another process has disappeared.
 */
export const keep = (state: State, onGone: Effect.Effect<void>): Effect.Effect<never> =>
  Effect.forever(Effect.suspend(() => {
    const { lease } = state.settings
    state.peers.isResting = members.isAlone(state) && !runsAnything(state)
    const next = untilStored(state, Effect.suspend(() => beat(state))).pipe(
      Effect.flatMap(({ gone }) => {
        for (const taskId of state.peers.followed.keys()) state.refresh(taskId)
        return gone ? onGone : Effect.void
      })
    )
    return Effect.andThen(pause(state, state.peers.isResting ? lease : lease / 3), logDefects("A heartbeat", next))
  }))

const runsAnything = (state: State): boolean => {
  if (state.starting.size > 0) return true
  for (const live of state.live.values()) if (live.fiber !== undefined) return true
  return false
}

/** Waits for a duration, unaffected by steps of the wall clock, or until the next heartbeat is hurried. */
const pause = ({ peers }: State, millis: number): Effect.Effect<void> => {
  const hurried = Effect.callback<void>((resume) => {
    if (peers.isHurried) resume(Effect.void)
    peers.isHurried = false
    peers.hurry = () => resume(Effect.void)
  })
  return Effect.asVoid(Effect.timeoutOption(hurried, Duration.millis(millis)))
}

/** Sends one heartbeat, acts on its answer, and returns who has come and gone. */
export const beat = (state: State): Effect.Effect<members.Change, TaskStoreError> =>
  Effect.suspend(() => {
    const at = now(state)
    const { hints } = state.peers
    const running = [...state.live.values()].filter(({ record, reservation }) =>
      record.status === "running" && reservation === undefined
    )
    const beating = state.store.heartbeat({
      owner: state.owner,
      now: at,
      leaseUntil: at + state.settings.lease,
      taskTypes: state.registry.taskTypes()
    })
    return Effect.flatMap(beating, ({ held, processes }) => {
      const change = members.take(state, processes, { at, hints })
      // a process that has just started does not know those that were there before
      if (change.come) announcing.presence(state)
      return answered(state, "heartbeat").pipe(
        Effect.andThen(Effect.forEach(change.ahead, (process) => warnOf(process, at, state), { discard: true })),
        Effect.andThen(keepOnly(state, held, running)),
        Effect.as(change)
      )
    })
  })

/** Clocks that are further apart than a lease break what leases promise, and nobody would know why. */
const warnOf = ({ leaseUntil, owner }: Process, at: number, { settings: { lease } }: State): Effect.Effect<void> => {
  const ahead = Duration.format(Duration.millis(leaseUntil - at - lease))
  return Effect.logWarning(
    `The clock of process ${owner} is about ${ahead} ahead of this one's, unless its lease is that much longer: it ` +
      "treats the tasks of others as abandoned and runs them again, and it starts recurring tasks too early."
  )
}

/**
 * Stops tasks that no longer belong to this process. Only tasks that were running when the heartbeat was sent can be
 * missing from its answer: one that was claimed meanwhile may not be in it.
 */
const keepOnly = (
  state: State,
  held: ReadonlyArray<Held>,
  running: ReadonlyArray<Live>
): Effect.Effect<void> => {
  const ours = new Set(held.map(({ taskId }) => taskId))
  const lost = running.filter(({ record }) => !ours.has(record.taskId))
  return Effect.andThen(
    Effect.forEach(lost, (live) => stopping.lose(state, live), { discard: true }),
    Effect.forEach(held, (one) => checkHeld(state, one), { discard: true })
  )
}

/** Stops a held task if somebody has asked for that. */
const checkHeld = (state: State, held: Held): Effect.Effect<void> => {
  const live = state.live.get(held.taskId)
  if (live === undefined) return reclaim(state, held)
  return held.cancelRequest === null ? Effect.void : stopping.cancelAsRequested(state, live, held.cancelRequest)
}

/**
 * The answer to a committed claim, or to a decision with an instance that was to run at once, may have been lost: the
 * task belongs to this process, but nobody has begun it.
 */
const reclaim = (state: State, { taskId }: Held): Effect.Effect<void> =>
  Effect.flatMap(untilStored(state, state.store.getTask(taskId)), (task) => {
    const isLeft = task?.status === "running" && task.owner === state.owner && !state.live.has(taskId) &&
      !state.starting.has(taskId)
    return isLeft ? endAsRequested(state, task) ?? runAgain(state, task) : Effect.void
  })

/** Takes over tasks of these types that dead processes have left behind. */
export const recover = (state: State, taskTypes: ReadonlyArray<string>): Effect.Effect<void> => {
  if (taskTypes.length === 0 || state.stopping) return Effect.void
  const search = Effect.suspend(() => state.store.abandonedTasks({ now: now(state), taskTypes, owner: state.owner }))
  return Effect.flatMap(
    untilStored(state, search),
    (tasks) =>
      Effect.forEach(tasks.filter((task) => !isHere(state, task)), (task) => takeOver(state, task), {
        discard: true
      })
  )
}

/**
 * Whether a task still runs here or is about to, or its end is still being written, however long this process could not
 * send heartbeats.
 */
const isHere = (state: State, { attempt, owner, status, taskId }: TaskRecord): boolean => {
  const live = owner === state.owner ? state.live.get(taskId) : undefined
  return live !== undefined && (status === "queued" || live.record.attempt === attempt)
}

const takeOver = (state: State, found: TaskRecord): Effect.Effect<void> => {
  const { owner, taskId, taskType } = found
  // a reserved task may have begun
  const task = found.status === "queued" ? { ...found, attempt: found.attempt + 1 } : found
  const { attempt } = task
  const registration = state.registry.get(taskType)
  // its handler has gone meanwhile: only a process that has it knows what is to become of the task
  if (registration === undefined) return Effect.void
  const failed = () => endings.failed(state, task, new TaskAbandoned({ taskId, owner: owner ?? "", attempt }))
  const again = () => registration.onAbandoned === "fail" ? end(state, task, failed) : runAgain(state, task, found)
  return Effect.andThen(
    Effect.logWarning(`Task ${taskId} (${taskType}) was abandoned by process ${owner}`),
    endAsRequested(state, task) ?? again()
  )
}

/** The end of a task that somebody wanted to stop; absent if nobody did. */
const endAsRequested = (state: State, task: TaskRecord): Effect.Effect<void> | undefined => {
  const { cancelRequest } = task
  return cancelRequest === null ? undefined : end(state, task, () => endings.cancelled(state, task, cancelRequest))
}

const end = (state: State, { attempt, owner }: TaskRecord, ending: () => Ending): Effect.Effect<void> =>
  Effect.asVoid(untilStored(state, Effect.suspend(() => remoteTasks.close(state, ending(), attempt, owner))))

/** Queues a task again if it is still as it was found. */
const runAgain = (state: State, task: TaskRecord, { attempt, owner } = task): Effect.Effect<void> => {
  const queued = { ...requeued(task), cancelRequest: null }
  return Effect.flatMap(untilStored(state, state.store.requeue(queued, attempt, owner)), (done) => {
    if (!done) return Effect.void
    // it may still be waiting here, as it was before it was taken
    const before = state.live.get(task.taskId)
    const admitted = Effect.sync(() => admitAgain(state, queued))
    return before === undefined ? admitted : Effect.andThen(settling.dismiss(state, before), admitted)
  })
}

const admitAgain = (state: State, queued: TaskRecord): void => {
  const live = admission.readmit(state, queued)
  configs.addActive(live.config, live)
  publishing.task(state, live.record)
  announcing.task(state, queued)
  // it has given up its places, which others may be waiting for
  if (queued.recurringId !== null) waiting.unblock(state, queued.recurringId)
  pools.offer(state, live.pool)
}
