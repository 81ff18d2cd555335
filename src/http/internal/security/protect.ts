/**
 * What every request has to pass before its handler sees it, on any route: limits on its headers, its origin, its rate
 * and its body.
 */
import * as ByteSize from "effect/ByteSize"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as HttpIncomingMessage from "effect/http/HttpIncomingMessage"
import type { HttpServerError } from "effect/http/HttpServerError"
import { HttpServerRequest } from "effect/http/HttpServerRequest"
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { BodyTooLarge, BodyTooSlow, HeadersTooLarge, Refused, TooMany } from "../../TaskApiError.ts"
import * as wellFormed from "../wellFormed.ts"
import * as headers from "./headers.ts"
import * as origins from "./origins.ts"
import { answer, type Refusal } from "./refusals.ts"
import type { Security } from "./Security.ts"

type Rules = typeof Security.Service

const sizeOf = (all: Readonly<Record<string, string | undefined>>): number =>
  Object.entries(all).reduce((size, [name, value = ""]) => size + name.length + value.length + 4, 0)

const checkHeaders = ({ headerSize }: Rules, request: HttpServerRequest): Refusal | undefined =>
  sizeOf(request.headers) + request.url.length > headerSize ? new HeadersTooLarge({ limit: headerSize }) : undefined

/** Without tokens, only this machine may make requests, under a name that no page of another host can have. */
const checkPlace = ({ allowedHosts, localOnly }: Rules, request: HttpServerRequest): Refusal | undefined => {
  if (!localOnly) return undefined
  if (Option.exists(request.remoteAddress, (address) => !origins.isLoopback(address))) {
    return new Refused({
      reason:
        "Without tokens, the server answers only requests from its own machine. Configure tokens to let others in."
    })
  }
  const host = request.headers.host ?? "localhost"
  if (origins.isLocalName(host) || allowedHosts.has(origins.hostName(host))) return undefined
  return new Refused({
    reason: `Without tokens, the server answers only under the name localhost, not ${JSON.stringify(host)}. ` +
      "Configure tokens, or add the name to allowedHosts."
  })
}

const originOf = ({ origins }: Rules, request: HttpServerRequest): string | undefined => {
  const origin = request.headers.origin
  return origin !== undefined && origins.has(origin.toLowerCase()) ? origin : undefined
}

const checkOrigin = (rules: Rules, request: HttpServerRequest): Refusal | undefined => {
  if (originOf(rules, request) !== undefined) return undefined
  const { host, origin, "sec-fetch-mode": mode, "sec-fetch-site": site } = request.headers
  return origins.isForbidden(request.method, { host, origin, mode, site })
    ? new Refused({
      reason: "Requests from pages of other origins are refused. To allow them, add their origin to origins."
    })
    : undefined
}

const addressOf = (request: HttpServerRequest) => Option.getOrElse(request.remoteAddress, () => "")

const checkRate = (rules: Rules, request: HttpServerRequest, now: number): Refusal | undefined => {
  const retryAfterMs = rules.request(addressOf(request), now)
  return retryAfterMs === undefined ? undefined : new TooMany({ what: "requests", retryAfterMs })
}

const hasBody = ({ headers, method }: HttpServerRequest): boolean =>
  method !== "GET" && method !== "HEAD" && method !== "OPTIONS" &&
  ((headers["content-length"] ?? "0") !== "0" || headers["transfer-encoding"] !== undefined)

const tooLarge = (limit: ByteSize.ByteSize) => new BodyTooLarge({ limit: ByteSize.toNumberUnsafe(limit) })

/** Reads the body, which is then cached for the handler. */
const readBody = (
  { bodySize, bodyTime }: Rules,
  request: HttpServerRequest
): Effect.Effect<void, Refusal, Scope.Scope> => {
  if (!hasBody(request)) return Effect.void
  if (Number(request.headers["content-length"] ?? 0) > Number(bodySize)) return Effect.fail(tooLarge(bodySize))
  const read = Effect.catch(
    Effect.provideService(request.text, HttpIncomingMessage.MaxBodySize, bodySize),
    (error) => isTooLarge(error) ? Effect.fail(tooLarge(bodySize)) : Effect.interrupt
  )
  // interrupting the read would cut the connection, and the client would not learn why
  return Effect.flatMap(Effect.forkScoped(read), (reading) => Effect.asVoid(within(bodyTime, reading)))
}

/** The body, if it arrives in time. Most bodies arrive with their headers, and need no timer. */
const within = <A, E>(time: Duration.Duration, reading: Fiber.Fiber<A, E>): Effect.Effect<A, E | BodyTooSlow> =>
  Effect.andThen(
    Effect.yieldNow,
    Effect.suspend(() =>
      reading.pollUnsafe() ??
        Effect.timeoutOrElse(Fiber.join(reading), {
          duration: time,
          orElse: () => Effect.fail(new BodyTooSlow({ limitMs: Duration.toMillis(time) }))
        })
    )
  )

const isTooLarge = ({ reason }: HttpServerError): boolean =>
  reason._tag === "RequestParseError" && reason.reason === "BodyTooLarge"

const isPreflight = ({ headers, method }: HttpServerRequest) =>
  method === "OPTIONS" && headers["access-control-request-method"] !== undefined

const admit = (rules: Rules, request: HttpServerRequest): Effect.Effect<void, Refusal, Scope.Scope> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const refusal = checkHeaders(rules, request) ?? checkPlace(rules, request) ?? checkOrigin(rules, request) ??
      checkRate(rules, request, now)
    return refusal === undefined ? readBody(rules, request) : Effect.fail(refusal)
  })

/** Admits requests that obey the rules, and adds protective headers to responses. */
export const protect = (rules: Rules) =>
<E, R>(
  handler: Effect.Effect<HttpServerResponse, E, R>
): Effect.Effect<HttpServerResponse, E, R | HttpServerRequest | Scope.Scope> =>
  Effect.flatMap(HttpServerRequest, (request) => {
    const origin = originOf(rules, request)
    const answered = isPreflight(request) && origin !== undefined ? Effect.succeed(headers.preflight) : handler
    return Effect.matchEffect(admit(rules, request), {
      onFailure: (refusal) => Effect.succeed(answer(refusal)),
      onSuccess: () => answered
    }).pipe(
      Effect.map(wellFormed.response),
      Effect.map(headers.protect),
      Effect.map(origin === undefined ? (response) => response : headers.share(origin))
    )
  })
