/**
 * The state of the server and of its store: health, readiness, information, and what waits.
 */
import * as Schema from "effect/Schema"
import { Backlog as TaskTypeBacklog } from "../../../Backlog.ts"
import { Role } from "../../TaskApiError.ts"
import { Instant, keys, Nullable } from "./wire.ts"

/** The process is alive. */
export const Health = Schema.Struct({ status: Schema.Literal("ok") })

/** Whether something that work depends on is in order, and a sentence about it. */
const Check = Schema.Struct({ ok: Schema.Boolean, detail: Schema.String })

/** Whether work gets done: the store answers, and nothing is late. */
export const Ready = Schema.Struct({
  ready: Schema.Boolean,
  store: Check,
  scheduler: Check,
  lag: Schema.DurationFromMillis
}).pipe(keys({ lag: "lag_ms" }))

/**
 * What waits of one task type, in all processes. No more than 10,000 are counted; `handled_by` names the processes that
 * are alive and would run it.
 */
export const Backlog = Schema.Struct({ ...TaskTypeBacklog.fields, waitingSince: Nullable(Instant) }).pipe(keys())

/** What this server is, and who the caller is; `role` is what the caller may do. */
export const Info = Schema.Struct({
  version: Schema.String,
  store: Schema.String,
  serverTime: Instant,
  caller: Schema.Struct({ name: Schema.String, role: Role }),
  authentication: Schema.Boolean
}).pipe(keys())
