/**
 * The dashboard and the API of `npm start`, in a process of its own.
 */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { TaskApiClient } from "brinjal/http"
import { Effect, Schema, type Scope, Stream } from "effect"
import { FetchHttpClient } from "effect/http"
import { ChildProcess } from "effect/process"
import { createServer } from "node:net"
import { fileURLToPath } from "node:url"
import * as support from "./support.ts"

const main = fileURLToPath(new URL("../../examples/backup/main.ts", import.meta.url))

const Address = Schema.Struct({ port: Schema.Int })

const start = Effect.fnUntraced(function*(...flags: ReadonlyArray<string>) {
  const folders = yield* support.makeFolders
  const folder = [`--source=${folders.source}`, `--destination=${folders.destination}`]
  return yield* ChildProcess.make(process.execPath, [
    "--conditions=source",
    main,
    ...folder,
    "--store=memory",
    ...flags
  ])
})

/** The lines up to the address of the API, and that. */
const listening = Effect.fnUntraced(function*(...flags: ReadonlyArray<string>) {
  const child = yield* start(...flags)
  const lines = yield* child.all.pipe(
    Stream.decodeText(),
    Stream.splitLines,
    Stream.takeUntil((line) => line.startsWith("API at ")),
    Stream.runCollect
  )
  return { child, output: lines.join("\n"), api: lines.at(-1)!.slice("API at ".length) }
})

/** A port that is taken until the scope ends. */
const taken = Effect.acquireRelease(
  Effect.callback<ReturnType<typeof createServer>>((resume) => {
    const server = createServer()
    server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
  }),
  (server) => Effect.sync(() => server.close())
)

const get = (url: string) => Effect.promise(() => fetch(url).then((response) => response.text()))

const test = <E>(
  name: string,
  program: Effect.Effect<void, E, NodeServices.NodeServices | Scope.Scope>
) => it.live(name, () => program.pipe(Effect.scoped, Effect.provide(NodeServices.layer)))

describe("the server of npm start", () => {
  test(
    "is on loopback, with its address printed, beside real backups",
    Effect.gen(function*() {
      const { api, child, output } = yield* listening("--port=0")
      assert.match(output, /\nDashboard at http:\/\/127\.0\.0\.1:\d+\/\nAPI at http:\/\/127\.0\.0\.1:\d+\/api\/tasks$/)
      assert.include(yield* get(api.replace("/api/tasks", "/")), "<brinjal-dashboard")
      const client = yield* TaskApiClient.make({ baseUrl: api }).pipe(Effect.provide(FetchHttpClient.layer))
      const ids = (yield* client.recurring.list()).map(({ recurringId }) => recurringId)
      assert.deepStrictEqual(ids, ["backup", "cleanup", "failing-example"])
      yield* child.kill({ killSignal: "SIGTERM" })
      assert.strictEqual(yield* child.exitCode, 0)
    })
  )

  test(
    "is empty with --no-demo but for the example tasks, under any prefix",
    Effect.gen(function*() {
      const { api, output } = yield* listening("--port=0", "--no-demo", "--prefix=/jobs")
      assert.match(output, /^No backups \(--no-demo\)\./)
      assert.match(api, /:\d+\/jobs$/)
      const client = yield* TaskApiClient.make({ baseUrl: api }).pipe(Effect.provide(FetchHttpClient.layer))
      assert.deepStrictEqual(yield* client.recurring.list(), [])
      assert.deepStrictEqual((yield* client.tasks.list({ query: {} })).items, [])
      const types = (yield* client.tasks.types()).map(({ taskType }) => taskType)
      assert.includeMembers(types, ["ExampleCPUTask", "ExampleIOTask"])
    })
  )

  test(
    "says which port is taken, before anything runs",
    Effect.gen(function*() {
      const { port } = yield* Schema.decodeUnknownEffect(Address)((yield* taken).address())
      const child = yield* start(`--port=${port}`)
      const output = yield* Stream.mkString(Stream.decodeText(child.all))
      assert.include(
        output,
        `Port ${port} of 127.0.0.1 is taken. Choose another one with --port; --port 0 takes any free one.`
      )
      assert.notInclude(output, "Backing up")
      assert.strictEqual(yield* child.exitCode, 1)
    })
  )
})
