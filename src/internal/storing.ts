/**
 * Tasks that are being stored. Such a task may be read from the queue before this process knows that it is stored: then
 * it is left alone, since it comes by itself, with what its maker knows of it.
 */
import * as Effect from "effect/Effect"
import type { TaskRecord } from "../TaskStore.ts"
import type { State } from "./state.ts"

/** Stores tasks and takes them in. */
export const during = <A, E>(
  { storing }: State,
  tasks: ReadonlyArray<TaskRecord>,
  self: Effect.Effect<A, E>
): Effect.Effect<A, E> => {
  if (tasks.length === 0) return self
  return Effect.suspend(() => {
    for (const { taskId } of tasks) storing.add(taskId)
    return Effect.ensuring(self, Effect.sync(() => tasks.forEach(({ taskId }) => storing.delete(taskId))))
  })
}
