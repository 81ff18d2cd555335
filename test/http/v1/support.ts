/**
 * A server of `/v1` for each test, over real HTTP on loopback, under a clock that stands still.
 */
import { NodeHttpServer } from "@effect/platform-node"
import { it } from "@effect/vitest"
import { Task, TaskManager, TaskStore } from "brinjal"
import { TaskApiServer } from "brinjal/http"
import { Context, DateTime, Deferred, Effect, Layer, Schema, type Scope, Stream } from "effect"
import { HttpServer } from "effect/http"
import * as Http from "node:http"
import type { SecurityOptions } from "../../../src/http/internal/security/options.ts"
import * as requests from "../requests.ts"
import type { Request } from "../requests.ts"

export class Refused extends Schema.TaggedError<Refused>()("NoSuchName", { name: Schema.String }) {}

/** Waits until it is told how to end. */
export class Wait extends Task.make("WaitTask", {
  payload: {
    name: Schema.String,
    at: Schema.optionalKey(Schema.DateTimeUtcFromString),
    size: Schema.Int.check(Schema.isGreaterThan(0)).pipe(Schema.withDecodingDefaultKey(Effect.succeed(1)))
  },
  success: Schema.String,
  error: Refused,
  semaphore: "multiple",
  heading: "Waiting"
}) {}

/** Fills in by itself what is left out. */
export class Filled extends Task.make("FilledTask", {
  payload: {
    name: Schema.String.pipe(Schema.withConstructorDefault(Effect.succeed("anybody"))),
    times: Schema.Int.pipe(Schema.withConstructorDefault(Effect.succeed(3)))
  }
}) {}

/** Ends at once. */
export class Quick extends Task.make("QuickTask", { payload: { n: Schema.optionalKey(Schema.Int) } }) {}

/** Waits until it is told how to end, one after another of the same name. */
class Keyed extends Task.make("KeyedTask", {
  payload: { name: Schema.String },
  success: Schema.String,
  error: Refused,
  concurrency: { key: ({ name }) => name }
}) {}

/** Takes no payload. */
class Plain extends Task.make("PlainTask") {}

/** How waiting tasks end, by name. */
export class Ends extends Context.Service<Ends, {
  readonly of: (name: string) => Deferred.Deferred<string, Refused>
}>()("test/http/v1/Ends") {
  static readonly layer = Layer.sync(Ends, () => {
    const all = new Map<string, Deferred.Deferred<string, Refused>>()
    return Ends.of({
      of: (name) => {
        const end = all.get(name) ?? Deferred.makeUnsafe<string, Refused>()
        all.set(name, end)
        return end
      }
    })
  })
}

/** Lets a waiting task succeed, or fail. */
export const finish = (name: string) => Ends.use((ends) => Deferred.succeed(ends.of(name), name))
export const fail = (name: string) => Ends.use((ends) => Deferred.fail(ends.of(name), new Refused({ name })))

const Tasks = Layer.mergeAll(
  Wait.toLayer(({ name }) => Ends.use((ends) => Deferred.await(ends.of(name)))),
  Filled.toLayer(() => Effect.void),
  Keyed.toLayer(({ name }) => Ends.use((ends) => Deferred.await(ends.of(name)))),
  Quick.toLayer(() => Effect.void),
  Plain.toLayer(() => Effect.void)
)

/** Where the server of this test is. */
export class Server extends Context.Service<Server, { readonly base: string; readonly port: number }>()(
  "test/http/v1/Server"
) {}

const listening = Layer.effect(
  Server,
  HttpServer.HttpServer.use(({ address }) =>
    address._tag === "UnixPathAddress"
      ? Effect.die("not on a port")
      : Effect.succeed({ port: address.port, base: `http://127.0.0.1:${address.port}/v1` })
  )
)

type Manager = typeof TaskManager.TaskManager.Service

/** The manager, some of whose methods are others. */
const replaced = (replace: (manager: Manager) => Partial<Manager>) =>
  Layer.effect(
    TaskManager.TaskManager,
    TaskManager.TaskManager.use((manager) => Effect.succeed({ ...manager, ...replace(manager) }))
  )

/** A server with a manager, in memory unless told, some of whose methods may be replaced. */
export const layer = (
  security: SecurityOptions = {},
  configuration: TaskManager.Configuration = {},
  options: {
    readonly disableLogger?: boolean
    readonly host?: string
    readonly replace?: (manager: Manager) => Partial<Manager>
    readonly store?: Layer.Layer<TaskStore.TaskStore>
  } = {}
) =>
  listening.pipe(
    Layer.provideMerge(
      TaskApiServer.serve(TaskApiServer.layer({ prefix: "/", security }), {
        disableLogger: options.disableLogger ?? true,
        disableListenLog: true
      })
    ),
    Layer.provideMerge(Tasks),
    Layer.provideMerge(Ends.layer),
    Layer.provideMerge(replaced(options.replace ?? (() => ({})))),
    Layer.provideMerge(
      TaskManager.layer.pipe(
        Layer.provide([TaskManager.configure(configuration), options.store ?? TaskStore.layerMemory]),
        Layer.orDie
      )
    ),
    Layer.provideMerge(NodeHttpServer.layer(Http.createServer, { port: 0, host: options.host ?? "127.0.0.1" }))
  )

