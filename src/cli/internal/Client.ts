/**
 * The typed client of the server that a command talks to, and sentences for its failures.
 */
import type { CliError } from "effect/cli"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpApiClient from "effect/http-api/HttpApiClient"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import { HttpClientError, TransportError } from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type { HttpClientResponse } from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type * as Redacted from "effect/Redacted"
import { V1Api } from "../../http/internal/v1/api.ts"
import * as address from "./address.ts"
import { defaultUrl } from "./defaults.ts"
import { fail } from "./failure.ts"
import * as format from "./format.ts"
import { Patience, Silence, within } from "./Patience.ts"

/** Where the server is, which may name a user, and the token that it asks for. */
export interface Server {
  readonly url: string
  readonly token: Option.Option<Redacted.Redacted<string>>
}

/** The client of one server. */
export class Client extends Context.Service<Client, HttpApiClient.ForApi<typeof V1Api>>()(
  "brinjal/cli/internal/Client"
) {}

/** A stream has its own limits; of anything else, the body is part of the answer. */
const arrived = (response: HttpClientResponse) =>
  response.headers["content-type"]?.startsWith("text/event-stream") === true
    ? Effect.void
    : Effect.ignore(response.text) // what is wrong with it is found when it is read again, from memory

/** Fails requests that a server does not answer. */
const limited = (client: HttpClient.HttpClient) =>
  HttpClient.transform(
    client,
    (answer, request) =>
      Effect.flatMap(Patience, (limits) => within(Effect.tap(answer, arrived), limits.answer)).pipe(
        Effect.catchTag(
          "ServerSilent",
          (cause) => Effect.fail(new HttpClientError({ reason: new TransportError({ request, cause }) }))
        )
      )
  )

/** Both are in the same header: a token that was given counts, and not a login that may be in any URL. */
const authorized = ({ token, url }: Server, request: HttpClientRequest.HttpClientRequest) => {
  if (Option.isSome(token)) return HttpClientRequest.bearerToken(request, token.value)
  return Option.match(address.login(url), {
    onNone: () => request,
    onSome: ({ password, user }) => HttpClientRequest.basicAuth(request, user, password)
  })
}

const transform = (server: Server) => (client: HttpClient.HttpClient) =>
  HttpClient.mapRequest(limited(client), (request) => authorized(server, request))

/** The client, over `fetch`. */
const layer = (server: Server): Layer.Layer<Client, CliError.UserError> =>
  Layer.effect(
    Client,
    Effect.suspend(() =>
      URL.canParse(server.url) && /^https?:/.test(server.url)
        ? HttpApiClient.make(V1Api, {
          baseUrl: address.shown(server.url).replace(/\/+$/, ""),
          transformClient: transform(server)
        })
        : fail(`"${address.shown(server.url)}" is not the URL of a server. Write one such as ${defaultUrl} for --url.`)
    )
  ).pipe(Layer.provide(FetchHttpClient.layer))

/** The sentence for an answer that this API does not give. */
const strange = (url: string, status: number): string => {
  if (status === 404) {
    return `There is no Brinjal API at ${url}. Check the path of --url: it is the --prefix of the server.`
  }
  if (status === 401) {
    return `The server at ${url} asks for a login that is not Brinjal's. If it takes a user and a password, write ` +
      "http://USER:PASSWORD@... for --url or BRINJAL_URL; if it takes a bearer token, give that with --token."
  }
  return `The server at ${url} answered with status ${status}, which Brinjal does not.`
}

/** The sentence for a server that says nothing. What it was asked to change, it may still change. */
const silent = (url: string, { limit }: Silence, isChange: boolean): string =>
  `The server at ${url} takes connections but has said nothing for ${format.duration(limit)}. ` +
  "It may hang: look at its log, or start it again. Or it is no Brinjal: say where that is with --url or BRINJAL_URL." +
  (isChange ? " What it was asked to do may still happen." : "")

/** Whether the connection was lost in the middle of an answer, for which `fetch` has a TypeError. */
const isCut = (error: unknown): boolean => {
  if (!Predicate.isTagged(error, "HttpClientError")) return false
  const { reason } = error as HttpClientError
  return reason._tag === "DecodeError" && reason.cause instanceof TypeError
}

/** Whether a server that has answered before may be back soon: it is gone, or it or what is in front of it says so. */
export const isAway = (error: unknown): boolean => {
  if (error instanceof Silence || isCut(error)) return true
  if (Predicate.isTagged(error, "TaskManagerStopped") || Predicate.isTagged(error, "TaskStoreError")) return true
  if (!Predicate.isTagged(error, "HttpClientError")) return false
  const { reason, response } = error as HttpClientError
  return response === undefined ? reason._tag === "TransportError" : [502, 503, 504].includes(response.status)
}

/** What programs are told: that a server is silent, where that made the client fail. */
const behind = (error: unknown): unknown =>
  Predicate.isTagged(error, "HttpClientError") && (error as HttpClientError).cause instanceof Silence
    ? (error as HttpClientError).cause
    : error

const unanswered = ({ cause, reason, request, response }: HttpClientError, url: string): string => {
  if (cause instanceof Silence) return silent(url, cause, request.method !== "GET")
  if (response !== undefined) return strange(url, response.status)
  return reason._tag === "TransportError"
    ? `No server answers at ${url}. Start one with brinjal serve, or say where it is with --url or BRINJAL_URL.`
    : `The request to ${url} failed: ${reason.message}`
}

const explained = (error: unknown, url: string): string => {
  if (error instanceof Silence) return silent(url, error, false)
  if (isCut(error)) return `The connection to ${url} was lost in the middle of an answer. Try again.`
  if (Predicate.isTagged(error, "HttpClientError")) return unanswered(error as HttpClientError, url)
  if (Predicate.isTagged(error, "SchemaError")) {
    return `The server at ${url} answered what this version does not understand. Is it another version?`
  }
  if (Predicate.isTagged(error, "Unauthorized")) {
    return `The server at ${url} requires a token: give it with --token or BRINJAL_TOKEN.`
  }
  return error instanceof Error ? error.message : String(error)
}

/**
 * Makes a request whose answer takes as long as the finalizers of a task do, and waits for it as long as the server
 * answers others.
 */
export const patiently = <A, E, R>(request: Effect.Effect<A, E, R>) =>
  Effect.flatMap(Patience, (limits) => {
    const isAlive = Effect.delay(Client.use((client) => client.system.health()), limits.answer)
    return Effect.raceFirst(
      Effect.provideService(request, Patience, { ...limits, answer: Duration.infinity }),
      Effect.forever(isAlive)
    )
  })

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
        : fail(explained(error, address.shown(server.url)), behind(error))
  )
