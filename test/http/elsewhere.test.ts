/**
 * A server in a process that only queues tasks, and a worker without a server that runs them, on one database.
 */
import { NodeHttpServer } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Task, TaskManager, TaskRegistry } from "brinjal"
import { TaskApiServer } from "brinjal/http"
import { Context, Effect, Layer, Schema, SchemaGetter } from "effect"
import { HttpServer } from "effect/http"
import * as Http from "node:http"
import { taskUnder } from "../../src/http/internal/contract/taskRoutes.ts"
import { type Database, databases, type Store } from "../processes/stores.ts"
import * as requests from "./requests.ts"

class Full extends Schema.TaggedError<Full>()("Full", { path: Schema.String }) {}

/** Where relative paths begin, which a process knows when it decodes them. */
class Root extends Context.Service<Root, string>()("test/http/Root") {}

const RelativePath = Schema.String.pipe(
  Schema.decodeTo(Schema.String, {
    decode: SchemaGetter.transformEffect((path: string) => Root.use((root) => Effect.succeed(`${root}/${path}`))),
    encode: SchemaGetter.transform((path: string) => path.slice(path.lastIndexOf("/") + 1))
  })
)

class Backup extends Task.make("NightlyBackup", {
  payload: { path: RelativePath, level: Schema.Int.pipe(Schema.withDecodingDefaultKey(Effect.succeed(3))) },
  success: Schema.Struct({ from: Schema.String, level: Schema.Int }),
  error: Full,
  semaphore: "multiple",
  heading: "Backing up"
}) {}

const perform = ({ level, path }: typeof Backup.payloadSchema.Type) =>
  path.endsWith("full") ? Effect.fail(new Full({ path })) : Effect.succeed({ from: path, level })

const rooted = (root: string) => Layer.succeed(Root, root)

/** A server in a process that has no handler, over a manager. */
const serverOver = <A, E, R>(manager: Layer.Layer<A | TaskManager.TaskManager | TaskRegistry.TaskRegistry, E, R>) =>
  TaskApiServer.serve(TaskApiServer.layer(), { disableLogger: true, disableListenLog: true }).pipe(
    Layer.provideMerge(Layer.provide(Backup.handledElsewhere, rooted("/server"))),
    Layer.provideMerge(manager),
    Layer.provideMerge(NodeHttpServer.layer(Http.createServer, { port: 0, host: "127.0.0.1" })),
    Layer.fresh
  )

const workerOver = (store: Store) =>
  Backup.toLayer(perform).pipe(
    Layer.provide(rooted("/worker")),
    Layer.provideMerge(TaskManager.layer),
    Layer.provide(store),
    Layer.fresh
  )

/** Starts a server, and gives what asks it, and what waits beside it for the results of tasks. */
const serve = Effect.fnUntraced(function*<A, E>(
  manager: Layer.Layer<A | TaskManager.TaskManager | TaskRegistry.TaskRegistry, E>
) {
  const context = yield* Layer.build(serverOver(manager))
  const { address } = Context.get(context, HttpServer.HttpServer)
  const base = address._tag === "UnixPathAddress" ? "" : `http://127.0.0.1:${address.port}`
  const send = (method: string) => (path: string, request?: requests.Request) =>
    Effect.flatMap(requests.open(method, base + path, request), requests.answerOf)
  const { awaitTask } = Context.get(context, TaskManager.TaskManager)
  const resultOf = (taskId: string) => Effect.provideContext(awaitTask(Backup, taskId), context)
  return { get: send("GET"), patch: send("PATCH"), post: send("POST"), resultOf }
})

/** Starts a server on a database, and gives what starts the worker too. */
const start = Effect.fnUntraced(function*({ open }: Database) {
  const store = yield* open
  const server = yield* serve(Layer.provide(TaskManager.layer, store))
  return { ...server, startWorker: Layer.build(workerOver(store)) }
})

const v1 = "/api/tasks/v1"

