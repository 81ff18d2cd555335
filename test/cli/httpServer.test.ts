import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { RequestListener, Server } from "node:http"
import { make } from "../../src/cli/internal/httpServer.ts"

const listening = Effect.acquireRelease(
  Effect.callback<Server>((resume) => {
    const server = make()
    server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
  }),
  (server) => Effect.sync(() => server.close())
)

const status = (server: Server) => {
  const address = server.address()
  const port = typeof address === "object" && address !== null ? address.port : 0
  return Effect.promise(() => fetch(`http://127.0.0.1:${port}/`, { headers: { connection: "close" } })).pipe(
    Effect.map((response) => response.status)
  )
}

describe("the server of brinjal serve", () => {
  it.live("asks those to come back who come before its routes are there, or after they have gone", () =>
    Effect.gen(function*() {
      const server = yield* listening
      const routes: RequestListener = (_, response) => void response.end()
      assert.strictEqual(yield* status(server), 503)
      server.on("request", routes)
      assert.strictEqual(yield* status(server), 200)
      server.off("request", routes)
      assert.strictEqual(yield* status(server), 503)
    }).pipe(Effect.scoped))
})
