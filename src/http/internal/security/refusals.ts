/**
 * The answers to requests that are refused before their handler sees them.
 */
import * as Effect from "effect/Effect"
import * as HttpEffect from "effect/http/HttpEffect"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Schema from "effect/Schema"
import type * as TaskApiError from "../../TaskApiError.ts"
import * as errors from "../v1/errors.ts"

/** Why a request is refused. */
export type Refusal =
  | TaskApiError.BodyTooLarge
  | TaskApiError.BodyTooSlow
  | TaskApiError.HeadersTooLarge
  | TaskApiError.NotJson
  | TaskApiError.Refused
  | TaskApiError.RoleRequired
  | TaskApiError.TooMany
  | TaskApiError.Unauthorized

const headersOf = (error: Refusal): Record<string, string> => {
  if (error._tag === "TooMany") return { "retry-after": String(Math.ceil(error.retryAfterMs / 1_000)) }
  if (error._tag === "Unauthorized") return { "www-authenticate": "Bearer" }
  // the rest of the body is not waited for
  return error._tag === "BodyTooLarge" || error._tag === "BodyTooSlow" ? { connection: "close" } : {}
}

/** The answer to a request that is refused. */
export const answer = (error: Refusal): HttpServerResponse.HttpServerResponse => {
  const { codec, status } = errors.refusals[error._tag]
  // the tag determines the codec, which the compiler cannot follow
  const json = Schema.encodeSync(codec as Schema.Codec<Refusal, unknown>)(error)
  return HttpServerResponse.jsonUnsafe(json, {
    status,
    headers: headersOf(error)
  })
}

/** Fails with an error that the endpoint declares, and adds the headers that belong to it. */
export const refuse = <E extends Refusal>(error: E): Effect.Effect<never, E, HttpServerRequest> =>
  Effect.andThen(
    HttpEffect.appendPreResponseHandler((_, response) =>
      Effect.succeed(HttpServerResponse.setHeaders(response, headersOf(error)))
    ),
    Effect.fail(error)
  )
