/**
 * A server of its own for each test, over real HTTP on loopback, with tasks that do what the test tells them, under a clock
 * that stands still.
 */
import { NodeHttpServer } from "@effect/platform-node"
import { it } from "@effect/vitest"
import { Task, TaskManager, TaskStore } from "brinjal"
import { ExampleTasks, TaskApiServer } from "brinjal/http"
import { Context, Effect, Layer, Queue, Schema, type Scope } from "effect"
import { HttpServer } from "effect/http"
import * as Http from "node:http"
import * as requests from "../requests.ts"
import type { Request } from "../requests.ts"

/** What a puppet is told: to change how it looks, or to end. */
export type Command =
  | { readonly update: Task.Update }
  | { readonly succeed: string }
  | { readonly fail: string }
  | { readonly die: unknown }

/** The strings of the puppets, by name. */
export class Strings extends Context.Service<Strings, {
  readonly of: (name: string) => Queue.Queue<Command>
}>()("test/http/Strings") {
  static readonly layer = Layer.sync(Strings, () => {
    const queues = new Map<string, Queue.Queue<Command>>()
    return Strings.of({
      of: (name) => {
        const queue = queues.get(name) ?? Effect.runSync(Queue.unbounded<Command>())
        queues.set(name, queue)
        return queue
      }
    })
  })
}

/** Tells a puppet. */
export const tell = (name: string, ...commands: ReadonlyArray<Command>) =>
  Strings.use((strings) => Queue.offerAll(strings.of(name), commands))

export class Broken extends Schema.TaggedError<Broken>()("Broken", { message: Schema.String }) {}

/** Does what its strings tell. */
export class Puppet extends Task.make("PuppetTask", {
  payload: { name: Schema.String.pipe(Schema.withConstructorDefault(Effect.succeed("puppet"))) },
  success: Schema.String,
  error: Broken,
  semaphore: "multiple"
}) {}

/** The same, one at a time. */
export class Single extends Task.make("SinglePuppetTask", {
  payload: { name: Schema.String },
  success: Schema.String,
  error: Broken,
  semaphore: "single"
}) {}

const dance = Effect.fnUntraced(function*({ name }: { readonly name: string }) {
  const queue = (yield* Strings).of(name)
  while (true) {
    const command = yield* Queue.take(queue)
    if ("succeed" in command) return command.succeed
    if ("fail" in command) return yield* new Broken({ message: command.fail })
    if ("die" in command) return yield* Effect.die(command.die)
    yield* Task.update(command.update)
  }
})

/** One with every kind of parameter, that ends at once. */
export class Kinds extends Task.make("HTTPKindsTask", {
  payload: {
    count: Schema.Int,
    ratio: Schema.Number.pipe(Schema.withDecodingDefaultKey(Effect.succeed(1))),
    flag: Schema.Boolean.pipe(Schema.withConstructorDefault(Effect.succeed(false))),
    note: Schema.NullOr(Schema.String).pipe(Schema.withConstructorDefault(Effect.succeed(null))),
    mode: Schema.Literals(["fast", "slow"]).pipe(Schema.withConstructorDefault(Effect.succeed("fast" as const))),
    tags: Schema.Array(Schema.String).pipe(Schema.withConstructorDefault(Effect.succeed([]))),
    when: Schema.optionalKey(Schema.DateTimeUtcFromString)
  }
}) {}

const Tasks = Layer.mergeAll(
  Puppet.toLayer(dance),
  Single.toLayer(dance),
  Kinds.toLayer(() => Effect.void),
  ExampleTasks.layer
)

/** Where the server of this test is, prefix included. */
export class Server extends Context.Service<Server, { readonly base: string; readonly port: number }>()(
  "test/http/Server"
) {}

const listening = (prefix: string) =>
  Layer.effect(
    Server,
    HttpServer.HttpServer.use(({ address }) => {
      if (address._tag === "UnixPathAddress") return Effect.die("not on a port")
      return Effect.succeed({ port: address.port, base: `http://127.0.0.1:${address.port}${prefix}` })
    })
  )

