import { assert, describe, it } from "@effect/vitest"
import { TaskApiClient } from "brinjal/http"
import { Effect, Exit, Layer, Logger, Redacted, Tracer } from "effect"
import { FetchHttpClient } from "effect/http"
import { TestClock } from "effect/testing"
import { inspect } from "node:util"
import * as tokens from "../../../src/http/internal/security/tokens.ts"
import { effect, get, layer, open, post, send, Server } from "../v1/support.ts"

const secrets = { read: "read-0123456789abcdef", operate: "operate-0123456789abcdef", admin: "admin-0123456789abcdef" }

const options = {
  tokens: [
    { token: secrets.read, role: "read", name: "screen" },
    { token: Redacted.make(secrets.operate), role: "operate" },
    { token: secrets.admin, role: "admin", name: "ops" }
  ]
} as const

type Role = keyof typeof secrets

const as = (role: Role) => ({ authorization: `Bearer ${secrets[role]}` })

const quick = { task_type: "QuickTask" }
const nightly = { recurring_id: "nightly", cron_expression: "0 2 * * *", task_type: "QuickTask" }

/** What needs which role, and what it answers when it is allowed. */
const needs: ReadonlyArray<readonly [Role, string, string, unknown, number]> = [
  ["read", "GET", "/v1/tasks", undefined, 200],
  ["read", "GET", "/v1/tasks/x", undefined, 404],
  ["read", "GET", "/v1/task-types", undefined, 200],
  ["read", "GET", "/v1/recurring", undefined, 200],
  ["read", "GET", "/v1/recurring/nightly", undefined, 200],
  ["read", "GET", "/v1/recurring/nightly/outcomes", undefined, 200],
  ["read", "GET", "/v1/recurring/nightly/upcoming", undefined, 200],
  ["read", "GET", "/v1/recurring/nightly/explain?at=1970-01-01T00:00:00Z", undefined, 200],
  ["read", "GET", "/v1/timeline?from=1970-01-01T00:00:00Z&to=1970-01-01T00:00:00Z", undefined, 200],
  ["read", "POST", "/v1/preview", { cron_expression: "@daily" }, 200],
  ["read", "GET", "/v1/metrics", undefined, 200],
  ["read", "GET", "/v1/backlog", undefined, 200],
  ["read", "GET", "/v1/info", undefined, 200],
  ["read", "GET", "/queue", undefined, 200],
  ["read", "GET", "/recurring", undefined, 200],
  ["read", "POST", "/search", { status: "done" }, 200],
  ["operate", "POST", "/v1/tasks", quick, 201],
  ["operate", "POST", "/v1/tasks/x/cancel", undefined, 404],
  ["operate", "POST", "/v1/tasks/x/retry", undefined, 404],
  ["operate", "POST", "/v1/tasks/cancel", { status: "queued", dry_run: true }, 200],
  ["operate", "POST", "/v1/tasks/retry", { status: "failed", dry_run: true }, 200],
  ["operate", "POST", "/v1/recurring/nightly/enable", undefined, 200],
  ["operate", "POST", "/v1/recurring/nightly/disable", undefined, 200],
  ["operate", "POST", "/v1/recurring/nightly/trigger", undefined, 201],
  ["operate", "POST", "/quick_task", undefined, 200],
  ["operate", "PATCH", "/recurring/nightly/enable", undefined, 200],
  ["operate", "PATCH", "/recurring/nightly/disable", undefined, 200],
  ["admin", "POST", "/v1/recurring", nightly, 201],
  ["admin", "PATCH", "/v1/recurring/nightly", {}, 200],
  ["admin", "DELETE", "/v1/tasks/x", undefined, 404],
  ["admin", "DELETE", "/v1/tasks", undefined, 200],
  ["admin", "POST", "/v1/tasks/remove", { status: "failed", dry_run: true }, 200],
  ["admin", "DELETE", "/v1/recurring/x", undefined, 404]
]

const roles = ["read", "operate", "admin"] as const

const ask = (method: string, path: string, body: unknown, headers: Readonly<Record<string, string>>) =>
  send(method, `/..${path}`, { body, headers })

const allowed = (role: Role, needed: Role) => roles.indexOf(role) >= roles.indexOf(needed)

