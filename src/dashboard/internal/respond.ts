/**
 * Makes a response of a file: the smallest encoding that the client accepts, an etag that saves sending it twice, and
 * headers that keep a browser from doing anything else with it. Pure functions.
 */
import type * as Headers from "effect/http/Headers"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import type { BuiltFile } from "./files.ts"

type Encoding = "br" | "gzip" | "plain"

const accepts = (header: string, coding: string): boolean =>
  header.split(",").some((part) => {
    const [name, ...parameters] = part.split(";").map((text) => text.trim().toLowerCase())
    return name === coding && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))
  })

const encodingFor = (headers: Headers.Headers): Encoding => {
  const accepted = headers["accept-encoding"] ?? ""
  return accepts(accepted, "br") ? "br" : accepts(accepted, "gzip") ? "gzip" : "plain"
}

/** A hash of the content (FNV-1a), which only has to tell versions apart. */
const hashOf = (content: Uint8Array): string => {
  let hash = 0xcbf29ce484222325n
  for (const byte of content) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n)
  return hash.toString(36)
}

const etags = new WeakMap<Uint8Array, string>()

const etagOf = (content: Uint8Array): string => {
  let etag = etags.get(content)
  if (etag === undefined) etags.set(content, etag = `"${hashOf(content)}"`)
  return etag
}

const isKnown = (headers: Headers.Headers, etag: string): boolean =>
  (headers["if-none-match"] ?? "").split(",").some((known) => {
    const tag = known.trim().replace(/^W\//, "")
    return tag === etag || tag === "*"
  })

const month = 30 * 86_400
const cacheControl = (immutable: boolean) => immutable ? `public, max-age=${12 * month}, immutable` : "no-cache"

const safe = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer"
}

/**
 * The response to a request for a file. Pages of other origins that embed the elements may load scripts.
 *
 * @category responding
 * @since 0.1.0
 */
export const file = (built: BuiltFile, request: Headers.Headers): HttpServerResponse.HttpServerResponse => {
  const encoding = encodingFor(request)
  const content = built[encoding]
  const etag = etagOf(content)
  const headers = {
    ...safe,
    etag,
    "cache-control": cacheControl(built.immutable),
    vary: "accept-encoding",
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
    ...(encoding === "plain" ? {} : { "content-encoding": encoding })
  }
  if (isKnown(request, etag)) return HttpServerResponse.empty({ status: 304, headers })
  return HttpServerResponse.uint8Array(content, { headers, contentType: built.contentType })
}

/**
 * What the page may load: its own script and styles, pictures of tasks from anywhere, data from the API. Nothing
 * inline.
 */
const policy = (api: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src * data: blob:",
    `connect-src 'self'${/^https?:\/\//.test(api) ? ` ${new URL(api).origin}` : ""}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'self'",
    "require-trusted-types-for 'script'",
    "trusted-types lit-html"
  ].join("; ")

/**
 * The response to a request for the page.
 *
 * @category responding
 * @since 0.1.0
 */
export const page = (
  content: Uint8Array,
  api: string,
  request: Headers.Headers
): HttpServerResponse.HttpServerResponse => {
  const etag = etagOf(content)
  const headers = {
    ...safe,
    etag,
    "cache-control": "no-cache",
    "content-security-policy": policy(api),
    "cross-origin-opener-policy": "same-origin"
  }
  if (isKnown(request, etag)) return HttpServerResponse.empty({ status: 304, headers })
  return HttpServerResponse.uint8Array(content, { headers, contentType: "text/html; charset=utf-8" })
}
