/**
 * What waits in the store, by task type, with the processes that would run it: the store is asked for the one, and the
 * other is known from heartbeats.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Backlog, mostCounted } from "../Backlog.ts"
import type { TaskStoreError } from "../TaskError.ts"
import type * as TaskStore from "../TaskStore.ts"
import * as members from "./members.ts"
import { instant, instantOption } from "./records.ts"
import type { State } from "./state.ts"
import { bounded } from "./storeFailures.ts"

/**
 * The backlog of every type of which tasks wait, sleep or are parked, that is paused, or that a process handles, in the
 * order of the types.
 */
export const backlog = (state: State): Effect.Effect<ReadonlyArray<Backlog>, TaskStoreError> =>
  Effect.map(
    bounded(state, "backlog", Effect.suspend(() => asked(state))),
    ([counts, pauses]) => {
      const known = new Map(counts.map((count) => [count.taskType, count]))
      const paused = new Map(pauses.map((pause) => [pause.taskType, pause]))
      const handled = members.living(state).flatMap(({ taskTypes }) => taskTypes)
      const taskTypes = [...new Set([...known.keys(), ...paused.keys(), ...handled])].sort()
      return taskTypes.map((taskType) => backlogOf(state, known.get(taskType) ?? none(taskType), paused.get(taskType)))
    }
  )

const asked = ({ store }: State) => Effect.all([store.backlog({ most: mostCounted }), store.pauses])

const none = (taskType: string): TaskStore.Backlog => ({
  taskType,
  waiting: 0,
  reserved: 0,
  asleep: 0,
  parked: 0,
  since: null
})

/** What the store has counted of a type, with the processes that handle it. */
export const backlogOf = (
  state: State,
  { since, ...counted }: TaskStore.Backlog,
  pause?: TaskStore.Pause
): Backlog => {
  const handling = members.living(state).filter(({ taskTypes }) => taskTypes.includes(counted.taskType))
  const handledBy = handling.map(({ owner }) => owner)
  const paused = Option.map(Option.fromUndefinedOr(pause), ({ note, since }) => ({ since: instant(since), note }))
  return new Backlog({ ...counted, waitingSince: instantOption(since), handledBy, paused }, { disableChecks: true })
}
