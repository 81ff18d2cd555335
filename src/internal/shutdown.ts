/**
 * How a manager stops: nothing new is decided or started, what runs may end, and the store and the other processes are
 * told.
 */
import * as Effect from "effect/Effect"
import type { TaskStoreError } from "../TaskError.ts"
import * as Ticker from "../Ticker.ts"
import * as announcing from "./announcing.ts"
import * as configs from "./configs.ts"
import * as endings from "./endings.ts"
import * as following from "./following.ts"
import * as leases from "./leases.ts"
import * as parking from "./parking.ts"
import { requeued } from "./records.ts"
import * as settling from "./settling.ts"
import { elapsed, handlerOf, type Live, type State } from "./state.ts"
import * as stopLog from "./stopLog.ts"
import * as stopping from "./stopping.ts"
import * as storeFailures from "./storeFailures.ts"
import * as turns from "./turns.ts"
import * as waiting from "./waiting.ts"

/**
 * Stops deciding, lets running tasks go on for the grace, cancels the rest, and ends the streams. Tasks that wait for
 * their next attempt do not run.
 */
export const stop = (state: State): Effect.Effect<void> =>
  Effect.gen(function*() {
    state.stopping = true
    for (const config of state.configs.values()) {
      state.ticker.clear(config)
      configs.wake(config)
    }
    const live = [...state.live.values()]
    turns.giveBack(state)
    yield* Effect.forEach(live.filter((task) => task.fiber === undefined), (task) => dequeue(state, task))
    const [running, between] = stopping.runningAndBetween(live)
    yield* Effect.forEach(between, (task) => cutOff(state, task))
    yield* clear(state, running)
    stopLog.report(state)
    for (const service of state.services) {
      service.interruptUnsafe()
    }
    yield* leave(state)
    yield* state.events.end
  })

/** Lets running tasks end, and cuts off the rest. */
const clear = (state: State, running: ReadonlyArray<Live>): Effect.Effect<void> => {
  // a virtual clock stands still while a scope closes, so the grace would never end
  if ("adjust" in state.clock) return clearNow(state)
  const { shutdownGrace } = state.settings
  const ended = storeFailures.unlessGivenUp(state, drained(state, shutdownGrace))
  return stopLog.during(state, running, shutdownGrace, Effect.andThen(ended, clearNow(state)))
}

const clearNow = (state: State): Effect.Effect<void> =>
  Effect.suspend(() => {
    // some may have been queued meanwhile
    const left = Effect.forEach([...state.live.values()], (task) =>
      task.fiber === undefined ? dequeue(state, task) : cutOff(state, task), { discard: true })
    const stopped = drained(state, Infinity).pipe(
      Effect.andThen(turns.idle(state)),
      Effect.andThen(parking.idle(state))
    )
    return Effect.andThen(
      left,
      Effect.suspend(() =>
        storeFailures.unlessGivenUp(state, stopped, settling.untilClosed(state, [...state.live.values()]))
      )
    )
  })

/** Fails those who still wait here for tasks, and tells other processes that they can take what is left. */
const leave = (state: State): Effect.Effect<void> => {
  following.leave(state)
  if (!state.store.durable) return Effect.void
  // what could not be stored may have run, and must not be taken for what never began
  const unbegun = state.storeFailures.isGivenUp ? Effect.void : letGo(state)
  const left = storeFailures.bounded(state, "leave", Effect.andThen(unbegun, state.store.leave(state.owner)))
  return Effect.andThen(Effect.ignore(left), announcing.farewell(state))
}

/**
 * Queues again what is stored as running here although it does not run: the answer to its claim was lost, and no
 * heartbeat has found it since.
 */
const letGo = (state: State): Effect.Effect<void, TaskStoreError> =>
  Effect.flatMap(
    leases.held(state),
    (held) =>
      Effect.forEach(held, ({ taskId }) =>
        Effect.flatMap(state.store.getTask(taskId), (task) =>
          task?.status === "running" && task.owner === state.owner
            ? state.store.requeue(requeued(task), task.attempt)
            : Effect.void), { discard: true })
  )

const cutOff = (state: State, live: Live): Effect.Effect<void> => stopping.cutOff(state, live, handlerOf(state, live))

/** A queued task stays queued if the store outlives the process; otherwise it ends here. */
const dequeue = (state: State, live: Live): Effect.Effect<void> => {
  if (!state.store.durable) return stopping.cancel(state, live, endings.shutdown)
  waiting.withdraw(state, live)
  announcing.queued(state, live.record.taskType)
  state.live.delete(live.record.taskId)
  following.handOver(state, live)
  return Effect.void
}

/** Waits until no task is live or about to be, at most `grace` milliseconds. */
const drained = (state: State, grace: number): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    if (settling.isDrained(state)) return resume(Effect.void)
    const done = () => resume(Effect.void)
    state.drained = done
    const alarm = Ticker.alarm(done)
    if (grace < Infinity) state.timer.set(alarm, elapsed(state) + grace)
    return Effect.sync(() => state.timer.clear(alarm))
  })
