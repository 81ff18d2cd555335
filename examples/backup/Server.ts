/**
 * The HTTP API and the dashboard in front of the tasks, and what can go wrong with an address.
 */
import { NodeHttpServer } from "@effect/platform-node"
import { Dashboard } from "brinjal/dashboard"
import { TaskApiServer } from "brinjal/http"
import { Effect, Layer, Option, type Redacted } from "effect"
import { CliError } from "effect/cli"
import { HttpServer, type HttpServerError } from "effect/http"
import { createServer, type RequestListener } from "node:http"
import { Screen } from "./Screen.ts"

/** Where it is, and who may use it. */
export interface Options {
  readonly host: string
  readonly port: number
  readonly prefix: string
  readonly token: Option.Option<Redacted.Redacted>
  readonly insecure: boolean
}

const refuse = (userMessage: string, cause: unknown) => Effect.fail(new CliError.UserError({ cause, userMessage }))

const isLocal = (host: string): boolean => /^(localhost|127(\.\d{1,3}){3}|::1)$/.test(host)

/** Fails where everybody could do everything and nobody said that he may, before anything else begins. */
export const ensureSafe = ({ host, insecure, token }: Options) =>
  insecure || Option.isSome(token) || isLocal(host) ? Effect.void : refuse(
    `Others can reach ${host}, and anyone could do anything. Give a secret of 16 characters or more as BRINJAL_TOKEN, ` +
      "or listen at 127.0.0.1, or say --insecure if something else protects it.",
    host
  )

const codeOf = ({ cause }: HttpServerError.ServeError): unknown =>
  typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined

const unusable = ({ host, port }: Options, error: HttpServerError.ServeError): string => {
  switch (codeOf(error)) {
    case "EADDRINUSE":
      return `Port ${port} of ${host} is taken. Choose another one with --port; --port 0 takes any free one.`
    case "EACCES":
      return `This user may not listen at port ${port} of ${host}. Choose a port above 1023 with --port.`
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `"${host}" is no address of this machine. Choose another one with --host, such as 127.0.0.1.`
    default:
      return `The server cannot listen at port ${port} of ${host}: ${String(error.cause)}`
  }
}

const starting: RequestListener = (_, response) => {
  response.writeHead(503, { "content-type": "application/json", "retry-after": "1" })
  response.end(JSON.stringify({ error: "Unavailable", message: "The server is starting. Try again in a moment." }))
}

/** A server that has its port before its routes are there says so, instead of keeping those waiting who ask. */
const makeServer = () => {
  const server = createServer(starting)
  server.on("newListener", (event) => void (event === "request" && server.off("request", starting)))
  return server
}

/** Layer that has the port, before anything else begins. */
export const listening = (options: Options) =>
  Layer.catch(
    NodeHttpServer.layer(makeServer, { host: options.host, port: options.port }),
    (error) => Layer.effectContext(refuse(unusable(options, error), error))
  )

/** The page at the root. A checkout may be without its files, which only the page needs. */
const page = (prefix: string) =>
  Dashboard.layer({ api: prefix }).pipe(
    Layer.catchTag("DashboardNotBuilt", ({ message }) =>
      Layer.effectDiscard(Screen.use((screen) => screen.print([{ text: message, tone: "bad" }]))))
  )

/** Layer that answers requests, and says where. */
export const layer = ({ insecure, prefix, token }: Options) =>
  Layer.effectDiscard(announce(prefix)).pipe(
    Layer.provide(
      TaskApiServer.serve(
        Layer.merge(
          page(prefix),
          TaskApiServer.layer({
            prefix,
            security: { insecure, tokens: Option.toArray(token).map((token) => ({ token, role: "admin" })) }
          })
        ),
        { disableLogger: true, disableListenLog: true }
      )
    )
  )

/** Says where the dashboard and the API are. */
const announce = Effect.fnUntraced(function*(prefix: string) {
  const screen = yield* Screen
  const address = yield* HttpServer.addressFormattedWith((address) => Effect.succeed(address.replace(/\/$/, "")))
  const space = screen.isLive ? [{ text: "" }] : []
  yield* screen.print([
    ...space,
    { text: `Dashboard at ${address}/`, tone: "strong" },
    { text: `API at ${address}${prefix}`, tone: "quiet" },
    ...space
  ])
})
