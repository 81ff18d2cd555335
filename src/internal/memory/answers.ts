/**
 * Answers by key, in memory. Requests with a key that is being worked on wait for its answer. Failures are not
 * remembered, so that the work can be tried again. At most 10,000 keys are kept; the oldest go first.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Answer, Request } from "../../TaskExchange.ts"

const capacity = 10_000

interface Entry {
  readonly request: string
  readonly until: number
  /** The answer, or `undefined` if the work failed and somebody has to try again. */
  readonly answer: Deferred.Deferred<string | undefined>
}

/** The keys that are kept, in order of insertion. */
export type Answers = Map<string, Entry>

/** Removes entries that are too old or too many. Most have the same lifetime, so that the old ones are at the front. */
const prune = (answers: Answers, now: number): void => {
  for (const [key, { until }] of answers) {
    if (until > now && answers.size < capacity) return
    answers.delete(key)
  }
}

const knownOf = (answers: Answers, { key, now }: Request): Entry | undefined => {
  const known = answers.get(key)
  return known !== undefined && known.until > now ? known : undefined
}

/** Does the work, and remembers its answer if it succeeds. */
const work = <E, R>(answers: Answers, request: Request, effect: Effect.Effect<string, E, R>) => {
  const { key, until } = request
  const entry: Entry = { request: request.request, until, answer: Deferred.makeUnsafe() }
  answers.delete(key)
  answers.set(key, entry)
  return Effect.onExit(effect, (exit) => {
    if (Exit.isFailure(exit) && answers.get(key) === entry) answers.delete(key)
    return Deferred.succeed(entry.answer, Exit.isSuccess(exit) ? exit.value : undefined)
  })
}

/** Answers a request with the work, or with an earlier answer. */
export const once = <E, R>(
  answers: Answers,
  request: Request,
  effect: Effect.Effect<string, E, R>
): Effect.Effect<Answer, E, R> =>
  Effect.suspend((): Effect.Effect<Answer, E, R> => {
    prune(answers, request.now)
    const known = knownOf(answers, request)
    if (known === undefined) {
      return Effect.map(work(answers, request, effect), (answer) => ({ request: request.request, answer }))
    }
    return Effect.flatMap(
      Deferred.await(known.answer),
      (answer) =>
        answer === undefined
          ? once(answers, request, effect)
          : Effect.succeed({ request: known.request, answer })
    )
  })
