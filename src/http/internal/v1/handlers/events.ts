/**
 * The handler of the live stream.
 */
import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import { TaskManager } from "../../../../TaskManager.ts"
import { TooMany } from "../../../TaskApiError.ts"
import * as OpenStreams from "../../OpenStreams.ts"
import { refuse } from "../../security/refusals.ts"
import { Security } from "../../security/Security.ts"
import { V1Api } from "../api.ts"
import * as hub from "../live/hub.ts"
import * as reading from "../live/reading.ts"

const headers = { "cache-control": "no-cache, no-transform", "x-accel-buffering": "no" }

/** Layer of the handlers. */
export const layer = HttpApiBuilder.group(
  V1Api,
  "events",
  Effect.fnUntraced(function*(handlers) {
    const { streams } = yield* Security
    const open = yield* OpenStreams.orOwn
    const live = yield* hub.make(yield* TaskManager, hub.defaults)
    const start = Effect.fnUntraced(function*(lastEventId: string | undefined) {
      if (open.size() >= streams) return yield* refuse(new TooMany({ what: "streams", retryAfterMs: 10_000 }))
      const bytes = yield* reading.open(live, lastEventId)
      return HttpServerResponse.stream(open.join(bytes), { contentType: "text/event-stream; charset=utf-8", headers })
    })
    return handlers.handleRaw(
      "stream",
      ({ headers, query }) => start(headers["last-event-id"] ?? query.last_event_id)
    )
  })
)
