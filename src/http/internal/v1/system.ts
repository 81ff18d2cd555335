/**
 * How the server is.
 */
import * as Schema from "effect/Schema"
import { Role } from "../../TaskApiError.ts"
import { Instant, keys } from "./wire.ts"

/** The process answers. */
export const Health = Schema.Struct({ status: Schema.Literal("ok") })

/** Whether one of the things that work depends on is well, and a sentence. */
const Check = Schema.Struct({ ok: Schema.Boolean, detail: Schema.String })

/** Whether work gets done: the store answers, and nothing is late. */
export const Ready = Schema.Struct({
  ready: Schema.Boolean,
  store: Check,
  scheduler: Check,
  lag: Schema.DurationFromMillis
}).pipe(keys({ lag: "lag_ms" }))

/** What this is, and who asks. `role` is what the caller may do. */
export const Info = Schema.Struct({
  version: Schema.String,
  store: Schema.String,
  serverTime: Instant,
  caller: Schema.Struct({ name: Schema.String, role: Role }),
  authentication: Schema.Boolean
}).pipe(keys())