for (const database of databases) {
  const test = (name: string, program: () => Generator<Effect.Effect<any, any, any>, void, any>) =>
    it.live(name, () => Effect.scoped(Effect.gen(program)) as Effect.Effect<void, unknown>)

  describe(`a server whose tasks others run, on ${database.name}`, () => {
    test("offers them like its own", function*() {
      const { get } = yield* start(database)
      const types = (yield* get(`${v1}/task-types`)).json
      assert.strictEqual(types.length, 1)
      assert.deepInclude(types[0], {
        task_type: "NightlyBackup",
        route: "/nightly_backup",
        display_name: "Nightly Backup",
        semaphore: "multiple",
        defaults: { heading: "Backing up" }
      })
      assert.deepStrictEqual(types[0].payload_schema.required, ["path"])
      assert.strictEqual(types[0].payload_schema.properties.level.default, 3)
      const { paths } = (yield* get("/openapi.json")).json
      assert.containsAllKeys(paths, ["/api/tasks/nightly_backup"])
      const { headers, status } = yield* get("/api/tasks/nightly_backup")
      assert.deepStrictEqual([status, headers.allow], [405, "POST"])
    })

    test("queues them, and gives what the worker has made of them", function*() {
      const { get, post, resultOf, startWorker } = yield* start(database)
      const task = { task_type: "NightlyBackup", payload: { path: "data", level: 9 } }
      const first = yield* post(`${v1}/tasks`, { body: task })
      assert.strictEqual(first.status, 201)
      const waiting = (yield* get(`${v1}/tasks/${first.json.task_id}`)).json
      assert.deepStrictEqual(
        [waiting.status, waiting.heading, waiting.payload],
        ["queued", "Backing up", { path: "data", level: 9 }]
      )
      assert.deepStrictEqual((yield* get(`${v1}/backlog`)).json.map((one: any) => [one.task_type, one.handled_by]), [
        ["NightlyBackup", []]
      ])
      yield* startWorker
      assert.deepStrictEqual(yield* resultOf(first.json.task_id), { from: "/worker/data", level: 9 })
      const { json } = yield* get(`${v1}/tasks/${first.json.task_id}`)
      assert.deepStrictEqual([json.status, json.result], ["done", { from: "/worker/data", level: 9 }])

      const second = yield* post("/api/tasks/nightly_backup", { query: { level: "5" }, body: { path: "full" } })
      assert.strictEqual(second.status, 200)
      const error = yield* Effect.flip(resultOf(second.json.task_id))
      assert.deepStrictEqual(error, new Full({ path: "/worker/full" }))
      assert.deepStrictEqual(
        (yield* post("/api/tasks/search", { body: { path: "full", semaphore_name: "multiple" } })).json,
        { task_ids: [second.json.task_id] }
      )
    })

    test("lets them recur, as both APIs add them and one changes them", function*() {
      const { get, patch, post, resultOf, startWorker } = yield* start(database)
      yield* startWorker
      const recurring = { task_type: "NightlyBackup", cron_expression: "0 2 1 1 *", payload: { path: "yearly" } }
      const made = yield* post(`${v1}/recurring`, { body: { ...recurring, recurring_id: "yearly" } })
      assert.strictEqual(made.status, 201)
      const old = yield* post("/api/tasks/recurring/NightlyBackup", {
        query: { cron_expression: "0 3 1 1 *" },
        body: { path: "older" }
      })
      assert.strictEqual(old.status, 200)
      const instanceOf = (recurringId: string) =>
        Effect.flatMap(post(`${v1}/recurring/${recurringId}/trigger`), ({ json }) => resultOf(json.task_id))
      assert.deepStrictEqual(yield* instanceOf("yearly"), { from: "/worker/yearly", level: 3 })
      assert.deepStrictEqual(yield* instanceOf(old.json.recurring_id), { from: "/worker/older", level: 3 })
      yield* patch(`${v1}/recurring/yearly`, { body: { payload: { path: "changed", level: 1 } } })
      assert.deepStrictEqual(yield* instanceOf("yearly"), { from: "/worker/changed", level: 1 })
      assert.lengthOf((yield* get(`${v1}/recurring`)).json, 2)
    })

    test("says what is wrong with a payload, and which task it does not know", function*() {
      const { get, post } = yield* start(database)
      const payload = { level: "high", speed: 1 }
      const wrong = yield* post(`${v1}/tasks`, { body: { task_type: "NightlyBackup", payload } })
      assert.deepStrictEqual([wrong.status, wrong.json.error], [422, "ValidationFailed"])
      assert.deepStrictEqual(
        wrong.json.issues.map(({ path }: any) => path.join(".")).sort(),
        ["body.payload.level", "body.payload.path", "body.payload.speed"]
      )
      const old = yield* post("/api/tasks/nightly_backup", { body: { level: "high" } })
      assert.deepStrictEqual(
        [old.status, old.json.detail.map(({ loc }: any) => loc.join(".")).sort()],
        [422, ["body.level", "body.path"]]
      )
      const unknown = yield* post(`${v1}/tasks`, { body: { task_type: "Backup" } })
      assert.strictEqual(unknown.status, 422)
      assert.deepInclude(unknown.json, { error: "TaskNotRegistered", task_type: "Backup" })
      assert.strictEqual((yield* post("/api/tasks/backup", { body: {} })).status, 405)
      assert.strictEqual((yield* post("/api/tasks/recurring/Backup?cron_expression=@daily", {})).status, 404)
      assert.deepStrictEqual((yield* get(`${v1}/tasks`)).json.items, [])
    })
  })
}

describe("a route that two tasks have", () => {
  class Namesake extends Task.make("nightly_backup") {}

  it.effect("is that of the one that runs here, and otherwise of the one that was defined last", () =>
    Effect.gen(function*() {
      const registry = yield* TaskRegistry.TaskRegistry
      const found = () => taskUnder(registry, "nightly_backup")?.taskType
      yield* Layer.build(Backup.handledElsewhere)
      yield* Layer.build(Namesake.handledElsewhere)
      assert.strictEqual(found(), "nightly_backup")
      yield* Layer.build(Backup.toLayer(perform))
      assert.strictEqual(found(), "NightlyBackup")
    }).pipe(Effect.scoped, Effect.provide([TaskRegistry.layer, rooted("/")])))
})

describe("a server in memory", () => {
  it.live("refuses to queue what only others may run, and says why", () =>
    Effect.gen(function*() {
      const { post } = yield* serve(TaskManager.layerMemory)
      const message = "NightlyBackup.handledElsewhere is enough only to queue the task on a database"
      const body = { task_type: "NightlyBackup", payload: { path: "data" } }
      const refused = yield* post(`${v1}/tasks`, { body })
      assert.deepStrictEqual([refused.status, refused.json.error], [422, "TaskNotRegistered"])
      assert.include(refused.json.message, message)
      const old = yield* post("/api/tasks/nightly_backup", { body: { path: "data" } })
      assert.strictEqual(old.status, 503)
      assert.include(old.json.detail, message)
    }).pipe(Effect.scoped))
})
