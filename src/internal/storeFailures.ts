/**
 * What to do while the store fails: what happened must be stored, so a write that fails is retried until it succeeds,
 * and a caller that can be told about the failure waits for a bounded time. The wait between two tries is as long as
 * the store has been failing, within bounds, whoever tries.
 */
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import { TaskStoreError } from "../TaskError.ts"
import * as members from "./members.ts"
import { elapsed, now, type State } from "./state.ts"
import { type Untimed, withTimeout } from "./timeouts.ts"
import { isAnswer } from "./writes.ts"

/**
 * Since when the store has been failing, if it is, by the clock and by the time that passes; when each operation that
 * has not succeeded since last failed; the last failure; and whether a manager that stops has given up waiting for it.
 */
export interface StoreFailures {
  since: number | undefined
  elapsedAtSince: number
  readonly failing: Map<string, number>
  last: { readonly at: number; readonly error: TaskStoreError } | undefined
  isGivenUp: boolean
}

/** The shortest and the longest wait between two tries, in milliseconds. */
const shortest = 100
const longest = 5_000

/** Remembers the last failure of the store. */
export const note = (state: State, error: TaskStoreError): Effect.Effect<void> =>
  Effect.sync(() => void (state.storeFailures.last = { at: now(state), error }))

/** The same for something that will be retried: also remembers since when, and logs the first failure. */
export const failed = (state: State, error: TaskStoreError): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { storeFailures } = state
    const isNew = storeFailures.since === undefined
    if (isNew) {
      storeFailures.since = now(state)
      storeFailures.elapsedAtSince = elapsed(state)
    }
    storeFailures.failing.set(error.operation, now(state))
    storeFailures.last = { at: now(state), error }
    const sentence = `The task store failed in "${error.operation}"; trying again until it answers`
    return isNew ? Effect.logWarning(...withReason(sentence, error)) : Effect.void
  })

/** What to log of a failure: what the database says of it or, if the store has a bug, its trace. */
const withReason = (sentence: string, error: TaskStoreError | undefined): ReadonlyArray<unknown> => {
  if (error === undefined) return [sentence]
  const { cause } = error
  return Predicate.hasProperty(cause, "_tag")
    ? [[sentence, ...messagesOf(cause)].join(": ")]
    : [sentence, Cause.die(cause)]
}

/** The messages of an error and of its causes, except those that the one before repeats. */
const messagesOf = (error: unknown): ReadonlyArray<string> => {
  const messages: Array<string> = []
  for (let one = error; one instanceof Error && messages.length < mostMessages; one = one.cause) {
    if (!(messages.at(-1) ?? "").includes(one.message)) messages.push(one.message)
  }
  return messages
}

const mostMessages = 5

/**
 * An operation works again. The store is well when no other operation fails either: with a full disk, heartbeats may
 * still succeed. One that has not been retried for a while is no longer wanted and does not count.
 */
export const answered = (state: State, operation: string): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { failing, since } = state.storeFailures
    if (since === undefined) return well(state)
    failing.delete(operation)
    for (const [other, at] of failing) if (at < now(state) - 2 * longest) failing.delete(other)
    if (failing.size > 0) return Effect.void
    const lasted = Duration.format(Duration.millis(Math.round(failingFor(state))))
    state.storeFailures.since = undefined
    return Effect.andThen(well(state), Effect.logInfo(`The task store answers again after ${lasted}`))
  })

/** What a handler that has gone could not store is stored, and the next one to go waits for the store again. */
const well = ({ stopping, storeFailures }: State): Effect.Effect<void> =>
  Effect.sync(() => {
    if (!stopping) storeFailures.isGivenUp = false
  })

/** How long a caller waits that can be told about a failure. */
export const callerTimeout = Duration.seconds(10)

const late = (operation: string): TaskStoreError => {
  const cause = new Error(`The store has not answered for ${Duration.format(callerTimeout)}.`)
  return new TaskStoreError({ operation, cause })
}

/** Bounds an operation that a caller waits for: it fails rather than waiting for ever. */
export const bounded = <A, E, R>(
  state: State,
  operation: string,
  self: Effect.Effect<A, E | TaskStoreError, R>
): Effect.Effect<A, E | TaskStoreError, R> => boundedExcept(state, operation, () => self)

/** The same, except for what the operation does for the caller. */
export const boundedExcept = <A, E, R>(
  state: State,
  operation: string,
  self: (untimed: Untimed) => Effect.Effect<A, E | TaskStoreError, R>
): Effect.Effect<A, E | TaskStoreError, R> =>
  Effect.tapError(
    withTimeout(state.timeouts, self, () => late(operation)),
    (error) => error instanceof TaskStoreError ? note(state, error) : Effect.void
  )

