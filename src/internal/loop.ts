/**
 * The loop of one recurring task: one fiber that asks for the decision, makes it so, and sleeps until the next one. It
 * is also the only one that changes the recurring task, so that changes and decisions never cross. Where there is nothing to
 * weigh, the timer does what is due while it sleeps on (`tick.ts`).
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import { RecurringTaskNotFound, TaskManagerStopped, type TaskStoreError } from "../TaskError.ts"
import { RecurringTaskRemoved } from "../TaskEvent.ts"
import type { StoredConfig } from "../TaskStore.ts"
import * as configs from "./configs.ts"
import * as members from "./members.ts"
import { reload } from "./reloading.ts"
import { type Config, now, type State } from "./state.ts"
import { tick } from "./tick.ts"
import * as transition from "./transition.ts"
import { answered, delay, failed } from "./trouble.ts"
import * as unheard from "./unheard.ts"
import * as writes from "./writes.ts"

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
  before: Config["before"] = undefined
  after: Config["after"] = undefined
  active: Config["active"] = undefined
  elsewhere: Config["elsewhere"] = undefined
  semaphore: Config["semaphore"] = undefined
  resume: Config["resume"] = undefined
  requests: Config["requests"] = undefined
  dirty = false
  pausing = false
  removed = false
  endings = 0
  knowledge: Config["knowledge"] = "current"
  turnAt = 0

  constructor(state: State, { counters, record }: StoredConfig) {
    this.#state = state
    this.record = record
    this.counters = counters
  }
  wake() {
    const { resume } = this
    try {
      if (!tick(this.#state, this)) configs.wake(this)
    } catch (defect) {
      this.resume = undefined
      resume?.(afterDefect(this.#state, this, Cause.die(defect)))
    }
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
  if (config.knowledge === "outdated") return patiently(state, config, reload(state, config))
  if (config.pausing) return pause(state, config)
  const due = transition.decide(state, config)
  // who is not alone wakes up whenever another one decides, and leaves what that one has begun to it
  if (members.isAlone(state) ? transition.isIdle(config, due) : transition.isSettled(config, due)) {
    config.turnAt = 0
    return sleep(state, config, due.wakeAt)
  }
  const turn = turnOf(state, config, due.at)
  if (turn > due.at) return sleep(state, config, turn)
  // what has been heard is enough to wake up, but not to decide
  if (config.knowledge === "behind") return patiently(state, config, reload(state, config))
  return committed(state, config, due)
}

/** When this process is to decide, if nobody else has: at once, or after others have had their turn. */
const turnOf = (state: State, config: Config, at: number): number => {
  if (members.isAlone(state)) return at
  const turn = members.turn(state, config, at)
  config.turnAt = config.turnAt === 0 ? turn : Math.min(config.turnAt, turn)
  return Math.max(config.turnAt, at)
}

const committed = (state: State, config: Config, due: transition.Transition): Effect.Effect<void> => {
  const decided = transition.commit(state, config, due, true)
  if (writes.isAnswer(decided)) return decided.value ? sleep(state, config, due.wakeAt) : Effect.void
  const slept = Effect.flatMap(
    decided,
    // another process may have been quicker: then there is something else to decide, or nothing
    (done) => done ? Effect.andThen(answered(state, "commit"), sleep(state, config, due.wakeAt)) : Effect.void
  )
  return Effect.catchCause(patiently(state, config, slept), (cause) => afterDefect(state, config, cause))
}

/** Another process may have removed it. While the store fails, the loop looks again and again what is due by then. */
const patiently = (
  state: State,
  config: Config,
  self: Effect.Effect<void, RecurringTaskNotFound | TaskStoreError>
): Effect.Effect<void> =>
  Effect.catchTags(self, {
    RecurringTaskNotFound: () => Effect.sync(() => forget(state, config)),
    TaskStoreError: (error) =>
      Effect.andThen(
        failed(state, error),
        Effect.suspend(() => sleep(state, config, now(state) + delay(state)))
      )
  })

const pause = (state: State, config: Config): Effect.Effect<void> => {
  const note = `Paused after ${config.counters.consecutiveFailures} failures in a row.`
  let isNews = false
  const change = (due: transition.Transition) => {
    isNews = due.record.enabled
    return Effect.succeed(isNews ? transition.disabled(state, config, due, note) : due)
  }
  const paused = Effect.flatMap(transition.apply(state, config, change), ({ recurringId }) => {
    config.pausing = false
    return isNews ? unheard.pause(recurringId, note) : Effect.void
  })
  return patiently(state, config, paused)
}

const sleep = (state: State, config: Config, wakeAt: number | undefined): Effect.Effect<void> =>
  Effect.callback((resume) => configs.fallAsleep(state, config, resume, wakeAt))

/** Another process has removed it. */
export const forget = (state: State, config: Config): void => {
  const { recurringId } = config.record
  end(state, config)
  state.events.publish((sequence) => new RecurringTaskRemoved({ sequence, recurringId }, { disableChecks: true }))
}

/** Looks after a recurring task no more. */
const end = (state: State, config: Config): void => {
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

/**
 * Has the loop's fiber do something, and waits for it. It is done in the surroundings of who asks: if that is a transaction
 * of the store's database, it is part of it.
 */
export const request = <A, E>(
  state: State,
  recurringId: string,
  work: (config: Config) => Effect.Effect<A, E>
): Effect.Effect<A, E | RecurringTaskNotFound> =>
  Effect.withFiber(({ context }): Effect.Effect<A, E | RecurringTaskNotFound> => {
    if (state.stopping) return Effect.die(new TaskManagerStopped())
    const config = state.configs.get(recurringId)
    if (config === undefined) return Effect.fail(new RecurringTaskNotFound({ recurringId }))
    return Effect.callback<A, E | RecurringTaskNotFound>((resume) => {
      const requests = config.requests ??= []
      const done = Effect.map(Effect.exit(unlessGone(config, work)), (exit) => resume(exit))
      requests.push(() => Effect.provideContext(done, context))
      configs.wake(config)
    })
  })
