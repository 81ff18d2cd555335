/**
 * The same request twice, and the work once: what an `Idempotency-Key` was answered with is kept for a day, in this process,
 * for at most 10,000 keys.
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { hash } from "../../../internal/hash.ts"
import { IdempotencyKeyReused } from "../../TaskApiError.ts"

const capacity = 10_000

const day = 86_400_000

interface Entry<A> {
  readonly request: string
  readonly until: number
  /** What comes of the request, or nothing if somebody has to try again. */
  readonly answer: Deferred.Deferred<A | undefined>
}

/** The keys of one kind of request. */
export interface Keys<A> {
  readonly entries: Map<string, Entry<A>>
}

/** No keys. */
export const make = <A>(): Keys<A> => ({ entries: new Map() })

/** Takes out what is too old, or too much. Entries are in the order of their time. */
const prune = <A>({ entries }: Keys<A>, now: number): void => {
  for (const [key, { until }] of entries) {
    if (until > now && entries.size < capacity) return
    entries.delete(key)
  }
}

const describe = (request: unknown): string => {
  const text = JSON.stringify(request)
  return `${text.length}:${hash(text)}:${hash(`${text}.`)}`
}

/** Does the work, and remembers what came of it if it succeeded. */
const work = <A, E, R>(keys: Keys<A>, key: string, entry: Entry<A>, effect: Effect.Effect<A, E, R>) =>
  Effect.onExit(effect, (exit) => {
    if (Exit.isFailure(exit) && keys.entries.get(key) === entry) keys.entries.delete(key)
    return Deferred.succeed(entry.answer, Exit.isSuccess(exit) ? exit.value : undefined)
  })

/**
 * Does the work of a request once for its key: others with the same key wait for what comes of it. What fails is not
 * remembered, so that it can be tried again.
 */
export const once = <A, E, R>(
  keys: Keys<A>,
  key: string | undefined,
  request: unknown,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E | IdempotencyKeyReused, R> => {
  if (key === undefined) return effect
  return Effect.gen(function*() {
    const now = yield* Clock.currentTimeMillis
    prune(keys, now)
    const described = describe(request)
    const known = keys.entries.get(key)
    if (known === undefined) {
      const entry: Entry<A> = { request: described, until: now + day, answer: Deferred.makeUnsafe() }
      keys.entries.set(key, entry)
      return yield* work(keys, key, entry, effect)
    }
    if (known.request !== described) return yield* new IdempotencyKeyReused({ key })
    const answer = yield* Deferred.await(known.answer)
    return answer === undefined ? yield* once(keys, key, request, effect) : answer
  })
}
