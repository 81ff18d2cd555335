/**
 * How a manager is: whether its store answers, whether its schedule is kept, and who else is there.
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

/**
 * What a store said when it failed last, and when.
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
 * - `owner`: the process, by a name that is another one at each start.
 * - `processes`: how many processes there are on the store, this one included, as its last heartbeat found them.
 * - `store`: where tasks are kept: `memory`, `sqlite`, `postgres`, or another place.
 * - `storeReachable`: whether the store has just answered. `storeFailingSince` is when writes began to be tried again, while
 *   they are; `lastStoreFailure` is the last one, however long ago.
 * - `lag`: how far the schedule is behind: the age of the oldest alarm that nobody has heard yet.
 * - `running` and `waiting`: tasks of this process.
 * - `stopping`: whether the manager has been told to stop, and takes nothing new.
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
  stopping: Schema.Boolean
}) {}

/**
 * Whether a manager can be given work: its store answers and takes what is written, it is not stopping, and its schedule is
 * not behind by more than `maxLag` (10 seconds).
 *
 * @category predicates
 * @since 0.1.0
 */
export const isReady = (health: Health, maxLag: Duration.Input = "10 seconds"): boolean =>
  health.storeReachable && Option.isNone(health.storeFailingSince) && !health.stopping &&
  Duration.isLessThanOrEqualTo(health.lag, Duration.fromInputUnsafe(maxLag))
