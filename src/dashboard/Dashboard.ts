/**
 * The dashboard as a layer for an `HttpRouter`: a page with tasks, recurring tasks and the timeline, and the script
 * that brings the same elements to pages of your own. It uses `TaskApi` over HTTP and nothing else.
 */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import type * as Layer from "effect/Layer"
import type * as Path from "effect/Path"
import type { DashboardNotBuilt } from "./DashboardNotBuilt.ts"
import * as files from "./internal/files.ts"
import * as respond from "./internal/respond.ts"

/**
 * Where the dashboard and its API are.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** The path of the page; `elements.js` is beside it. Default `/`. */
  readonly path?: string | undefined
  /**
   * Where `TaskApi` is mounted: a path of this server, or the address of another one that allows the origin of the
   * page. Default `/api/tasks`.
   */
  readonly api?: string | undefined
}

/** The address of the API relative to the page, so that a proxy may put everything under another path. */
const relative = (api: string, path: string): string =>
  api.startsWith("/") ? `${"../".repeat(path.split("/").length - 2)}${api.slice(1)}` || "." : api

const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("\"", "&quot;").replaceAll("<", "&lt;")

const withSlashes = (path: string): string => `/${path}/`.replaceAll(/\/{2,}/g, "/")

const pathOf = ({ originalUrl }: HttpServerRequest.HttpServerRequest): string => originalUrl.split("?")[0]!

/**
 * The page requests its files by relative paths, so its own path has to end in a slash; routers match it without one,
 * too.
 */
const toSlash = (path: string) => HttpServerResponse.redirect(`${path.split("/").at(-2)}/`, { status: 308 })

const get = (
  router: HttpRouter.HttpRouter,
  path: HttpRouter.PathInput,
  respondTo: (request: HttpServerRequest.HttpServerRequest) => HttpServerResponse.HttpServerResponse
) => router.add("GET", path, Effect.map(HttpServerRequest.HttpServerRequest, respondTo))

/**
 * Layer of the routes of the dashboard.
 *
 * **Gotchas**
 *
 * The files of the dashboard are beside its code in the package. A program that is bundled has to leave both `brinjal`
 * and `effect` out of the bundle, as `esbuild --packages=external` does; otherwise this fails with `DashboardNotBuilt`.
 *
 * **Example** (Everything on one port)
 *
 * ```ts
 * TaskApiServer.serve(Layer.mergeAll(TaskApiServer.layer(), Dashboard.layer()))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options: Options = {}
): Layer.Layer<never, DashboardNotBuilt, HttpRouter.HttpRouter | FileSystem.FileSystem | Path.Path> =>
  HttpRouter.use(Effect.fnUntraced(function*(router) {
    const path = withSlashes(options.path ?? "/")
    const api = options.api ?? "/api/tasks"
    const built = yield* files.read
    const page = new TextEncoder().encode(built.page.replace("{{api}}", () => escape(relative(api, path))))
    yield* get(
      router,
      path as `/${string}`,
      (request) => pathOf(request).endsWith("/") ? respond.page(page, api, request.headers) : toSlash(path)
    )
    for (const file of built.files) {
      yield* get(router, `${path}${file.name}` as `/${string}`, (request) => respond.file(file, request.headers))
    }
  }))
