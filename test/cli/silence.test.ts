/**
 * What commands do with servers that take a connection and then say nothing, or nothing more.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { limits } from "../../src/cli/internal/Patience.ts"
import { makeOutput, type Output, run, setClock } from "./support.ts"

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** A server until the scope ends. It counts the requests to each path. */
const serving = (answer: Answer) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly url: string; readonly count: (path: string) => number; readonly close: () => void }>(
      (resume) => {
        const asked: Array<string> = []
        const server = createServer((request, response) => {
          asked.push(request.url!)
          answer(request, response)
        }).listen(0, "127.0.0.1", () => {
          const address = server.address()
          const port = typeof address === "object" && address !== null ? address.port : 0
          const count = (path: string) => asked.filter((url) => url === path).length
          const close = () => {
            server.closeAllConnections()
            server.close()
          }
          resume(Effect.succeed({ url: `http://127.0.0.1:${port}`, count, close }))
        })
      }
    ),
    ({ close }) => Effect.sync(close)
  )

const silence: Answer = () => {}

const nextTurn = Effect.promise(() => new Promise<void>((resolve) => void setImmediate(resolve)))

/** Waits until something is so. */
const until = (isSo: () => boolean) => Effect.repeat(nextTurn, { until: isSo })

/** Lets the clock go on until something has happened. */
const ticking = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.raceFirst(effect, Effect.forever(Effect.andThen(TestClock.adjust("50 millis"), nextTurn)))

const start = (url: string, args: ReadonlyArray<string>, output?: Output) =>
  Effect.forkChild(run([...args, "--url", url], { limits, ...output && { output } }))

const test = (name: string, program: () => Generator<Effect.Effect<any, any, any>, void, any>) =>
  it.effect(name, () => Effect.scoped(Effect.andThen(setClock, Effect.gen(program) as Effect.Effect<void>)))

describe("a server that does not answer", () => {
  test("is waited for, but not for long", function*() {
    const { count, url } = yield* serving(silence)
    const listing = yield* start(url, ["list"])
    yield* until(() => count("/v1/recurring") === 1)
    yield* TestClock.adjust("14 seconds")
    assert.isUndefined(listing.pollUnsafe())
    yield* TestClock.adjust("1 second")
    const { errors, exit } = yield* Fiber.join(listing)
    assert.strictEqual(exit._tag, "Failure")
    assert.include(errors, `The server at ${url} takes connections but has said nothing for 15s.`)
    assert.include(errors, "say where that is with --url or BRINJAL_URL.")
    assert.notInclude(errors, "may still happen")
  })

  test("may have stopped in the middle of an answer", function*() {
    const { url } = yield* serving((_, response) => {
      response.writeHead(200, { "content-type": "application/json" }).write("[")
    })
    const { errors } = yield* ticking(Fiber.join(yield* start(url, ["list", "--json"])))
    assert.strictEqual(JSON.parse(errors).error, "ServerSilent")
  })

  test("may still do what it was asked to", function*() {
    const { count, url } = yield* serving(silence)
    const running = yield* start(url, ["run", "Greet"])
    yield* until(() => count("/v1/tasks") === 1)
    yield* TestClock.adjust("15 seconds")
    assert.include((yield* Fiber.join(running)).errors, "What it was asked to do may still happen.")
  })

  test("is trouble for the doctor", function*() {
    const { count, url } = yield* serving(silence)
    const checking = yield* start(url, ["doctor", "--store", "memory"])
    yield* until(() => count("/v1/info") === 1)
    yield* TestClock.adjust("15 seconds")
    const { exit, out } = yield* Fiber.join(checking)
    assert.strictEqual(exit._tag, "Failure")
    assert.include(out, `server\ttrouble\tThe server at ${url} takes connections but has said nothing for 15s.`)
  })

  test("may take its time to cancel a task, as long as it answers otherwise", function*() {
    let isAlive = true
    const { count, url } = yield* serving((request, response) => {
      if (request.url !== "/v1/health" || !isAlive) return
      response.writeHead(200, { "content-type": "application/json" }).end("{\"status\":\"ok\"}")
    })
    const cancelling = yield* start(url, ["cancel", "a-task"])
    yield* ticking(until(() => count("/v1/health") === 4))
    assert.isUndefined(cancelling.pollUnsafe())
    isAlive = false
    const { errors } = yield* ticking(Fiber.join(cancelling))
    assert.include(errors, "has said nothing for 15s")
  })
})

