/**
 * Requests with an `Idempotency-Key`: the answer to a key is kept for a day in the store of the manager, so that
 * repeating a request does not repeat its work.
 */
import * as Effect from "effect/Effect"
import { hash } from "../../../internal/hash.ts"
import { IdempotencyKeyReused, type TaskStoreError } from "../../../TaskError.ts"
import type { TaskManager } from "../../../TaskManager.ts"

/** A fingerprint of a request. Different requests have the same one with a probability of about 1 in 10^19. */
const describe = (request: unknown): string => {
  const text = JSON.stringify(request)
  return `${text.length}:${hash(text)}:${hash(`${text}.`)}`
}

/** A request with a key. `kind` lets the same key be used for a task and for a recurring task. */
export interface Keyed {
  readonly kind: "task" | "recurring"
  readonly key: string | undefined
  readonly request: unknown
}

/** Does the work of a request once per key; always, if it has no key. */
export const once = <E, R>(
  manager: typeof TaskManager.Service,
  { key, kind, request }: Keyed,
  work: Effect.Effect<string, E, R>
): Effect.Effect<string, E | IdempotencyKeyReused | TaskStoreError, R> => {
  if (key === undefined) return work
  return Effect.mapError(
    manager.once({ key: `${kind} ${key}`, request: describe(request) }, work),
    // the error names the key as the client sent it
    (error) => error instanceof IdempotencyKeyReused ? new IdempotencyKeyReused({ key }) : error
  )
}
