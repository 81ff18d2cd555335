/**
 * How a task leaves this process: its end is stored, once, by whoever comes first; or it goes back to the queue; or it
 * belongs to another process. Its permit and its slot then go to the next task.
 */
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type { Settled, TaskRecord } from "../TaskStore.ts"
import * as announcing from "./announcing.ts"
import * as configs from "./configs.ts"
import * as endings from "./endings.ts"
import * as failureLog from "./failureLog.ts"
import * as following from "./following.ts"
import * as lostAcks from "./lostAcks.ts"
import * as permits from "./permits.ts"
import * as pools from "./pools.ts"
import * as progress from "./progress.ts"
import * as publishing from "./publishing.ts"
import { requeued } from "./records.ts"
import * as remoteTasks from "./remoteTasks.ts"
import * as reserving from "./reserving.ts"
import * as sleeping from "./sleeping.ts"
import type { Config, Ending, Live, State } from "./state.ts"
import { untilStored } from "./storeFailures.ts"
import * as turns from "./turns.ts"
import * as waiting from "./waiting.ts"
import * as writes from "./writes.ts"

/** Waits until this process has nothing more to do with a task, whether its program has ended or not. */
export const untilGone = (state: State, live: Live): Effect.Effect<void> =>
  Effect.callback((resume) => {
    if (state.live.get(live.record.taskId) !== live) return resume(Effect.void)
    state.onGone.set(live, () => resume(Effect.void))
    return Effect.sync(() => void state.onGone.delete(live))
  })

/** Waits until the programs of tasks have ended, or were abandoned, whether that can be stored or not. */
export const untilClosed = (state: State, tasks: ReadonlyArray<Live>): Effect.Effect<void> =>
  Effect.forEach(tasks, (live) => closed(state, live), { concurrency: "unbounded", discard: true })

const closed = (state: State, live: Live): Effect.Effect<void> =>
  Effect.callback((resume) => {
    if (live.settled || live.handler === undefined) return resume(Effect.void)
    state.onClosed.set(live, () => resume(Effect.void))
    return Effect.sync(() => void state.onClosed.delete(live))
  })

/** Nobody has to end the task any more. */
const unwatch = ({ ticker, timer }: State, { ultimatum, watchdog }: Live): void => {
  if (watchdog !== undefined) ticker.clear(watchdog)
  if (ultimatum !== undefined) timer.clear(ultimatum)
}

/** From now on nobody else can end the task, and it reports nothing more. Returns its last record. */
export const close = (state: State, live: Live): TaskRecord => {
  live.settled = true
  unwatch(state, live)
  progress.flush(state, live)
  if (state.onClosed.size > 0) state.onClosed.get(live)?.()
  return live.record
}

/** Ends a task. Only the first call has an effect. */
export const end = (
  state: State,
  live: Live,
  exit: Exit.Exit<unknown, unknown>,
  unresponsive = false
): Effect.Effect<void> => Effect.suspend(() => endNow(state, live, exit, unresponsive))

/** The same while the Effect is made, as far as the store answers at once. */
export const endNow = (
  state: State,
  live: Live,
  exit: Exit.Exit<unknown, unknown>,
  unresponsive = false
): Effect.Effect<void> => {
  if (live.settled) return Effect.void
  const record = close(state, live)
  if (endings.isCutOff(live, exit)) return release(state, live, record)
  const { attempt } = record
  return Effect.flatMapEager(endings.of(state, live, exit, unresponsive), (ending) => {
    if (isLost(live, ending)) return Effect.succeed(yieldTo(state, live))
    if (live.unanswered === undefined && turns.isAhead(state, live)) {
      return Effect.succeed(endAhead(state, live, ending, attempt))
    }
    if (state.store.durable) pools.passOn(state, live)
    const write = (attempt: number) => untilStored(state, writes.settle(state, ending.record, attempt, live.stored))
    return Effect.flatMapEager(
      atStored(live, attempt, write),
      (settled) =>
        settled === undefined && state.store.durable
          ? Effect.map(lostAcks.settled(state, ending), (settled) => settle(state, live, ending, settled))
          : Effect.succeed(settle(state, live, ending, settled))
    )
  })
}

/**
 * Whether the program was stopped because its task belongs to another process or to none, so that the store decides.
 */
const isLost = ({ cancellation }: Live, { record }: Ending): boolean =>
  cancellation?.reason === "LeaseLost" && record.status === "cancelled"

/** The end is written in the next turn, and meanwhile another task begins in this one's place. */
const endAhead = (state: State, live: Live, ending: Ending, attempt: number): void => {
  turns.end(state, live, { task: ending.record, attempt }, (settled) => settle(state, live, ending, settled))
  pools.passOn(state, live)
}

