/**
 * The server side of `/v1`.
 */
import * as Layer from "effect/Layer"
import * as authorize from "../security/authorize.ts"
import * as events from "./handlers/events.ts"
import * as recurring from "./handlers/recurring.ts"
import * as schedules from "./handlers/schedules.ts"
import * as system from "./handlers/system.ts"
import * as tasks from "./handlers/tasks.ts"
import * as validation from "./validation.ts"

/** Layer of all handlers of `/v1` with their middleware. */
export const layer = Layer.mergeAll(tasks.layer, recurring.layer, schedules.layer, events.layer, system.layer).pipe(
  Layer.provideMerge(Layer.merge(validation.layer, authorize.layer))
)
