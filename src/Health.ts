/**
 * How a manager is doing: whether its store answers, whether its schedule is kept, and how many processes share the
 * store.
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Paused } from "./Backlog.ts"

/**
 * When a store last failed, in which operation, and with what message.
 *
 * @category models
 * @since 0.1.0
 */
export const StoreFailure = Schema.Struct({
  at: Schema.DateTimeUtc,
  operation: Schema.String,
  message: Schema.String
})

/**
 * The health of a manager.
 *
 * - `owner`: names the process; it is different after each start.
 * - `processes`: how many processes there are on the store, this one included, as of its last heartbeat.
 * - `store`: where tasks are kept: `memory`, `sqlite`, `postgres`, or another place.
 * - `storeReachable`: whether the store has just answered.
 * - `storeFailingSince`: since when writes have been failing and retried; absent while they succeed.
 * - `lastStoreFailure`: the last failure, however long ago.
 * - `lag`: how far behind schedule the manager is: the age of the oldest alarm that has not rung yet.
 * - `running` and `waiting`: how many tasks run and wait in this process.
 * - `paused`: the task types that are paused, as far as this process knows.
 * - `stopping`: whether the manager is shutting down and takes nothing new.
 *
 * @category models
 * @since 0.1.0
 */
export class Health extends Schema.Class<Health>("Health")({
  owner: Schema.String,
  processes: Schema.Int,
  store: Schema.String,
  storeReachable: Schema.Boolean,
  storeFailingSince: Schema.Option(Schema.DateTimeUtc),
  lastStoreFailure: Schema.Option(StoreFailure),
  lag: Schema.Duration,
  running: Schema.Int,
  waiting: Schema.Int,
  paused: Schema.Array(Schema.Struct({ taskType: Schema.String, ...Paused.fields })),
  stopping: Schema.Boolean
}) {}

/**
 * Whether a manager can be given work: its store answers and accepts writes, it is not stopping, and it is behind
 * schedule by at most `maxLag` (10 seconds).
 *
 * @category predicates
 * @since 0.1.0
 */
export const isReady = (health: Health, maxLag: Duration.Input = "10 seconds"): boolean =>
  health.storeReachable && Option.isNone(health.storeFailingSince) && !health.stopping &&
  Duration.isLessThanOrEqualTo(health.lag, Duration.fromInputUnsafe(maxLag))
