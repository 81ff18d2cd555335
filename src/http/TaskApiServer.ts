/**
 * The server side of `TaskApi`, as layers for an `HttpRouter` on any platform.
 */
import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as TaskRegistry from "../TaskRegistry.ts"
import * as contract from "./internal/contract/handlers.ts"
import * as inputErrors from "./internal/contract/inputErrors.ts"
import { fallback, redirecting, undecoded } from "./internal/contract/routes.ts"
import { layerWarnings, taskUnder } from "./internal/contract/taskRoutes.ts"
import * as OpenStreams from "./internal/OpenStreams.ts"
import * as docs from "./internal/pages/docs.ts"
import * as document from "./internal/pages/document.ts"
import * as files from "./internal/pages/files.ts"
import * as authorize from "./internal/security/authorize.ts"
import type { SecurityOptions } from "./internal/security/options.ts"
import * as protecting from "./internal/security/protect.ts"
import * as Security from "./internal/security/Security.ts"
import * as v1 from "./internal/v1/server.ts"
import { TaskApi } from "./TaskApi.ts"

export type {
  /**
   * Limits of a request, and of an address.
   *
   * @category models
   * @since 0.1.0
   */
  Limits,
  /**
   * Who may make requests, from where, and how many.
   *
   * @category models
   * @since 0.1.0
   */
  SecurityOptions,
  /**
   * A secret, and what it allows.
   *
   * @category models
   * @since 0.1.0
   */
  Token
} from "./internal/security/options.ts"

/**
 * How the API is served. The document and the pages that show it are under paths from the root of the application, and
 * can be read without a token.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** The path that all routes are under; `/` for none. Default `/api/tasks`. */
  readonly prefix?: string | undefined
  /** Who may make requests, from where, and how many. Default everybody on this machine, and nobody else. */
  readonly security?: SecurityOptions | undefined
  /** The path of the OpenAPI document; `false` leaves it and its pages out. Default `/openapi.json`. */
  readonly openapi?: `/${string}` | false | undefined
  /** The path of the document as a page of Scalar; `false` leaves it out. Default `/docs`. */
  readonly docs?: `/${string}` | false | undefined
  /** The path of the document as a page of Swagger; `false` leaves it out. Default `/swagger`. */
  readonly swagger?: `/${string}` | false | undefined
}

/** A prefix with a slash before it and none after it; empty for the root. */
const normal = (prefix = "/api/tasks"): `/${string}` | "" => {
  const path = prefix.replace(/^\/+|\/+$/g, "")
  return path === "" ? "" : `/${path}`
}

type Handler<E, R> = Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
type Wrap = <E, R>(handler: Handler<E, R>) => Handler<E, R | HttpServerRequest.HttpServerRequest | Scope.Scope>

const addAll = (router: HttpRouter.HttpRouter, wrap: Wrap): HttpRouter.HttpRouter["addAll"] => (routes) =>
  // the wrapped handlers require and fail with what the given ones do
  router.addAll(routes.map((route) => ({ ...route, handler: wrap(route.handler) }))) as never

/** A router that wraps handlers: those of the API, which are added together, and others, which are added one by one. */
const wrapped = (router: HttpRouter.HttpRouter, ofApi: Wrap, alone: Wrap): HttpRouter.HttpRouter => ({
  ...router,
  addAll: addAll(router, ofApi),
  add: (method, path, handler, options) =>
    addAll(router, alone)([HttpRouter.route(method, path, handler as never, options)]) as never
})

/** The router under a prefix: all routes obey the rules, and those of the API redirect a trailing slash. */
const mounted = (prefix: `/${string}` | "") =>
  Layer.effect(
    HttpRouter.HttpRouter,
    Effect.gen(function*() {
      const rules = yield* Security.Security
      const router = yield* HttpRouter.HttpRouter
      const protect = protecting.protect(rules)
      return wrapped(
        prefix === "" ? router : router.prefixed(prefix),
        (handler) => protect(redirecting(handler)),
        protect
      )
    })
  )

const Fallback = HttpRouter.use(Effect.fnUntraced(function*(router) {
  const registry = yield* TaskRegistry.TaskRegistry
  yield* router.add("*", "/*", fallback((route) => taskUnder(registry, route) !== undefined))
}))

/** A router finds no route for a path that cannot be decoded, not even the fallback. */
const Undecoded = (prefix: `/${string}` | "") =>
  HttpRouter.use(Effect.fnUntraced(function*(router) {
    const protect = protecting.protect(yield* Security.Security)
    yield* router.addGlobalMiddleware((handler) =>
      Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
        const answer = undecoded(prefix, request)
        return answer === undefined ? handler : protect(Effect.succeed(answer))
      })
    )
  }))

const Files = HttpRouter.use(files.add)

const Documents = ({ docs: scalar = "/docs", openapi = "/openapi.json", prefix, swagger = "/swagger" }: Options) =>
  Layer.effectDiscard(Effect.gen(function*() {
    if (openapi === false) return
    const protect = protecting.protect(yield* Security.Security)
    const router = wrapped(yield* HttpRouter.HttpRouter, protect, protect)
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
 * Layer of all routes of the API and its pages. `serve` them, on their own or beside others.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: Options = {}) =>
  Layer.mergeAll(
    HttpApiBuilder.layer(TaskApi).pipe(
      Layer.provide([contract.layer, v1.layer]),
      Layer.provide([inputErrors.layer, authorize.layer])
    ),
    Files,
    Fallback,
    layerWarnings
  ).pipe(
    Layer.provide(mounted(normal(options.prefix))),
    Layer.merge(Layer.merge(Documents(options), Undecoded(normal(options.prefix)))),
    Layer.provide(Security.layer(options.security ?? {}))
  )

/** A parameter of a path may be as long as a path may be: ids of recurring tasks are. Routers begin with 100 characters. */
const longParameters = Effect.map(HttpRouter.RouterConfig, (config) => ({ maxParamLength: 16_384, ...config }))

/**
 * Serves routes like `HttpRouter.serve`, but ends the open event streams of `layer` before the server stops, so that
 * stopping does not wait for their readers.
 *
 * @category layers
 * @since 0.1.0
 */
export const serve: typeof HttpRouter.serve = (routes, options) =>
  OpenStreams.layerEnding.pipe(
    Layer.provideMerge(Layer.unwrap(Effect.map(longParameters, (config) =>
      HttpRouter.serve(routes, { ...options, routerConfig: { ...config, ...options?.routerConfig } })))),
    Layer.provide(OpenStreams.layer)
  ) as never
