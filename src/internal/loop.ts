/**
 * The loop of one recurring task: a fiber that makes decisions, carries them out, and sleeps until the next one. Only
 * this fiber changes the recurring task, so that changes and decisions never interleave. When there is nothing to
 * weigh, the timer does what is due while the fiber sleeps on (`tick.ts`).
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import { RecurringTaskNotFound, TaskManagerStopped, type TaskStoreError } from "../TaskError.ts"
import { RecurringTaskRemoved } from "../TaskEvent.ts"
import type { StoredConfig } from "../TaskStore.ts"
import * as background from "./background.ts"
import { isWithin } from "./callerTransaction.ts"
import * as commit from "./commit.ts"
import * as configs from "./configs.ts"
import { isOver } from "./decision/plain.ts"
import * as failureLog from "./failureLog.ts"
import * as members from "./members.ts"
import { reload } from "./reloading.ts"
import { type Config, now, type State } from "./state.ts"
import { answered, delay, failed } from "./storeFailures.ts"
import { tick } from "./tick.ts"
import * as transition from "./transition.ts"

/**
 * A recurring task and its loop in one object. Whatever all loops can share is not made per loop: there may be very
 * many, and most of them sleep.
 */
class Loop implements Config {
  readonly #state: State
  record: Config["record"]
  counters: Config["counters"]
  at = 0
  index = -1
  before: Config["before"] = undefined
  after: Config["after"] = undefined
  stored: Config["stored"] = undefined
  active: Config["active"] = undefined
  elsewhere: Config["elsewhere"] = undefined
  semaphore: Config["semaphore"] = undefined
  resume: Config["resume"] = undefined
  requests: Config["requests"] = undefined
  dirty = false
  pausing = false
  removed = false
  endedCount = 0
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

/** A bug must be logged, and must not stop a schedule for good: the loop goes on a little later. */
const afterDefect = (state: State, config: Config, cause: Cause.Cause<never>): Effect.Effect<void> =>
  Effect.andThen(
    Effect.logError(
      `The loop of the recurring task "${config.record.recurringId}" failed; it resumes shortly`,
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
  if (config.knowledge === "outdated") return retryLater(state, config, reload(state, config))
  if (config.pausing) return pause(state, config)
  if (isOver(config.record.spec, config.record)) return rest(state, config, undefined)
  const due = transition.decide(state, config)
  // a process that is not alone is woken whenever another one decides, and leaves to that one what it has begun
  if (members.isAlone(state) ? transition.isIdle(config, due) : transition.isSettled(config, due)) {
    return rest(state, config, due.wakeAt)
  }
  const turn = turnOf(state, config, due.at)
  if (turn > due.at) return sleep(state, config, turn)
  // what was announced is enough to wake up, but not to decide
  if (config.knowledge === "behind") return retryLater(state, config, reload(state, config))
  return committed(state, config, due)
}

/** Nothing is due: whose turn it is will be asked anew. */
const rest = (state: State, config: Config, wakeAt: number | undefined): Effect.Effect<void> => {
  config.turnAt = 0
  return sleep(state, config, wakeAt)
}

/** When this process decides, if nobody else has until then: at once, or after others have had their turn. */
const turnOf = (state: State, config: Config, at: number): number => {
  if (members.isAlone(state)) return at
  const turn = members.turn(state, config, at)
  config.turnAt = config.turnAt === 0 ? turn : Math.min(config.turnAt, turn)
  return Math.max(config.turnAt, at)
}

const committed = (state: State, config: Config, due: transition.Transition): Effect.Effect<void> => {
  const goToSleep = (): Effect.Effect<void> => {
    const asleep = sleep(state, config, due.wakeAt)
    return state.storeFailures.since === undefined ? asleep : Effect.andThen(answered(state, "commit"), asleep)
  }
  return Effect.matchCauseEffectEager(commit.commit(state, config, due, true), {
    onFailure: (cause) => recovered(state, config, cause),
    // if another process was quicker, there is something else to decide, or nothing
    onSuccess: (done) => done ? goToSleep() : Effect.void
  })
}

/** After a failure or a bug, the loop goes on a little later. */
const recovered = (
  state: State,
  config: Config,
  cause: Cause.Cause<RecurringTaskNotFound | TaskStoreError>
): Effect.Effect<void> =>
  Effect.catchCause(retryLater(state, config, Effect.failCause(cause)), (cause) => afterDefect(state, config, cause))

/** Another process may have removed it. While the store fails, the loop repeatedly looks at what is due by then. */
const retryLater = (
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
  const paused = Effect.flatMap(commit.apply(state, config, change), ({ recurringId }) => {
    config.pausing = false
    return isNews ? failureLog.paused(recurringId, note) : Effect.void
  })
  return retryLater(state, config, paused)
}

const sleep = (state: State, config: Config, wakeAt: number | undefined): Effect.Effect<void> =>
  Effect.callback((resume) => configs.fallAsleep(state, config, resume, wakeAt))

/** Another process has removed it. */
export const forget = (state: State, config: Config): void => {
  const { recurringId } = config.record
  end(state, config)
  state.events.publish((sequence) => new RecurringTaskRemoved({ sequence, recurringId }, { disableChecks: true }))
}

/** Stops looking after a recurring task. */
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
 * Has the loop's fiber do something, and waits for it. A caller within a transaction of the store's database does it
 * itself, as part of that: the loop may be waiting for the transaction. Of what both do at the same time, one is
 * written.
 */
export const request = <A, E>(
  state: State,
  recurringId: string,
  work: (config: Config) => Effect.Effect<A, E>
): Effect.Effect<A, E | RecurringTaskNotFound | TaskManagerStopped> =>
  Effect.flatMap(isWithin(state), (isWithin): Effect.Effect<A, E | RecurringTaskNotFound | TaskManagerStopped> => {
    if (state.stopping) return Effect.fail(new TaskManagerStopped())
    const config = state.configs.get(recurringId)
    if (config === undefined) return Effect.fail(new RecurringTaskNotFound({ recurringId }))
    return isWithin ? unlessGone(config, work) : byLoop(config, work)
  })

/** The work runs in the context of the caller. */
const byLoop = <A, E>(
  config: Config,
  work: (config: Config) => Effect.Effect<A, E>
): Effect.Effect<A, E | RecurringTaskNotFound> =>
  Effect.withFiber(({ context }) =>
    Effect.callback<A, E | RecurringTaskNotFound>((resume) => {
      const requests = config.requests ??= []
      const done = Effect.map(Effect.exit(unlessGone(config, work)), (exit) => resume(exit))
      requests.push(() => background.inContextOf(context, done))
      configs.wake(config)
    })
  )
