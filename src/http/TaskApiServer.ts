/**
 * The server side of `TaskApi`, as layers for an `HttpRouter` on any platform.
 */
import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as HttpRouter from "effect/http/HttpRouter"
import * as Layer from "effect/Layer"
import * as TaskRegistry from "../TaskRegistry.ts"
import { ContractApi } from "./internal/contract/api.ts"
import { underRoute } from "./internal/contract/creating.ts"
import * as contract from "./internal/contract/handlers.ts"
import * as inputErrors from "./internal/contract/inputErrors.ts"
import { fallback, redirecting } from "./internal/contract/routes.ts"
import * as OpenStreams from "./internal/OpenStreams.ts"

/**
 * How the API is served.
 *
 * - `prefix` (`/api/tasks`): the path under which all its routes are; `/` for none.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly prefix?: string | undefined
}

const isRoot = (prefix: string) => prefix === "" || prefix === "/"

/** The router, under a prefix, where no route has a slash at its end. */
const mounted = (prefix: string) =>
  Layer.effect(
    HttpRouter.HttpRouter,
    Effect.map(HttpRouter.HttpRouter, (router) => withoutSlashes(isRoot(prefix) ? router : router.prefixed(prefix)))
  )

const withoutSlashes = (router: HttpRouter.HttpRouter): HttpRouter.HttpRouter => ({
  ...router,
  addAll: (routes) => router.addAll(routes.map((route) => ({ ...route, handler: redirecting(route.handler) }))) as never
})

const Fallback = HttpRouter.use(Effect.fnUntraced(function*(router) {
  const registry = yield* TaskRegistry.TaskRegistry
  yield* router.add("*", "/*", fallback((route) => underRoute(registry, route) !== undefined))
}))

/**
 * Layer of all routes.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: Options = {}) =>
  Layer.mergeAll(
    HttpApiBuilder.layer(ContractApi).pipe(Layer.provide(contract.layer), Layer.provide(inputErrors.layer)),
    Fallback
  ).pipe(Layer.provide(mounted(options.prefix ?? "/api/tasks")))

/**
 * Serves routes like `HttpRouter.serve`, and ends the open streams of `layer` before the server stops, so that a stop does
 * not wait for readers.
 *
 * @category layers
 * @since 0.1.0
 */
export const serve: typeof HttpRouter.serve = (routes, options) =>
  OpenStreams.layerEnding.pipe(
    Layer.provideMerge(HttpRouter.serve(routes, options)),
    Layer.provide(OpenStreams.layer)
  ) as never
