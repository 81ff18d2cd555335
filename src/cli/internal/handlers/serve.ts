/**
 * `brinjal serve`: runs the tasks of a module, behind the HTTP API and the dashboard.
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import type { CliError } from "effect/cli"
import * as Config from "effect/Config"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpServer from "effect/http/HttpServer"
import type { ServeError } from "effect/http/HttpServerError"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import type * as Path from "effect/Path"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Dashboard from "../../../dashboard/Dashboard.ts"
import type { SecurityOptions } from "../../../http/internal/security/options.ts"
import { isLocalName } from "../../../http/internal/security/origins.ts"
import { shortest } from "../../../http/internal/security/tokens.ts"
import { Role } from "../../../http/TaskApiError.ts"
import * as TaskApiServer from "../../../http/TaskApiServer.ts"
import * as TaskManager from "../../../TaskManager.ts"
import { TaskRegistry } from "../../../TaskRegistry.ts"
import * as Ending from "../Ending.ts"
import { fail } from "../failure.ts"
import * as format from "../format.ts"
import * as httpServer from "../httpServer.ts"
import * as module from "../module.ts"
import { checkPools, poolSizes } from "../pools.ts"
import { Screen } from "../Screen.ts"
import * as store from "../store.ts"
import * as When from "../when.ts"

/** The flags and arguments. */
export interface Input {
  readonly module: string
  readonly store: string
  readonly host: string
  readonly port: number
  readonly prefix: string
  readonly name: Option.Option<string>
  readonly token: ReadonlyArray<Redacted.Redacted>
  readonly insecure: boolean
  readonly origin: ReadonlyArray<string>
  readonly dashboard: boolean
  readonly pool: Option.Option<Readonly<Record<string, string>>>
  readonly grace: string
}

/** The same, validated. */
interface Checked {
  readonly module: string
  readonly store: store.Store
  readonly host: string
  readonly port: number
  readonly prefix: string
  readonly name: string | undefined
  readonly security: SecurityOptions
  readonly dashboard: boolean
  readonly pools: Readonly<Record<string, number>>
  readonly grace: Duration.Duration
}

const prefixOf = (prefix: string) =>
  /^\/([\w.~-]+(\/[\w.~-]+)*)?$/.test(prefix)
    ? Effect.succeed(prefix)
    : fail(`"${prefix}" is not a valid value for --prefix. Write a path such as /api/tasks, or / for none.`)

const isRole = Schema.is(Role)

/**
 * A token as it is written: `read:SECRET`, `operate:SECRET`, `admin:SECRET`, or just the secret for the role admin. What is
 * before a colon is not repeated in the message, since it may belong to a secret.
 */
const tokenOf = (text: Redacted.Redacted) => {
  const token = Redacted.value(text)
  const end = token.indexOf(":")
  const role = end < 0 ? "admin" : token.slice(0, end)
  return isRole(role) ? Effect.succeed({ role, token: Redacted.make(token.slice(end + 1)) }) : fail(
    `What is before the colon of a token is no role. The roles are ${
      Role.literals.join(", ")
    }: write read:SECRET. A secret ` +
      "that has a colon itself needs its role before it: admin:SECRET."
  )
}

const fromEnvironment = Config.Redacted("BRINJAL_TOKEN").pipe(Config.option, Effect.orDie)

/** Who may make requests. An open server, or a token that can be guessed, is refused before anything runs. */
const securityOf = Effect.fnUntraced(function*({ host, insecure, origin, token }: Input) {
  const given = token.length > 0 ? token : Option.toArray(yield* fromEnvironment)
  const tokens = yield* Effect.forEach(given, tokenOf)
  if (tokens.some(({ token }) => Redacted.value(token).length < shortest)) {
    return yield* fail(`A token has fewer than ${shortest} characters and could be guessed. Choose a longer one.`)
  }
  if (tokens.length === 0 && !insecure && !isLocalName(host)) {
    return yield* fail(
      `Others can reach ${host}, and anyone could do anything. Give a secret with --token or BRINJAL_TOKEN, or listen ` +
        "at 127.0.0.1, or say --insecure if something else protects it."
    )
  }
  const security: SecurityOptions = { insecure, origins: origin, tokens }
  return security
})

const check = Effect.fnUntraced(function*(input: Input) {
  const checked: Checked = {
    ...input,
    name: Option.getOrUndefined(input.name),
    prefix: yield* prefixOf(input.prefix),
    store: yield* store.read(input.store),
    security: yield* securityOf(input),
    pools: yield* poolSizes(input.pool),
    grace: yield* When.duration("--grace", input.grace)
  }
  return checked
})

const codeOf = ({ cause }: ServeError): unknown =>
  typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined

