/**
 * The spans of a manager's methods, and what they say of tasks: by the same attributes as in the span of a task, the
 * trace of a caller and that of the task are found together, also if another process has run it.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Tracer from "effect/Tracer"
import type { TaskRecord } from "../TaskStore.ts"
import type { Live, State } from "./state.ts"

/** What a span is about. */
interface About {
  readonly "recurring.id"?: string
  readonly "task.id"?: string
  readonly "task.retry_of"?: string
  readonly "task.type"?: string
}

/** Runs a method in a span, if somebody traces. */
export const method = <A, E, R>(
  { traced }: State,
  name: string,
  self: Effect.Effect<A, E, R>,
  attributes?: About
): Effect.Effect<A, E, R> =>
  traced
    // the types do not know that no method asks for its own span
    ? Effect.withSpan(self, `TaskManager.${name}`, { attributes: { ...attributes } }) as typeof self
    : self

/** The task that was made in a span, which is absent if nobody traces. */
export const made = (span: Tracer.AnySpan | undefined, { taskId, taskType }: TaskRecord): void => {
  if (span?._tag !== "Span") return
  span.attribute("task.id", taskId)
  span.attribute("task.type", taskType)
}

/** Says of which type the task is that a method has found by its id. */
export const found = <E, R>(
  { traced }: State,
  self: Effect.Effect<TaskRecord, E, R>
): Effect.Effect<TaskRecord, E, R> =>
  traced ? Effect.tap(self, ({ taskType }) => Effect.annotateCurrentSpan("task.type", taskType)) : self

/** Says which task, or which recurring task, a method has made whose id it returns. */
export const returning = <E, R>(
  { traced }: State,
  key: "recurring.id" | "task.id",
  self: Effect.Effect<string, E, R>
): Effect.Effect<string, E, R> => traced ? Effect.tap(self, (id) => Effect.annotateCurrentSpan(key, id)) : self

/** A further attempt begins in the span of its task. */
export const nextAttempt = (live: Live): Effect.Effect<void> =>
  Effect.flatMap(
    Effect.all([Clock.currentTimeNanos, Effect.currentSpan]),
    ([at, span]) => Effect.sync(() => span.event("attempt", at, { "task.attempt": live.record.attempt }))
  ).pipe(Effect.ignore)
