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
import type { State } from "./state.ts"
import * as streams from "./streams.ts"
import * as tasks from "./tasks.ts"
import * as validate from "./validate.ts"

/** The interface of a manager over its state. */
export const methods = (state: State): typeof TaskManager.Service => {
  const span = <A, E, R>(name: string, self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    state.traced ? Effect.withSpan(self, `TaskManager.${name}`) as Effect.Effect<A, E, R> : self
  return {
    addTaskToQueue: (template) => span("addTaskToQueue", queueing.enqueue(state, template)),
    scheduleTask: (template, when) => span("scheduleTask", queueing.schedule(state, template, when)),
    // as many ids as templates, which the types of arrays do not say
    addTasksToQueue: (templates) => span("addTasksToQueue", queueing.enqueueAll(state, templates)) as any,
    run: (template) => span("run", awaiting.run(state, template)) as Effect.Effect<any, any, any>,
    awaitTask: (task, taskId) =>
      span("awaitTask", awaiting.resultOf(state, task, taskId)) as Effect.Effect<any, any, any>,
    getTask: (taskId) => span("getTask", tasks.get(state, taskId)),
    getAllTasks: span("getAllTasks", Effect.map(tasks.all(state), (records) => records.map(taskInfo))),
    searchTasks: (options = {}) => span("searchTasks", tasks.search(state, options)),
    cancelTask: (taskId, options) => span("cancelTask", cancelling.cancel(state, taskId, options)),
    retryTask: (taskId) => span("retryTask", queueing.retry(state, taskId)),
    removeTask: (taskId) => span("removeTask", cancelling.remove(state, taskId)),
    retryTasks: (selection, options) => span("retryTasks", bulk.retry(state, selection, options)),
    cancelTasks: (selection, options) => span("cancelTasks", bulk.cancel(state, selection, options)),
    removeTasks: (selection, options) => span("removeTasks", bulk.remove(state, selection, options)),
    removeCompletedTasks: span("removeCompletedTasks", cancelling.removeCompleted(state)),
    addRecurringTask: (options) => span("addRecurringTask", adding.add(state, options)),
    declareRecurringTasks: (declarations, options) =>
      span("declareRecurringTasks", reconcile.declare(state, declarations, options?.orphans ?? "keep")),
    getRecurringTask: (recurringId) => span("getRecurringTask", recurring.get(state, recurringId)),
    getAllRecurringTasks: span("getAllRecurringTasks", recurring.all(state)),
    updateRecurringTask: (recurringId: string, changes: Changes<any>, options?: { readonly version: number }) =>
      // only a caller that passes a version can conflict with it
      span("updateRecurringTask", changing.update(state, recurringId, changes, options?.version)) as any,
    enableRecurringTask: (recurringId) => span("enableRecurringTask", changing.enable(state, recurringId)),
    disableRecurringTask: (recurringId, options) =>
      span("disableRecurringTask", changing.disable(state, recurringId, options?.note ?? "")),
    removeRecurringTask: (recurringId, options) =>
      span("removeRecurringTask", changing.remove(state, recurringId, options?.instances ?? "drain")),
    triggerRecurringTask: (recurringId, options) =>
      span("triggerRecurringTask", changing.trigger(state, recurringId, options?.scheduledAt)),
    outcomes: (recurringId, page) => span("outcomes", recurring.outcomes(state, recurringId, page)),
    upcoming: (recurringId, options) => span("upcoming", recurring.upcoming(state, recurringId, options?.count ?? 10)),
    explain: (recurringId, instant) =>
      span(
        "explain",
        Effect.andThen(
          changing.refresh(state, recurringId),
          Effect.suspend(() => explain(state, recurringId, validate.instant("instant", instant)))
        )
      ),
    pauseTaskType: (task, options) => span("pauseTaskType", pausing.pause(state, task, options?.note ?? "")),
    resumeTaskType: (task) => span("resumeTaskType", pausing.resume(state, task)),
    once: (options, work) => span("once", once(state, options, work)),
    updates: streams.updates(state),
    taskUpdates: (taskId) => streams.taskUpdates(state, taskId),
    events: streams.events(state),
    backlog: span("backlog", backlog(state)),
    health: span("health", health(state))
  }
}
