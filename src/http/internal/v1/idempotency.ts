/**
 * The same request twice, and the work once: what an `Idempotency-Key` was answered with is kept for a day, where the
 * manager keeps its tasks.
 */
import * as Effect from "effect/Effect"
import { hash } from "../../../internal/hash.ts"
import { IdempotencyKeyReused, type TaskStoreError } from "../../../TaskError.ts"
import type { TaskManager } from "../../../TaskManager.ts"

/** Stands for a request: two that say the same are the same, but for one in 10^19 pairs of others. */
const describe = (request: unknown): string => {
  const text = JSON.stringify(request)
  return `${text.length}:${hash(text)}:${hash(`${text}.`)}`
}

/** What a request is about: the same key may be used for a task and for a recurring task. */
export interface Keyed {
  readonly kind: "task" | "recurring"
  readonly key: string | undefined
  readonly request: unknown
}

/** Does the work of a request once for its key, if it has one. */
export const once = <E, R>(
  manager: typeof TaskManager.Service,
  { key, kind, request }: Keyed,
  work: Effect.Effect<string, E, R>
): Effect.Effect<string, E | IdempotencyKeyReused | TaskStoreError, R> => {
  if (key === undefined) return work
  return Effect.mapError(
    manager.once({ key: `${kind} ${key}`, request: describe(request) }, work),
    // the client knows the key as it has sent it
    (error) => error instanceof IdempotencyKeyReused ? new IdempotencyKeyReused({ key }) : error
  )
}
