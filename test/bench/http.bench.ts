/**
 * The contract over HTTP on loopback, client and server in one process: creations a second, the whole queue, and how long a
 * change takes to a reader. Beside it a bare route of the same server that reads and answers as much, and what the Python
 * original was measured to do on a machine of this kind.
 */
import { NodeHttpServer } from "@effect/platform-node"
import { Task, TaskManager } from "brinjal"
import { TaskApiServer } from "brinjal/http"
import { Effect, Layer, ManagedRuntime, Schema } from "effect"
import { HttpRouter, HttpServer, HttpServerRequest, HttpServerResponse } from "effect/http"
import * as Http from "node:http"
import { type Contender, figure, goal, interleave, median, quantile, ranking, ratio, table, title } from "./harness.ts"

class Instant extends Task.make("InstantTask", { payload: { name: Schema.String }, semaphore: "multiple" }) {}
class Endless extends Task.make("EndlessTask") {}
class Ticking extends Task.make("TickingTask", { semaphore: "single" }) {}

const requests = 1_000
const rounds = 5
const ticks = 100

/** When the ticking task said what. */
const saidAt = new Map<number, number>()

const tick = Effect.fnUntraced(function*() {
  yield* Effect.sleep("200 millis")
  for (let progress = 1; progress < ticks; progress++) {
    // slower than changes are told together
    yield* Effect.sleep("60 millis")
    saidAt.set(progress, performance.now())
    yield* Task.update({ progress })
  }
})

/** Answers of the bare routes: those of the same size. */
const bare = { created: {}, queue: "" }

/** Reads JSON and answers with JSON, as the creation of a task does. */
const bareCreation = Effect.flatMap(
  HttpServerRequest.HttpServerRequest,
  (request) => Effect.map(request.json, () => HttpServerResponse.jsonUnsafe(bare.created))
)

const bareQueue = Effect.sync(() => HttpServerResponse.text(bare.queue, { contentType: "application/json" }))

const Routes = Layer.mergeAll(
  TaskApiServer.layer({ openapi: false }),
  HttpRouter.add("POST", "/bare", bareCreation),
  HttpRouter.add("GET", "/bare", bareQueue)
)

const server = () =>
  ManagedRuntime.make(
    TaskApiServer.serve(Routes, { disableLogger: true, disableListenLog: true }).pipe(
      Layer.provideMerge(Layer.mergeAll(
        Instant.toLayer(() => Effect.void),
        Endless.toLayer(() => Effect.never),
        Ticking.toLayer(tick)
      )),
      Layer.provideMerge(TaskManager.layerMemory.pipe(Layer.provide(TaskManager.configure({ shutdownGrace: 0 })))),
      Layer.provideMerge(NodeHttpServer.layer(Http.createServer, { port: 0, host: "127.0.0.1" }))
    )
  )

const portOf = HttpServer.HttpServer.use(({ address }) =>
  Effect.succeed(address._tag === "UnixPathAddress" ? 0 : address.port)
)

let runtime = server()
let port = await runtime.runPromise(portOf)
const agent = new Http.Agent({ keepAlive: true, maxSockets: 10 })

const body = JSON.stringify({ name: "somebody" })
const headers = { "content-type": "application/json", "content-length": body.length }

const send = (method: "GET" | "POST", path: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const sent = method === "POST" ? { headers } : {}
    const request = Http.request({ host: "127.0.0.1", port, path, method, agent, ...sent }, (response) => {
      let text = ""
      response.setEncoding("utf8")
      response.on("data", (chunk: string) => (text += chunk))
      response.on("end", () => resolve(text))
    })
    request.on("error", reject)
    request.end(method === "POST" ? body : undefined)
  })

/** Requests a second, over this many connections. */
const rate = (path: string, connections: number) => async () => {
  let left = requests
  const work = async () => {
    while (left-- > 0) await send("POST", path)
  }
  const from = performance.now()
  await Promise.all(Array.from({ length: connections }, work))
  return requests / (performance.now() - from) * 1_000
}

const api = "/api/tasks"

const millis = (path: string) => async () => {
  const from = performance.now()
  await send("GET", path)
  return performance.now() - from
}

/** Until the first event of a stream is there as a whole. */
const millisToEvent = (path: string) => () => {
  const from = performance.now()
  return new Promise<number>((resolve) =>
    Http.get({ host: "127.0.0.1", port, path, agent: false }, (response) => {
      response.on("data", (chunk: Buffer) => {
        if (!chunk.includes("\n\n")) return
        resolve(performance.now() - from)
        response.destroy()
      })
    })
  )
}

