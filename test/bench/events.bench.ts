/**
 * The live stream over real sockets: 200 readers in a process of their own, of which some do not read, while tasks come and
 * go at 1,000 changes a second. How long a change takes to a reader, and what it costs the server.
 */
import { NodeHttpServer } from "@effect/platform-node"
import { Task, TaskManager } from "brinjal"
import { TaskApiServer } from "brinjal/http"
import { Effect, Layer, Schedule } from "effect"
import { HttpServer } from "effect/http"
import { fork } from "node:child_process"
import { createServer } from "node:http"
import * as Path from "node:path"
import type { Report } from "../http/v1/readers.ts"
import { cpuMillis, figure, goal, heapUsed, quantile, table, title } from "./harness.ts"

class Quick extends Task.make("Quick") {}

const readers = 200
const seconds = 10

/** A task is queued, runs, is done, and is pruned: four changes. */
const tasksPerTick = 5
const tick = "20 millis"
const ticks = seconds * 50

interface Measured {
  readonly lazy: number
  readonly delays: ReadonlyArray<number>
  readonly changes: number
  readonly lost: number
  readonly cpu: number
  readonly megabytes: number
}

const start = (port: number, lazy: number) =>
  Effect.acquireRelease(
    Effect.sync(() => fork(Path.join(import.meta.dirname, "../http/v1/readers.ts"), [port, readers, lazy].map(String))),
    (child) => Effect.sync(() => void child.kill())
  )

const said = (child: ReturnType<typeof fork>) =>
  Effect.callback<Report>((resume) => void child.once("message", (said) => resume(Effect.succeed(said as Report))))

const measure = (lazy: number) =>
  Effect.gen(function*() {
    const manager = yield* TaskManager.TaskManager
    const { address } = yield* HttpServer.HttpServer
    const child = yield* start(address._tag === "UnixPathAddress" ? 0 : address.port, lazy)
    yield* said(child)
    child.send({ sleep: true })
    const memory = yield* Effect.promise(heapUsed)
    const cpu = cpuMillis()
    const began = performance.now()
    const add = Effect.forEach(Array.from({ length: tasksPerTick }), () => manager.addTaskToQueue(Quick.template({})))
    yield* Effect.repeat(add, { schedule: Schedule.fixed(tick), times: ticks - 1 })
    const changes = ticks * tasksPerTick * 4 - 4 * 10
    child.send({ target: changes })
    const { delays, seen } = yield* said(child)
    const result: Measured = {
      lazy,
      delays: delays!,
      changes,
      lost: seen!.reduce((lost, { gaps, holes }) => lost + gaps + holes, 0),
      cpu: (cpuMillis() - cpu) * 100 / (performance.now() - began),
      megabytes: ((yield* Effect.promise(heapUsed)) - memory) / 1_048_576
    }
    return result
  }).pipe(
    Effect.provide(
      TaskApiServer.serve(TaskApiServer.layer({ prefix: "/" }), { disableLogger: true, disableListenLog: true }).pipe(
        Layer.provideMerge(Quick.toLayer(() => Effect.void)),
        Layer.provideMerge(TaskManager.layerMemory),
        Layer.provideMerge(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" }))
      )
    ),
    Effect.scoped
  )

title(`${readers} readers of /v1/events, 1,000 changes a second for ${seconds} seconds`)
const results: Array<Measured> = []
for (const lazy of [0, 20]) results.push(await Effect.runPromise(measure(lazy)))

table(
  ["", "p50 ms", "p99 ms", "max ms", "lost", "CPU %", "MB more"],
  results.map(({ cpu, delays, lazy, lost, megabytes }) => [
    lazy === 0 ? "all read" : `${lazy} do not read`,
    ...[quantile(delays, 0.5), quantile(delays, 0.99), quantile(delays, 1), lost, cpu, megabytes].map(figure)
  ])
)

console.log()
for (const { delays, lost, megabytes } of results) {
  goal("p99 from the change to the reader at most 100 ms", quantile(delays, 0.99), quantile(delays, 0.99) <= 100)
  goal("nothing lost by those that read", lost, lost === 0)
  goal("at most 50 MB more", megabytes, megabytes <= 50)
}
