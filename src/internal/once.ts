/**
 * Work that is done once per key.
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { IdempotencyKeyReused, type TaskStoreError } from "../TaskError.ts"
import type { Answer, Request } from "../TaskStore.ts"
import { endOfTime } from "./recurrence/instant.ts"
import { now, type State } from "./state.ts"
import * as storeFailures from "./storeFailures.ts"
import * as validate from "./validate.ts"

interface Options {
  readonly key: string
  readonly request?: string | undefined
  readonly timeToLive?: Duration.Input | undefined
}

/** The keys that the work at hand is done for. */
const Held = Context.Reference<ReadonlySet<string>>("brinjal/internal/once/Held", { defaultValue: () => new Set() })

const waitsForItself = (key: string) =>
  new Error(`TaskManager.once for the key "${key}" within its own work would wait for itself. Use another key there.`)

const emptyKey = `The option "key" is empty: give every piece of work a key of its own, such as the id of its request.`

/** How long a key may be, so that every database can find it by an index. */
const longest = 500

const longKey = ({ length }: string) =>
  `The option "key" has ${length} characters, and may have ${longest}: give a hash of what makes it so long.`

/** Returns the answer for this key, from the work done now or before. */
export const once = <E, R>(
  state: State,
  { key, request = "", timeToLive = "1 day" }: Options,
  work: Effect.Effect<string, E, R>
): Effect.Effect<string, E | IdempotencyKeyReused | TaskStoreError, R> =>
  Effect.flatMap(Held, (held) => {
    if (key === "") return Effect.die(new RangeError(emptyKey))
    if (key.length > longest) return Effect.die(new RangeError(longKey(key)))
    if (held.has(key)) return Effect.die(waitsForItself(key))
    const at = now(state)
    const until = Math.min(at + validate.duration("timeToLive", timeToLive), endOfTime)
    const within = Effect.provideService(work, Held, new Set([...held, key]))
    return Effect.flatMap(
      answerOf(state, { key, request, now: at, until }, within),
      (answered) =>
        answered.request === request
          ? Effect.succeed(answered.answer)
          : Effect.fail(new IdempotencyKeyReused({ key }))
    )
  })

/** Only the store may be late: work that was given up in the middle would be done twice. */
const answerOf = <E, R>(
  state: State,
  request: Request,
  work: Effect.Effect<string, E, R>
): Effect.Effect<Answer, E | TaskStoreError, R> =>
  state.store.durable
    ? storeFailures.boundedExcept(state, "once", (untimed) => state.store.once(request, untimed(work)))
    : state.store.once(request, work)
