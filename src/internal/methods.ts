/**
 * The methods of a manager: each calls the module that does it, in a span if somebody traces.
 */
import * as Effect from "effect/Effect"
import type { Changes } from "../RecurringTaskSpec.ts"
import type { TaskManager } from "../TaskManager.ts"
import * as adding from "./adding.ts"
import * as awaiting from "./awaiting.ts"
import { backlog } from "./backlog.ts"
import * as bulk from "./bulk.ts"
import * as cancelling from "./cancelling.ts"
import * as changing from "./changing.ts"
import { explain } from "./explain.ts"
import { health } from "./health.ts"
import { once } from "./once.ts"
import * as pausing from "./pausing.ts"
import * as queueing from "./queueing.ts"
import * as reconcile from "./reconcile.ts"
import { taskInfo } from "./records.ts"
import * as recurring from "./recurring.ts"
import * as spans from "./spans.ts"
import type { State } from "./state.ts"
import * as streams from "./streams.ts"
import * as tasks from "./tasks.ts"
import * as validate from "./validate.ts"

type Service = typeof TaskManager.Service

/** The interface of a manager over its state. */
export const methods = (state: State): Service => ({ ...ofTasks(state), ...ofRecurringTasks(state) })

type OfRecurringTasks =
  | Extract<keyof Service, `${string}Recurring${string}`>
  | "explain"
  | "outcomes"
  | "upcoming"

const ofTasks = (state: State): Omit<Service, OfRecurringTasks> => {
  const span = <A, E, R>(name: string, self: Effect.Effect<A, E, R>) => spans.method(state, name, self)
  const spanOfTask = <A, E, R>(name: string, taskId: string, self: Effect.Effect<A, E, R>) =>
    spans.method(state, name, self, { "task.id": taskId })
  const spanOfType = <A, E, R>(name: string, task: pausing.TaskOrType, self: Effect.Effect<A, E, R>) =>
    spans.method(state, name, self, { "task.type": pausing.typeOf(task) })
  return {
    addTaskToQueue: (template) => span("addTaskToQueue", queueing.enqueue(state, template)),
    scheduleTask: (template, when) => span("scheduleTask", queueing.schedule(state, template, when)),
    // as many ids as templates, which the types of arrays do not say
    addTasksToQueue: (templates) => span("addTasksToQueue", queueing.enqueueAll(state, templates)) as any,
    run: (template) => span("run", awaiting.run(state, template)) as Effect.Effect<any, any, any>,
    awaitTask: (task, taskId) =>
      spans.method(state, "awaitTask", awaiting.resultOf(state, task, taskId), {
        "task.id": taskId,
        "task.type": task._tag
      }) as Effect.Effect<any, any, any>,
    getTask: (taskId) => spanOfTask("getTask", taskId, tasks.get(state, taskId)),
    getAllTasks: span("getAllTasks", Effect.map(tasks.all(state), (records) => records.map(taskInfo))),
    searchTasks: (options = {}) => span("searchTasks", tasks.search(state, options)),
    cancelTask: (taskId, options) => spanOfTask("cancelTask", taskId, cancelling.cancel(state, taskId, options)),
    retryTask: (taskId) => spans.method(state, "retryTask", queueing.retry(state, taskId), { "task.retry_of": taskId }),
    removeTask: (taskId) => spanOfTask("removeTask", taskId, cancelling.remove(state, taskId)),
    retryTasks: (selection, options) => span("retryTasks", bulk.retry(state, selection, options)),
    cancelTasks: (selection, options) => span("cancelTasks", bulk.cancel(state, selection, options)),
    removeTasks: (selection, options) => span("removeTasks", bulk.remove(state, selection, options)),
    removeCompletedTasks: span("removeCompletedTasks", cancelling.removeCompleted(state)),
    pauseTaskType: (task, options) =>
      spanOfType("pauseTaskType", task, pausing.pause(state, task, options?.note ?? "")),
    resumeTaskType: (task) => spanOfType("resumeTaskType", task, pausing.resume(state, task)),
    once: (options, work) => span("once", once(state, options, work)),
    updates: streams.updates(state),
    taskUpdates: (taskId) => streams.taskUpdates(state, taskId),
    events: streams.events(state),
    backlog: span("backlog", backlog(state)),
    health: span("health", health(state))
  }
}

const ofRecurringTasks = (state: State): Pick<Service, OfRecurringTasks> => {
  const span = <A, E, R>(name: string, recurringId: string, self: Effect.Effect<A, E, R>) =>
    spans.method(state, name, self, { "recurring.id": recurringId })
  return {
    addRecurringTask: (options) =>
      spans.method(
        state,
        "addRecurringTask",
        spans.returning(state, "recurring.id", adding.add(state, options)),
        options.recurringId === undefined ? undefined : { "recurring.id": options.recurringId }
      ),
    declareRecurringTasks: (declarations, options) =>
      spans.method(state, "declareRecurringTasks", reconcile.declare(state, declarations, options?.orphans ?? "keep")),
    getRecurringTask: (recurringId) => span("getRecurringTask", recurringId, recurring.get(state, recurringId)),
    getAllRecurringTasks: spans.method(state, "getAllRecurringTasks", recurring.all(state)),
    updateRecurringTask: (recurringId: string, changes: Changes<any>, options?: { readonly version: number }) =>
      // only a caller that passes a version can conflict with it
      span(
        "updateRecurringTask",
        recurringId,
        changing.update(state, recurringId, changes, options?.version)
      ) as any,
    enableRecurringTask: (recurringId) => span("enableRecurringTask", recurringId, changing.enable(state, recurringId)),
    disableRecurringTask: (recurringId, options) =>
      span("disableRecurringTask", recurringId, changing.disable(state, recurringId, options?.note ?? "")),
    removeRecurringTask: (recurringId, options) =>
      span(
        "removeRecurringTask",
        recurringId,
        changing.remove(state, recurringId, options?.instances ?? "drain")
      ),
    triggerRecurringTask: (recurringId, options) =>
      span(
        "triggerRecurringTask",
        recurringId,
        spans.returning(state, "task.id", changing.trigger(state, recurringId, options?.scheduledAt))
      ),
    outcomes: (recurringId, page) => span("outcomes", recurringId, recurring.outcomes(state, recurringId, page)),
    upcoming: (recurringId, options) =>
      span("upcoming", recurringId, recurring.upcoming(state, recurringId, options?.count ?? 10)),
    explain: (recurringId, instant) =>
      span(
        "explain",
        recurringId,
        Effect.andThen(
          changing.refresh(state, recurringId),
          Effect.suspend(() => explain(state, recurringId, validate.instant("instant", instant)))
        )
      )
  }
}
