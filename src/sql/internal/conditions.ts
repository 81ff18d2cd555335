/**
 * SQL conditions on a task `t` for a request `x` about it to be carried out. A reserved task is a queued one.
 */

/** It is in the queue, for all tasks of a table. */
export const waits = "status = 'queued' and reserved_by is null and retry_at is null and not parked"

/** It waits for its concurrency key, for all tasks of a table. */
export const isParked = "parked and retry_at is null"

/** It counts against the limit of its concurrency key, for all tasks of a table that have one. */
export const isActive = "concurrency_key is not null and completed_at is null and not parked"

/** It sleeps, for all tasks of a table. */
export const sleeps = "status = 'queued' and retry_at is not null"

/** A process has reserved it, and it does not sleep, for all tasks of a table. */
export const isHeld = "reserved_by is not null and retry_at is null"

const isAtAttempt = "t.attempt = x.expected"

/** It is running. */
export const runs = `(t.status = 'running' and ${isAtAttempt})`

/** It is running, or reserved by the owner in the request. */
export const isOwned = `((t.status = 'running' or t.reserved_by = x.owner) and ${isAtAttempt})`

/** It can be reserved: it is neither parked nor to be cancelled, and no other process has it. */
export const isFree = `(t.status = 'queued' and ${isAtAttempt} and not t.parked and t.cancel_request is null
  and (t.reserved_by is null or t.reserved_by = x.owner))`

/** The owner in the request has reserved it. */
export const isReserved = `(t.status = 'queued' and ${isAtAttempt} and t.reserved_by = x.owner)`

/** It can be claimed. One that the claimer has begun is the claimer's, even if somebody wants it to stop. */
export const mayBegin = `case when x.has_begun then ${isReserved} else ${isFree} end`

/** It can be ended. A reserved one only by its owner, which may have begun the next attempt. */
export const mayEnd = `(t.completed_at is null and case when t.reserved_by is null then ${isAtAttempt}
  else t.reserved_by = x.ender and t.attempt in (x.expected, x.expected - 1) end)`
