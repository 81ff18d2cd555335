import { NodeHttpServer } from "@effect/platform-node"
import { assert, describe, layer } from "@effect/vitest"
import { Dashboard } from "brinjal/dashboard"
import { Effect, Layer } from "effect"
import { HttpRouter, HttpServer } from "effect/http"
import * as Http from "node:http"
import * as Zlib from "node:zlib"

interface Answer {
  readonly status: number
  readonly headers: Http.IncomingHttpHeaders
  readonly body: Buffer
}

/** Asks as the wire has it, without decoding anything. */
const ask = (path: string, headers: Http.OutgoingHttpHeaders = {}, method = "GET") =>
  Effect.flatMap(HttpServer.HttpServer, ({ address }) =>
    Effect.callback<Answer>((resume) => {
      const port = address._tag === "UnixPathAddress" ? 0 : address.port
      Http.request({ host: "127.0.0.1", port, path, method, headers }, (response) => {
        const pieces: Array<Buffer> = []
        response.on("data", (piece: Buffer) => pieces.push(piece))
        response.on("end", () =>
          resume(
            Effect.succeed({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(pieces) })
          ))
      }).end()
    }))

const serving = (options?: Dashboard.Options) =>
  HttpRouter.serve(Dashboard.layer(options), { disableLogger: true, disableListenLog: true }).pipe(
    Layer.provideMerge(NodeHttpServer.layer(Http.createServer, { port: 0, host: "127.0.0.1" }))
  )

const page = (path = "/") => Effect.map(ask(path), ({ body }) => body.toString())

const scriptOf = (html: string): string => /src="\.(\/assets\/brinjal-[\w-]+\.js)"/.exec(html)![1]!

describe("Dashboard", () => {
  layer(serving())("at the root", (it) => {
    it.effect("serves a page that loads nothing inline and nothing from elsewhere", () =>
      Effect.gen(function*() {
        const { body, headers } = yield* ask("/")
        const html = body.toString()
        const policy = headers["content-security-policy"]!
        assert.include(policy, "default-src 'none'; script-src 'self'; style-src 'self'")
        assert.notInclude(policy, "unsafe")
        assert.notMatch(html, /<style|\sstyle=|\son\w+=|<script(?![^>]*src=)|https?:\/\//)
        assert.include(html, "api=\"api/tasks\"")
        assert.strictEqual(headers["cache-control"], "no-cache")
      }))

    it.effect("sends the script in the smallest form that is accepted, for ever, and only once", () =>
      Effect.gen(function*() {
        const path = scriptOf(yield* page())
        const plain = yield* ask(path)
        const gzip = yield* ask(path, { "accept-encoding": "gzip, deflate" })
        const br = yield* ask(path, { "accept-encoding": "gzip, br" })
        const refused = yield* ask(path, { "accept-encoding": "br;q=0, gzip;q=0" })
        assert.deepStrictEqual([plain, gzip, br, refused].map(({ headers }) => headers["content-encoding"]), [
          undefined,
          "gzip",
          "br",
          undefined
        ])
        assert.isTrue(Zlib.gunzipSync(gzip.body).equals(plain.body))
        assert.isTrue(Zlib.brotliDecompressSync(br.body).equals(plain.body))
        assert.strictEqual(br.headers["cache-control"], "public, max-age=31104000, immutable")
        assert.isBelow(gzip.body.length, 60_000)
        const again = yield* ask(path, { "accept-encoding": "br", "if-none-match": br.headers.etag! })
        assert.deepStrictEqual([again.status, again.body.length], [304, 0])
      }))

    it.effect("keeps the name of the script for other pages, which may load it", () =>
      Effect.gen(function*() {
        const elements = yield* ask("/elements.js")
        const script = yield* ask(scriptOf(yield* page()))
        assert.isTrue(elements.body.equals(script.body))
        assert.strictEqual(elements.headers["cache-control"], "no-cache")
        assert.strictEqual(elements.headers["access-control-allow-origin"], "*")
      }))

    it.effect("never leaves its folder", () =>
      Effect.gen(function*() {
        const paths = [
          "/index.html",
          "/elements.js.br",
          "/assets/",
          "/assets/..%2felements.d.ts",
          "/assets/../../Dashboard.js",
          "/%2e%2e/index.js",
          "//etc/passwd"
        ]
        const answers = yield* Effect.forEach(paths, (path) => ask(path))
        assert.deepStrictEqual(answers.map(({ status }) => status), paths.map(() => 404))
      }))

    it.effect("answers HEAD like GET, without a body", () =>
      Effect.gen(function*() {
        const { body, headers, status } = yield* ask("/", {}, "HEAD")
        assert.deepStrictEqual([status, body.length], [200, 0])
        assert.match(headers["content-type"]!, /^text\/html/)
      }))
  })

  layer(serving({ path: "/admin/tasks", api: "/api/\"tasks\"" }))("below a path", (it) => {
    it.effect("is sent to the path with a slash, and finds the API from there", () =>
      Effect.gen(function*() {
        const { headers, status } = yield* ask("/admin/tasks")
        assert.deepStrictEqual([status, headers.location], [308, "tasks/"])
        const html = yield* page("/admin/tasks/")
        assert.include(html, "api=\"../../api/&quot;tasks&quot;\"")
        assert.strictEqual((yield* ask(`/admin/tasks${scriptOf(html)}`)).status, 200)
      }))
  })

  layer(serving({ api: "https://tasks.example.org/$$/$&" }))("with an API elsewhere", (it) => {
    it.effect("asks at that address, and may connect to no other origin", () =>
      Effect.gen(function*() {
        const { body, headers } = yield* ask("/")
        assert.include(body.toString(), "api=\"https://tasks.example.org/$$/$&amp;\"")
        assert.include(headers["content-security-policy"]!, "connect-src 'self' https://tasks.example.org;")
      }))
  })
})
