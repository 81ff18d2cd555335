import { assert, describe } from "@effect/vitest"
import { TaskManager } from "brinjal"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { effect, get, post, send, Server } from "../v1/support.ts"
import { raw, statusOf } from "./support.ts"

const quick = { task_type: "QuickTask" }

const from = (headers: Readonly<Record<string, string>>) => send("POST", "/tasks", { body: quick, headers })

const tasks = Effect.map(TaskManager.TaskManager.use((manager) => manager.getAllTasks), (all) => all.length)

describe("a page of another origin", () => {
  const foreign: ReadonlyArray<Readonly<Record<string, string>>> = [
    { origin: "https://evil.example" },
    { origin: "null" },
    { origin: "http://127.0.0.1:1" },
    { origin: "http://localhost.evil.example" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" },
    { "sec-fetch-site": "nonsense" }
  ]

  effect("cannot change anything, by whatever kind of request", function*() {
    for (const headers of foreign) {
      for (const type of ["application/json", "text/plain", "application/x-www-form-urlencoded"]) {
        const answer = yield* from({ ...headers, "content-type": type })
        assert.strictEqual(answer.status, 403, JSON.stringify(headers))
        assert.strictEqual(answer.json.error, "Refused")
      }
      assert.strictEqual((yield* send("DELETE", "/tasks", { headers })).status, 403)
      assert.strictEqual((yield* send("POST", "/../quick_task", { headers })).status, 403)
      assert.strictEqual((yield* send("POST", "/../quick_task?n=1", { headers })).status, 403)
    }
    assert.strictEqual(yield* tasks, 0)
  })

  effect("cannot read, nor open streams", function*() {
    for (const headers of foreign.filter((headers) => headers["sec-fetch-mode"] === undefined)) {
      for (const path of ["/tasks", "/events", "/../queue", "/../queue/stream"]) {
        const answer = yield* send("GET", path, { headers })
        assert.strictEqual(answer.status, 403, path)
        assert.isUndefined(answer.headers["access-control-allow-origin"])
      }
    }
  })

  effect("may be left by a link", function*() {
    const headers = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" }
    assert.strictEqual((yield* send("GET", "/tasks", { headers })).status, 200)
  })

  effect("may ask if it is named, and is told so", function*() {
    const origin = "https://tasks.example.com"
    const answer = yield* from({ origin, "sec-fetch-site": "cross-site" })
    assert.strictEqual(answer.status, 201)
    assert.strictEqual(answer.headers["access-control-allow-origin"], origin)
    assert.strictEqual(answer.headers.vary, "origin")
    const preflight = yield* send("OPTIONS", "/tasks/x", {
      headers: { origin, "access-control-request-method": "DELETE", "access-control-request-headers": "authorization" }
    })
    assert.strictEqual(preflight.status, 204)
    assert.include(preflight.headers["access-control-allow-methods"], "DELETE")
    assert.include(preflight.headers["access-control-allow-headers"], "authorization")
    const other = yield* send("OPTIONS", "/tasks/x", {
      headers: { origin: "https://evil.example", "access-control-request-method": "DELETE" }
    })
    assert.strictEqual(other.status, 403)
    assert.isUndefined(other.headers["access-control-allow-origin"])
    const broken = yield* send("POST", "/tasks", { body: "{", headers: { origin } })
    assert.strictEqual(broken.status, 422)
    assert.strictEqual(broken.headers["access-control-allow-origin"], origin, "errors can be read too")
  }, { origins: ["https://Tasks.example.com/"] })

  effect("does not mean the server's own, a typed address, or what is no browser", function*() {
    const { port } = yield* Server
    for (
      const headers of [
        {},
        { origin: `http://127.0.0.1:${port}` },
        { "sec-fetch-site": "same-origin", origin: `http://127.0.0.1:${port}` },
        { "sec-fetch-site": "none" }
      ]
    ) assert.strictEqual((yield* from(headers as Record<string, string>)).status, 201)
  })
})

describe("a name that was made to lead here", () => {
  effect("is refused by a server without tokens", function*() {
    const { port } = yield* Server
    for (
      const host of [
        "evil.example",
        `evil.example:${port}`,
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "10.0.0.1"
      ]
    ) {
      const { json, status } = yield* send("GET", "/tasks", { headers: { host } })
      assert.strictEqual(status, 403, host)
      assert.include(json.message, "allowedHosts")
    }
    for (
      const host of [
        "localhost",
        `localhost:${port}`,
        "127.0.0.1",
        `[::1]:${port}`,
        "app.localhost",
        "LOCALHOST",
        "127.9.9.9"
      ]
    ) {
      assert.strictEqual((yield* send("GET", "/tasks", { headers: { host } })).status, 200, host)
    }
  })

  effect("is not refused if it is named", function*() {
    assert.strictEqual((yield* send("GET", "/tasks", { headers: { host: "brinjal.internal:80" } })).status, 200)
    assert.strictEqual((yield* send("GET", "/tasks", { headers: { host: "other.internal" } })).status, 403)
  }, { allowedHosts: ["Brinjal.internal"] })

  effect("does not matter where tokens are needed", function*() {
    assert.strictEqual((yield* send("GET", "/tasks", { headers: { host: "evil.example" } })).status, 401)
  }, { tokens: [{ token: "0123456789abcdef", role: "admin" }] })
})

describe("a body", () => {
  const limits = { limits: { bodySize: 1_000, bodyTime: "5 seconds" } } as const

  effect("that is too large is refused before it is read", function*() {
    const { json, status } = yield* post("/tasks", { ...quick, body: "x".repeat(1_000) })
    assert.strictEqual(status, 413)
    assert.deepInclude(json, { error: "BodyTooLarge", limit: 1_000 })
    const announced = yield* raw(
      "POST /v1/tasks HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 99999999999\r\n\r\n{"
    )
    assert.strictEqual(statusOf(announced), 413)
    assert.strictEqual(yield* tasks, 0)
  }, limits)

  effect("that does not say how large it is, is refused when it is too large", function*() {
    const chunk = `400\r\n${" ".repeat(1_024)}\r\n`
    const answer = yield* raw(
      "POST /v1/tasks HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n",
      chunk,
      chunk
    )
    assert.strictEqual(statusOf(answer), 413)
  }, limits)

  effect("that does not come is not waited for", function*() {
    const answer = yield* Effect.forkChild(raw(
      "POST /v1/tasks HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{"
    ))
    // the server begins to wait when the head has come, which nobody can see from here
    while (answer.pollUnsafe() === undefined) {
      assert.strictEqual((yield* get("/tasks")).status, 200)
      yield* TestClock.adjust("5 seconds")
    }
    const text = yield* Fiber.join(answer)
    assert.strictEqual(statusOf(text), 408)
    assert.include(text, "BodyTooSlow")
  }, limits)

  effect("cannot reach what objects inherit", function*() {
    const attacks = [
      `{"task_type":"QuickTask","__proto__":{"polluted":1}}`,
      `{"task_type":"QuickTask","constructor":{"prototype":{"polluted":1}}}`,
      `{"task_type":"QuickTask","payload":{"__proto__":{"polluted":1}}}`,
      `{"task_type":"QuickTask","payload":{"constructor":{"prototype":{"polluted":1}}}}`,
      `{"task_type":"__proto__"}`,
      `{"task_type":"constructor"}`,
      `{"task_type":"toString","payload":{}}`
    ]
    for (const body of attacks) {
      const { status } = yield* post("/tasks", body)
      assert.strictEqual(status, 422, body)
    }
    assert.strictEqual((yield* post("/preview", `{"cron_expression":"@daily","__proto__":{"count":2}}`)).status, 422)
    for (const path of ["/tasks/__proto__", "/recurring/constructor", "/recurring/__proto__/outcomes"]) {
      assert.strictEqual((yield* get(path)).status, 404, path)
    }
    assert.isUndefined(({} as { polluted?: number }).polluted)
  })

  effect("that is deep is refused, and not followed", function*() {
    const deep = "[".repeat(100_000) + "]".repeat(100_000)
    for (const body of [deep, `{"task_type":"QuickTask","payload":${deep}}`, `{"recurrence":${deep}}`]) {
      const { status } = yield* post("/tasks", body)
      assert.strictEqual(status, 422)
      assert.strictEqual((yield* post("/recurring", body)).status, 422)
    }
    let nested = `{"_tag":"Every","period":1000,"phase":0}`
    for (let i = 0; i < 5_000; i++) nested = `{"_tag":"Union","members":[${nested}]}`
    const body = `{"task_type":"QuickTask","recurrence":${nested}}`
    assert.strictEqual((yield* post("/recurring", body)).status, 422)
  })
})

describe("headers", () => {
  effect("that are too large are refused", function*() {
    const { json, status } = yield* send("GET", "/tasks", { headers: { "x-much": "x".repeat(1_000) } })
    assert.strictEqual(status, 431)
    assert.deepInclude(json, { error: "HeadersTooLarge", limit: 1_000 })
    assert.strictEqual((yield* get("/tasks", { q: "x".repeat(1_000) })).status, 431)
  }, { limits: { headerSize: 1_000 } })

  effect("that are a flood are refused", function*() {
    const flood = Array.from({ length: 100_000 }, (_, i) => `x-${i}: y\r\n`)
    const answer = yield* raw("GET /v1/tasks HTTP/1.1\r\nhost: localhost\r\n", flood.join(""), "\r\n")
    assert.strictEqual(statusOf(answer), 431)
    assert.strictEqual((yield* get("/tasks")).status, 200)
  })

  effect("that contradict each other are refused", function*() {
    const smuggled = yield* raw(
      "POST /v1/tasks HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n"
    )
    assert.strictEqual(statusOf(smuggled), 400)
  })

  effect("tell browsers to be careful", function*() {
    for (const path of ["/tasks", "/nothing", "/../queue", "/../nothing/at/all"]) {
      const { headers } = yield* get(path)
      assert.strictEqual(headers["x-content-type-options"], "nosniff", path)
      assert.strictEqual(headers["content-security-policy"], "default-src 'none'; frame-ancestors 'none'", path)
      assert.strictEqual(headers["referrer-policy"], "no-referrer")
      assert.strictEqual(headers["cache-control"], "no-store")
      assert.isUndefined(headers["access-control-allow-origin"])
    }
    for (const path of ["/../test", "/../docs", "/../swagger"]) {
      const { headers, text } = yield* get(path)
      assert.include(headers["content-security-policy"], "default-src 'self'", path)
      assert.notMatch(headers["content-security-policy"] as string, /script-src[^;]*'unsafe-inline'/)
      assert.notMatch(text, /<script(?![^>]*src=)[^>]*>|\son\w+=/, "no script in the page itself")
    }
  })
})

describe("a path", () => {
  effect("leads out of nothing", function*() {
    const paths = [
      "/static/../../../package.json",
      "/static/..%2f..%2f..%2fpackage.json",
      "/static/%2e%2e/%2e%2e/package.json",
      "/static/....//package.json",
      "/static/..\\..\\package.json",
      "/static/%00",
      "/static//etc/passwd",
      "/static/C:/windows/win.ini",
      "/v1/../../etc/passwd",
      "/v1/tasks/..%2f..%2fetc%2fpasswd",
      "/v1/tasks/%",
      "/v1/tasks/%ff%fe",
      "/v1/tasks/%00",
      `/v1/tasks/${"x".repeat(2_000)}`,
      "//evil.example/v1/tasks",
      "/v1//tasks/./x"
    ]
    for (const path of paths) {
      const answer = yield* raw(`GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`)
      const status = statusOf(answer)
      assert.isTrue(status >= 300 && status < 500, `${path} is answered with ${status}`)
      assert.notMatch(answer, /"name": "brinjal"|root:|node_modules|\/src\/|    at /, path)
    }
  })
})

describe("requests", () => {
  effect("that are too many are refused, by address, until time has passed", function*() {
    for (let i = 0; i < 10; i++) assert.strictEqual((yield* get("/tasks")).status, 200)
    const { headers, json, status } = yield* get("/tasks")
    assert.strictEqual(status, 429)
    assert.deepInclude(json, { error: "TooMany", what: "requests", retry_after_ms: 500 })
    assert.strictEqual(headers["retry-after"], "1")
    yield* TestClock.adjust("500 millis")
    assert.strictEqual((yield* get("/tasks")).status, 200)
    assert.strictEqual((yield* get("/tasks")).status, 429)
  }, { limits: { requestsPerSecond: 2 } })
})