/** How long the store has been failing, in milliseconds; 0 if it is not. */
const failingFor = (state: State): number => {
  const { elapsedAtSince, since } = state.storeFailures
  return since === undefined ? 0 : elapsed(state) - elapsedAtSince
}

/** How long to wait before another try, in milliseconds. */
export const delay = (state: State): number => Math.min(Math.max(Math.ceil(failingFor(state)), shortest), longest)

/** Retries until the store succeeds. */
export const untilStored = <A>(state: State, self: Effect.Effect<A, TaskStoreError>): Effect.Effect<A> =>
  // an answer that is already there cannot fail
  isAnswer(self) ? self : Effect.catchCause(self, (cause) => insist(state, self, cause))

const insist = <A>(
  state: State,
  self: Effect.Effect<A, TaskStoreError>,
  cause: Cause.Cause<TaskStoreError>
): Effect.Effect<A> => {
  const error = Cause.findErrorOption(cause)
  if (Option.isNone(error)) return Effect.failCause(cause as Cause.Cause<never>)
  if ((state.stopping && state.storeFailures.isGivenUp) || state.peers.hasLeft) return Effect.never
  const again = Effect.suspend(() => Effect.sleep(delay(state)))
  return failed(state, error.value).pipe(
    Effect.andThen(again),
    Effect.andThen(untilStored(state, Effect.tap(self, () => answered(state, error.value.operation))))
  )
}

/**
 * Waits for something while the manager stops, unless the store has failed or said nothing for a lease: then other
 * processes may take what this one has, and nothing that it could still store would count. Even then it waits for
 * `programs`, which use what is closed after them.
 */
export const unlessGivenUp = (
  state: State,
  self: Effect.Effect<void>,
  programs: Effect.Effect<void> = Effect.void
): Effect.Effect<void> => state.store.durable ? Effect.raceFirst(self, Effect.andThen(givingUp(state), programs)) : self

/**
 * Waits for something that a caller who was interrupted has caused, unless the store has failed for a lease meanwhile:
 * the caller could never end, nor a program that stops. Even then it waits for `programs`.
 */
export const unlessFailing = <A, E>(
  state: State,
  self: Effect.Effect<A, E>,
  programs: Effect.Effect<void>
): Effect.Effect<A | void, E> =>
  state.store.durable
    ? Effect.raceFirst(self, Effect.andThen(failingFrom(state, elapsed(state)), programs))
    : self

/** Waits until the store has failed for a lease, all of it after an instant. */
const failingFrom = (state: State, from: number): Effect.Effect<void> =>
  Effect.suspend(() => {
    const left = state.settings.lease - Math.min(failingFor(state), elapsed(state) - from)
    return left <= 0 ? Effect.void : Effect.andThen(Effect.sleep(Math.ceil(left)), failingFrom(state, from))
  })

const givingUp = (state: State): Effect.Effect<void> =>
  Effect.suspend(() => {
    members.hurry(state)
    const from = elapsed(state)
    return untilLeaseEnds(state, from, { beatAt: state.peers.beatAt, at: from })
  })

/** The last heartbeat that was answered, and since when there has been none after it. */
interface LastBeat {
  readonly beatAt: number
  readonly at: number
}

/** What failed before the manager began to stop, at `from`, does not count: the store may have come back since. */
const untilLeaseEnds = (state: State, from: number, last: LastBeat): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { peers: { beatAt }, settings: { lease }, storeFailures } = state
    if (storeFailures.isGivenUp) return Effect.void
    const at = elapsed(state)
    if (beatAt !== last.beatAt) return untilLeaseEnds(state, from, { beatAt, at })
    const lasted = Math.ceil(Math.max(Math.min(failingFor(state), at - from), at - last.at))
    if (lasted < lease) return Effect.andThen(Effect.sleep(lease - lasted), untilLeaseEnds(state, from, last))
    storeFailures.isGivenUp = true
    const time = Duration.format(Duration.millis(lasted))
    const sentence =
      `The task store has failed or said nothing for ${time}: stopping without it. What could not be stored will run again`
    return Effect.logError(...withReason(sentence, storeFailures.last?.error))
  })

/** A bug must be logged, and must not end what is to go on for ever. What is interrupted when a process stops is none. */
export const logDefects = (what: string, self: Effect.Effect<void>): Effect.Effect<void> =>
  Effect.catchCause(
    self,
    (cause) =>
      Cause.hasInterruptsOnly(cause)
        ? Effect.void
        : Effect.logError(`${what} failed; the next one may not`, cause)
  )
