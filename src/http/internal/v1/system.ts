/**
 * The state of the server and of its store: health, readiness, information, and what waits.
 */
import * as Schema from "effect/Schema"
import { Backlog as TaskTypeBacklog, Paused as TaskTypePaused } from "../../../Backlog.ts"
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

/** Since when a task type is paused, and why. */
const Paused = Schema.Struct({ ...TaskTypePaused.fields, since: Instant }).pipe(keys())

/** A task type that is paused. */
export const PausedType = Schema.Struct({ taskType: Schema.String, paused: Paused }).pipe(keys())

/** A task type that is not paused any more; `resumed` is false if it was not before. */
export const ResumedType = Schema.Struct({ taskType: Schema.String, resumed: Schema.Boolean }).pipe(keys())

/**
 * What waits of one task type, in all processes. No more than 10,000 are counted; `handled_by` names the processes that
 * are alive and would run it, unless it is paused.
 */
export const Backlog = Schema.Struct({
  ...TaskTypeBacklog.fields,
  waitingSince: Nullable(Instant),
  paused: Nullable(Paused)
}).pipe(keys())

/** What this server is, and who the caller is; `role` is what the caller may do. */
export const Info = Schema.Struct({
  version: Schema.String,
  store: Schema.String,
  serverTime: Instant,
  caller: Schema.Struct({ name: Schema.String, role: Role }),
  authentication: Schema.Boolean
}).pipe(keys())
