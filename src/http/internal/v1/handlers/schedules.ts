/**
 * The handlers of previews and the timeline.
 */
import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import { TaskManager } from "../../../../TaskManager.ts"
import { V1Api } from "../api.ts"
import { preview } from "./preview.ts"
import { timeline } from "./timeline.ts"

/** Layer of the handlers. */
export const layer = HttpApiBuilder.group(
  V1Api,
  "schedules",
  Effect.fnUntraced(function*(handlers) {
    const manager = yield* TaskManager
    return handlers.handleAll({
      preview: ({ payload }) => preview(payload),
      timeline: ({ query }) => timeline(manager, query)
    })
  })
)
