/**
 * Spans of tasks that are being stored. A task may be read from the queue before this process knows that it is stored:
 * its own span is linked all the same.
 */
import * as Effect from "effect/Effect"
import type { TaskRecord } from "../TaskStore.ts"
import type { Live, State } from "./state.ts"

/** Stores tasks that were made in a span. */
export const whileStored = <A, E>(
  { links }: State,
  tasks: ReadonlyArray<TaskRecord>,
  span: Live["link"],
  stored: Effect.Effect<A, E>
): Effect.Effect<A, E> => {
  if (span === undefined) return stored
  return Effect.suspend(() => {
    for (const { taskId } of tasks) links.set(taskId, span)
    return Effect.ensuring(stored, Effect.sync(() => tasks.forEach(({ taskId }) => links.delete(taskId))))
  })
}
