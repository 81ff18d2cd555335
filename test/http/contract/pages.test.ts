import { assert, describe, it } from "@effect/vitest"
import { Task } from "brinjal"
import { Effect, Layer, Schema } from "effect"
import { effect, get, layer, post, send, Server } from "./support.ts"

const root = Effect.map(Server, ({ port }) => `http://127.0.0.1:${port}`)

const document = Effect.gen(function*() {
  const { headers, json, status } = yield* get(`${yield* root}/openapi.json`)
  assert.deepStrictEqual([status, headers["content-type"]], [200, "application/json"])
  return json
})

describe("the document", () => {
  effect("describes the creation of each task as the original does", function*() {
    const { components, paths } = yield* document
    const { operationId, requestBody, summary } = paths["/api/tasks/example_cpu_task"].post
    assert.strictEqual(operationId, "create_examplecputask")
    assert.strictEqual(summary, "Create Example CPU Task")
    assert.isFalse(requestBody.required)
    assert.deepStrictEqual(requestBody.content["application/json"].schema, {
      $ref: "#/components/schemas/ExampleCPUTaskRequest"
    })
    const { additionalProperties, properties, required } = components.schemas.ExampleCPUTaskRequest
    assert.isUndefined(additionalProperties)
    assert.isUndefined(required)
    assert.deepInclude(properties.name, { type: "string", default: "Example Task" })
    assert.deepInclude(properties.sleep_time, { type: "number", default: 0.1 })
    assert.deepInclude(properties.update_sleep_time, { type: "number", default: 0.05 })
    assert.deepInclude(properties.failure_probability, { type: "number", default: 0 })
    assert.deepInclude(properties.semaphore_name, { type: "string", default: "single" })
    assert.deepInclude(properties.heading, { default: null })
    assert.notInclude(JSON.stringify(components.schemas.ExampleCPUTaskRequest), "additionalProp1")
  })

  effect("describes required parameters and defaults of every kind", function*() {
    const { components, paths } = yield* document
    assert.isTrue(paths["/api/tasks/http_kinds_task"].post.requestBody.required)
    const { properties, required } = components.schemas.HTTPKindsTaskRequest
    assert.deepStrictEqual(required, ["count"])
    assert.strictEqual(properties.ratio.default, 1)
    assert.strictEqual(properties.flag.default, false)
    assert.deepStrictEqual(properties.tags.default, [])
    assert.notProperty(properties.when, "default")
  })

  effect("says under /v1 what every parameter and every field of a request is", function*() {
    const { paths } = yield* document
    const silent: Array<string> = []
    const check = (where: string, { description }: { readonly description?: string }) => {
      if (description === undefined) silent.push(where)
    }
    for (const [path, methods] of Object.entries<Record<string, any>>(paths)) {
      if (!path.includes("/v1/")) continue
      for (const [method, { parameters = [], requestBody }] of Object.entries(methods)) {
        for (const parameter of parameters) check(`${method} ${path} ${parameter.name}`, parameter)
        const schema = requestBody?.content["application/json"].schema
        const fields = schema?.properties ?? schema?.anyOf?.[0].properties ?? {}
        for (const [name, field] of Object.entries<object>(fields)) check(`${method} ${path} ${name}`, field)
      }
    }
    assert.deepStrictEqual(silent, [])
  })

  effect("has every route of the contract and no other creation", function*() {
    const { paths } = yield* document
    for (
      const [method, path] of [
        ["get", "/queue"],
        ["get", "/queue/stream"],
        ["post", "/search"],
        ["get", "/{task_id}/stream"],
        ["delete", "/completed"],
        ["delete", "/{task_id}"],
        ["get", "/recurring"],
        ["post", "/recurring/{task_type}"],
        ["patch", "/recurring/{recurring_id}/enable"],
        ["patch", "/recurring/{recurring_id}/disable"]
      ] as const
    ) {
      assert.property(paths[`/api/tasks${path}`], method)
    }
    assert.notProperty(paths, "/api/tasks/{route}")
  })

  effect("has operation ids that are unique", function*() {
    const { paths } = yield* document
    const ids = Object.values<any>(paths).flatMap((path) =>
      Object.values<any>(path).map(({ operationId }) => operationId)
    )
    assert.strictEqual(new Set(ids).size, ids.length)
  })

  effect("is shown by pages whose scripts are files", function*() {
    for (const path of ["/docs", "/swagger"]) {
      const { headers, status, text } = yield* get((yield* root) + path)
      assert.strictEqual(status, 200)
      assert.match(headers["content-type"]!, /^text\/html/)
      assert.include(headers["content-security-policy"], "script-src 'self'")
      assert.notMatch(text, /<script(?![^>]* src=)/)
      for (const [, address] of text.matchAll(/(?:src|href)="(\/.+?)"/g)) {
        assert.strictEqual((yield* get((yield* root) + address!)).status, 200)
      }
      const bundle = yield* get(`${yield* root}${path}/viewer.js`)
      assert.isAbove(bundle.text.length, 1_000_000)
      if (path === "/docs") assert.notMatch(bundle.text, /max-width:\s*1000px/, "narrow and wide at once")
    }
  })
})

