/**
 * Pages that show the OpenAPI document: Scalar and Swagger UI, as Effect bundles them.
 *
 * Effect's own pages have everything inline, which a strict Content-Security-Policy forbids, and contain the document
 * as it was when they were made. So scripts and styles are extracted and served as files, and the document is fetched
 * when the page is opened.
 */
import * as Effect from "effect/Effect"
import * as HttpApi from "effect/http-api/HttpApi"
import * as HttpApiScalar from "effect/http-api/HttpApiScalar"
import * as HttpApiSwagger from "effect/http-api/HttpApiSwagger"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import type * as Layer from "effect/Layer"

class Nothing extends HttpApi.make("nothing") {}

/** A page as Effect makes it. */
const pageOf = (page: Layer.Layer<never, never, HttpRouter.HttpRouter>) =>
  Effect.promise(async () => {
    const { dispose, handler } = HttpRouter.toWebHandler(page, { disableLogger: true })
    const html = await (await handler(new Request("http://localhost/"))).text()
    await dispose()
    return html
  })

const longest = (texts: ReadonlyArray<string>): string => texts.reduce((a, b) => a.length > b.length ? a : b, "")

/** The content of the longest tag with this name, which is the bundle. */
const bundle = (html: string, tag: "script" | "style"): string =>
  longest(Array.from(html.matchAll(new RegExp(`<${tag}>([^]*?)</${tag}>`, "g")), ([, text]) => text!))

const viewer = (html: string) => ({ "viewer.js": bundle(html, "script"), "viewer.css": bundle(html, "style") })

// on Effect's page, code after the bundle starts it with the inlined document
const withoutStart = (files: ReturnType<typeof viewer>) => ({
  ...files,
  "viewer.js": files["viewer.js"].slice(0, files["viewer.js"].lastIndexOf("window.onload"))
})

// Scalar applies its narrow and its wide layout at exactly 1000 pixels, where its parts overlap
const withOneLayout = (files: ReturnType<typeof viewer>) => ({
  ...files,
  "viewer.js": files["viewer.js"].replaceAll(/max-width:\s*1000px/g, "max-width:999.98px")
})

const viewers = {
  scalar: {
    files: Effect.map(pageOf(HttpApiScalar.layer(Nothing, { path: "/" })), (html) => withOneLayout(viewer(html))),
    // nothing may be requested from other hosts
    start: "Scalar.createApiReference(root, { url, withDefaultFonts: false, telemetry: false, " +
      "showDeveloperTools: \"never\", hideClientButton: true })"
  },
  swagger: {
    files: Effect.map(
      pageOf(HttpApiSwagger.layer(Nothing, { path: "/" })),
      (html) => withoutStart(viewer(html))
    ),
    start: "SwaggerUIBundle({ url, domNode: root, validatorUrl: null })"
  }
}

const page = (path: string, document: string) =>
  `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Brinjal API</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="${path}/viewer.css">
  </head>
  <body>
    <div id="root" data-url="${document}"></div>
    <script src="${path}/viewer.js"></script>
    <script src="${path}/start.js"></script>
  </body>
</html>
`

const types = { "viewer.js": "text/javascript", "start.js": "text/javascript", "viewer.css": "text/css" }

const csp = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
  "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; " +
  "frame-ancestors 'none'"

/** Adds a viewer under a path. `document` is the address of the OpenAPI document. */
export const add = Effect.fnUntraced(function*(
  router: HttpRouter.HttpRouter,
  viewer: keyof typeof viewers,
  path: `/${string}`,
  document: string
) {
  const files = yield* Effect.cached(viewers[viewer].files)
  const start = `const root = document.getElementById("root"); const url = root.dataset.url; ${viewers[viewer].start}`
  const file = (name: keyof typeof types, text: Effect.Effect<string>) =>
    router.add(
      "GET",
      `${path}/${name}`,
      Effect.map(text, (text) =>
        HttpServerResponse.text(text, {
          contentType: `${types[name]}; charset=utf-8`,
          headers: { "cache-control": "max-age=3600", "x-content-type-options": "nosniff" }
        }))
    )
  yield* file("start.js", Effect.succeed(start))
  yield* file("viewer.js", Effect.map(files, (files) => files["viewer.js"]))
  yield* file("viewer.css", Effect.map(files, (files) => files["viewer.css"]))
  yield* router.add(
    "GET",
    path,
    Effect.map(HttpServerRequest.HttpServerRequest, () =>
      HttpServerResponse.html(page(path, document)).pipe(
        HttpServerResponse.setHeaders({ "content-security-policy": csp, "x-content-type-options": "nosniff" })
      ))
  )
})