const refusal = ({ host, port }: Checked, error: ServeError): string => {
  switch (codeOf(error)) {
    case "EADDRINUSE":
      return `Port ${port} of ${host} is taken, perhaps by another brinjal serve. Choose another one with --port; --port 0 ` +
        `takes any free one.`
    case "EACCES":
      return `This user may not listen at port ${port} of ${host}. Choose a port above 1023 with --port.`
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `"${host}" is no address of this machine. Choose another one with --host, such as 127.0.0.1.`
    default:
      return `The server cannot listen at port ${port} of ${host}: ${String(error.cause)}`
  }
}

const server = (input: Checked) =>
  Layer.catch(
    NodeHttpServer.layer(httpServer.make, { port: input.port, host: input.host }),
    (error) => Layer.effectContext(fail(refusal(input, error), error))
  )

const manager = (input: Checked) =>
  TaskManager.layer.pipe(
    Layer.provide(store.layer(input.store)),
    Layer.provide(TaskManager.configure({
      pools: input.pools,
      shutdownGrace: input.grace,
      name: input.name
    })),
    Layer.catchTag("TaskStoreError", (error) =>
      Layer.effectContext(
        fail(`Tasks cannot be read from ${store.describe(input.store)}: ${store.reasonOf(error)}.`, error)
      ))
  )

/** The task types, in words, and those of them that only other processes handle. */
const typesOf = ({ definitions, get }: typeof TaskRegistry.Service) => {
  const all = definitions()
  const elsewhere = all.filter(({ taskType }) => get(taskType) === undefined).map(({ taskType }) => taskType)
  const counted = format.count(all.length, "task type")
  return { elsewhere, counted: elsewhere.length === 0 ? counted : `${counted} (${elsewhere.length} handled elsewhere)` }
}

/** Prints what is served, and where. */
const announce = (input: Checked) =>
  Layer.effectDiscard(Effect.gen(function*() {
    const screen = yield* Screen
    const { counted, elsewhere } = typesOf(yield* TaskRegistry)
    const recurring = yield* Effect.orDie(TaskManager.TaskManager.use((manager) => manager.getAllRecurringTasks))
    const address = yield* HttpServer.addressFormattedWith((address) => Effect.succeed(address.replace(/\/$/, "")))
    yield* screen.print(
      `Serving ${input.module}: ${counted}, ` +
        `${format.count(recurring.length, "recurring task")}, kept in ${store.describe(input.store)}.`
    )
    if (input.dashboard) yield* screen.print(`Dashboard at ${screen.paint(`${address}/`, "strong")}`)
    yield* screen.print(`API at ${address}${input.prefix}`)
    if (elsewhere.length > 0 && input.store._tag === "Memory") {
      yield* Effect.logWarning(
        `No other process finds tasks that are kept in memory, so none is taken of the type ${elsewhere.join(", ")}. ` +
          "Keep them in a database, with --store, or export the layer that handles them."
      )
    }
    yield* screen.hint("Ctrl-C stops.")
  }))

/** A second Ctrl-C does not wait: running tasks are left as a crash leaves them. */
const impatience = Effect.sync(() => void process.once("SIGINT", () => process.exit(Ending.codes.SIGINT)))

/** Prints that the server is stopping, since that may take as long as running tasks do. */
const farewell = Layer.effectDiscard(
  Effect.flatMap(
    Screen,
    (screen) =>
      Effect.addFinalizer(() => Effect.andThen(impatience, screen.hint("Stopping. Ctrl-C again does not wait.")))
  )
)

/** The API, and the dashboard at the root. */
const routes = ({ dashboard, prefix, security }: Checked) => {
  const api = TaskApiServer.layer({ prefix, security })
  return dashboard ? Layer.merge(api, Dashboard.layer({ api: prefix })) : api
}

/** Builds the module. That its tasks name pools is known only then. */
const build = (input: Checked, contents: module.Contents) =>
  Effect.andThen(
    module.build(contents),
    TaskRegistry.use((registry) => checkPools(contents.file, registry, input.pools))
  )

const launch = (input: Checked, contents: module.Contents) =>
  farewell.pipe(
    Layer.provide(announce(input)),
    Layer.provide(TaskApiServer.serve(routes(input), { disableLogger: true, disableListenLog: true })),
    Layer.provide(Layer.effectDiscard(build(input, contents))),
    Layer.provide(manager(input)),
    Layer.provide(server(input)),
    Layer.provide(FetchHttpClient.layer),
    Layer.provide(Layer.succeed(Logger.LogToStderr, true)),
    Layer.launch,
    Effect.catchTag("UnsafeServer", (error) => fail(error.message, error)),
    Effect.catchTag(
      "DashboardNotBuilt",
      (error) => fail(`${error.message} Or leave it out with --no-dashboard.`, error)
    )
  )

/** Serves until it is stopped. The module is loaded first, so that no database is created if that fails. */
export const serve = Effect.fnUntraced(
  function*(input: Input): Effect.fn.Return<never, CliError.UserError, Screen | Path.Path> {
    const checked = yield* check(input)
    return yield* launch(checked, yield* module.load(checked.module))
  },
  Ending.endless
)
