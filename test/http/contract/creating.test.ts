import { assert, describe } from "@effect/vitest"
import { TaskManager } from "brinjal"
import { Effect } from "effect"
import { create, effect, get, post, puppet, queue, remove, send, Server } from "./support.ts"

const stored = (taskId: string) => TaskManager.TaskManager.use((manager) => manager.getTask(taskId))

const payloadOf = (taskId: string) => Effect.map(stored(taskId), ({ payload }) => payload as Record<string, unknown>)

/** Creates a task of every kind of parameter and gives what arrived. */
const kinds = (request: Parameters<typeof post>[1]) =>
  Effect.flatMap(post("/http_kinds_task", request), ({ json }) => payloadOf(json.task_id))

const mistakes = (route: string, request: Parameters<typeof post>[1]) =>
  Effect.map(post(route, request), ({ json, status }) => {
    assert.strictEqual(status, 422)
    return json.detail as ReadonlyArray<{ loc: ReadonlyArray<string | number>; msg: string; type: string }>
  })

const places = (details: ReadonlyArray<{ readonly loc: ReadonlyArray<string | number> }>) =>
  details.map(({ loc }) => loc.join("."))

describe("creating a task", () => {
  effect("answers 200 with the id and nothing else, in compact JSON", function*() {
    const { headers, json, status, text } = yield* post("/example_cpu_task", { body: {} })
    assert.strictEqual(status, 200)
    assert.strictEqual(headers["content-type"], "application/json")
    assert.deepStrictEqual(Object.keys(json), ["task_id"])
    assert.match(json.task_id, /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/)
    assert.strictEqual(text, JSON.stringify(json))
  })

  effect("has the task in the queue before it answers", function*() {
    const id = yield* create("example_io_task")
    assert.deepStrictEqual((yield* queue).map(({ task_id }) => task_id), [id])
  })

  effect("takes parameters from the body", function*() {
    const body = { name: "mine", sleep_time: 0.2, update_sleep_time: 0.1, failure_probability: 0.5 }
    assert.deepInclude(yield* payloadOf(yield* create("example_cpu_task", body)), body)
    const io = { sleep_time: 0.03, progress_file: "mine.txt" }
    assert.deepInclude(yield* payloadOf(yield* create("example_io_task", io)), io)
  })

  effect("takes parameters from the query, decoded", function*() {
    const { json } = yield* post("/example_cpu_task", { query: "name=a+b%20c%26d&sleep_time=1e-3" })
    assert.deepInclude(yield* payloadOf(json.task_id), { name: "a b c&d", sleep_time: 0.001 })
  })

  effect("lets the query win key by key, and the last of a repeated key", function*() {
    const { json } = yield* post("/example_cpu_task", {
      query: "name=query&name=last",
      body: { name: "body", sleep_time: 0.5 }
    })
    assert.deepInclude(yield* payloadOf(json.task_id), { name: "last", sleep_time: 0.5, failure_probability: 0 })
  })

  for (
    const [what, request] of Object.entries({
      "no body": {},
      "an empty body that is declared JSON": { body: "", headers: { "content-type": "application/json" } },
      "null": { body: "null", headers: { "content-type": "application/json" } },
      "{}": { body: {} },
      "JSON without a declaration": { body: "{}" }
    })
  ) {
    effect(`takes ${what} for the defaults`, function*() {
      const { json, status } = yield* post("/example_cpu_task", request)
      assert.strictEqual(status, 200)
      assert.deepStrictEqual(yield* payloadOf(json.task_id), {
        name: "Example Task",
        sleep_time: 0.1,
        update_sleep_time: 0.05,
        failure_probability: 0,
        semaphore_name: "single"
      })
    })
  }

  effect("ignores what it does not know, and what is not for clients", function*() {
    const body = { task_id: "mine", status: "done", progress: 50, parent_id: "x", surprise: 1 }
    const { json } = yield* post("/puppet_task", { body, query: { status: "failed", other: "1" } })
    assert.notStrictEqual(json.task_id, "mine")
    const [task] = yield* queue
    assert.deepInclude(task, { task_id: json.task_id, progress: 0, parent_id: null })
    assert.deepStrictEqual(yield* payloadOf(json.task_id), { name: "puppet" })
  })

  effect("is not fooled by the names that JavaScript gives its objects", function*() {
    const body = `{"__proto__": {"name": "polluted"}, "constructor": {"prototype": {"x": 1}}, "toString": 1}`
    const { json, status } = yield* post("/puppet_task", { body, query: "__proto__=x&constructor=y" })
    assert.strictEqual(status, 200)
    assert.deepStrictEqual(yield* payloadOf(json.task_id), { name: "puppet" })
    assert.notProperty({}, "x")
  })

  effect("shows heading, body and img that it is given", function*() {
    yield* create("puppet_task", { heading: "H", body: "B", img: "https://example.org/i.png" })
    assert.deepInclude((yield* queue)[0], { heading: "H", body: "B", img: "https://example.org/i.png" })
  })

  effect("accepts null where it may be, and refuses it elsewhere", function*() {
    assert.strictEqual((yield* post("/puppet_task", { body: { heading: null, img: null } })).status, 200)
    assert.deepStrictEqual(places(yield* mistakes("/puppet_task", { body: { name: null } })), ["body.name"])
  })

  effect("runs in the pool that it is told, and in the default one when there is none of that name", function*() {
    for (const semaphore_name of ["single", "nowhere"]) {
      assert.strictEqual((yield* post("/puppet_task", { body: { semaphore_name } })).status, 200)
    }
  })

  effect("reads numbers and truth values in text", function*() {
    const body = { count: "3", ratio: " 0.5 ", flag: "on", note: 5 }
    assert.deepInclude(yield* kinds({ body }), { count: 3, ratio: 0.5, flag: true, note: "5" })
  })

  effect("reads a query as the original does", function*() {
    for (const text of ["true", "1", "YES"]) assert.isTrue((yield* kinds({ query: { count: "1", flag: text } })).flag)
    for (const text of ["false", "0", "on", ""]) {
      assert.isFalse((yield* kinds({ query: { count: "1", flag: text } })).flag)
    }
    assert.deepInclude(yield* kinds({ query: `count=1&ratio=nan&tags=["a","b"]&mode=slow&note=null` }), {
      ratio: "NaN",
      tags: ["a", "b"],
      mode: "slow",
      note: "null"
    })
  })

  effect("takes a required parameter from either place", function*() {
    assert.deepInclude(yield* kinds({ query: { count: "7" } }), { count: 7, ratio: 1, mode: "fast" })
    assert.deepInclude(yield* kinds({ query: { count: "7" }, body: {} }), { count: 7 })
    assert.deepInclude(yield* kinds({ body: { count: 7, when: "2026-01-01T00:00:00.000Z" } }), {
      count: 7,
      when: "2026-01-01T00:00:00.000Z"
    })
  })

  effect("names everything that is wrong, where it was given", function*() {
    const found = yield* mistakes("/http_kinds_task", {
      query: { count: "three" },
      body: { ratio: "x", flag: "maybe", mode: "medium", tags: [1], when: "yesterday" }
    })
    assert.sameMembers(places(found), [
      "query.count",
      "body.ratio",
      "body.flag",
      "body.mode",
      "body.tags.0",
      "body.when"
    ])
    for (const { msg, type } of found) assert.isTrue(msg.length > 0 && type.includes("error"))
  })

  effect("says that a required parameter is missing", function*() {
    assert.deepStrictEqual(yield* mistakes("/http_kinds_task", {}), [
      { loc: ["body", "count"], msg: "field required", type: "value_error.missing" }
    ])
  })

  for (
    const [what, request] of Object.entries({
      "malformed JSON": { body: `{"name": `, headers: { "content-type": "application/json" } },
      "a list": { body: [1] },
      "a scalar": { body: "5", headers: { "content-type": "application/json" } },
      "plain text": { body: "hello", headers: { "content-type": "text/plain" } },
      "a form": { body: "name=x", headers: { "content-type": "application/x-www-form-urlencoded" } }
    })
  ) {
    effect(`refuses ${what} as a body`, function*() {
      const found = yield* mistakes("/example_cpu_task", request)
      assert.strictEqual(found[0]!.loc[0], "body")
      assert.deepStrictEqual(yield* queue, [])
    })
  }

  effect("names routes as the original does", function*() {
    assert.strictEqual((yield* post("/http_kinds_task", { body: { count: 1 } })).status, 200)
    assert.strictEqual((yield* post("/HTTPKindsTask", { body: { count: 1 } })).status, 405)
  })
})

