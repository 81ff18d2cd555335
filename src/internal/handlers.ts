/**
 * Handlers that come and go while the manager lives. What a handler stands on is closed after it, so that it is only let
 * go when nothing runs with it any more.
 */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as TestClock from "effect/testing/TestClock"
import type { OnAbandoned, Registration } from "../TaskRegistry.ts"
import * as intake from "./intake.ts"
import * as leases from "./leases.ts"
import * as leaving from "./leaving.ts"
import * as members from "./members.ts"
import * as parking from "./parking.ts"
import { type Live, now, type State } from "./state.ts"
import * as stopping from "./stopping.ts"
import * as turns from "./turns.ts"

/** What has waited for the handler is read; other processes are told that this one has it too. */
export const came = (state: State, taskType: string): void => {
  parking.handlerCame(state, taskType)
  for (const config of Array.from(state.stalled)) {
    if (config.record.template.taskType !== taskType) continue
    state.stalled.delete(config)
    parking.released(state, config)
  }
  if (!state.store.durable) return void state.fork(intake.read(state, taskType))
  // what has been left behind is older than what has waited for its places
  state.fork(Effect.andThen(leases.recover(state, [taskType]), intake.read(state, taskType)))
  members.hurry(state)
}

/**
 * Nothing new starts. What runs may go on for the grace, is cancelled then, and waited for. Handlers that go right after one
 * another share one grace.
 */
export const goes = (state: State, { onAbandoned, taskType }: Registration): Effect.Effect<void> =>
  Effect.suspend(() => {
    turns.giveBack(state)
    const running = [...state.live.values()].filter((live) => live.fiber !== undefined && isOf(live, taskType))
    if (running.length === 0) return Effect.void
    const ended = Effect.forEach(running, (live) => stopped(state, live), { concurrency: "unbounded", discard: true })
    const cancelled = Effect.andThen(
      Effect.forEach(running, (live) => cutOffStarted(state, live, onAbandoned), { discard: true }),
      ended
    )
    return Effect.ensuring(within(state, ended, cancelled), Effect.sync(() => void (state.grace.usedAt = now(state))))
  })

const isOf = ({ record }: Live, taskType: string): boolean => record.taskType === taskType

/** One that found no room meanwhile waits again, and is left to its next start. */
const cutOffStarted = (state: State, live: Live, onAbandoned: OnAbandoned): Effect.Effect<void> =>
  Effect.suspend(() => live.fiber === undefined ? Effect.void : stopping.cutOff(state, live, onAbandoned))

/** Until its program has ended, or this process goes on without it, or it waits again because there was no room. */
const stopped = (state: State, live: Live): Effect.Effect<void> =>
  Effect.suspend(() =>
    live.fiber === undefined
      ? Effect.void
      : Effect.raceFirst(Effect.asVoid(Fiber.await(live.fiber)), leaving.gone(state, live))
  )

/** Waits for the end, but not for longer than the grace. Virtual time has none, since a test that ends waits for nothing. */
const within = (state: State, ended: Effect.Effect<void>, orElse: Effect.Effect<void>): Effect.Effect<void> => {
  if (isVirtual(state.clock)) return Effect.raceFirst(orElse, passing(state.clock))
  const { grace } = state
  const at = now(state)
  if (at > grace.endsAt && at - grace.usedAt > pause) grace.endsAt = at + state.settings.shutdownGrace
  return Effect.timeoutOrElse(ended, { duration: Math.max(grace.endsAt - at, 0), orElse: () => orElse })
}

const isVirtual = (clock: Clock.Clock): clock is TestClock.TestClock => "adjust" in clock

/** Nobody else lets virtual time pass while a scope closes, so that it passes by itself for a program that stops slowly. */
const passing = (clock: TestClock.TestClock): Effect.Effect<never> => Effect.forever(clock.adjust("1 second"))

/** How far apart handlers go that go together, in milliseconds. */
const pause = 1_000
