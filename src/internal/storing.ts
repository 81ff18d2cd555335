/**
 * Tasks that are being stored. Such a task may be read from the queue, or be unparked, before this process knows that
 * it is stored: then it is left alone, since it comes by itself, with what its maker knows of it.
 */
import * as Effect from "effect/Effect"
import type { TaskRecord } from "../TaskStore.ts"
import type { State } from "./state.ts"

/** Stores tasks and takes them in. */
export const during = <A, E>(
  { parking: { early }, storing }: State,
  tasks: ReadonlyArray<TaskRecord>,
  self: Effect.Effect<A, E>
): Effect.Effect<A, E> => {
  if (tasks.length === 0) return self
  return Effect.suspend(() => {
    for (const { taskId } of tasks) storing.add(taskId)
    const forget = ({ taskId }: TaskRecord) => void (storing.delete(taskId), early.delete(taskId))
    return Effect.ensuring(self, Effect.sync(() => tasks.forEach(forget)))
  })
}

/** A task that has been stored, as it is now: it may have been unparked before this process knew that. */
export const arriving = ({ parking: { early } }: State, task: TaskRecord): TaskRecord =>
  early.size === 0 ? task : early.get(task.taskId) ?? task
