/**
 * Answers requests that match no route, as the original does: 405 if the path has other methods, 307 if it has only a
 * slash too many at its end, and 404 otherwise. Under `/v1`, answers have the shape of its errors.
 */
import * as Effect from "effect/Effect"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Option from "effect/Option"
import { TaskApi } from "../../TaskApi.ts"
import * as mistakes from "./mistakes.ts"

const isOfV1 = (path: string): boolean => path.startsWith("/v1/")

const notAllowed = (path: string, methods: ReadonlyArray<string>) =>
  HttpServerResponse.jsonUnsafe(
    isOfV1(path)
      ? { error: "MethodNotAllowed", message: `${path} accepts only ${methods.join(", ")}.` }
      : { detail: "Method Not Allowed" },
    { status: 405, headers: { allow: methods.join(", ") } }
  )

const notFound = (path: string) =>
  HttpServerResponse.jsonUnsafe(
    isOfV1(path)
      ? { error: "RouteNotFound", message: `There is no ${path} here. Check the path, and the version of the server.` }
      : { detail: "Not Found" },
    { status: 404 }
  )

const undecodable = "a percent sign is not part of a valid escape; write %25 for the sign itself"

const unreadable = (path: string) =>
  HttpServerResponse.jsonUnsafe(
    isOfV1(path)
      ? {
        error: "ValidationFailed",
        message: `params: ${undecodable}`,
        issues: [{ path: ["params"], message: undecodable }]
      }
      : { detail: [mistakes.wrong(undecodable, "path")] },
    { status: 422 }
  )

interface Pattern {
  readonly method: string
  readonly segments: ReadonlyArray<string>
}

const isParameter = (segment: string) => segment.startsWith(":")

const segmentsOf = (path: string): Array<string> => path.split("/").slice(1)

const pages = ["/test", "/static/:file"].map((path) => ({ method: "GET", segments: segmentsOf(path) }))

const parametersIn = ({ segments }: Pattern): number => segments.filter(isParameter).length

/** All routes except those of the task types, the most specific ones first. */
const patterns: ReadonlyArray<Pattern> = [
  ...pages,
  ...Object.values(TaskApi.groups)
    .flatMap((group) => Object.values(group.endpoints))
    .filter(({ path }) => path !== "/:route")
    .map(({ method, path }) => ({ method, segments: segmentsOf(path) }))
].sort((a, b) => parametersIn(a) - parametersIn(b))

const fits = (path: ReadonlyArray<string>) => ({ segments }: Pattern): boolean =>
  segments.length === path.length &&
  segments.every((segment, i) => isParameter(segment) ? path[i] !== "" : segment === path[i])

/** The methods of the most specific routes that match a path. */
const methodsOf = (path: string): ReadonlyArray<string> => {
  const fitting = patterns.filter(fits(segmentsOf(path)))
  return fitting.filter((pattern) => parametersIn(pattern) === parametersIn(fitting[0]!)).map(({ method }) => method)
}

/** The path of an address, without query and fragment. */
const pathOf = (url: string): string => {
  const end = url.search(/[?#]/)
  return end === -1 ? url : url.slice(0, end)
}

// an open redirect must be impossible: `//host/` stays a path
const local = (url: string): string => url.replace(/^[a-z]+:\/\/[^/]*/i, "").replace(/^[/\\]+/, "/")

/** The same address without the slash at its end. */
const withoutSlash = (request: HttpServerRequest.HttpServerRequest) => {
  const url = local(request.originalUrl)
  const path = pathOf(url)
  return HttpServerResponse.redirect(path.replace(/\/+$/, "") + url.slice(path.length), { status: 307 })
}

const decode = Option.liftThrowable(decodeURIComponent)

const isDecodable = (path: string): boolean => Option.isSome(decode(path))

const decoded = (path: string): string => Option.getOrElse(decode(path), () => path)

/** The answer to a request below the prefix for which no router finds a route, since its path cannot be decoded. */
export const undecoded = (
  prefix: string,
  { url }: HttpServerRequest.HttpServerRequest
): HttpServerResponse.HttpServerResponse | undefined => {
  const path = pathOf(url)
  if (!path.includes("%") || !path.startsWith(`${prefix}/`) || isDecodable(path)) return undefined
  return unreadable(path.slice(prefix.length))
}

const endsWithSlash = (path: string) => path.length > 1 && path.endsWith("/")

/** Redirects a request whose path ends with a slash to the path without it, before it reaches a route. */
export const redirecting = <E, R>(
  handler: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
): Effect.Effect<HttpServerResponse.HttpServerResponse, E, R | HttpServerRequest.HttpServerRequest> =>
  Effect.flatMap(
    HttpServerRequest.HttpServerRequest,
    (request) => endsWithSlash(pathOf(request.url)) ? Effect.succeed(withoutSlash(request)) : handler
  )

/** The answer to a request that matches no route. `isTask` says whether a route is that of a task type. */
export const fallback = (isTask: (route: string) => boolean) =>
  Effect.map(HttpServerRequest.HttpServerRequest, (request) => {
    const path = pathOf(request.url)
    if (endsWithSlash(path)) return methodsOf(path.slice(0, -1)).length === 0 ? notFound(path) : withoutSlash(request)
    if (isTask(decoded(path.slice(1)))) return notAllowed(path, ["POST"])
    const methods = methodsOf(path)
    return methods.length === 0 ? notFound(path) : notAllowed(path, methods)
  })
