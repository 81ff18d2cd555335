/**
 * A server as a user writes it, asked once by the typed client. It runs against the packed package.
 */
import { NodeHttpClient, NodeHttpServer } from "@effect/platform-node"
import { Task, TaskManager } from "brinjal"
import { Dashboard } from "brinjal/dashboard"
import { TaskApiClient, TaskApiServer } from "brinjal/http"
import { Effect, Layer, Schema } from "effect"
import { HttpServer } from "effect/http"
import { createServer } from "node:http"

class Greet extends Task.make("Greet", { payload: { name: Schema.String }, success: Schema.String }) {}

const Routes = Layer.mergeAll(TaskApiServer.layer({ prefix: "/api/tasks" }), Dashboard.layer())

const App = TaskApiServer.serve(Routes).pipe(
  Layer.provide(Greet.toLayer(({ name }) => Effect.succeed(`hello ${name}`))),
  Layer.provide(TaskManager.layerMemory),
  Layer.provideMerge(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" })),
  Layer.provideMerge(NodeHttpClient.layerFetch)
)

const program = Effect.gen(function*() {
  const { address } = yield* HttpServer.HttpServer
  const origin = HttpServer.formatAddress(address)
  const { contract } = yield* TaskApiClient.make({ baseUrl: `${origin}/api/tasks` })
  const { task_id } = yield* contract.create({ params: { route: "greet" }, payload: { name: "everybody" } })
  const tasks = yield* contract.queue()
  const pages = yield* Effect.promise(() =>
    Promise.all(["/", "/docs", "/openapi.json"].map(async (path) => (await fetch(origin + path)).status))
  )
  return { found: tasks.some((task) => task.task_id === task_id), pages }
})

Effect.runPromise(program.pipe(Effect.provide(App), Effect.scoped)).then(({ found, pages }) => {
  if (!found) throw new Error("a task that was created is not in the queue")
  if (pages.some((status) => status !== 200)) throw new Error(`unexpected answers of pages: ${pages}`)
})
