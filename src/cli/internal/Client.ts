/**
 * The typed client of the server that a command talks to.
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
import * as complaints from "./complaints.ts"
import { defaultUrl } from "./defaults.ts"
import { fail } from "./failure.ts"
import { Patience, within } from "./Patience.ts"

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
          transformClient: transform(server),
          transformResponse: Effect.mapError(complaints.ofAnswer)
        })
        : fail(`"${address.shown(server.url)}" is not the URL of a server. Write one such as ${defaultUrl} for --url.`)
    )
  ).pipe(Layer.provide(FetchHttpClient.layer))

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
        : complaints.explain(error, { url: address.shown(server.url), token: server.token })
  )
