/**
 * The executable in processes of its own: what only they have, which is ports, signals, files, pipes and exit codes.
 */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, FileSystem, Option, Stream } from "effect"
import { ChildProcess } from "effect/process"
import { createServer, type Socket } from "node:net"
import { fileURLToPath } from "node:url"
import { child, ended, tasksModule } from "./support.ts"

const queueingModule = fileURLToPath(new URL("modules/queueing.ts", import.meta.url))

/** Serves until the scope ends, and gives where, once it listens. */
const serving = Effect.fnUntraced(function*(args: ReadonlyArray<string>, module = tasksModule) {
  const handle = yield* child(["serve", module, "--pool", "waiting=2", "--port", "0", ...args])
  const lines = yield* handle.all.pipe(
    Stream.decodeText(),
    Stream.splitLines,
    Stream.takeUntil((line) => line.startsWith("API at ") || line.includes("ERROR")),
    Stream.runCollect
  )
  const [, url] = /^API at (.+)$/m.exec(lines.join("\n")) ?? []
  if (url === undefined) return yield* Effect.die(new Error(lines.join("\n")))
  return { handle, lines, url }
})

/** A port that is taken until the scope ends, by a server that never says anything. */
const takenPort = Effect.acquireRelease(
  Effect.callback<{ readonly port: number; readonly asked: Effect.Effect<void>; readonly close: () => void }>(
    (resume) => {
      const sockets = new Set<Socket>()
      const server = createServer((socket) => {
        sockets.add(socket.on("error", () => {}))
      }).listen(0, "127.0.0.1", () => {
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        const asked = Effect.callback<void>((resume) => void server.once("connection", () => resume(Effect.void)))
        const close = () => {
          for (const socket of sockets) socket.destroy()
          server.close()
        }
        resume(Effect.succeed({ port, asked, close }))
      })
    }
  ),
  ({ close }) => Effect.sync(close)
)

/** Each starts up to six processes, of which a busy machine makes few at a time. */
const bound = 120_000

const test = (name: string, program: () => Generator<Effect.Effect<any, any, any>, void, any>) =>
  it.live(
    name,
    () => Effect.gen(program).pipe(Effect.scoped, Effect.provide(NodeServices.layer)) as Effect.Effect<void>,
    bound
  )

