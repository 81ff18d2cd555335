/**
 * What must be true of a task, `t`, for something that is asked of it, `x`, to be done. A task that is reserved is queued.
 */

const isAtAttempt = "t.attempt = x.expected"

/** It runs. */
export const runs = `(t.status = 'running' and ${isAtAttempt})`

/** It runs, or is reserved by whoever is named. */
export const isOwned = `((t.status = 'running' or t.reserved_by = x.owner) and ${isAtAttempt})`

/** It may be reserved: nobody wants it to stop, and nobody else has it. */
export const isFree = `(t.status = 'queued' and ${isAtAttempt} and t.cancel_request is null
  and (t.reserved_by is null or t.reserved_by = x.owner))`

/** Whoever asks has reserved it. */
export const isReserved = `(t.status = 'queued' and ${isAtAttempt} and t.reserved_by = x.owner)`

/** It may be claimed: what its claimer has begun already is his, whoever wants it to stop. */
export const mayBegin = `case when x.has_begun then ${isReserved} else ${isFree} end`

/** It may end: a reserved one only for its owner, who may have begun the next attempt. */
export const mayEnd = `(t.completed_at is null and case when t.reserved_by is null then ${isAtAttempt}
  else t.reserved_by = x.ender and t.attempt in (x.expected, x.expected - 1) end)`
