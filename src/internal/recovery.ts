/**
 * Takes over what dead processes have left behind, and what was claimed for this one without its knowing.
 */
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import { TaskAbandoned } from "../TaskError.ts"
import type { TaskRecord } from "../TaskStore.ts"
import * as admission from "./admission.ts"
import * as announcing from "./announcing.ts"
import * as configs from "./configs.ts"
import * as endings from "./endings.ts"
import * as members from "./members.ts"
import * as pools from "./pools.ts"
import * as publishing from "./publishing.ts"
import { isBetweenAttempts, requeued } from "./records.ts"
import * as remoteTasks from "./remoteTasks.ts"
import * as settling from "./settling.ts"
import * as sleeping from "./sleeping.ts"
import type { Ending, State } from "./state.ts"
import { untilStored } from "./storeFailures.ts"
import * as waiting from "./waiting.ts"

/**
 * The answer to a committed claim, or to a decision with an instance that was to run at once, may have been lost: the
 * task belongs to this process, but nobody has begun it.
 */
export const reclaim = (state: State, taskId: string): Effect.Effect<void> =>
  Effect.flatMap(untilStored(state, state.store.getTask(taskId)), (task) => {
    const isLeft = task?.status === "running" && task.owner === state.owner && !state.live.has(taskId) &&
      !state.starting.has(taskId)
    return isLeft ? endAsRequested(state, task) ?? runAgain(state, task) : Effect.void
  })

/** Takes over tasks of these types that dead processes have left behind. */
export const recover = (state: State, taskTypes: ReadonlyArray<string>): Effect.Effect<void> => {
  if (taskTypes.length === 0 || state.stopping) return Effect.void
  const search = Effect.suspend(() =>
    state.store.abandonedTasks({ now: members.leasesReadableUntil(state), taskTypes, owner: state.owner })
  )
  return Effect.flatMap(untilStored(state, search), (tasks) => {
    const abandoned = tasks.filter((task) => !isHere(state, task))
    // what is in flight together is written together
    const taken = Effect.forEach(abandoned, (task) => takeOver(state, task), {
      concurrency: takenTogether,
      discard: true
    })
    return reporting(state, abandoned, taken)
  })
}

const takenTogether = 100

/** Reports tasks while they are taken over, except those that another search has found and reported meanwhile. */
const reporting = (
  { peers: { takenOver } }: State,
  abandoned: ReadonlyArray<TaskRecord>,
  taken: Effect.Effect<void>
): Effect.Effect<void> => {
  const news = abandoned.filter(({ taskId }) => !takenOver.has(taskId))
  for (const { taskId } of news) takenOver.add(taskId)
  const done = Effect.sync(() => {
    for (const { taskId } of news) takenOver.delete(taskId)
  })
  return Effect.ensuring(Effect.andThen(report(news), taken), done)
}

/** One line for each process: it may have left hundreds of tasks. */
const report = (abandoned: ReadonlyArray<TaskRecord>): Effect.Effect<void> =>
  Effect.forEach(
    Object.entries(Arr.groupBy(abandoned, ({ owner }) => owner ?? "")),
    ([owner, tasks]) => Effect.logWarning(`Taking over what process ${owner} has abandoned: ${listed(tasks)}`),
    { discard: true }
  )

/** The names of the first of some tasks, and how many more there are. */
export const listed = (tasks: ReadonlyArray<TaskRecord>): string => {
  const names = tasks.slice(0, mostNamed).map(({ taskId, taskType }) => `${taskType} ${taskId}`)
  return (tasks.length > mostNamed ? [...names, `and ${tasks.length - mostNamed} more`] : names).join(", ")
}

const mostNamed = 5

/**
 * Whether a task still runs here or is about to, or its next attempt or its end is still being written, however long
 * this process could not send heartbeats.
 */
const isHere = (state: State, { attempt, owner, status, taskId }: TaskRecord): boolean => {
  const live = owner === state.owner ? state.live.get(taskId) : undefined
  return live !== undefined &&
    (status === "queued" || live.record.attempt === attempt || live.unanswered === attempt)
}

const takeOver = (state: State, found: TaskRecord): Effect.Effect<void> => {
  const { owner, taskId, taskType } = found
  // a reserved task may have begun
  const task = found.status === "queued" ? { ...found, attempt: found.attempt + 1 } : found
  const { attempt } = task
  const registration = state.registry.get(taskType)
  // its handler has gone meanwhile: only a process that has it knows what is to become of the task
  if (registration === undefined) return Effect.void
  // nothing of it ran when its process died
  if (isBetweenAttempts(task)) return endAsRequested(state, task) ?? runAgain(state, task)
  const times = task.abandoned + 1
  const failed = () => endings.failed(state, task, new TaskAbandoned({ taskId, owner: owner ?? "", attempt, times }))
  const again = () =>
    times > registration.maxAbandoned
      ? end(state, task, failed)
      : runAgain(state, { ...task, abandoned: times }, found)
  return endAsRequested(state, task) ?? again()
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
  enter(state, queued)
  publishing.task(state, queued)
  announcing.task(state, queued)
  // it has given up its places, which others may be waiting for
  if (queued.recurringId !== null) waiting.unblock(state, queued.recurringId)
  pools.offer(state, pools.named(state, queued.semaphore))
}

/** Lets a task wait here, or sleep until its next attempt. */
const enter = (state: State, queued: TaskRecord): void => {
  if (sleeping.isAtRest(state, queued)) return sleeping.offer(state, queued)
  const live = admission.readmit(state, queued)
  configs.addActive(live.config, live)
}
