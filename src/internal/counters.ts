/**
 * How the instances of a recurring task change its counters: the same in every store.
 */
import type { TaskStatus } from "../TaskInfo.ts"
import type { Counters, TaskRecord } from "../TaskRecord.ts"

/** The counters of a recurring task that has not run. */
export const none: Counters = { totalRuns: 0, totalFailures: 0, consecutiveFailures: 0, lastRun: null }

/** An instance began to run. One that runs again, as its process has died, was counted the first time. */
export const began = (counters: Counters, { attempt, startedAt }: TaskRecord): Counters =>
  attempt > 1 ? counters : {
    totalRuns: counters.totalRuns + 1,
    totalFailures: counters.totalFailures,
    consecutiveFailures: counters.consecutiveFailures,
    lastRun: startedAt
  }

/** An instance ended. One that was cancelled has neither succeeded nor failed. */
export const ended = (counters: Counters, { status }: { readonly status: TaskStatus }): Counters => {
  if (status === "done") return counters.consecutiveFailures === 0 ? counters : { ...counters, consecutiveFailures: 0 }
  if (status !== "failed") return counters
  return {
    ...counters,
    totalFailures: counters.totalFailures + 1,
    consecutiveFailures: counters.consecutiveFailures + 1
  }
}
