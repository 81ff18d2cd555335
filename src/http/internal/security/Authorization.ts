/**
 * Who may do what: every endpoint declares the role that it needs, and a middleware identifies the caller.
 *
 * This is the definition, which clients share; `authorize.ts` is the implementation for servers.
 */
import * as Context from "effect/Context"
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import * as HttpApiSecurity from "effect/http-api/HttpApiSecurity"
import type { Role } from "../../TaskApiError.ts"
import * as errors from "../v1/errors.ts"

/**
 * Annotation of an endpoint: the role that it needs, or `none`. Without it, a `GET` needs `read` and any other endpoint
 * `admin`.
 *
 * @category security
 * @since 0.1.0
 */
export const RequiredRole = Context.Reference<Role | "none" | undefined>("brinjal/http/RequiredRole", {
  defaultValue: () => undefined
})

/**
 * The caller: the name and the role of the token that came with the request.
 *
 * @category security
 * @since 0.1.0
 */
export class Caller extends Context.Service<Caller, { readonly name: string; readonly role: Role }>()(
  "brinjal/http/internal/security/Authorization/Caller"
) {}

/**
 * Middleware of every endpoint: if the server has tokens, the request needs one whose role suffices.
 *
 * @category security
 * @since 0.1.0
 */
export class Authorization extends HttpApiMiddleware.Service<Authorization, { provides: Caller }>()(
  "brinjal/http/Authorization",
  { security: { bearer: HttpApiSecurity.bearer }, error: errors.denied }
) {}
