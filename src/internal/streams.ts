/**
 * Live streams: first the present state, then every change, for readers of any speed.
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { TaskNotFound, TaskStoreError } from "../TaskError.ts"
import { type Gap, RecurringTaskUpdate, type TaskEvent, TaskUpdate } from "../TaskEvent.ts"
import { isFinal } from "../TaskInfo.ts"
import { taskUpdate } from "./records.ts"
import * as recurring from "./recurring.ts"
import type { State } from "./state.ts"
import * as tasks from "./tasks.ts"

/** All events. */
export const events = (state: State): Stream.Stream<TaskEvent, TaskStoreError> =>
  state.events.stream((sequence) =>
    Effect.flatMap(recurring.all(state), (infos) =>
      Effect.map(tasks.all(state), (records) => [
        ...infos.map((recurringTask) => new RecurringTaskUpdate({ sequence, recurringTask }, { disableChecks: true })),
        ...records.map((record) => taskUpdate(record, sequence))
      ]))
  )

const missed = (gap: Gap): number => gap.to - gap.from + 1

const withLost = (lost: number, event: TaskEvent): readonly [number, ReadonlyArray<TaskUpdate>] => {
  if (event._tag === "Gap") return [lost + missed(event), []]
  if (event._tag !== "TaskUpdate") return [lost, []]
  return [0, [lost === 0 ? event : new TaskUpdate({ ...event, lost }, { disableChecks: true })]]
}

/** Changes of all tasks. */
export const updates = (state: State): Stream.Stream<TaskUpdate, TaskStoreError> =>
  Stream.mapAccumArray(events(state), () => 0, (lost, events) => {
    const out: Array<TaskUpdate> = []
    for (const event of events) {
      const [next, update] = withLost(lost, event)
      lost = next
      out.push(...update)
    }
    return [lost, out] as const
  })

const concerns = (taskId: string) => (event: TaskEvent): boolean =>
  event._tag === "Gap" || ((event._tag === "TaskUpdate" || event._tag === "TaskRemoved") && event.taskId === taskId)

/** Changes of one task, up to its end. */
export const taskUpdates = (
  state: State,
  taskId: string
): Stream.Stream<TaskUpdate, TaskNotFound | TaskStoreError> => {
  const current = (sequence: number, lost: number) =>
    Effect.map(tasks.find(state, taskId), (record) => taskUpdate(record, sequence, lost))
  const afterGap = (gap: Gap) =>
    Effect.catchTag(current(gap.to, missed(gap)), "TaskNotFound", () => Effect.succeed(undefined))
  return state.events.stream((sequence) => Effect.map(current(sequence, 0), (update) => [update])).pipe(
    Stream.filter(concerns(taskId)),
    Stream.mapEffect((event) => {
      if (event._tag === "Gap") return afterGap(event)
      return Effect.succeed(event._tag === "TaskUpdate" ? event : undefined)
    }),
    Stream.takeWhile((update) => update !== undefined),
    Stream.takeUntil((update) => isFinal(update.status))
  )
}
