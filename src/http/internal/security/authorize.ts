/**
 * Identifies the caller of an endpoint by its token, and refuses a role that does not suffice.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { type Role, RoleRequired, TooMany, Unauthorized } from "../../TaskApiError.ts"
import { Authorization, Caller, RequiredRole } from "./Authorization.ts"
import { refuse } from "./refusals.ts"
import { Security } from "./Security.ts"
import * as tokens from "./tokens.ts"

type Rules = typeof Security.Service

const ranks: Readonly<Record<Role | "none", number>> = { none: 0, read: 1, operate: 2, admin: 3 }

const everybody: typeof Caller.Service = { name: "everybody", role: "admin" }
const nobody: typeof Caller.Service = { name: "nobody", role: "read" }

/** Counts a wrong token, and refuses further ones if there have been too many. */
const wrong = (rules: Rules): Effect.Effect<never, TooMany | Unauthorized, HttpServerRequest> =>
  Effect.gen(function*() {
    const request = yield* HttpServerRequest
    const address = Option.getOrElse(request.remoteAddress, () => "")
    const retryAfterMs = rules.guess(address, yield* Clock.currentTimeMillis)
    return yield* retryAfterMs === undefined
      ? refuse(new Unauthorized({ given: true }))
      : refuse(new TooMany({ what: "requests", retryAfterMs }))
  })

/** The caller that a token belongs to, if its role suffices. */
const identify = (
  rules: Rules,
  required: Role | "none",
  credential: string
): Effect.Effect<typeof Caller.Service, RoleRequired | TooMany | Unauthorized, HttpServerRequest> =>
  Effect.suspend((): Effect.Effect<
    typeof Caller.Service,
    RoleRequired | TooMany | Unauthorized,
    HttpServerRequest
  > => {
    if (rules.tokens.length === 0) return Effect.succeed(everybody)
    const token = tokens.find(rules.tokens, credential)
    if (token === undefined) {
      if (required === "none") return Effect.succeed(nobody)
      return credential === "" ? refuse(new Unauthorized({ given: false })) : wrong(rules)
    }
    const { name, role } = token
    return required !== "none" && ranks[role] < ranks[required]
      ? Effect.fail(new RoleRequired({ required, role }))
      : Effect.succeed({ name, role })
  })

const requiredRole = (endpoint: HttpApiEndpoint.Top): Role | "none" =>
  Context.get(endpoint.annotations, RequiredRole) ?? (endpoint.method === "GET" ? "read" : "admin")

/** Layer of the middleware. */
export const layer: Layer.Layer<Authorization, never, Security> = Layer.effect(
  Authorization,
  Effect.map(Security, (rules) =>
    Authorization.of({
      bearer: (handler, { credential, endpoint }) =>
        Effect.flatMap(
          identify(rules, requiredRole(endpoint), Redacted.value(credential)),
          (caller) => Effect.provideService(handler, Caller, caller)
        )
    }))
)
