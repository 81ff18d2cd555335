/**
 * The one live stream of `/v1`: what is, then every change of tasks and recurring tasks.
 *
 * It is plain server-sent events: `event:` names the kind, `data:` is JSON, `id:` is what `Last-Event-ID` takes. A reader
 * that cannot be given every change is told so with a `gap`, and then gets everything anew.
 */
import * as Schema from "effect/Schema"
import { RecurringTask } from "./recurring.ts"
import { Task } from "./tasks.ts"
import { Instant, keys } from "./wire.ts"

/**
 * A part of everything that is. With `part` 0 a reader forgets what it knew, with the last one it knows all:
 * `part + 1 === parts`.
 */
const Snapshot = Schema.Struct({
  serverTime: Instant,
  part: Schema.Int,
  parts: Schema.Int,
  tasks: Schema.Array(Task),
  recurring: Schema.Array(RecurringTask)
}).pipe(keys())

/** The reader has lost changes; how many, if that is known. A snapshot follows. */
const Gap = Schema.Struct({
  reason: Schema.Literals(["SlowReader", "UnknownId", "Restarted"]),
  lost: Schema.NullOr(Schema.Int)
})

/** Nothing happened for a while, and this is the time. */
const Heartbeat = Schema.Struct({ serverTime: Instant }).pipe(keys())

const event = <const Name extends string, Data extends Schema.Top>(name: Name, data: Data) =>
  Schema.Struct({
    id: Schema.optional(Schema.String),
    event: Schema.Literal(name),
    data: Schema.fromJsonString(Schema.toCodecJson(data))
  })

/** Everything that the stream carries, told apart by `event`. */
export const Event = Schema.Union([
  event("snapshot", Snapshot),
  event("task", Task),
  event("task_removed", Schema.Struct({ taskId: Schema.String }).pipe(keys())),
  event("recurring", RecurringTask),
  event("recurring_removed", Schema.Struct({ recurringId: Schema.String }).pipe(keys())),
  event("gap", Gap),
  event("heartbeat", Heartbeat)
])
