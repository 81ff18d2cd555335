/**
 * Handlers that come and go while the manager lives. The services that a handler uses are closed after it, so a handler
 * is removed only when nothing runs with it any more.
 */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as TestClock from "effect/testing/TestClock"
import type { Registration } from "../TaskRegistry.ts"
import * as fetching from "./fetching.ts"
import * as members from "./members.ts"
import { recover } from "./recovery.ts"
import * as settling from "./settling.ts"
import { elapsed, handlerOf, type Live, type State } from "./state.ts"
import * as stopLog from "./stopLog.ts"
import * as stopping from "./stopping.ts"
import * as storeFailures from "./storeFailures.ts"
import * as turns from "./turns.ts"
import * as waiting from "./waiting.ts"

/** Reads the tasks that have waited for the handler, and tells other processes that it is here. */
export const onAdded = (state: State, taskType: string): void => {
  waiting.handlerAdded(state, taskType)
  for (const config of Array.from(state.stalled)) {
    if (config.record.template.taskType !== taskType) continue
    state.stalled.delete(config)
    waiting.released(state, config)
  }
  if (!state.store.durable) return void state.fork(fetching.fetchType(state, taskType))
  // abandoned tasks come first: they are older than those that wait
  state.fork(Effect.andThen(recover(state, [taskType]), fetching.fetchType(state, taskType)))
  members.hurry(state)
}

/**
 * Starts nothing new, lets running tasks go on for the grace, then cancels them and waits until they have stopped. Tasks
 * that wait for their next attempt do not run. Handlers that go right after one another share one grace.
 */
export const onRemove = (state: State, handler: Registration): Effect.Effect<void> =>
  Effect.suspend(() => {
    turns.giveBack(state)
    const [running, between] = stopping.runningAndBetween(
      [...state.live.values()].filter((live) => isOf(state, live, handler))
    )
    const all = [...running, ...between]
    if (all.length === 0) return Effect.void
    state.going.add(handler)
    const cutOff = (tasks: ReadonlyArray<Live>) =>
      Effect.forEach(tasks, (live) => cutOffStarted(state, live, handler), { discard: true })
    const ended = Effect.forEach(all, (live) => stopped(state, live), { concurrency: "unbounded", discard: true })
    const cancelled = Effect.andThen(
      cutOff(all),
      storeFailures.unlessGivenUp(state, ended, settling.untilClosed(state, all))
    )
    return Effect.ensuring(
      Effect.andThen(cutOff(between), within(state, running, ended, cancelled)),
      Effect.sync(() => {
        state.going.delete(handler)
        state.grace.usedAt = elapsed(state)
      })
    )
  })

/** Whether a task runs with a handler; also one that is being claimed, if there is no other handler for it. */
const isOf = (state: State, live: Live, handler: Registration): boolean =>
  live.record.taskType === handler.taskType && (handlerOf(state, live) ?? handler) === handler

/** A task that found no room meanwhile waits again, and is left to its next start. */
const cutOffStarted = (state: State, live: Live, handler: Registration): Effect.Effect<void> =>
  Effect.suspend(() => live.fiber === undefined ? Effect.void : stopping.cutOff(state, live, handler))

/** Waits until a program has ended, or its task has left this process or waits again because there was no room. */
const stopped = (state: State, live: Live): Effect.Effect<void> =>
  Effect.suspend(() =>
    live.fiber === undefined
      ? Effect.void
      : Effect.raceFirst(Effect.asVoid(Fiber.await(live.fiber)), settling.untilGone(state, live))
  )

/**
 * Waits for the end, at most for the grace. Under a virtual clock there is no grace: a test that ends wants to wait for
 * nothing.
 */
const within = (
  state: State,
  running: ReadonlyArray<Live>,
  ended: Effect.Effect<void>,
  orElse: Effect.Effect<void>
): Effect.Effect<void> => {
  if (isVirtual(state.clock)) return Effect.raceFirst(orElse, passing(state.clock))
  const { grace } = state
  const at = elapsed(state)
  if (at > grace.endsAt && at - grace.usedAt > pause) grace.endsAt = at + state.settings.shutdownGrace
  const left = Math.max(grace.endsAt - at, 0)
  return stopLog.during(state, running, left, Effect.timeoutOrElse(ended, { duration: left, orElse: () => orElse }))
}

const isVirtual = (clock: Clock.Clock): clock is TestClock.TestClock => "adjust" in clock

/** While a scope closes, nobody else advances virtual time; a program that stops slowly needs it to pass. */
const passing = (clock: TestClock.TestClock): Effect.Effect<never> => Effect.forever(clock.adjust("1 second"))

/** Handlers that go within this time of each other (in milliseconds) share a grace. */
const pause = 1_000
