/**
 * The two streams of the contract: all tasks as they are added and removed, and the life of one task.
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { TaskStoreError } from "../../../TaskError.ts"
import type { TaskEvent } from "../../../TaskEvent.ts"
import type * as TaskManager from "../../../TaskManager.ts"
import { message, withKeepAlive } from "../sse.ts"
import { taskEntry, taskEvent } from "./entries.ts"

type Manager = typeof TaskManager.TaskManager.Service

const whole = (manager: Manager) =>
  Effect.map(manager.getAllTasks, (tasks) => ({
    ids: new Set(tasks.map(({ taskId }) => taskId)),
    text: message({ type: "queue_updated", tasks: tasks.map(taskEntry) })
  }))

const removed = (taskId: string) => message({ type: "task_removed", task_id: taskId })

/** What an event means to a reader that knows these tasks. */
const messagesFor = (ids: Set<string>, event: TaskEvent): ReadonlyArray<string> => {
  if (event._tag === "TaskRemoved" && ids.delete(event.taskId)) return [removed(event.taskId)]
  if (event._tag === "TaskUpdate" && !ids.has(event.taskId)) {
    ids.add(event.taskId)
    return [message({ type: "task_added", task: taskEntry(event) })]
  }
  return []
}

/**
 * All tasks, then those that are added and removed. A task that was removed between the reading of the list and the
 * first event is reported together with that event. A reader that was too slow gets the list again.
 */
export const queue = (manager: Manager): Effect.Effect<Stream.Stream<string>, TaskStoreError> =>
  Effect.map(whole(manager), (start) => {
    let ids = start.ids
    let isChecked = ids.size === 0
    const again = Effect.map(whole(manager), (now) => {
      ids = now.ids
      return [now.text]
    })
    const check = Effect.map(whole(manager), (now) => {
      isChecked = true
      const gone = [...ids].filter((taskId) => !now.ids.has(taskId))
      for (const taskId of gone) ids.delete(taskId)
      return gone.map(removed)
    })
    const change = (event: TaskEvent) => event._tag === "Gap" ? again : Effect.succeed(messagesFor(ids, event))
    const changes = Stream.mapEffect(manager.events, (event) =>
      isChecked
        ? change(event)
        : Effect.zipWith(check, Effect.suspend(() => change(event)), (gone, changed) => [...gone, ...changed]))
    return Stream.succeed(start.text).pipe(
      Stream.concat(Stream.flattenIterable(changes)),
      Stream.orDie,
      withKeepAlive("30 seconds")
    )
  })

/** The task as it is, then every change up to its end. */
export const task = (manager: Manager, taskId: string): Stream.Stream<string> =>
  manager.taskUpdates(taskId).pipe(
    Stream.map((update) => message(taskEvent(update))),
    Stream.catchTag("TaskNotFound", () => Stream.empty),
    Stream.orDie,
    withKeepAlive("10 seconds")
  )
