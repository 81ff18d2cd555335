/**
 * How long a task waits after a failure, by its retry schedule. The schedule goes on in whatever process has the task:
 * how far it has come is stored with the task, and a process that takes it over steps a new one that far.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import * as Schedule from "effect/Schedule"
import type { RetryPolicy } from "../TaskRegistry.ts"
import type { Retries } from "../TaskStore.ts"
import { type Live, now, type State } from "./state.ts"

/** A wait in milliseconds, and how far the task has come with it. */
export interface Backoff {
  readonly millis: number
  readonly retries: Retries
}

/**
 * The wait after a failure; `undefined` if the schedule has ended. Waits are whole, as those of stored instants and real
 * timers are: no attempt begins early.
 */
type Next = (error: unknown) => Effect.Effect<Backoff | undefined, unknown>

/** Begins the schedule of a task, which may already have come some way with it in other processes. */
export const begin = (state: State, live: Live, { schedule }: RetryPolicy): Effect.Effect<Next> =>
  Effect.map(Schedule.toStep(schedule), (step) => {
    let known = live.record.retries
    let isBehind = known !== null
    const next = (error: unknown, at: number) =>
      Effect.map(step(at, error), ([, duration]): Backoff => {
        known = { count: (known?.count ?? 0) + 1, since: known?.since ?? at }
        return { millis: Math.ceil(Duration.toMillis(duration)), retries: known }
      })
    return (error) =>
      Effect.suspend(() => {
        const at = now(state)
        if (known === null || !isBehind) return ending(next(error, at))
        isBehind = false
        return ending(Effect.flatMap(replay(step, known, error, at), () => next(error, at)))
      })
  })

const ending = <A>(self: Pull.Pull<A, unknown, unknown>): Effect.Effect<A | undefined, unknown> =>
  Pull.catchDone(self, () => Effect.succeed(undefined))

type Step = (now: number, error: unknown) => Pull.Pull<[unknown, Duration.Duration], unknown, unknown>

/**
 * Asks a schedule again what it was asked before. Of the failures of other processes only the first instant is known:
 * the others follow as if attempts took no time, and none is later than now.
 */
const replay = (
  step: Step,
  { count, since }: Retries,
  error: unknown,
  until: number
): Pull.Pull<void, unknown, unknown> =>
  Effect.gen(function*() {
    let at = Math.min(since, until)
    for (let times = 0; times < count; times++) {
      const [, duration] = yield* step(at, error)
      at = Math.min(at + Duration.toMillis(duration), until)
    }
  })
