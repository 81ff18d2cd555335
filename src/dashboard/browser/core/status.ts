/**
 * What a task is doing, told by its status and its times. Pure functions.
 */
import type { Task } from "./wire.ts"

/**
 * Whether a task has ended.
 *
 * @category predicates
 * @since 0.1.0
 */
export const isEnded = ({ status }: Pick<Task, "status">): boolean => status !== "queued" && status !== "running"

/**
 * Whether a task was queued for later, and sleeps at an instant, in epoch milliseconds.
 *
 * @category predicates
 * @since 0.1.0
 */
export const isForLater = ({ retry_at, scheduled_at, status }: Task, now: number): boolean =>
  status === "queued" && retry_at === null && scheduled_at !== null && Date.parse(scheduled_at) > now

/** A restart takes less than this, in milliseconds: what has waited for longer has waited for long. */
const long = 60_000

/**
 * Whether an instant was long before another one, in epoch milliseconds.
 *
 * @category predicates
 * @since 0.1.0
 */
export const isLongAgo = (iso: string, now: number): boolean => Date.parse(iso) <= now - long

/**
 * Whether a task has waited for long at an instant, in epoch milliseconds, so that it may be that nobody handles it.
 *
 * @category predicates
 * @since 0.1.0
 */
export const hasWaitedLong = ({ created_at, parked, retry_at, scheduled_at, status }: Task, now: number): boolean =>
  status === "queued" && retry_at === null && !parked && isLongAgo(created_at, now) &&
  (scheduled_at === null || isLongAgo(scheduled_at, now))