describe("a task type that is registered later", () => {
  effect("has a route, and is in the document, from then on", function*() {
    class Late extends Task.make("LateTask", { payload: { n: Schema.Int } }) {}
    assert.strictEqual((yield* post("/late_task", { body: { n: 1 } })).status, 405)
    yield* Effect.scoped(Effect.gen(function*() {
      yield* Layer.build(Late.toLayer(() => Effect.void))
      assert.strictEqual((yield* post("/late_task", { body: { n: 1 } })).status, 200)
      assert.strictEqual((yield* send("GET", "/late_task")).headers.allow, "POST")
      assert.property((yield* document).paths, "/api/tasks/late_task")
    }))
    assert.strictEqual((yield* post("/late_task", { body: { n: 1 } })).status, 405)
    assert.notProperty((yield* document).paths, "/api/tasks/late_task")
  })
})

describe("files", () => {
  effect("are the web component, with its validators", function*() {
    const { headers, status, text } = yield* get("/static/TaskList.js")
    assert.strictEqual(status, 200)
    assert.strictEqual(headers["content-type"], "text/javascript; charset=utf-8")
    assert.strictEqual(headers["content-length"], String(Buffer.byteLength(text)))
    assert.isNotNaN(Date.parse(headers["last-modified"]!))
    assert.isString(headers.etag)
    const again = yield* get("/static/TaskList.js", { headers: { "if-none-match": headers.etag! } })
    assert.deepStrictEqual([again.status, again.text], [304, ""])
  })

  effect("never put text into a page as markup", function*() {
    const { text } = yield* get("/static/TaskList.js")
    assert.notMatch(text, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|srcdoc|eval\(|new Function/)
  })

  effect("are missing, or denied outside their folder", function*() {
    for (const path of ["nope.js", "", "test.html", "TaskList.js/x", "constructor", "tasklist.js"]) {
      const { json, status } = yield* get(`/static/${path}`)
      assert.deepStrictEqual([path, status, json], [path, 404, { detail: "File not found" }])
    }
    for (
      const path of [
        "../package.json",
        "%2e%2e/package.json",
        "..%2f..%2fpackage.json",
        "..%5c..%5cpackage.json",
        "x/../../package.json",
        "%2fetc/passwd",
        "c:%5cwindows"
      ]
    ) {
      const { json, status } = yield* get(`/static/${path}`)
      assert.deepStrictEqual([path, status, json], [path, 403, { detail: "Access denied" }])
    }
  })

  effect("have a test page without inline scripts", function*() {
    const { headers, status, text } = yield* get("/test")
    assert.strictEqual(status, 200)
    assert.strictEqual(headers["content-type"], "text/html; charset=utf-8")
    assert.include(text, "<task-list")
    assert.notMatch(text, /<script(?![^>]* src=)| on\w+=|style=/)
  })
})

describe("the prefix", () => {
  for (const prefix of ["/", "/api/tasks", "/deep/er/prefix"]) {
    it.effect(`may be ${prefix}`, () =>
      Effect.gen(function*() {
        assert.strictEqual((yield* get("/queue")).status, 200)
        assert.strictEqual((yield* post("/example_io_task")).status, 200)
        assert.strictEqual((yield* get("/unknown")).headers.allow, "DELETE")
        const { base } = yield* Server
        assert.strictEqual(
          (yield* get("/queue/")).headers.location,
          `${new URL(base).pathname.replace(/\/$/, "")}/queue`
        )
        assert.strictEqual((yield* get("/static/TaskList.js")).status, 200)
      }).pipe(Effect.provide(layer({ prefix }))))
  }

  it.effect("leaves the rest of the application alone", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* get(`${yield* root}/other`)).status, 404)
      assert.strictEqual((yield* get(`${yield* root}/openapi.json`)).status, 404)
      assert.strictEqual((yield* get(`${yield* root}/docs`)).status, 404)
    }).pipe(Effect.provide(layer({ openapi: false }))))
})
