/**
 * The state of the server: health, readiness and information.
 */
import * as Schema from "effect/Schema"
import { Role } from "../../TaskApiError.ts"
import { Instant, keys } from "./wire.ts"

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

/** What this server is, and who the caller is; `role` is what the caller may do. */
export const Info = Schema.Struct({
  version: Schema.String,
  store: Schema.String,
  serverTime: Instant,
  caller: Schema.Struct({ name: Schema.String, role: Role }),
  authentication: Schema.Boolean
}).pipe(keys())
