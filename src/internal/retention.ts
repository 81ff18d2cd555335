/**
 * How many ended tasks are kept, wherever they are stored.
 */
import type { Retention } from "../TaskExchange.ts"
import type { TaskRecord } from "../TaskRecord.ts"

/** Whether another task has queued it: that one may still need its result. */
export const isChild = ({ parentId, recurringId }: TaskRecord): boolean => parentId !== null && recurringId === null

const ofStatus = ({ status }: TaskRecord, { cancelled, done, failed }: Retention): number =>
  status === "done" ? done : status === "failed" ? failed : cancelled

/** How many tasks of the kind and with the status of this one are kept. */
export const keepOf = (task: TaskRecord, retention: Retention): number => {
  const keep = ofStatus(task, retention)
  return isChild(task) ? Math.max(keep, retention.children ?? 0) : keep
}