describe("a token", () => {
  effect("allows what its role allows, and nothing else", function*() {
    assert.strictEqual((yield* post("/recurring", nightly, as("admin"))).status, 201)
    for (const [needed, method, path, body, status] of needs) {
      for (const role of roles) {
        const answer = yield* ask(method, path, body, as(role))
        const what = `${method} ${path} as ${role}`
        assert.strictEqual(answer.status, allowed(role, needed) ? status : 403, what)
        if (!allowed(role, needed)) assert.deepInclude(answer.json, { error: "RoleRequired", required: needed, role })
      }
      const without = yield* ask(method, path, body, {})
      assert.strictEqual(without.status, 401, `${method} ${path} without a token`)
      assert.strictEqual(without.headers["www-authenticate"], "Bearer")
      assert.deepInclude(without.json, { error: "Unauthorized", given: false })
    }
  }, { ...options, limits: { requestsPerSecond: 1_000 } })

  effect("that is wrong is not taken for one that is missing", function*() {
    const { json, status } = yield* ask("GET", "/v1/tasks", undefined, {
      authorization: "Bearer nobody-knows-this-one"
    })
    assert.strictEqual(status, 401)
    assert.deepStrictEqual(json, {
      error: "Unauthorized",
      message: "The token is not accepted: it is none of those that the server knows.",
      given: true
    })
  }, options)

  effect("is shown by the typed client that has it", function*() {
    const { port } = yield* Server
    const list = (token?: Redacted.Redacted) =>
      TaskApiClient.make({ baseUrl: `http://127.0.0.1:${port}`, token }).pipe(
        Effect.flatMap((client) => client.tasks.list({ query: {} })),
        Effect.provide(FetchHttpClient.layer)
      )
    assert.deepStrictEqual((yield* list(Redacted.make(secrets.read))).items, [])
    assert.strictEqual((yield* Effect.flip(list()))._tag, "Unauthorized")
  }, options)

  effect("opens the live stream", function*() {
    const response = yield* Effect.acquireRelease(
      open("GET", "/events", { headers: as("read") }),
      (response) => Effect.sync(() => response.destroy())
    )
    assert.strictEqual(response.statusCode, 200)
    assert.strictEqual((yield* get("/events")).status, 401)
  }, options)

  effect("is not asked for where only life is asked for", function*() {
    assert.strictEqual((yield* get("/health")).status, 200)
    assert.strictEqual((yield* get("/ready")).status, 200)
  }, options)

  effect("says who shows it", function*() {
    const { json } = yield* send("GET", "/info", { headers: as("read") })
    assert.deepInclude(json, { authentication: true, caller: { name: "screen", role: "read" } })
    const unnamed = yield* send("GET", "/info", { headers: as("operate") })
    assert.deepStrictEqual(unnamed.json.caller, { name: "operate", role: "operate" })
  }, options)

  effect("has to be right to the letter", function*() {
    const wrong = [
      `Bearer ${secrets.admin}x`,
      `Bearer ${secrets.admin.slice(0, -1)}`,
      `Bearer ${secrets.admin.toUpperCase()}`,
      `Bearer ${secrets.admin} ${secrets.admin}`,
      "Bearer ",
      "Bearer",
      `Basic ${btoa(`ops:${secrets.admin}`)}`,
      secrets.admin
    ]
    for (const authorization of wrong) {
      assert.strictEqual((yield* send("GET", "/tasks", { headers: { authorization } })).status, 401, authorization)
    }
    const spaced = yield* send("GET", "/tasks", { headers: { authorization: `bearer   ${secrets.admin}` } })
    assert.strictEqual(spaced.status, 200)
  }, options)

  effect("is not taken from the query, the path or a cookie", function*() {
    const headers = { cookie: `token=${secrets.admin}; authorization=Bearer ${secrets.admin}` }
    const query = { token: secrets.admin, access_token: secrets.admin, authorization: `Bearer ${secrets.admin}` }
    assert.strictEqual((yield* send("GET", "/tasks", { headers, query })).status, 401)
  }, options)

  effect("can be guessed ten times, then six seconds have to pass for each", function*() {
    const guess = send("GET", "/tasks", { headers: { authorization: "Bearer wrong-0123456789abcdef" } })
    for (let i = 0; i < 10; i++) assert.strictEqual((yield* guess).status, 401)
    const refused = yield* guess
    assert.strictEqual(refused.status, 429)
    assert.strictEqual(refused.headers["retry-after"], "6")
    assert.strictEqual((yield* send("GET", "/tasks", { headers: as("read") })).status, 200, "a right one still works")
    yield* TestClock.adjust("6 seconds")
    assert.strictEqual((yield* guess).status, 401)
    assert.strictEqual((yield* guess).status, 429)
  }, options)

  it.effect("is in no log, no trace and no answer", () =>
    Effect.gen(function*() {
      const said: Array<string> = []
      const listener = Logger.make((entry) => void said.push(JSON.stringify(Logger.formatStructured.log(entry))))
      const spans: Array<Tracer.NativeSpan> = []
      const tracer = Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          spans.push(span)
          return span
        }
      })
      const world = layer(options, {}, { disableLogger: false }).pipe(
        Layer.provide(Layer.succeed(Tracer.Tracer, tracer)),
        Layer.provide(Logger.layer([listener]))
      )
      const answers = yield* Effect.provide(
        Effect.all([
          send("GET", "/info", { headers: as("admin") }),
          send("GET", "/tasks", { headers: { authorization: `Bearer ${secrets.admin}x` } }),
          send("DELETE", "/tasks", { headers: as("read") })
        ]),
        world
      )
      said.push(...answers.map(({ headers, text }) => JSON.stringify(headers) + text))
      said.push(...spans.map((span) => inspect([span.name, span.attributes, span.events, span.status], { depth: 9 })))
      assert.isAbove(spans.length, 2)
      for (const secret of Object.values(secrets)) assert.notInclude(said.join("\n"), secret.slice(0, -2))
    }))
})

