import { assert, describe, it } from "@effect/vitest"
import { TaskManager } from "brinjal"
import { Effect } from "effect"
import * as Http from "node:http"
import * as fuzz from "./fuzz.ts"
import { get, layer, Server } from "./support.ts"

/** How many requests: more with `BRINJAL_TEST_FUZZ=20000`. */
const count = Number(process.env.BRINJAL_TEST_FUZZ ?? 1_000)
const seed = Number(process.env.BRINJAL_TEST_FUZZ_SEED ?? 20_261_124)

/** Names of folders of this machine, and what a stack trace looks like. Traces of tasks are theirs. */
const leaks = [process.cwd(), "node_modules", "file://", "/src/", "    at ", "node:internal"]

const withoutTraces = (text: string) => text.replaceAll(/"(error_traceback|trace)":\s*"(\\.|[^"\\])*"/g, "")

describe("whatever is sent", () => {
  it.live(`${count} random requests never break the server, nor what it tells`, () =>
    Effect.gen(function*() {
      const { port } = yield* Server
      const agent = new Http.Agent({ keepAlive: true, maxSockets: 20 })
      yield* Effect.addFinalizer(() => Effect.sync(() => agent.destroy()))
      const next = fuzz.make(fuzz.random(seed))
      const statuses = new Map<number, number>()
      yield* Effect.forEach(
        Array.from({ length: count }, next),
        (request) =>
          Effect.map(fuzz.send(port, "/api/tasks", agent, request), ({ status, text }) => {
            statuses.set(status, (statuses.get(status) ?? 0) + 1)
            const what = `${request.method} ${request.path} ${JSON.stringify(request.headers)} ${request.body}`
            // 503 is an answer of /v1/ready, which may be true
            assert.isTrue(status < 500 || request.path.includes("ready"), `${status} ${text}: ${what.slice(0, 2_000)}`)
            const told = withoutTraces(text)
            const leak = leaks.find((leak) => told.includes(leak) && !what.includes(leak))
            assert.isUndefined(leak, `${told.slice(0, 1_000)}: ${what.slice(0, 2_000)}`)
          }),
        { concurrency: 20, discard: true }
      )
      assert.notProperty({}, "polluted")
      for (const status of [200, 404, 405, 422]) assert.isAbove(statuses.get(status) ?? 0, 10, `answers with ${status}`)
      assert.strictEqual((yield* get("/queue")).status, 200)
    }).pipe(Effect.provide(layer({}, TaskManager.configure({ shutdownGrace: 0 })))), 600_000)
})
