/**
 * Reads recurring tasks: from this process or, if others may have changed them, from the store.
 */
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { OccurrenceOutcome, RecurringTaskInfo } from "../RecurringTaskInfo.ts"
import { RecurringTaskNotFound, type TaskStoreError } from "../TaskError.ts"
import type { Page } from "../TaskSelection.ts"
import type { StoredConfig } from "../TaskStore.ts"
import * as configs from "./configs.ts"
import * as members from "./members.ts"
import { now, type State } from "./state.ts"
import * as validate from "./validate.ts"

const notFound = (recurringId: string) => Effect.fail(new RecurringTaskNotFound({ recurringId }))

/** A recurring task as it is stored, without reading it if no other process can have changed it. */
const current = (
  state: State,
  recurringId: string
): Effect.Effect<StoredConfig, RecurringTaskNotFound | TaskStoreError> => {
  const config = state.configs.get(recurringId)
  if (config !== undefined && members.isAlone(state)) return Effect.succeed(config)
  // even a process that seems to be alone may not have heard yet of another one that has just started
  if (!state.store.durable) return notFound(recurringId)
  return Effect.flatMap(
    state.store.getConfig(recurringId),
    (stored) => stored === undefined ? notFound(recurringId) : Effect.succeed(stored)
  )
}

/** One recurring task. */
export const get = (
  state: State,
  recurringId: string
): Effect.Effect<RecurringTaskInfo, RecurringTaskNotFound | TaskStoreError> =>
  Effect.map(Effect.suspend(() => current(state, recurringId)), configs.info)

/** All recurring tasks. */
export const all = (state: State): Effect.Effect<ReadonlyArray<RecurringTaskInfo>, TaskStoreError> =>
  Effect.suspend(() =>
    members.isAlone(state)
      ? Effect.succeed(Array.from(state.configs.values(), configs.info))
      : Effect.map(state.store.configs, (stored) => stored.map(configs.info))
  )

/** What happened to its occurrences. */
export const outcomes = (
  state: State,
  recurringId: string,
  { before, limit = 100, offset = 0, outcome }: Page = {}
): Effect.Effect<ReadonlyArray<OccurrenceOutcome>, RecurringTaskNotFound | TaskStoreError> =>
  Effect.flatMap(Effect.suspend(() => current(state, recurringId)), () =>
    Effect.map(
      state.store.outcomes(recurringId, {
        before: before === undefined ? undefined : validate.ordinal("before", before),
        outcome,
        offset: validate.count("offset", offset),
        limit: validate.limit("limit", limit)
      }),
      (rows) => rows.map((row) => configs.outcome(recurringId, row))
    ))

/** When it will be due. */
export const upcoming = (
  state: State,
  recurringId: string,
  count: number
): Effect.Effect<ReadonlyArray<DateTime.Utc>, RecurringTaskNotFound | TaskStoreError> =>
  Effect.map(
    Effect.suspend(() => current(state, recurringId)),
    ({ record }) => configs.upcoming(record, Math.max(record.lastDecided, now(state)), validate.count("count", count))
  )
