/**
 * A real server with the dashboard, in this process, whose tasks do what a test tells them.
 */
import { NodeHttpServer } from "@effect/platform-node"
import { RecurringTask, Task, TaskManager } from "brinjal"
import { Dashboard } from "brinjal/dashboard"
import { TaskApiServer } from "brinjal/http"
import { Deferred, Effect, Layer, ManagedRuntime, Redacted, Schedule, Schema } from "effect"
import { HttpServer } from "effect/http"
import * as Http from "node:http"

export class Broken extends Schema.TaggedError<Broken>()("Broken", { what: Schema.String }) {
  override get message() {
    return `The ${this.what} is broken.`
  }
}

/** Runs until a test ends it, and again an hour after the network was broken. */
export class Steered extends Task.make("Steered", {
  payload: {
    name: Schema.String.check(Schema.isMinLength(1)),
    level: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9 })),
    mode: Schema.Literals(["full", "incremental"]),
    tags: Schema.optionalKey(Schema.Array(Schema.String)),
    dry: Schema.optionalKey(Schema.Boolean)
  },
  success: Schema.Struct({ files: Schema.Int }),
  error: Broken,
  retry: {
    schedule: Schedule.spaced("1 hour"),
    while: (error) => error._tag === "Broken" && error.what === "network"
  },
  semaphore: "steered"
}) {}

/** What a test may do to a task that runs. */
export interface Wheel {
  readonly update: (update: Parameters<typeof Task.update>[0]) => Promise<void>
  readonly succeed: () => Promise<unknown>
  readonly fail: (what: string) => Promise<unknown>
  /** Lets it start another one, whose parent it is. */
  readonly start: (name: string, options?: Task.TemplateOptions) => Promise<string>
}

/** How long a test waits for a task to run, in milliseconds. */
const patience = 30_000

/** The tasks that run, by name. */
export class Wheels {
  private readonly there = new Map<string, Wheel>()
  private readonly waiting = new Map<string, (wheel: Wheel) => void>()

  /** The wheel of a task, as soon as it runs. */
  of(name: string): Promise<Wheel> {
    const wheel = this.there.get(name)
    if (wheel !== undefined) return Promise.resolve(wheel)
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`There is no task named "${name}" that runs`)), patience)
      this.waiting.set(name, (wheel) => {
        clearTimeout(timer)
        resolve(wheel)
      })
    })
  }

  readonly handler = (payload: { readonly name: string }) =>
    Effect.gen({ self: this }, function*() {
      const manager = yield* TaskManager.TaskManager
      const end = yield* Deferred.make<{ readonly files: number }, Broken>()
      const context = yield* Effect.context<never>()
      const run = Effect.runPromiseWith(context)
      const wheel: Wheel = {
        update: (update) => run(Task.update(update) as Effect.Effect<void>),
        succeed: () => run(Deferred.succeed(end, { files: 3 })),
        fail: (what) => run(Deferred.fail(end, new Broken({ what }))),
        start: (name, options) =>
          run(Effect.orDie(manager.addTaskToQueue(template(name, options))) as Effect.Effect<string>)
      }
      this.there.set(payload.name, wheel)
      this.waiting.get(payload.name)?.(wheel)
      this.waiting.delete(payload.name)
      return yield* Effect.ensuring(Deferred.await(end), Effect.sync(() => this.there.delete(payload.name)))
    })
}

const template = (name: string, options?: Task.TemplateOptions) =>
  Steered.template({ name, level: 3, mode: "full" }, options)

const recurring = Layer.mergeAll(
  RecurringTask.layer("nightly", {
    cronExpression: "0 2 * * *",
    timezone: "Europe/Berlin",
    templateTask: template("nightly", { heading: "Nightly backup" })
  }),
  RecurringTask.layer("weekly", { cronExpression: "0 9 * * MON", templateTask: template("weekly") })
)

/** How a server is set up. */
export interface Options {
  readonly port?: number
  readonly empty?: boolean
  readonly path?: string
  readonly prefix?: string
  /** Origins whose pages may ask. */
  readonly origins?: ReadonlyArray<string>
  readonly tokens?: ReadonlyArray<
    { readonly name: string; readonly role: "read" | "operate" | "admin"; readonly token: string }
  >
}

const serving = ({ empty, origins, path, port, prefix, tokens }: Options, wheels: Wheels) => {
  const secret = tokens?.map(({ token, ...who }) => ({ ...who, token: Redacted.make(token) }))
  const api = TaskApiServer.layer({ prefix, security: { origins, tokens: secret } })
  const dashboard = Dashboard.layer({ path, api: prefix })
  return TaskApiServer.serve(Layer.mergeAll(api, dashboard), { disableLogger: true, disableListenLog: true }).pipe(
    Layer.provide(empty ? Layer.empty : recurring),
    Layer.provideMerge(Steered.toLayer(wheels.handler)),
    Layer.provideMerge(TaskManager.layerMemory.pipe(Layer.provide(TaskManager.configure({
      pools: { steered: 1_000 },
      shutdownGrace: 0
    })))),
    Layer.provideMerge(
      NodeHttpServer.layer(Http.createServer, { port: port ?? 0, host: "127.0.0.1", gracefulShutdownTimeout: 1_000 })
    )
  )
}

/** A server that runs. */
export const start = async (options: Options = {}) => {
  const wheels = new Wheels()
  const runtime = ManagedRuntime.make(serving(options, wheels))
  const address = await runtime.runPromise(HttpServer.HttpServer.use(({ address }) => Effect.succeed(address)))
  const port = address._tag === "UnixPathAddress" ? 0 : address.port
  const manager = await runtime.runPromise(TaskManager.TaskManager)
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    wheels,
    manager,
    run: runtime.runPromise,
    add: (name: string, options?: Task.TemplateOptions) =>
      runtime.runPromise(manager.addTaskToQueue(template(name, options))),
    addForLater: (name: string, when: TaskManager.StartTime, options?: Task.TemplateOptions) =>
      runtime.runPromise(manager.scheduleTask(template(name, options), when)),
    close: () => runtime.dispose()
  }
}

export type Server = Awaited<ReturnType<typeof start>>
