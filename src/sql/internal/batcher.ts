/**
 * Group commit: calls that arrive while others are being written wait, and are then written together.
 *
 * Nobody waits for company: a call that finds nothing being written is written at once, by itself. A caller is
 * suspended until its own answer is there, so that callers bound how much waits, and `maxWeight` bounds how much is
 * written at once. If more than that waits, or what is being written is heavier or takes long, another lane may write
 * what waits meanwhile. So it may if what waits is `worthwhile`: then one batch is carried out while the other one is
 * being committed. Nothing here knows of SQL.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import * as background from "../../internal/background.ts"
import { millis } from "../../internal/elapsed.ts"

/** How calls are batched. */
export interface Options<A, B, E> {
  /** Writes all of the calls or none, and returns an answer for each, in order. */
  readonly write: (calls: ReadonlyArray<A>) => Effect.Effect<ReadonlyArray<B>, E>
  /** What a call is about: two calls about the same thing are written one after the other, in order. */
  readonly keysOf?: ((call: A) => ReadonlyArray<string>) | undefined
  /** How much a call weighs, 1 by default. */
  readonly weightOf?: ((call: A) => number) | undefined
  /** How much is written at once. A heavier call is written by itself. */
  readonly maxWeight: number
  /** How many batches may be written at the same time, 1 by default. */
  readonly lanes?: number | undefined
  /** How much is worth a batch of its own even if it would fit into another one, `maxWeight` by default. */
  readonly worthwhile?: number | undefined
  /** Whether one of the calls may be to blame for an error, so that the others are worth another try without it. */
  readonly isolates: (error: E) => boolean
  /** The error of a call that comes after the end. */
  readonly closed: E
}

/** A call, what it is about, how much it is, and who waits for its answer. */
interface Waiting<A, B, E> {
  readonly call: A
  readonly keys: ReadonlyArray<string>
  readonly weight: number
  readonly resume: (answer: Effect.Effect<B, E>) => void
}

interface State<A, B, E> {
  readonly options: Options<A, B, E>
  readonly clock: Clock.Clock
  readonly fork: (effect: Effect.Effect<void>) => void
  waiting: Array<Waiting<A, B, E>>
  /** How much that is. */
  weight: number
  /** The keys of what is being written. */
  readonly writing: Set<string>
  /** How many write, and how many of these are about to take their first batch. */
  lanes: number
  opening: number
  /** How many lanes write a single call that is heavier than a batch may be. */
  heavy: number
  /** When a lane last took a batch. */
  tookAt: number
  ended: boolean
  idle: (() => void) | undefined
}

type Write<A, B, E> = (call: A) => Effect.Effect<B, E>

/** How much is written at once: half of what waits, if that is worthwhile and another lane can write the other half. */
const roomOf = <A, B, E>({ lanes, opening, options, weight }: State<A, B, E>): number => {
  const { lanes: most = 1, maxWeight, worthwhile = maxWeight } = options
  const isShared = (opening > 0 || lanes < most) && weight >= 2 * worthwhile
  return isShared ? Math.min(Math.ceil(weight / 2), maxWeight) : maxWeight
}

/** Takes the next calls to write, in order. The rest stays, also in order. */
const take = <A, B, E>(state: State<A, B, E>): Array<Waiting<A, B, E>> => {
  const { waiting, writing } = state
  const passedBy = new Set<string>()
  const taken: Array<Waiting<A, B, E>> = []
  const left: Array<Waiting<A, B, E>> = []
  let room = roomOf(state)
  let next = 0
  for (; next < waiting.length; next++) {
    const one = waiting[next]!
    const { keys } = one
    if (keys.some((key) => writing.has(key) || passedBy.has(key))) {
      for (const key of keys) passedBy.add(key)
      left.push(one)
      continue
    }
    room -= one.weight
    if (room < 0 && taken.length > 0) break
    state.weight -= one.weight
    for (const key of keys) writing.add(key)
    taken.push(one)
  }
  state.waiting = left.concat(waiting.slice(next))
  return taken
}

const answer = <A, B, E>(batch: ReadonlyArray<Waiting<A, B, E>>, exit: Exit.Exit<ReadonlyArray<B>, E>): void => {
  const answerOf = Exit.isSuccess(exit) ? (i: number) => Exit.succeed(exit.value[i]!) : () => Exit.failCause(exit.cause)
  for (let i = 0; i < batch.length; i++) batch[i]!.resume(answerOf(i))
}

