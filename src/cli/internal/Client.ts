/**
 * The typed client of the server that a command talks to, and sentences for its failures.
 */
import type { CliError } from "effect/cli"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpApiClient from "effect/http-api/HttpApiClient"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import type { HttpClientError } from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type * as Redacted from "effect/Redacted"
import { V1Api } from "../../http/internal/v1/api.ts"
import { defaultUrl } from "./defaults.ts"
import { fail } from "./failure.ts"

/** Where the server is, and the token that it asks for. */
export interface Server {
  readonly url: string
  readonly token: Option.Option<Redacted.Redacted<string>>
}

/** The client of one server. */
export class Client extends Context.Service<Client, HttpApiClient.ForApi<typeof V1Api>>()(
  "brinjal/cli/internal/Client"
) {}

const transform = ({ token }: Server) => (client: HttpClient.HttpClient) =>
  HttpClient.mapRequest(client, (request) =>
    Option.match(token, {
      onNone: () => request,
      onSome: (token) => HttpClientRequest.bearerToken(request, token)
    }))

/** The client, over `fetch`. */
const layer = (server: Server): Layer.Layer<Client, CliError.UserError> =>
  Layer.effect(
    Client,
    Effect.suspend(() =>
      URL.canParse(server.url) && /^https?:/.test(server.url)
        ? HttpApiClient.make(V1Api, { baseUrl: server.url.replace(/\/+$/, ""), transformClient: transform(server) })
        : fail(`"${server.url}" is not the URL of a server. Write one such as ${defaultUrl} for --url.`)
    )
  ).pipe(Layer.provide(FetchHttpClient.layer))

/** The sentence for an answer that this API does not give. */
const strange = (url: string, status: number): string =>
  status === 404
    ? `There is no Brinjal API at ${url}. Check the path of --url: it is the --prefix of the server.`
    : `The server at ${url} answered with status ${status}, which Brinjal does not.`

const explained = (error: unknown, url: string): string => {
  if (Predicate.isTagged(error, "HttpClientError")) {
    const { reason, response } = error as HttpClientError
    if (response !== undefined) return strange(url, response.status)
    return reason._tag === "TransportError"
      ? `No server answers at ${url}. Start one with brinjal serve, or say where it is with --url or BRINJAL_URL.`
      : `The request to ${url} failed: ${reason.message}`
  }
  if (Predicate.isTagged(error, "SchemaError")) {
    return `The server at ${url} answered what this version does not understand. Is it another version?`
  }
  if (Predicate.isTagged(error, "Unauthorized")) {
    return `The server at ${url} requires a token: give it with --token or BRINJAL_TOKEN.`
  }
  return error instanceof Error ? error.message : String(error)
}

/** Runs an effect with a client of the server, and turns its failures into sentences. */
export const withServer = <A, E, R>(
  server: Server,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, CliError.UserError, Exclude<R, Client>> =>
  Effect.catch(
    Effect.provide(effect, layer(server)),
    (error) =>
      Predicate.isTagged(error, "UserError")
        ? Effect.fail(error as CliError.UserError)
        : fail(explained(error, server.url), error)
  )
