/**
 * The typed client of `TaskApi`, derived from its definition.
 */
import type * as Effect from "effect/Effect"
import * as HttpApiClient from "effect/http-api/HttpApiClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as Redacted from "effect/Redacted"
import { TaskApi } from "./TaskApi.ts"

/**
 * A client of the API.
 *
 * @category models
 * @since 0.1.0
 */
export interface TaskApiClient extends HttpApiClient.ForApi<typeof TaskApi> {}

/**
 * Makes a client of the server at `baseUrl` (prefix included), which sends the `token` with every request, if there is
 * one.
 *
 * **Gotchas**
 *
 * Fields of payloads and queries are in camelCase here, parameters of paths as in the document (`task_id`). A query or
 * headers that an endpoint takes have to be given, if only as `headers: {}`.
 *
 * **Example** (What is queued on a server)
 *
 * ```ts
 * import { TaskApiClient } from "brinjal/http"
 * import { FetchHttpClient } from "effect/http"
 *
 * const waiting = Effect.gen(function*() {
 *   const client = yield* TaskApiClient.make({ baseUrl: "http://127.0.0.1:8000/api/tasks", token })
 *   const { items } = yield* client.tasks.list({ query: { status: "queued" } })
 *   return items.map(({ heading, taskId }) => ({ heading, taskId }))
 * }).pipe(Effect.provide(FetchHttpClient.layer))
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (options: {
  readonly baseUrl: string | URL
  readonly token?: string | Redacted.Redacted | undefined
}): Effect.Effect<TaskApiClient, never, HttpClient.HttpClient> =>
  HttpApiClient.make(TaskApi, { baseUrl: options.baseUrl, transformClient: showing(options.token) })

const showing = (token: string | Redacted.Redacted | undefined) => (client: HttpClient.HttpClient) =>
  token === undefined ? client : HttpClient.mapRequest(client, HttpClientRequest.bearerToken(token))
