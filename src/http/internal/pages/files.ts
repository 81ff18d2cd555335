/**
 * The static files of the original: its web component and its test page. They are known by name, so no request reaches
 * any other file.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Option from "effect/Option"
import * as Path from "effect/Path"

const types = {
  "TaskList.js": "text/javascript; charset=utf-8",
  "test.js": "text/javascript; charset=utf-8",
  "test.css": "text/css; charset=utf-8",
  "test.html": "text/html; charset=utf-8"
} as const

type Name = keyof typeof types

interface File {
  readonly bytes: Uint8Array
  readonly modified: Date
  readonly etag: string
}

const folder = new URL("../../static/", import.meta.url)

const read = Effect.fnUntraced(function*(name: Name) {
  const files = yield* FileSystem.FileSystem
  const path = yield* (yield* Path.Path).fromFileUrl(new URL(name, folder))
  const bytes = yield* files.readFile(path)
  const { mtime } = yield* files.stat(path)
  const modified = Option.getOrElse(mtime, () => new Date(0))
  const etag = `"${bytes.length.toString(16)}-${modified.getTime().toString(16)}"`
  return { bytes, modified, etag } satisfies File
}, Effect.orDie)

const answer = (name: Name, { bytes, etag, modified }: File) =>
  Effect.map(HttpServerRequest.HttpServerRequest, ({ headers }) => {
    const validators = { etag, "last-modified": modified.toUTCString(), "cache-control": "no-cache" }
    if (headers["if-none-match"] === etag) return HttpServerResponse.empty({ status: 304, headers: validators })
    return HttpServerResponse.uint8Array(bytes, { contentType: types[name], headers: validators })
  })

const missing = HttpServerResponse.jsonUnsafe({ detail: "File not found" }, { status: 404 })
const denied = HttpServerResponse.jsonUnsafe({ detail: "Access denied" }, { status: 403 })

const isName = (name: string): name is Name => Object.hasOwn(types, name) && name !== "test.html"

const leaves = (name: string): boolean => name.split(/[/\\]/).includes("..") || /^([/\\]|[a-z]:)/i.test(name)

/** Adds `/test` and `/static/`. */
export const add = Effect.fnUntraced(function*(router: HttpRouter.HttpRouter) {
  const context = yield* Effect.context<FileSystem.FileSystem | Path.Path>()
  const cached = new Map<Name, Effect.Effect<File>>()
  for (const name of Object.keys(types).filter((name): name is Name => name in types)) {
    cached.set(name, yield* Effect.cached(Effect.provideContext(read(name), context)))
  }
  const send = (name: Name) => Effect.flatMap(cached.get(name)!, (file) => answer(name, file))
  yield* router.add("GET", "/test", send("test.html"))
  yield* router.add(
    "GET",
    "/static/*",
    Effect.flatMap(HttpRouter.params, ({ "*": name = "" }) => {
      if (leaves(name)) return Effect.succeed(denied)
      return isName(name) ? send(name) : Effect.succeed(missing)
    })
  )
})
