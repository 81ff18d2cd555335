/**
 * A server behind a login that is not Brinjal's, as that of an application or of a proxy.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { createServer } from "node:http"
import { complaint, run, setClock } from "./support.ts"

const basic = `Basic ${Buffer.from("jo@shop:pass word").toString("base64")}`

/** Lets in whoever has the login, to an API without recurring tasks; until the scope ends. */
const guarded = Effect.acquireRelease(
  Effect.callback<{ readonly host: string; readonly close: () => void }>((resume) => {
    const server = createServer((request, response) => {
      response.setHeader("content-type", "application/json")
      if (request.headers.authorization === basic) response.end("[]")
      else response.writeHead(401, { "www-authenticate": "Basic" }).end("log in")
    }).listen(0, "127.0.0.1", () => {
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      const close = () => {
        server.closeAllConnections()
        server.close()
      }
      resume(Effect.succeed({ host: `127.0.0.1:${port}`, close }))
    })
  }),
  ({ close }) => Effect.sync(close)
)

describe("a server behind a login", () => {
  it.effect("is told the user and the password of the URL", () =>
    Effect.gen(function*() {
      yield* setClock
      const { host } = yield* guarded
      const { errors, exit } = yield* run(["list", "--json", "--url", `http://jo%40shop:pass%20word@${host}/api/tasks`])
      assert.strictEqual(errors, "")
      assert.strictEqual(exit._tag, "Success")
    }).pipe(Effect.scoped))

  it.effect("says that it wants one, or another one, and no message repeats the password", () =>
    Effect.gen(function*() {
      yield* setClock
      const { host } = yield* guarded
      const said = yield* complaint(["list", "--url", `http://jo:secret@${host}/api/tasks`])
      assert.include(said, `The server at http://${host}/api/tasks asks for a login that is not Brinjal's`)
      assert.include(said, "http://USER:PASSWORD@")
      const away = yield* complaint(["list", "--url", "http://jo:secret@127.0.0.1:1/api/tasks"])
      assert.include(away, "No server answers at http://127.0.0.1:1/api/tasks.")
      const wrong = yield* complaint(["list", "--url", "ftp://jo:secret@127.0.0.1/api/tasks"])
      assert.include(wrong, "\"ftp://127.0.0.1/api/tasks\" is not the URL of a server.")
      for (const message of [said, away, wrong]) assert.notInclude(message, "secret")
    }).pipe(Effect.scoped))
})