/** Makes everything visible that comes with the end of a task, in one step. */
export const settle = (state: State, live: Live, ending: Ending, settled: Settled | undefined): void => {
  if (settled === undefined && state.store.durable) return yieldTo(state, live)
  detach(state, live)
  if (settled !== undefined) {
    live.record = ending.record
    publishing.ended(state, live.record, live.config, settled)
    failureLog.taskFailed(state, live, ending)
  }
  handOver(state, live)
  if (live.record.concurrency !== null) state.unpark(live.record.concurrency.key)
  following.conclude(live, ending)
  following.ended(state, ending)
}

/**
 * This process has nothing more to do with the task: it goes back to the queue, unless it already belongs to another
 * process.
 */
const release = (state: State, live: Live, record: TaskRecord): Effect.Effect<void> => {
  const isWritten = reserving.answer(live) ?? Effect.void
  const returned = live.cancellation === endings.lost
    ? Effect.succeed(undefined)
    : Effect.andThen(isWritten, requeue(state, live, record))
  return Effect.map(returned, (queued) => {
    if (queued !== undefined) show(state, live, queued)
    // a task that found no place just now also waits for other processes
    sleeping.offer(state, record)
    forget(state, live)
  })
}

/** Queues a task again, and returns it if it still belongs to this process. */
const requeue = (state: State, live: Live, record: TaskRecord): Effect.Effect<TaskRecord | undefined> => {
  const queued = requeued(record)
  const write = (attempt: number) => untilStored(state, state.store.requeue(queued, attempt))
  return atStored(live, record.attempt, (attempt) => Effect.map(write(attempt), (is) => is ? queued : undefined))
}

/**
 * Writes to a task at its attempt and, if that is refused, at the next one, if that was being stored: it is stored then,
 * or the task belongs to another process.
 */
const atStored = <A>(
  { unanswered }: Live,
  attempt: number,
  write: (attempt: number) => Effect.Effect<A | undefined>
): Effect.Effect<A | undefined> =>
  Effect.flatMapEager(
    write(attempt),
    (answer) => answer === undefined && unanswered !== undefined ? write(unanswered) : Effect.succeed(answer)
  )

const show = (state: State, live: Live, record: TaskRecord): void => {
  live.record = record
  publishing.task(state, record)
  announcing.task(state, record)
}

/**
 * Another process has the task, or it is to end: this process forgets it, and those who wait for it here keep waiting.
 */
export const dismiss = (state: State, live: Live): Effect.Effect<void> =>
  Effect.sync(() => {
    live.settled = true
    unwatch(state, live)
    waiting.withdraw(state, live)
    forget(state, live)
  })

const forget = (state: State, live: Live): void => {
  detach(state, live)
  configs.addElsewhere(live.config, live.record.taskId)
  following.handOver(state, live)
  // to learn whether it has ended or is to, and to show that to readers
  if (state.store.durable) state.refresh(live.record.taskId)
  handOver(state, live)
}

/**
 * Another process was quicker, and its result counts. If somebody here wanted the task to stop, that process is told.
 */
const yieldTo = (state: State, live: Live): void => {
  reserving.forget(live)
  const why = live.cancellation
  if (why !== undefined && endings.endsTask(why)) {
    state.fork(untilStored(state, Effect.suspend(() => remoteTasks.request(state, live.record.taskId, why, undefined))))
  }
  forget(state, live)
}

/** The task is not live any more. */
const detach = (state: State, live: Live): void => {
  const { taskId } = live.record
  if (state.live.get(taskId) === live) state.live.delete(taskId)
  state.peers.refreshing?.delete(taskId)
  configs.ended(live)
  pools.release(live)
}

/**
 * If the task ends because its handler goes, the next one could not run either: the room is used when a handler comes
 * again.
 */
const makeRoom = (state: State, { cancellation }: Live, config: Config): void => {
  if (cancellation?.reason === "Shutdown") state.stalled.add(config)
  else waiting.released(state, config)
}

/** The permit and the slot go to the next task. */
const handOver = (state: State, live: Live): void => {
  givePermit(state, live)
  // tasks that tried before the store knew of the end were sent back
  pools.offer(state, live.pool)
  if (live.config !== undefined) makeRoom(state, live, live.config)
  drain(state)
  if (state.onGone.size > 0) state.onGone.get(live)?.()
}

/** Resumes whoever waits until no task is live or about to be. */
export const drain = (state: State): void => {
  if (state.stopping && isDrained(state)) state.drained?.()
}

/** Whether no task is live or about to be. */
export const isDrained = ({ live, starting }: State): boolean => live.size === 0 && starting.size === 0

/** Releases the permit of a task, if it holds one. */
export const givePermit = (state: State, live: Live): void => {
  const given = permits.give(live)
  if (given !== undefined) state.fork(given)
}
