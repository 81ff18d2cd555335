/**
 * Reads a recurring task again that another process has changed or decided: its row first and then its instances, so
 * that none that belongs to the row is missed. Only the loop of the recurring task does this.
 */
import * as Effect from "effect/Effect"
import { RecurringTaskNotFound, type TaskStoreError } from "../TaskError.ts"
import type { StoredConfig, TaskRecord } from "../TaskStore.ts"
import { isWithin } from "./callerTransaction.ts"
import * as configs from "./configs.ts"
import type { Config, State } from "./state.ts"

/** Takes over what is stored of a recurring task. */
export const reload = (
  state: State,
  config: Config
): Effect.Effect<void, RecurringTaskNotFound | TaskStoreError> =>
  Effect.suspend(() => {
    const { recurringId } = config.record
    // what is announced from here on is newer than what is about to be read
    config.knowledge = "current"
    return state.store.getConfig(recurringId).pipe(
      Effect.flatMap((stored): Effect.Effect<void, RecurringTaskNotFound | TaskStoreError> =>
        stored === undefined
          ? Effect.fail(new RecurringTaskNotFound({ recurringId }))
          : Effect.flatMap(instances(state, config), (tasks) => takeOver(state, config, stored, tasks))
      ),
      Effect.tapError(() => Effect.sync(() => void (config.knowledge = "outdated")))
    )
  })

/**
 * The instances that have not ended. They are read again if one has ended meanwhile, whose end would otherwise go
 * unnoticed.
 */
const instances = (state: State, config: Config): Effect.Effect<ReadonlyArray<TaskRecord>, TaskStoreError> =>
  Effect.suspend(() => {
    const { endedCount } = config
    return Effect.flatMap(
      state.store.activeTasks(config.record.recurringId),
      (tasks) => config.endedCount === endedCount ? Effect.succeed(tasks) : instances(state, config)
    )
  })

const takeOver = (
  state: State,
  config: Config,
  { counters, record }: StoredConfig,
  tasks: ReadonlyArray<TaskRecord>
): Effect.Effect<void> => {
  const before = config.record
  const elsewhere = new Set(tasks.map(({ taskId }) => taskId))
  const counted = config.active?.slice() ?? []
  for (const live of counted) {
    const { taskId } = live.record
    if (elsewhere.delete(taskId)) continue
    // it has ended, or another process has taken and ended it
    configs.removeActive(config, live)
    state.refresh(taskId)
  }
  config.record = record
  config.counters = counters
  config.elsewhere = elsewhere.size === 0 ? undefined : elsewhere
  if (record.version !== before.version) configs.publish(state, config)
  configs.resize(state, config)
  return invalidateInTransaction(state, config)
}

/** What is read inside a transaction may be rolled back, so it is read again after the transaction. */
const invalidateInTransaction = (state: State, config: Config): Effect.Effect<void> =>
  Effect.map(isWithin(state), (is) => {
    if (is) configs.invalidate(config)
  })
