/**
 * Changes of an existing recurring task: update, enable, disable, trigger and remove. Its loop carries them out, so
 * that changes and decisions never interleave.
 */
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import type { RecurringTaskInfo } from "../RecurringTaskInfo.ts"
import { changesOf } from "../RecurringTaskPlan.ts"
import { change, type Changes, type InvalidSpec, type Spec } from "../RecurringTaskSpec.ts"
import {
  RecurringTaskBusy,
  RecurringTaskConflict,
  type RecurringTaskNotFound,
  type TaskStoreError
} from "../TaskError.ts"
import type { ChangeError, EnqueueError } from "../TaskManager.ts"
import type { ConfigRecord, TemplateRecord } from "../TaskStore.ts"
import * as announcing from "./announcing.ts"
import * as callerTransaction from "./callerTransaction.ts"
import { cancelAndWait } from "./cancelling.ts"
import * as commit from "./commit.ts"
import * as configs from "./configs.ts"
import * as configSync from "./configSync.ts"
import * as loop from "./loop.ts"
import * as members from "./members.ts"
import { admissible } from "./queueing.ts"
import { templateRecord } from "./records.ts"
import { reload } from "./reloading.ts"
import * as sizes from "./sizes.ts"
import { type Config, now, type State } from "./state.ts"
import * as transition from "./transition.ts"
import * as validate from "./validate.ts"

/** Has the loop do something. A recurring task that is not known here may have just been added by another process. */
const request = <A, E>(
  state: State,
  recurringId: string,
  work: (config: Config) => Effect.Effect<A, E>
): Effect.Effect<A, E | ChangeError> =>
  Effect.suspend(() =>
    state.configs.has(recurringId) || !state.store.durable
      ? loop.request(state, recurringId, work)
      : Effect.andThen(configSync.adopt(state, recurringId), loop.request(state, recurringId, work))
  )

/** Makes sure that what is known here of a recurring task is what is stored, as long as the manager has not stopped. */
export const refresh = (
  state: State,
  recurringId: string
): Effect.Effect<void, RecurringTaskNotFound | TaskStoreError> =>
  Effect.suspend(() => {
    if (members.isAlone(state)) return Effect.void
    const current = request(
      state,
      recurringId,
      (config) => config.knowledge === "current" ? Effect.void : reload(state, config)
    )
    return Effect.catchTag(current, "TaskManagerStopped", () => Effect.void)
  })

/**
 * Applies a change in the loop's fiber, and returns the recurring task as it is then, or will be once the caller's
 * transaction commits. With `compared`, the stored row is read first, whatever is known here.
 */
const changing = <E>(
  state: State,
  recurringId: string,
  change: (config: Config, due: transition.Transition) => Effect.Effect<transition.Transition, E>,
  compared = false
): Effect.Effect<RecurringTaskInfo, E | ChangeError> =>
  request(state, recurringId, (config) => {
    if (compared && state.store.durable) config.knowledge = "outdated"
    return Effect.map(
      commit.apply(state, config, (due) => change(config, due)),
      (record) => configs.info({ record, counters: config.counters })
    )
  })

/** Changes what it is meant to do; if a version is given, only if it still has that one. */
export const update = (
  state: State,
  recurringId: string,
  changes: Changes<any>,
  version: number | undefined
): Effect.Effect<
  RecurringTaskInfo,
  RecurringTaskNotFound | RecurringTaskConflict | InvalidSpec | EnqueueError
> => {
  const { templateTask } = changes
  const possible = templateTask === undefined ? Effect.void : admissible(state, templateTask)
  return Effect.andThen(
    possible,
    changing(state, recurringId, (_, due) =>
      Effect.map(
        Effect.andThen(expect(due.record, version), change(recurringId, due.record.spec, changes)),
        (spec) => {
          const template = templateTask === undefined ? due.record.template : templateRecord(templateTask)
          return changed(due, spec, template)
        }
      ), version !== undefined)
  )
}

const expect = (
  { recurringId, revision }: ConfigRecord,
  version: number | undefined
): Effect.Effect<void, RecurringTaskConflict> =>
  version === undefined || version === revision
    ? Effect.void
    : Effect.fail(new RecurringTaskConflict({ recurringId, expected: version, actual: revision }))

const changed = (due: transition.Transition, spec: Spec, template: TemplateRecord): transition.Transition => {
  const { record } = due
  if (changesOf(record, { ...record, spec, template }).length === 0) return due
  const from = sameTimes(record.spec, spec) ? due : transition.restarted(due)
  return { ...from, record: { ...from.record, spec, template, revision: record.revision + 1, updatedAt: due.at } }
}

/** Gives it another specification, and marks it as declared. */
export const replace = (
  state: State,
  recurringId: string,
  spec: Spec,
  template: TemplateRecord
): Effect.Effect<RecurringTaskInfo, ChangeError> =>
  changing(state, recurringId, (_, due) => {
    const to = changed(due, spec, template)
    return Effect.succeed(to.record.declared ? to : { ...to, record: { ...to.record, declared: true } })
  })

