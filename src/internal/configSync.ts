/**
 * Recurring tasks that other processes add, change, decide and remove: how this process reacts to an announcement, and
 * how it finds out without one.
 */
import * as Effect from "effect/Effect"
import type { Announcement } from "../Announcement.ts"
import type { TaskStoreError } from "../TaskError.ts"
import type { StoredConfig } from "../TaskStore.ts"
import * as configs from "./configs.ts"
import * as loop from "./loop.ts"
import type { Config, State } from "./state.ts"

type ConfigAnnouncement = Extract<Announcement, { readonly _tag: "Config" }>

/** A recurring task has a new version. If it was only decided, it need not be read before it is due again. */
export const announced = (
  state: State,
  { lastDecided, recurringId, version }: ConfigAnnouncement
): Effect.Effect<void> => {
  const config = state.configs.get(recurringId)
  if (config === undefined) return sync(state, recurringId)
  if (version > config.record.version) {
    if (lastDecided === null || state.events.hasReaders()) configs.invalidate(config)
    else configs.advance(config, lastDecided)
  }
  return Effect.void
}

/**
 * Starts or stops looking after a recurring task, according to the store. If the store fails now, the next sweep asks
 * again.
 */
export const sync = (state: State, recurringId: string): Effect.Effect<void> =>
  Effect.matchEffect(state.store.getConfig(recurringId), {
    onFailure: () => mayHaveMissed(state),
    onSuccess: (stored) => Effect.sync(() => adjust(state, recurringId, stored))
  })

/** Compares all recurring tasks with the store. If that fails now, the next sweep does it. */
export const syncAll = (state: State): Effect.Effect<void> =>
  Effect.catch(
    Effect.flatMap(state.store.configVersions, (all) => {
      const versions = new Map(all.map(({ recurringId, version }) => [recurringId, version]))
      for (const config of state.configs.values()) {
        const version = versions.get(config.record.recurringId)
        if (version !== undefined && version > config.record.version) configs.invalidate(config)
      }
      const unknown = [...versions.keys()].filter((id) => !state.configs.has(id))
      const gone = [...state.configs.keys()].filter((id) => !versions.has(id))
      return Effect.forEach([...unknown, ...gone], (id) => sync(state, id), { concurrency, discard: true })
    }),
    () => mayHaveMissed(state)
  )

/** Recurring tasks may have been added, changed or removed unnoticed. The next sweep looks at all of them. */
export const mayHaveMissed = ({ peers }: State): Effect.Effect<void> =>
  Effect.sync(() => void (peers.mayHaveMissed = true))

/** How many are read at the same time. */
const concurrency = 10

/** Looks after a recurring task that another process has added, if there is one with this id. */
export const adopt = (state: State, recurringId: string): Effect.Effect<Config | undefined, TaskStoreError> =>
  Effect.map(state.store.getConfig(recurringId), (stored) => {
    adjust(state, recurringId, stored)
    return state.configs.get(recurringId)
  })

const adjust = (state: State, recurringId: string, stored: StoredConfig | undefined): void => {
  const config = state.configs.get(recurringId)
  if (state.stopping) return
  if (stored === undefined) {
    if (config !== undefined) loop.forget(state, config)
  } else if (config === undefined) {
    const begun = loop.begin(state, stored)
    // its instances have not been read yet
    begun.knowledge = "behind"
    joinThoseHere(state, begun)
    configs.publish(state, begun)
    loop.fork(state, begun)
  } else if (stored.record.version > config.record.version) {
    configs.invalidate(config)
  }
}

/** Instances may have become live here before their recurring task was known. */
const joinThoseHere = (state: State, config: Config): void => {
  for (const live of state.live.values()) {
    if (live.config !== undefined || live.record.recurringId !== config.record.recurringId) continue
    live.config = config
    configs.addActive(config, live)
  }
}
