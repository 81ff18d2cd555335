/**
 * Who may do what: every endpoint says which role it needs, and the middleware finds out who asks.
 *
 * This is the definition, which clients share; `authorize.ts` is what a server does.
 */
import * as Context from "effect/Context"
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import * as HttpApiSecurity from "effect/http-api/HttpApiSecurity"
import type { Role } from "../../TaskApiError.ts"
import * as errors from "../v1/errors.ts"

/**
 * The role that an endpoint needs, or `none`: an annotation of endpoints. Without it, one that reads (`GET`) needs `read`
 * and any other one `admin`.
 *
 * @category security
 * @since 0.1.0
 */
export const RequiredRole = Context.Reference<Role | "none" | undefined>("brinjal/http/RequiredRole", {
  defaultValue: () => undefined
})

/**
 * Who asks: the name and the role of the token that came with the request.
 *
 * @category security
 * @since 0.1.0
 */
export class Caller extends Context.Service<Caller, { readonly name: string; readonly role: Role }>()(
  "brinjal/http/internal/security/Authorization/Caller"
) {}

/**
 * Middleware of every endpoint: a bearer token, if the server has tokens, whose role is enough.
 *
 * @category security
 * @since 0.1.0
 */
export class Authorization extends HttpApiMiddleware.Service<Authorization, { provides: Caller }>()(
  "brinjal/http/Authorization",
  { security: { bearer: HttpApiSecurity.bearer }, error: errors.denied }
) {}