type World = Layer.Success<ReturnType<typeof layer>> | Scope.Scope

/** A test with a server. */
export const effect = (
  name: string,
  program: () => Generator<Effect.Effect<unknown, unknown, World>, void, any>,
  options?: SecurityOptions
) => it.effect(name, () => Effect.provide(Effect.gen(program), layer(options)))

/** A text is sent as JSON too, which it may not be. */
const asJson = (request: Request): Request =>
  typeof request.body === "string"
    ? { ...request, headers: { "content-type": "application/json", ...request.headers } }
    : request

/** The address of a path under `/v1`. A path that begins with `/..` is one from the root. */
const addressOf = (base: string, path: string): string =>
  path.startsWith("/..") ? base.replace(/\/v1$/, "") + path.slice(3) : base + path

/** Sends a request and gives the head of its response. */
export const open = (method: string, path: string, request: Request = {}) =>
  Server.use(({ base }) => requests.open(method, addressOf(base, path), asJson(request)))

/** Sends a request to a path under `/v1`. */
export const send = (method: string, path: string, request?: Request) =>
  Effect.flatMap(open(method, path, request), requests.answerOf)

export const get = (path: string, query?: Readonly<Record<string, string>>) =>
  send("GET", path, query === undefined ? {} : { query })
export const post = (path: string, body?: unknown, headers?: Readonly<Record<string, string>>) =>
  send("POST", path, { body, ...(headers === undefined ? {} : { headers }) })
export const patch = (path: string, body: unknown, headers?: Readonly<Record<string, string>>) =>
  send("PATCH", path, { body, ...(headers === undefined ? {} : { headers }) })
export const remove = (path: string, query?: Readonly<Record<string, string>>) =>
  send("DELETE", path, query === undefined ? {} : { query })

/** A recurring task that runs every night, and ends at once. */
export const nightly = {
  recurring_id: "nightly",
  cron_expression: "0 2 * * *",
  task_type: "QuickTask",
  payload: { n: 1 }
}

/** One that runs every minute, and waits. */
export const everyMinute = {
  recurring_id: "often",
  cron_expression: "* * * * *",
  task_type: "WaitTask",
  payload: { name: "a" }
}

/** Adds the nightly recurring task, with other options if they are given, and gives what is answered. */
export const add = (more: object = {}) => Effect.map(post("/recurring", { ...nightly, ...more }), ({ json }) => json)

/** Queues a waiting task and gives its id. */
export const waiting = (name: string) =>
  Effect.map(post("/tasks", { task_type: "WaitTask", payload: { name } }), ({ json }) => json.task_id as string)

/** Waits until a task has this status. */
export const reach = (taskId: string, status: string) =>
  TaskManager.TaskManager.use((manager) =>
    manager.taskUpdates(taskId).pipe(Stream.takeUntil((update) => update.status === status), Stream.runDrain)
  )

/** A server-sent event. */
export interface Event {
  readonly id: string | undefined
  readonly event: string
  readonly data: any
}

const eventOf = (text: string): Event => {
  const fields = new Map(
    text.split("\n").map((line) => [line.slice(0, line.indexOf(": ")), line.slice(line.indexOf(": ") + 2)])
  )
  return { id: fields.get("id"), event: fields.get("event")!, data: JSON.parse(fields.get("data")!) }
}

/** An open stream. */
export interface Events {
  readonly response: Http.IncomingMessage
  /** The next event, `undefined` at the end. */
  readonly next: Effect.Effect<Event | undefined>
  readonly close: Effect.Effect<void>
}

/** Opens the live stream. It is closed with the test. */
export const listen = (request?: Request): Effect.Effect<Events, never, Server | Scope.Scope> =>
  Server.use(({ base }) =>
    Effect.map(requests.listen(`${base}/events`, request), ({ close, next, response }) => ({
      response,
      close,
      next: Effect.map(next, (message) => message === undefined ? undefined : eventOf(message))
    }))
  )

/** Reads a stream until an event fits. */
export const until = Effect.fnUntraced(function*(events: Events, fits: (event: Event) => boolean) {
  while (true) {
    const event = yield* events.next
    if (event === undefined) return yield* Effect.die("the stream has ended")
    if (fits(event)) return event
  }
})

/** An instant of the clock that stands still. */
export const iso = (millis: number) => DateTime.formatIso(DateTime.makeUnsafe(millis))