/** Writes a batch. If it fails and one of the calls may be to blame, writes each call by itself. */
const write = <A, B, E>(
  options: Options<A, B, E>,
  batch: ReadonlyArray<Waiting<A, B, E>>
): Effect.Effect<void> =>
  Effect.flatMap(Effect.exit(Effect.suspend(() => options.write(batch.map(({ call }) => call)))), (exit) => {
    if (Exit.isSuccess(exit) || batch.length === 1 || !mayBeOneOfThem(options, exit)) {
      return Effect.sync(() => answer(batch, exit))
    }
    return Effect.forEach(batch, (one) => write(options, [one]), { discard: true })
  })

const mayBeOneOfThem = <A, B, E>({ isolates }: Options<A, B, E>, { cause }: Exit.Failure<unknown, E>): boolean =>
  cause.reasons.every((reason) => Cause.isFailReason(reason) ? isolates(reason.error) : Cause.isDieReason(reason))

/**
 * Writes until there is nothing that may be written. It yields first, so that calls of the same moment come together.
 */
const lane = <A, B, E>(state: State<A, B, E>): Effect.Effect<void> =>
  Effect.suspend(() => {
    let batch: Array<Waiting<A, B, E>> = []
    return Effect.andThen(
      Effect.andThen(Effect.yieldNow, Effect.sync(() => state.opening--)),
      Effect.whileLoop({
        while: () => {
          batch = take(state)
          state.tookAt = millis(state.clock)
          if (isHeavy(state.options, batch)) state.heavy++
          if (batch.length === 0) close(state)
          else if (state.waiting.length > 0) openIfNeeded(state)
          return batch.length > 0
        },
        body: () => write(state.options, batch),
        step: () => release(state, batch)
      })
    )
  })

const isHeavy = <A, B, E>({ maxWeight }: Options<A, B, E>, batch: ReadonlyArray<Waiting<A, B, E>>): boolean =>
  batch.length === 1 && batch[0]!.weight > maxWeight

const release = <A, B, E>(state: State<A, B, E>, batch: ReadonlyArray<Waiting<A, B, E>>) => {
  if (isHeavy(state.options, batch)) state.heavy--
  for (const { keys } of batch) for (const key of keys) state.writing.delete(key)
}

const close = <A, B, E>(state: State<A, B, E>): void => {
  state.lanes--
  if (state.lanes === 0) state.idle?.()
}

/** After how many milliseconds without a new batch a lane counts as held up, by a lock for example. */
const patience = 100

/**
 * Opens a lane if there is none, and another one if more waits than fits into a batch, or if what is being written
 * would make it wait for too long.
 */
const openIfNeeded = <A, B, E>(state: State<A, B, E>): void => {
  const { lanes = 1, maxWeight, worthwhile = maxWeight } = state.options
  const isTooMuch = () => state.weight >= worthwhile * (state.opening + 1)
  const isTooLong = () => state.heavy === state.lanes || millis(state.clock) - state.tookAt > patience
  if (state.lanes > 0 && (state.lanes >= lanes || !(isTooMuch() || isTooLong()))) return
  state.lanes++
  state.opening++
  state.fork(lane(state))
}

const nothing: ReadonlyArray<never> = []

const call = <A, B, E>(state: State<A, B, E>): Write<A, B, E> => (call) =>
  Effect.callback<B, E>((resume) => {
    if (state.ended) return resume(Effect.fail(state.options.closed))
    const { keysOf, weightOf } = state.options
    const one = { call, keys: keysOf?.(call) ?? nothing, weight: weightOf?.(call) ?? 1, resume }
    state.waiting.push(one)
    state.weight += one.weight
    openIfNeeded(state)
    // only a call that has not been taken can be withdrawn
    return Effect.sync(() => {
      const index = state.waiting.indexOf(one)
      if (index < 0) return
      state.waiting.splice(index, 1)
      state.weight -= one.weight
    })
  })

/** Accepts nothing more, and waits until everything that was accepted is written. */
const end = <A, B, E>(state: State<A, B, E>): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    state.ended = true
    if (state.lanes === 0) return resume(Effect.void)
    state.idle = () => resume(Effect.void)
  })

/**
 * Returns a function that writes a call together with others. When its scope ends, everything accepted is written
 * first.
 */
export const make = <A, B, E>(
  options: Options<A, B, E>
): Effect.Effect<Write<A, B, E>, never, Scope.Scope> =>
  Effect.gen(function*() {
    const fork = background.forkWith(yield* Effect.context<never>())
    const state: State<A, B, E> = {
      options,
      clock: yield* Clock.Clock,
      fork,
      waiting: [],
      weight: 0,
      writing: new Set(),
      lanes: 0,
      opening: 0,
      heavy: 0,
      tookAt: 0,
      ended: false,
      idle: undefined
    }
    yield* Effect.addFinalizer(() => end(state))
    return call(state)
  })
