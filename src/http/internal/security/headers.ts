/**
 * Response headers that make browsers careful, and those that let pages of other origins in.
 */
import * as HttpServerResponse from "effect/http/HttpServerResponse"

const data = "default-src 'none'; frame-ancestors 'none'"

const page =
  "default-src 'self'; img-src 'self' data: https:; object-src 'none'; base-uri 'none'; form-action 'self'; " +
  "frame-ancestors 'self'"

const careful = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "x-frame-options": "SAMEORIGIN"
}

/** Adds the headers that a response does not set itself. */
export const protect = (response: HttpServerResponse.HttpServerResponse): HttpServerResponse.HttpServerResponse => {
  const type = response.headers["content-type"] ??
    ("contentType" in response.body ? response.body.contentType ?? "" : "")
  const defaults = {
    ...careful,
    "content-security-policy": type.startsWith("text/html") ? page : data,
    ...(type.startsWith("application/json") ? { "cache-control": "no-store" } : {})
  }
  return HttpServerResponse.setHeaders(response, { ...defaults, ...response.headers })
}

/** Lets a page of this origin read the response. */
export const share = (origin: string) => (response: HttpServerResponse.HttpServerResponse) =>
  HttpServerResponse.setHeaders(response, {
    "access-control-allow-origin": origin,
    // the original's page asks for its streams with credentials, although there are none
    "access-control-allow-credentials": "true",
    "access-control-expose-headers": "etag, retry-after",
    "cross-origin-resource-policy": "cross-origin",
    vary: "origin"
  })

/** The answer to a CORS preflight request: what a browser may send. */
export const preflight: HttpServerResponse.HttpServerResponse = HttpServerResponse.empty({
  status: 204,
  headers: {
    "access-control-allow-methods": "GET, POST, PATCH, DELETE",
    "access-control-allow-headers": "authorization, content-type, idempotency-key, if-match, last-event-id",
    "access-control-max-age": "600"
  }
})
