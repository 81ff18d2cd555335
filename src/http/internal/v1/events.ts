/**
 * The live stream of `/v1`: the present state, then every change of tasks and recurring tasks.
 *
 * It consists of plain server-sent events: `event:` names the kind, `data:` is JSON, `id:` is what `Last-Event-ID`
 * takes. A reader that has lost changes gets a `gap`, and then the present state again.
 */
import * as Schema from "effect/Schema"
import { RecurringTask } from "./recurring.ts"
import { Task } from "./tasks.ts"
import { Instant, keys } from "./wire.ts"

/**
 * A part of the present state. With `part` 0 a reader forgets what it knew; with the last one (`part + 1 === parts`) it
 * knows everything.
 */
const Snapshot = Schema.Struct({
  serverTime: Instant,
  part: Schema.Int,
  parts: Schema.Int,
  tasks: Schema.Array(Task),
  recurring: Schema.Array(RecurringTask)
}).pipe(keys())

/** The reader has lost changes, `lost` of them if that is known. A snapshot follows. */
const Gap = Schema.Struct({
  reason: Schema.Literals(["SlowReader", "UnknownId", "Restarted"]),
  lost: Schema.NullOr(Schema.Int)
})

/** Nothing has happened for a while; this is the time on the server. */
const Heartbeat = Schema.Struct({ serverTime: Instant }).pipe(keys())

const event = <const Name extends string, Data extends Schema.Top>(name: Name, data: Data) =>
  Schema.Struct({
    id: Schema.optional(Schema.String),
    event: Schema.Literal(name),
    data: Schema.fromJsonString(Schema.toCodecJson(data))
  })

/** Any event of the stream, told apart by `event`. */
export const Event = Schema.Union([
  event("snapshot", Snapshot),
  event("task", Task),
  event("task_removed", Schema.Struct({ taskId: Schema.String }).pipe(keys())),
  event("recurring", RecurringTask),
  event("recurring_removed", Schema.Struct({ recurringId: Schema.String }).pipe(keys())),
  event("gap", Gap),
  event("heartbeat", Heartbeat)
])