describe("a server that others can reach", () => {
  const starts = (security: Parameters<typeof layer>[0], host: string) =>
    Effect.exit(Effect.scoped(Layer.build(layer(security, {}, { host }))))

  it.effect("does not start without tokens", () =>
    Effect.gen(function*() {
      for (const host of ["0.0.0.0", "::"]) {
        const exit = yield* starts({}, host)
        assert.isTrue(Exit.isFailure(exit))
        assert.include(JSON.stringify(exit), "UnsafeServer")
        assert.include(JSON.stringify(exit), "127.0.0.1")
      }
    }))

  it.effect("starts with tokens, or if somebody says that it is insecure", () =>
    Effect.gen(function*() {
      assert.isTrue(Exit.isSuccess(yield* starts(options, "0.0.0.0")))
      assert.isTrue(Exit.isSuccess(yield* starts({ insecure: true }, "0.0.0.0")))
      assert.isTrue(Exit.isSuccess(yield* starts({}, "::1")))
    }))

  it.effect("does not take a token that can be guessed", () =>
    Effect.gen(function*() {
      const exit = yield* starts({ tokens: [{ token: "secret", role: "admin", name: "ops" }] }, "127.0.0.1")
      assert.include(JSON.stringify(exit), "UnsafeServer")
      assert.notInclude(JSON.stringify(exit), "secret")
    }))
})

describe("comparing tokens", () => {
  const known = tokens.known(options.tokens)

  it("looks at every byte of every token, whatever was given", () => {
    const looked: Array<number> = []
    const watched = known.map((token) => ({
      ...token,
      bytes: new Proxy(token.bytes, {
        get: (bytes, key) => {
          if (typeof key === "string" && /^\d+$/.test(key)) looked.push(Number(key))
          const value = Reflect.get(bytes, key, bytes)
          return typeof value === "function" ? value.bind(bytes) : value
        }
      })
    }))
    const all = known.reduce((size, { bytes }) => size + bytes.length, 0)
    for (const given of ["", "x", secrets.read, `${secrets.read}x`, "y".repeat(10_000)]) {
      looked.length = 0
      tokens.find(watched, given)
      assert.strictEqual(looked.length, all, given)
    }
  })

  it("finds the right one, and no other", () => {
    for (const role of roles) assert.strictEqual(tokens.find(known, secrets[role])?.role, role)
    for (const given of ["", "\u0000".repeat(21), "wrong", `${secrets.read}\u0000`]) {
      assert.isUndefined(tokens.find(known, given))
    }
  })
})

describe("a server without tokens", () => {
  effect("lets everybody on this machine do everything", function*() {
    const { json } = yield* get("/info")
    assert.deepInclude(json, { authentication: false, caller: { name: "everybody", role: "admin" } })
    assert.strictEqual((yield* Server).base, `http://127.0.0.1:${(yield* Server).port}/v1`)
  })
})