/** A server with a manager, in memory unless told. */
export const layer = (
  options: TaskApiServer.Options = {},
  manager: Layer.Layer<never> = Layer.empty,
  store: Layer.Layer<TaskStore.TaskStore> = TaskStore.layerMemory
) =>
  listening(options.prefix === "/" ? "" : options.prefix ?? "/api/tasks").pipe(
    Layer.provideMerge(
      TaskApiServer.serve(TaskApiServer.layer(options), { disableLogger: true, disableListenLog: true })
    ),
    Layer.provideMerge(Tasks),
    Layer.provideMerge(Strings.layer),
    Layer.provideMerge(TaskManager.layer.pipe(Layer.provide([manager, store]), Layer.orDie)),
    Layer.provideMerge(NodeHttpServer.layer(Http.createServer, { port: 0, host: "127.0.0.1" }))
  )

type World = Layer.Success<ReturnType<typeof layer>> | Scope.Scope

/** A test with a server. */
export const effect = (
  name: string,
  program: () => Generator<Effect.Effect<unknown, unknown, World>, void, any>
) => it.effect(name, () => Effect.provide(Effect.gen(program), layer()))

/** Sends a request to a path under the prefix, or to a whole address. */
export const send = (method: string, path: string, request?: Request) =>
  Server.use(({ base }) =>
    Effect.flatMap(requests.open(method, path.startsWith("http") ? path : base + path, request), requests.answerOf)
  )

export const get = (path: string, request?: Request) => send("GET", path, request)
export const post = (path: string, request?: Request) => send("POST", path, request)
export const patch = (path: string) => send("PATCH", path)
export const remove = (path: string) => send("DELETE", path)

/** Creates a task and gives its id. */
export const create = (route: string, body: unknown = {}) =>
  Effect.map(post(`/${route}`, { body }), ({ json }) => json.task_id as string)

/** A puppet that has been created. */
export const puppet = (name: string) => create("puppet_task", { name })

/** An open stream of events. */
export interface Events {
  readonly status: number
  readonly headers: Http.IncomingHttpHeaders
  /** The next message as it came, without its empty line; `undefined` at the end. */
  readonly next: Effect.Effect<string | undefined>
  /** The next message that is no comment, as JSON. */
  readonly json: Effect.Effect<any>
  /** All messages up to the end, as JSON. */
  readonly rest: Effect.Effect<ReadonlyArray<any>>
  /** Hangs up. */
  readonly close: Effect.Effect<void>
}

/** Opens a stream. It is closed with the test. */
export const listen = Effect.fnUntraced(function*(path: string) {
  const { base } = yield* Server
  const { close, next, response } = yield* requests.listen(base + path)
  const json: Effect.Effect<any> = Effect.flatMap(next, (message) => {
    if (message === undefined) return Effect.succeed(undefined)
    return message.startsWith(":") ? json : Effect.succeed(JSON.parse(message.replace(/^data: /, "")))
  })
  const rest = Effect.gen(function*() {
    const messages: Array<any> = []
    for (let message = yield* json; message !== undefined; message = yield* json) messages.push(message)
    return messages
  })
  const events: Events = { status: response.statusCode!, headers: response.headers, next, json, rest, close }
  return events
})

/** Reads a stream until a message fits. */
export const until = Effect.fnUntraced(function*(events: Events, fits: (message: any) => boolean) {
  while (true) {
    const message = yield* events.json
    if (message === undefined) return yield* Effect.die("the stream has ended")
    if (fits(message)) return message
  }
})

/** Waits until a task has this status. */
export const reach = (taskId: string, status: string) =>
  Effect.scoped(
    Effect.flatMap(listen(`/${taskId}/stream`), (events) => until(events, (task) => task.status === status))
  )

/** Reads the events of a task up to the end of its stream. */
export const life = (taskId: string) => Effect.scoped(Effect.flatMap(listen(`/${taskId}/stream`), ({ rest }) => rest))

/** The queue as it is. */
export const queue = Effect.map(get("/queue"), ({ json }) => json as ReadonlyArray<any>)
