/**
 * The server side of `TaskApi`, as layers for an `HttpRouter` on any platform.
 */
import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as TaskRegistry from "../TaskRegistry.ts"
import { ContractApi } from "./internal/contract/api.ts"
import { underRoute } from "./internal/contract/creating.ts"
import * as contract from "./internal/contract/handlers.ts"
import * as inputErrors from "./internal/contract/inputErrors.ts"
import { fallback, redirecting } from "./internal/contract/routes.ts"
import * as OpenStreams from "./internal/OpenStreams.ts"
import * as docs from "./internal/pages/docs.ts"
import * as document from "./internal/pages/document.ts"
import * as files from "./internal/pages/files.ts"

/**
 * How the API is served.
 *
 * - `prefix` (`/api/tasks`): the path under which all its routes are; `/` for none.
 * - `openapi` (`/openapi.json`), `docs` (`/docs`, Scalar) and `swagger` (`/swagger`): the paths of the document and of pages
 *   that show it, from the root of the application; `false` leaves one out, and without the document there are no pages.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly prefix?: string | undefined
  readonly openapi?: `/${string}` | false | undefined
  readonly docs?: `/${string}` | false | undefined
  readonly swagger?: `/${string}` | false | undefined
}

/** A prefix with a slash before it and none after it; empty for the root. */
const normal = (prefix = "/api/tasks"): `/${string}` | "" => {
  const path = prefix.replace(/^\/+|\/+$/g, "")
  return path === "" ? "" : `/${path}`
}

/** The router, under a prefix, where no route has a slash at its end. */
const mounted = (prefix: `/${string}` | "") =>
  Layer.effect(
    HttpRouter.HttpRouter,
    Effect.map(HttpRouter.HttpRouter, (router) => withoutSlashes(prefix === "" ? router : router.prefixed(prefix)))
  )

const withoutSlashes = (router: HttpRouter.HttpRouter): HttpRouter.HttpRouter => ({
  ...router,
  addAll: (routes) => router.addAll(routes.map((route) => ({ ...route, handler: redirecting(route.handler) }))) as never
})

const Fallback = HttpRouter.use(Effect.fnUntraced(function*(router) {
  const registry = yield* TaskRegistry.TaskRegistry
  yield* router.add("*", "/*", fallback((route) => underRoute(registry, route) !== undefined))
}))

const Files = HttpRouter.use(files.add)

const Documents = ({ docs: scalar = "/docs", openapi = "/openapi.json", prefix, swagger = "/swagger" }: Options) =>
  HttpRouter.use(Effect.fnUntraced(function*(router) {
    if (openapi === false) return
    const text = document.cached(yield* TaskRegistry.TaskRegistry, normal(prefix))
    yield* router.add(
      "GET",
      openapi,
      Effect.map(text, (text) => HttpServerResponse.text(text, { contentType: "application/json" }))
    )
    if (scalar !== false) yield* docs.add(router, "scalar", scalar, openapi)
    if (swagger !== false) yield* docs.add(router, "swagger", swagger, openapi)
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
    Files,
    Fallback
  ).pipe(Layer.provide(mounted(normal(options.prefix))), Layer.merge(Documents(options)))

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
