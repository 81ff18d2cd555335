/**
 * What waits in a store, by task type: how many tasks, for how long, and whether any process would run them.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

/**
 * How far is counted: a count of 10,000 stands for 10,000 or more.
 *
 * @category constants
 * @since 0.1.0
 */
export const mostCounted = 10_000

/**
 * Since when a task type is paused, and the note of who has paused it, which may be empty.
 *
 * @category models
 * @since 0.1.0
 */
export const Paused = Schema.Struct({ since: Schema.DateTimeUtc, note: Schema.String })

/**
 * What there is to do of one task type, in all processes on the store.
 *
 * - `waiting`: how many tasks wait to start, at most 10,000 of which are counted.
 * - `reserved`: how many of these a process has reserved, to start them ahead of the store.
 * - `asleep`: how many sleep until their time comes or until their next attempt. Over all types, the first 10,000 to
 *   wake are counted.
 * - `parked`: how many wait until fewer tasks with their concurrency key are active. They are not among those that are
 *   `waiting`. Over all types, 10,000 are counted.
 * - `waitingSince`: since when the task that waits longest has waited: since it was made, since the time that it was
 *   for, or since it last began, whichever was last. Absent if none waits.
 * - `handledBy`: the processes that are alive and have the handler, by `owner`, as of the last heartbeat.
 * - `paused`: since when and why nothing of the type starts; absent unless somebody has paused it.
 *
 * @category models
 * @since 0.1.0
 */
export class Backlog extends Schema.Class<Backlog>("Backlog")({
  taskType: Schema.String,
  waiting: Schema.Int,
  reserved: Schema.Int,
  asleep: Schema.Int,
  parked: Schema.Int,
  waitingSince: Schema.Option(Schema.DateTimeUtc),
  handledBy: Schema.Array(Schema.String),
  paused: Schema.Option(Paused)
}) {}

/**
 * Whether tasks wait that no process would run, as none that is alive has their handler. What is paused waits for that.
 *
 * @category predicates
 * @since 0.1.0
 */
export const isUnhandled = (
  { handledBy, paused, waiting }: Pick<Backlog, "handledBy" | "paused" | "waiting">
): boolean => waiting > 0 && handledBy.length === 0 && Option.isNone(paused)

/**
 * For how long the task that waits longest has waited at an instant; zero if none waits.
 *
 * @category getters
 * @since 0.1.0
 */
export const waitingFor = ({ waitingSince }: Pick<Backlog, "waitingSince">, now: DateTime.Utc): Duration.Duration =>
  Option.match(waitingSince, {
    onNone: () => Duration.zero,
    onSome: (since) => DateTime.distance(DateTime.min(since, now), now)
  })