describe("an event stream that falls silent", () => {
  const frame = (event: string, data: object) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`

  const now = { server_time: "2026-11-24T08:00:00.000Z" }

  /** The state of a server that has nothing, or the first part of more. */
  const snapshot = (parts = 1) => frame("snapshot", { ...now, part: 0, parts, tasks: [], recurring: [] })

  const stream = (response: ServerResponse) =>
    response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" })

  test("is opened again by a watch, but not for being quiet", function*() {
    let events: ServerResponse | undefined
    const { count, url } = yield* serving((_, response) => {
      events = stream(response)
      events.write(snapshot())
    })
    const output = makeOutput()
    const watching = yield* start(url, ["watch", "--json"], output)
    yield* output.until(/snapshot/)
    for (const beats of [1, 2, 3]) {
      yield* TestClock.adjust("55 seconds")
      events!.write(frame("heartbeat", now))
      yield* output.until(new RegExp(`(heartbeat[^]*){${beats}}`))
    }
    assert.strictEqual(count("/v1/events"), 1)
    yield* ticking(until(() => count("/v1/events") === 2))
    yield* Fiber.interrupt(watching)
  })

  test("fails a watch that has not seen anything yet", function*() {
    const { count, url } = yield* serving((_, response) => stream(response).flushHeaders())
    const watching = yield* start(url, ["watch"])
    yield* until(() => count("/v1/events") === 1)
    assert.include((yield* ticking(Fiber.join(watching))).errors, `The server at ${url} takes connections`)
  })

  const creating = (events: (response: ServerResponse) => void) => answering((response) => events(stream(response)))

  const answering = (events: (response: ServerResponse) => void) =>
    serving((request, response) => {
      if (request.url === "/v1/events") return events(response)
      response.writeHead(201, { "content-type": "application/json" }).end("{\"task_id\":\"the-task\"}")
    })

  test("leaves open how a task has ended", function*() {
    const { url } = yield* creating((events) => void events.write(snapshot(2)))
    const { errors, exit } = yield* ticking(Fiber.join(yield* start(url, ["run", "Greet"])))
    assert.strictEqual(exit._tag, "Failure")
    assert.include(
      errors,
      "The server has said nothing for 1m before the task had ended. Ask again later: brinjal logs the-task"
    )
  })

  test("as does one that is cut", function*() {
    const { url } = yield* creating((events) => {
      events.write(snapshot(2), () => events.destroy())
    })
    const { errors } = yield* ticking(Fiber.join(yield* start(url, ["run", "Greet"])))
    assert.include(
      errors,
      "The connection to the server was lost before the task had ended. Ask again later: brinjal logs the-task"
    )
  })

  /** A task that is done, as the server tells of it. */
  const done = {
    task_id: "the-task",
    parent_id: null,
    task_type: "Greet",
    status: "done",
    progress: 100,
    heading: null,
    body: null,
    img: null,
    priority: 0,
    concurrency_key: null,
    parked: false,
    attempt: 1,
    created_at: now.server_time,
    scheduled_at: null,
    started_at: now.server_time,
    completed_at: now.server_time,
    retry_at: null,
    payload: {},
    result: null,
    error: null,
    typed_error: null
  }

  test("is opened again by a run, for as long as a deploy takes", function*() {
    const unavailable = { error: "TaskStoreError", message: "The task store failed.", operation: "liveTasks" }
    let opened = 0
    const { url } = yield* answering((response) => {
      opened++
      if (opened === 1) return void stream(response).write(snapshot(2), () => response.destroy())
      if (opened === 2) {
        return void response.writeHead(503, { "content-type": "application/json" }).end(JSON.stringify(unavailable))
      }
      stream(response).write(frame("snapshot", { ...now, part: 0, parts: 1, tasks: [done], recurring: [] }))
    })
    const { errors, exit, out } = yield* ticking(Fiber.join(yield* start(url, ["run", "Greet"])))
    assert.strictEqual(exit._tag, "Success", errors)
    assert.include(out, "the-task\tdone\tGreet")
  })

  test("does not keep a run from hearing how its task ended, where a proxy lets only answers through", function*() {
    let asked = 0
    const { url } = yield* serving((request, response) => {
      if (request.url === "/v1/events") return void stream(response).flushHeaders()
      const isAsked = request.method === "GET"
      if (isAsked) asked++
      const task = asked < 3 ? { ...done, status: "running", completed_at: null, progress: 50 } : done
      response.writeHead(isAsked ? 200 : 201, { "content-type": "application/json" })
        .end(JSON.stringify(isAsked ? task : { task_id: "the-task" }))
    })
    const { errors, exit, out } = yield* ticking(Fiber.join(yield* start(url, ["run", "Greet"])))
    assert.strictEqual(exit._tag, "Success", errors)
    assert.include(out, "the-task\tdone\tGreet")
    assert.strictEqual(asked, 3)
  })
})
