/**
 * The counters of recurring tasks, folded step by step, so that each caller gets the counters after its own step.
 */
import type { Counters, TaskRecord } from "../../TaskStore.ts"

/** How a task changes the counters. */
export type Step = (counters: Counters, task: TaskRecord) => Counters

/**
 * The counters after each step, by task, and after the last one, by recurring task: all of them, and those that
 * changed.
 */
export interface Folded {
  readonly after: ReadonlyMap<TaskRecord, Counters>
  readonly changed: ReadonlyMap<string, Counters>
  readonly last: ReadonlyMap<string, Counters>
}

/** Counts tasks in their order, as far as their recurring tasks exist. */
export const fold = (base: ReadonlyMap<string, Counters>, tasks: ReadonlyArray<TaskRecord>, step: Step): Folded => {
  const after = new Map<TaskRecord, Counters>()
  const changed = new Map<string, Counters>()
  for (const task of tasks) {
    if (task.recurringId === null) continue
    const before = changed.get(task.recurringId) ?? base.get(task.recurringId)
    if (before === undefined) continue
    const counters = step(before, task)
    after.set(task, counters)
    if (counters !== before) changed.set(task.recurringId, counters)
  }
  return { after, changed, last: changed.size === 0 ? base : new Map([...base, ...changed]) }
}