describe("paths and methods", () => {
  effect("answers a wrong method with 405 and the right one", function*() {
    for (
      const [method, path, allow] of [
        ["GET", "/example_cpu_task", "POST"],
        ["GET", "/unknown", "DELETE"],
        ["POST", "/unknown", "DELETE"],
        ["POST", "/queue", "GET"],
        ["PUT", "/queue", "GET"],
        ["HEAD", "/queue", "GET"],
        ["OPTIONS", "/queue", "GET"],
        ["GET", "/search", "POST"],
        ["GET", "/completed", "DELETE"],
        ["POST", "/queue/stream", "GET"],
        ["GET", "/recurring/some-id/enable", "PATCH"],
        ["DELETE", "/recurring/some-id", "POST"],
        ["POST", "/test", "GET"]
      ] as const
    ) {
      const { headers, status, text } = yield* send(method, path)
      assert.deepStrictEqual([method, path, status, headers.allow], [method, path, 405, allow])
      if (method !== "HEAD") assert.strictEqual(text, `{"detail":"Method Not Allowed"}`)
    }
  })

  effect("answers an unknown path with 404", function*() {
    for (const path of ["/a/b", "/a/b/c/", "/queue/stream/x", "/"]) {
      const { json, status } = yield* get(path)
      assert.deepStrictEqual([path, status, json], [path, 404, { detail: "Not Found" }])
    }
  })

  effect("sends a path with a slash at its end to the one without", function*() {
    const { base } = yield* Server
    const path = new URL(base).pathname
    for (
      const [method, from, to] of [
        ["GET", "/queue/", "/queue"],
        ["POST", "/example_cpu_task/?name=x", "/example_cpu_task?name=x"],
        ["GET", "/anything/", "/anything"],
        ["PATCH", "/recurring/x/enable/", "/recurring/x/enable"]
      ] as const
    ) {
      const { headers, status } = yield* send(method, from)
      assert.deepStrictEqual([from, status, headers.location], [from, 307, path + to])
    }
  })

  effect("never redirects to another host", function*() {
    const { port } = yield* Server
    for (const path of ["//evil.example/", "/\\evil.example/", "//evil.example/%2f../"]) {
      const { headers } = yield* get(`http://127.0.0.1:${port}${path}`)
      assert.notMatch(headers.location ?? "/", /^([/\\]{2}|[a-z]+:)/i)
    }
  })

  effect("cannot be decoded: an error like any other bad input, here and under /v1", function*() {
    const msg = "a percent sign is not part of a valid escape; write %25 for the sign itself"
    for (const [method, path] of [["DELETE", "/%zz"], ["GET", "/%ff/stream"], ["POST", "/puppet%"]] as const) {
      const { json, status } = yield* send(method, path)
      assert.deepStrictEqual([status, json], [422, { detail: [{ loc: ["path"], msg, type: "value_error" }] }], path)
    }
    const { json, status } = yield* get("/v1/tasks/%zz")
    assert.strictEqual(status, 422)
    assert.deepInclude(json, { error: "ValidationFailed", issues: [{ path: ["params"], message: msg }] })
  })

  effect("cannot be decoded, and is none of this API: it is left to others", function*() {
    const { port } = yield* Server
    assert.deepInclude(yield* get(`http://127.0.0.1:${port}/elsewhere/%zz`), { status: 404, text: "" })
  })

  effect("knows no id but those of tasks", function*() {
    assert.strictEqual((yield* remove("/queue")).status, 404)
    const id = yield* puppet("x")
    assert.strictEqual((yield* get(`/${id}`)).status, 405)
    assert.deepInclude(yield* remove(`/${id}`), { status: 200 })
  })
})