/** Whether both are due at the same times, so that the next run does not move. */
const sameTimes = (a: Spec, b: Spec): boolean =>
  Equal.equals(a.recurrence, b.recurrence) && a.jitter === b.jitter && a.startAt === b.startAt && a.endAt === b.endAt

/** Enables it from now on. */
export const enable = (
  state: State,
  recurringId: string
): Effect.Effect<RecurringTaskInfo, ChangeError> =>
  changing(state, recurringId, (_, due) => {
    if (due.record.enabled) return Effect.succeed(due)
    const from = transition.restarted(due)
    return Effect.succeed({ ...from, record: { ...from.record, enabled: true, note: "", updatedAt: due.at } })
  })

/** Disables it. */
export const disable = (
  state: State,
  recurringId: string,
  note: string
): Effect.Effect<RecurringTaskInfo, ChangeError> => {
  const kept = sizes.cut(note, sizes.text)
  return changing(
    state,
    recurringId,
    (config, due) =>
      Effect.succeed(
        due.record.enabled || due.record.note !== kept ? transition.disabled(state, config, due, kept) : due
      )
  )
}

/** Starts an instance now, if there is room. */
export const trigger = (
  state: State,
  recurringId: string,
  scheduledAt: DateTime.DateTime.Input | undefined
): Effect.Effect<string, RecurringTaskNotFound | RecurringTaskBusy | EnqueueError> =>
  Effect.suspend(() => {
    const nominal = scheduledAt === undefined ? null : validate.instantUntil("scheduledAt", now(state), scheduledAt)
    return request(state, recurringId, (config) => {
      const started = triggerNow(state, config, nominal)
      // one of those that other processes run may have ended without being heard
      return Effect.catchTag(started, "RecurringTaskBusy", (busy) =>
        (config.elsewhere?.size ?? 0) === 0
          ? Effect.fail(busy)
          : Effect.andThen(reload(state, config), started))
    })
  })

const triggerNow = (
  state: State,
  config: Config,
  scheduledAt: number | null
): Effect.Effect<string, RecurringTaskNotFound | RecurringTaskBusy | EnqueueError> =>
  Effect.flatMap(Effect.suspend(() => admissible(state, config.record.template)), () => {
    let taskId = ""
    const triggered = commit.apply(state, config, (due) =>
      Effect.map(room(config, due), () => {
        const task = transition.instanceOf(state, due.record, due.at, scheduledAt)
        taskId = task.taskId
        const outcome = transition.startedBy("manual", task, due.at)
        return { ...due, tasks: [...due.tasks, task], outcomes: [...due.outcomes, outcome] }
      }))
    return Effect.map(triggered, () => taskId)
  })

const room = (config: Config, due: transition.Transition): Effect.Effect<void, RecurringTaskBusy> => {
  const { recurringId, spec: { maxConcurrent, overlap } } = due.record
  const blockedBy = [...configs.activeIds(config), ...due.tasks.map((task) => task.taskId)]
  return overlap === "allowAll" || blockedBy.length < maxConcurrent
    ? Effect.void
    : Effect.fail(new RecurringTaskBusy({ recurringId, maxConcurrent, blockedBy }))
}

/** Removes it. Its instances go on, or are cancelled. */
export const remove = (
  state: State,
  recurringId: string,
  instances: "drain" | "interrupt"
): Effect.Effect<void, ChangeError> =>
  instances === "drain"
    ? request(state, recurringId, (config) => removeOne(state, config))
    : callerTransaction.outside(
      state,
      "removeRecurringTask with its instances",
      request(state, recurringId, (config) => Effect.andThen(removeOne(state, config), cancelActive(state, config)))
    )

const removeOne = (state: State, config: Config): Effect.Effect<void, TaskStoreError> => {
  const { recurringId } = config.record
  const forgotten = Effect.sync(() => {
    loop.forget(state, config)
    announcing.configGone(state, recurringId)
  })
  return Effect.andThen(state.store.removeConfig(recurringId), state.store.afterCommit(forgotten))
}

const cancelActive = (state: State, config: Config): Effect.Effect<void, TaskStoreError> =>
  Effect.flatMap(activeIds(state, config), (taskIds) =>
    Effect.forEach(
      taskIds,
      (taskId) => Effect.catchTag(cancelAndWait(state, taskId, removed), "TaskNotFound", () => Effect.void),
      { concurrency: "unbounded", discard: true }
    ))

const removed = { reason: "Removed", note: "" } as const

const activeIds = (state: State, config: Config): Effect.Effect<ReadonlyArray<string>, TaskStoreError> =>
  members.isAlone(state)
    ? Effect.succeed(configs.activeIds(config))
    : Effect.map(state.store.activeTasks(config.record.recurringId), (tasks) => tasks.map(({ taskId }) => taskId))
