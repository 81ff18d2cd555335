/**
 * Task types that are paused, in memory. Each function is the method of `TaskStore` with its name.
 */
import type { Pause } from "../../TaskRecord.ts"
import type { State } from "./state.ts"

export const pauseType = ({ pauses }: State, pause: Pause): Pause => {
  const { since } = pauses.get(pause.taskType) ?? pause
  const kept = { ...pause, since }
  pauses.set(pause.taskType, kept)
  return kept
}

export const resumeType = ({ pauses }: State, taskType: string): boolean => pauses.delete(taskType)

export const all = ({ pauses }: State): ReadonlyArray<Pause> =>
  [...pauses.values()].sort((a, b) => a.taskType < b.taskType ? -1 : 1)