describe("brinjal serve", () => {
  test("serves a module, lets others steer it, and stops when it is told to", function*() {
    const { handle, lines, url } = yield* serving(["--store", "memory"])
    assert.strictEqual(
      lines[0],
      `Serving ${tasksModule}: 2 task types, 3 recurring tasks, kept in memory.`
    )
    assert.match(lines[1]!, /^Dashboard at http:\/\/127\.0\.0\.1:\d+\/$/)
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/api\/tasks$/)

    const environment = { BRINJAL_URL: url }
    const [list, run, failed] = yield* Effect.all([
      ended(child(["list"], { environment })),
      ended(child(["run", "Greet", "--payload", "{\"name\":\"World\"}"], { environment })),
      ended(child(["trigger", "weekly"], { environment }))
    ], { concurrency: "unbounded" })
    assert.match(list.out, /^daily\tenabled\t/m)
    assert.match(run.out, /^[\w-]{36}\tdone\tGreet\t/)
    assert.strictEqual(run.code, 0)
    assert.strictEqual(failed.code, 1)
    assert.include(failed.errors, "failed.")

    const page = yield* Effect.promise(() => fetch(lines[1]!.replace("Dashboard at ", "")))
    assert.match(page.headers.get("content-type")!, /^text\/html/)
    yield* Effect.promise(() => page.body!.cancel())

    yield* handle.kill({ killSignal: "SIGTERM" })
    assert.strictEqual(yield* handle.exitCode, 0)
  })

  test("stops as gracefully when its terminal is closed", function*() {
    const { handle } = yield* serving(["--store", "memory"])
    yield* handle.kill({ killSignal: "SIGHUP" })
    assert.strictEqual(yield* handle.exitCode, 0)
  })

  test("stops at once when it is interrupted again", function*() {
    const { handle, url } = yield* serving(["--store", "memory", "--grace", "1 hour"])
    const headers = { "content-type": "application/json" }
    const ask = (path: string, init: RequestInit) =>
      Effect.promise(() => fetch(`${url}/v1${path}`, init).then(({ status }) => status, () => 503))
    assert.strictEqual(yield* ask("/tasks", { method: "POST", headers, body: "{\"task_type\":\"Wait\"}" }), 201)
    const isStopping = Effect.repeat(ask("/health", {}), { until: (status) => status === 503 })
    const stopping = yield* Effect.forkChild(handle.kill({ killSignal: "SIGINT" }))
    yield* isStopping
    yield* handle.kill({ killSignal: "SIGINT" })
    yield* Fiber.join(stopping)
    assert.strictEqual(yield* handle.exitCode, 130)
  })

  test("keeps tasks in a file, from one start to the next", function*() {
    const files = yield* FileSystem.FileSystem
    const folder = yield* files.makeTempDirectoryScoped()
    const store = `sqlite:${folder}/tasks.db`
    const first = yield* serving(["--store", store, "--name", "one"])
    yield* ended(child(["disable", "daily", "--note", "for now", "--url", first.url]))
    yield* first.handle.kill({ killSignal: "SIGTERM" })
    yield* first.handle.exitCode

    const doctor = yield* ended(child(["doctor", "--store", store]))
    assert.match(
      doctor.out,
      /^store\tok\tSQLite in the file .*\ntables\tok\t.*\ntasks\tok\t0 tasks queued or running\.$/m
    )
    assert.strictEqual(doctor.code, 0)

    const second = yield* serving(["--store", store, "--name", "one"])
    const { out } = yield* ended(child(["list", "--json", "--url", second.url]))
    const daily = JSON.parse(out).find((one: { readonly recurring_id: string }) => one.recurring_id === "daily")
    assert.deepStrictEqual([daily.enabled, daily.note], [false, "for now"])
  })

  test("queues what another process runs, if they share a database", function*() {
    const files = yield* FileSystem.FileSystem
    const folder = yield* files.makeTempDirectoryScoped()
    const store = ["--store", `sqlite:${folder}/tasks.db`]
    const { lines, url } = yield* serving(store, queueingModule)
    assert.strictEqual(
      lines[0],
      `Serving ${queueingModule}: 1 task type (1 handled elsewhere), 0 recurring tasks, kept in the file ${folder}/tasks.db.`
    )
    yield* serving(store)
    const environment = { BRINJAL_URL: url }
    const payload = (name: string) => ["--payload", JSON.stringify({ name })]
    const [types, greeted, refused, unfit, unknown] = yield* Effect.all([
      ended(child(["types"], { environment })),
      ended(child(["run", "Greet", ...payload("World"), "--json"], { environment })),
      ended(child(["run", "Greet", ...payload("nobody")], { environment })),
      ended(child(["run", "Greet"], { environment })),
      ended(child(["run", "Great"], { environment }))
    ], { concurrency: 2 })
    assert.match(types.out, /^Greet\tdefault\tname, greeting\?$/m)
    assert.deepStrictEqual([greeted.code, JSON.parse(greeted.out).result], [0, "Hello, World!"])
    assert.strictEqual(refused.code, 1)
    assert.match(refused.errors, /The task [\w-]{36} failed\./)
    assert.include(unfit.errors, `The payload does not fit the task "Greet".`)
    assert.include(unknown.errors, `The server takes no tasks of the type "Great". brinjal types lists those it knows.`)
  })

  test("warns of tasks in memory that no other process finds", function*() {
    const handle = yield* child(["serve", queueingModule, "--port", "0", "--store", "memory"])
    const warning = yield* handle.stderr.pipe(
      Stream.decodeText(),
      Stream.splitLines,
      Stream.filter((line) => line.includes("WARN")),
      Stream.runHead
    )
    assert.match(
      Option.getOrThrow(warning),
      /none is taken of the type Greet\. Keep them in a database, with --store, or/
    )
  })

  test("says which port is taken, before anything runs", function*() {
    const { port } = yield* takenPort
    const { code, errors, out } = yield* ended(child(["serve", tasksModule, "--store", "memory", "--port", `${port}`]))
    assert.strictEqual(code, 1)
    assert.include(errors, `Port ${port} of 127.0.0.1 is taken`)
    assert.include(errors, "--port 0 takes any free one.")
    assert.strictEqual(out, "")
  })
})

describe("a command that is told to stop", () => {
  /** Stops the command once something has happened, and gives its exit code. */
  const stopped = Effect.fnUntraced(function*(
    args: ReadonlyArray<string>,
    killSignal: "SIGHUP" | "SIGINT" | "SIGTERM",
    when: Effect.Effect<unknown>
  ) {
    const waiting = yield* Effect.forkChild(when)
    const handle = yield* child(args)
    yield* Fiber.join(waiting)
    yield* handle.kill({ killSignal })
    return Number(yield* handle.exitCode)
  })

  test("fails if its task has not ended, and leaves it alone", function*() {
    const { url } = yield* serving(["--store", "memory", "--grace", "0s"])
    const running = Effect.promise<{ readonly items: ReadonlyArray<unknown> }>(() =>
      fetch(`${url}/v1/tasks?status=running`).then((response) => response.json())
    )
    const until = (count: number) => Effect.repeat(running, { until: ({ items }) => items.length === count })
    assert.strictEqual(yield* stopped(["run", "Wait", "--url", url], "SIGINT", until(1)), 130)
    assert.strictEqual(yield* stopped(["trigger", "off", "--url", url], "SIGTERM", until(2)), 143)
    yield* until(2)
  })

  test("fails if it has no answer yet", function*() {
    const { asked, port } = yield* takenPort
    const url = `http://127.0.0.1:${port}`
    assert.strictEqual(yield* stopped(["doctor", "--url", url], "SIGINT", asked), 130)
    assert.strictEqual(yield* stopped(["list", "--url", url], "SIGTERM", asked), 143)
    assert.strictEqual(yield* stopped(["enable", "daily", "--url", url], "SIGHUP", asked), 129)
  })

  test("does not fail if it goes on until then", function*() {
    const { url } = yield* serving(["--store", "memory"])
    for (const killSignal of ["SIGINT", "SIGTERM"] as const) {
      const handle = yield* child(["watch", "--json", "--url", url])
      yield* Stream.runHead(handle.stdout)
      yield* handle.kill({ killSignal })
      assert.strictEqual(yield* handle.exitCode, 0)
    }
  })
})