/** Reads events; `hear` gets each with the time at which it was read. */
const listen = (path: string, hear: (message: any, at: number) => void): Promise<{ readonly end: Promise<void> }> =>
  new Promise((resolve) => {
    Http.get({ host: "127.0.0.1", port, path, agent: false }, (response) => {
      let buffer = ""
      response.setEncoding("utf8")
      const end = new Promise<void>((resolve) => response.on("close", resolve))
      response.on("data", (chunk: string) => {
        const at = performance.now()
        buffer += chunk
        const frames = buffer.split("\n\n")
        buffer = frames.pop()!
        for (const frame of frames) if (frame.startsWith("data:")) hear(JSON.parse(frame.slice(5)), at)
        resolve({ end })
      })
    })
  })

title(`Creating tasks: ${requests} requests, a second`)
bare.created = JSON.parse(await send("POST", `${api}/instant_task`))
for (const connections of [1, 10]) {
  console.log(`\n${connections === 1 ? "One connection" : `${connections} connections`}`)
  const contenders: ReadonlyArray<Contender> = [
    { name: "a bare route", run: rate("/bare", connections) },
    { name: "POST /instant_task", run: rate(`${api}/instant_task`, connections) }
  ]
  const results = await interleave(contenders, rounds)
  ranking(results, "requests/s")
  const created = median(results[1]!.samples)
  console.log()
  if (connections === 1) goal("at least 2 times the original (201 a second)", created, created >= 402)
  const share = ratio(results, "POST /instant_task", "a bare route")
  goal("at least half of a bare route that reads and answers JSON", share, share >= 1 / 2)
}

const create = (task: typeof Endless, times: number) =>
  runtime.runPromise(Effect.gen(function*() {
    const { addTaskToQueue } = yield* TaskManager.TaskManager
    for (let i = 0; i < times; i++) yield* addTaskToQueue(task.template({}, { heading: "Waits", body: `Number ${i}` }))
  }))

title("The whole queue, milliseconds")
let waiting = 0
for (const size of [1_000, 10_000]) {
  await create(Endless, size - waiting)
  waiting = size
  bare.queue = await send("GET", `${api}/queue`)
  const results = await interleave([
    { name: "a bare route, same bytes", run: millis("/bare") },
    { name: `GET /queue, ${size} tasks`, run: millis(`${api}/queue`) },
    { name: "GET /queue/stream, its first event with all of them", run: millisToEvent(`${api}/queue/stream`) },
    { name: "GET /v1/tasks, the first page of them", run: millis(`${api}/v1/tasks`) }
  ], 15)
  console.log(`\n${size} tasks, ${figure(bare.queue.length / 1_000)} kB`)
  ranking(results, "ms")
  if (size === 1_000) {
    const ours = median(results[1]!.samples)
    console.log()
    goal("at most half of the original (28.8 ms for 982 tasks)", ours, ours <= 14.4)
  }
}
await runtime.dispose()

title("From a change to its reader, milliseconds")
console.log("(a server of its own, with nothing else to do)\n")
runtime = server()
port = await runtime.runPromise(portOf)

const delays = { added: new Array<number>(), progress: new Array<number>() }
let sentAt = 0
let heard = () => {}
await listen(`${api}/queue/stream`, (message, at) => {
  if (message.type !== "task_added") return
  delays.added.push(at - sentAt)
  heard()
})
for (let i = 0; i < 300; i++) {
  const told = new Promise<void>((resolve) => (heard = resolve))
  sentAt = performance.now()
  await send("POST", `${api}/instant_task`)
  await told
}

const { task_id } = JSON.parse(await send("POST", `${api}/ticking_task`))
const stream = await listen(`${api}/${task_id}/stream`, ({ progress }, at) => {
  const said = saidAt.get(progress)
  if (said !== undefined) delays.progress.push(at - said)
})
await stream.end

const row = (name: string, values: ReadonlyArray<number>, original: string) => [
  name,
  ...[0.5, 0.95, 1].map((q) => figure(quantile(values, q))),
  original
]
table(
  ["", "median", "p95", "max", "the original (median, p95, max)"],
  [
    row("POST sent to task_added read", delays.added, "4.2, 16.7, 50"),
    row("progress said to event read", delays.progress, "26.8, 47.6, 55.5")
  ]
)
console.log()
const [added, said] = [quantile(delays.added, 0.5), quantile(delays.progress, 0.5)]
goal("task_added below the original's 4.2 ms", added, added < 4.2)
goal("progress within a fifth of the original's 26.8 ms", said, said < 5.4)
await runtime.dispose()
agent.destroy()
