/**
 * The loop of one recurring task: one fiber that asks for the decision, makes it so, and sleeps until the next one. It
 * is also the only one that changes the recurring task, so that changes and decisions never cross.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import { RecurringTaskNotFound, TaskManagerStopped, type TaskStoreError } from "../TaskError.ts"
import type { StoredConfig } from "../TaskStore.ts"
import * as configs from "./configs.ts"
import { type Config, now, type State } from "./state.ts"
import * as transition from "./transition.ts"
import { untilStored } from "./untilStored.ts"

/**
 * A recurring task and its loop in one object, with nothing made per loop that all loops can share: most of them sleep, and
 * there may be very many.
 */
class Loop implements Config {
  readonly #state: State
  record: Config["record"]
  counters: Config["counters"]
  at = 0
  index = -1
  active: Config["active"] = undefined
  elsewhere: Config["elsewhere"] = undefined
  semaphore: Config["semaphore"] = undefined
  resume: Config["resume"] = undefined
  requests: Config["requests"] = undefined
  dirty = false
  pausing = false
  removed = false

  constructor(state: State, { counters, record }: StoredConfig) {
    this.#state = state
    this.record = record
    this.counters = counters
  }
  wake() {
    configs.wake(this)
  }
  while() {
    return this.requests !== undefined || !(this.removed || this.#state.stopping)
  }
  body(): Effect.Effect<void> {
    try {
      return step(this.#state, this)
    } catch (defect) {
      return afterDefect(this.#state, this, Cause.die(defect))
    }
  }
  step() {}
}

/** Looks after a recurring task from now on. */
export const begin = (state: State, stored: StoredConfig): Loop => {
  const loop = new Loop(state, stored)
  state.configs.set(stored.record.recurringId, loop)
  return loop
}

/** Forks the loop. */
export const fork = (state: State, loop: Loop): Fiber.Fiber<void> => state.fork(Effect.whileLoop(loop))

/** A bug must neither pass in silence nor stop a schedule for good: the loop goes on a little later. */
const afterDefect = (state: State, config: Config, cause: Cause.Cause<never>): Effect.Effect<void> =>
  Effect.andThen(
    Effect.logError(
      `The loop of the recurring task "${config.record.recurringId}" failed; it goes on in a moment`,
      cause
    ),
    sleep(state, config, now(state) + pauseAfterDefect)
  )

/** In milliseconds. */
const pauseAfterDefect = 30_000

const step = (state: State, config: Config): Effect.Effect<void> => {
  config.dirty = false
  const request = config.requests?.shift()
  if (request !== undefined) return request()
  config.requests = undefined
  if (config.removed || state.stopping) return Effect.void
  if (config.pausing) return pause(state, config)
  const due = transition.decide(state, config)
  if (transition.isIdle(config, due)) return sleep(state, config, due.wakeAt)
  return Effect.andThen(
    Effect.catchCause(committed(state, config, due), (cause) => afterDefect(state, config, cause)),
    Effect.suspend(() => sleep(state, config, due.wakeAt))
  )
}

/** Another process may have been quicker, or have removed it. */
const committed = (state: State, config: Config, due: transition.Transition): Effect.Effect<void> =>
  unlessRemoved(
    state,
    config,
    Effect.map(transition.commit(state, config, due), (done) => void (config.dirty ||= !done))
  )

const unlessRemoved = <A>(
  state: State,
  config: Config,
  self: Effect.Effect<A, RecurringTaskNotFound | TaskStoreError>
): Effect.Effect<void> =>
  untilStored(
    Effect.catchTag(Effect.asVoid(self), "RecurringTaskNotFound", () => Effect.sync(() => end(state, config)))
  )

const pause = (state: State, config: Config): Effect.Effect<void> => {
  config.pausing = false
  const note = `Paused after ${config.counters.consecutiveFailures} failures in a row.`
  const change = (due: transition.Transition) => Effect.succeed(transition.disabled(state, config, due, note))
  return unlessRemoved(state, config, transition.apply(state, config, change))
}

const sleep = (state: State, config: Config, wakeAt: number | undefined): Effect.Effect<void> =>
  Effect.callback((resume) => {
    if (config.dirty || config.removed || state.stopping) return resume(Effect.void)
    config.resume = resume
    if (wakeAt === undefined) state.ticker.clear(config)
    else state.ticker.set(config, wakeAt)
  })

/** Forgets a recurring task that is gone. */
export const end = (state: State, config: Config): void => {
  config.removed = true
  state.configs.delete(config.record.recurringId)
  state.ticker.clear(config)
  configs.wake(config)
}

const unlessGone = <A, E>(
  config: Config,
  work: (config: Config) => Effect.Effect<A, E>
): Effect.Effect<A, E | RecurringTaskNotFound> =>
  config.removed ? Effect.fail(new RecurringTaskNotFound({ recurringId: config.record.recurringId })) : work(config)

/** Has the loop's fiber do something, and waits for it. */
export const request = <A, E>(
  state: State,
  recurringId: string,
  work: (config: Config) => Effect.Effect<A, E>
): Effect.Effect<A, E | RecurringTaskNotFound> =>
  Effect.suspend((): Effect.Effect<A, E | RecurringTaskNotFound> => {
    if (state.stopping) return Effect.die(new TaskManagerStopped())
    const config = state.configs.get(recurringId)
    if (config === undefined) return Effect.fail(new RecurringTaskNotFound({ recurringId }))
    return Effect.callback<A, E | RecurringTaskNotFound>((resume) => {
      const requests = config.requests ??= []
      requests.push(() => Effect.map(Effect.exit(unlessGone(config, work)), (exit) => resume(exit)))
      configs.wake(config)
    })
  })
