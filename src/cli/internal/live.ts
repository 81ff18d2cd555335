/**
 * What a reader of the event stream knows, and what is news in an event. Pure.
 */
import type * as events from "../../http/internal/v1/events.ts"
import { isFinal } from "../../TaskInfo.ts"
import type { RecurringTask, Task } from "./views.ts"

/** An event of the API. */
export type Event = typeof events.Event.Type

/** What is known. While the parts of a snapshot arrive, `arriving` is what has arrived so far. */
export interface Known {
  readonly tasks: ReadonlyMap<string, Task>
  readonly recurring: ReadonlyMap<string, RecurringTask>
  readonly arriving: Pick<Known, "tasks" | "recurring"> | undefined
  /** Whether there has been a complete snapshot. */
  readonly complete: boolean
  /** Where to continue after the connection was lost. */
  readonly lastEventId: string | undefined
}

/**
 * What is worth telling: a task has changed its status, or was removed; a recurring task was enabled or disabled;
 * changes were lost.
 */
export type News =
  | { readonly _tag: "Task"; readonly task: Task }
  | { readonly _tag: "Removed"; readonly task: Task }
  | { readonly _tag: "Switched"; readonly recurring: RecurringTask }
  | { readonly _tag: "Lost"; readonly count: number | undefined }

/** What is known before the first event. */
export const nothing: Known = {
  tasks: new Map(),
  recurring: new Map(),
  arriving: undefined,
  complete: false,
  lastEventId: undefined
}

const withTask = (known: Known, task: Task): Known => ({
  ...known,
  tasks: new Map(known.tasks).set(task.taskId, task)
})

const isNews = (before: Task | undefined, after: Task): boolean =>
  before?.status !== after.status || before.attempt !== after.attempt

/** The news in a snapshot. There are none in the first one, as what it contains happened before. */
const missed = (before: Known, after: Known): ReadonlyArray<News> =>
  before.complete
    ? [...after.tasks.values()].flatMap((task) =>
      isNews(before.tasks.get(task.taskId), task) ? [{ _tag: "Task", task } as const] : []
    )
    : []

const snapshot = (known: Known, data: Extract<Event, { readonly event: "snapshot" }>["data"]): Step => {
  const so = data.part === 0 || known.arriving === undefined ? nothing : known.arriving
  const arriving = {
    tasks: new Map([...so.tasks, ...data.tasks.map((task) => [task.taskId, task] as const)]),
    recurring: new Map([...so.recurring, ...data.recurring.map((one) => [one.recurringId, one] as const)])
  }
  if (data.part + 1 < data.parts) return [{ ...known, arriving }, []]
  const after: Known = { ...known, ...arriving, arriving: undefined, complete: true }
  return [after, missed(known, after)]
}

const without = <V>(map: ReadonlyMap<string, V>, key: string): ReadonlyMap<string, V> => {
  const rest = new Map(map)
  rest.delete(key)
  return rest
}

const removed = (known: Known, taskId: string): Step => {
  const task = known.tasks.get(taskId)
  return [
    { ...known, tasks: without(known.tasks, taskId) },
    // that an ended task is removed sooner or later is not news
    task === undefined || isFinal(task.status) ? [] : [{ _tag: "Removed", task }]
  ]
}

const changed = (known: Known, recurring: RecurringTask): Step => {
  const before = known.recurring.get(recurring.recurringId)
  return [
    { ...known, recurring: new Map(known.recurring).set(recurring.recurringId, recurring) },
    before?.enabled === recurring.enabled ? [] : [{ _tag: "Switched", recurring }]
  ]
}

/** What is known after an event, and the news in it. */
export type Step = readonly [Known, ReadonlyArray<News>]

const apply = (known: Known, event: Event): Step => {
  switch (event.event) {
    case "snapshot":
      return snapshot(known, event.data)
    case "task":
      return [
        withTask(known, event.data),
        isNews(known.tasks.get(event.data.taskId), event.data) ? [{ _tag: "Task", task: event.data }] : []
      ]
    case "task_removed":
      return removed(known, event.data.taskId)
    case "recurring":
      return changed(known, event.data)
    case "recurring_removed":
      return [{ ...known, recurring: without(known.recurring, event.data.recurringId) }, []]
    case "gap":
      return [known, [{ _tag: "Lost", count: event.data.lost ?? undefined }]]
    case "heartbeat":
      return [known, []]
  }
}

/** Applies an event. */
export const step = (known: Known, event: Event): Step => {
  const [next, news] = apply(known, event)
  return [event.id === undefined ? next : { ...next, lastEventId: event.id }, news]
}