describe("the executable", () => {
  test("says which package is missing", function*() {
    const hook = "data:text/javascript," + encodeURIComponent(`
      import { registerHooks } from "node:module"
      registerHooks({
        resolve: (name, context, next) => {
          if (!name.startsWith("@effect/platform-node")) return next(name, context)
          throw Object.assign(new Error("Cannot find package '@effect/platform-node'"), { code: "ERR_MODULE_NOT_FOUND" })
        }
      })`)
    const { code, errors } = yield* ended(child(["--help"], { node: ["--import", hook] }))
    assert.strictEqual(
      errors,
      "The command brinjal needs the package @effect/platform-node, which is not installed.\n" +
        "Add it beside brinjal: npm install @effect/platform-node\n"
    )
    assert.strictEqual(code, 1)
  })

  test("says which Node it requires if that is too old, whatever else that does not have", function*() {
    const hook = (version: string) =>
      "data:text/javascript," + encodeURIComponent(`
        import { registerHooks } from "node:module"
        Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } })
        registerHooks({
          resolve: (name, context, next) =>
            name === "node:module"
              ? { url: "data:text/javascript,export const createRequire = undefined", shortCircuit: true }
              : next(name, context)
        })`)
    const { engines } = JSON.parse(yield* (yield* FileSystem.FileSystem).readFileString("package.json"))
    for (const version of ["20.20.2", "22.18.0"]) {
      const { code, errors } = yield* ended(child(["--help"], { node: ["--import", hook(version)] }))
      assert.strictEqual(
        errors,
        `The command brinjal requires Node ${engines.node.replace(">=", "")} or later, and this is Node ${version} ` +
          `(${process.execPath}).\n`
      )
      assert.strictEqual(code, 1)
    }
  })

  test("says its version, and fails for a command that is none", function*() {
    const [version, wrong] = yield* Effect.all([ended(child(["--version"])), ended(child(["sreve"]))], {
      concurrency: 2
    })
    assert.match(version.out, /^brinjal v\d+\.\d+\.\d+\n$/)
    assert.strictEqual(version.code, 0)
    assert.strictEqual(wrong.code, 1)
    assert.include(wrong.errors, "serve")
  })

  test("is quiet when its reader has seen enough", function*() {
    const script = `"$0" --conditions=source "$1" next "* * * * *" --count 20000 | head -n 1`
    const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url))
    const handle = yield* ChildProcess.make("bash", ["-o", "pipefail", "-c", script, process.execPath, main])
    const output = yield* Stream.mkString(Stream.decodeText(handle.all))
    assert.match(output, /^\d{4}-[^\n]*Z\n$/)
    assert.strictEqual(yield* handle.exitCode, 0)
  })

  test("watches on a terminal, and leaves it as it was", function*() {
    const { url } = yield* serving(["--store", "memory"])
    const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url))
    const command = `"${process.execPath}" --conditions=source "${main}" watch --url ${url}`
    const handle = yield* ChildProcess.make("script", ["-qec", `stty cols 100 rows 20; exec ${command}`, "/dev/null"], {
      stdin: "pipe"
    })
    let written = ""
    const begun = yield* Deferred.make<void>()
    const watching = yield* handle.all.pipe(
      Stream.decodeText(),
      Stream.tap((text) => {
        written += text
        return /3 recurring tasks/.test(written) ? Deferred.succeed(begun, undefined) : Effect.void
      }),
      Stream.takeUntil(() => /✓ Greet/.test(written)),
      Stream.runDrain,
      Effect.forkChild
    )
    yield* Deferred.await(begun)
    yield* ended(child(["trigger", "daily", "--detach", "--url", url]))
    yield* Fiber.join(watching)
    assert.match(written, /next: daily in /)
    yield* handle.kill({ killSignal: "SIGTERM" })
  })
})
