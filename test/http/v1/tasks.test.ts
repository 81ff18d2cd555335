import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { effect, fail, finish, get, iso, listen, patch, post, reach, remove, send, waiting } from "./support.ts"

const quick = (n: number) =>
  Effect.map(post("/tasks", { task_type: "QuickTask", payload: { n } }), ({ json }) => json.task_id)

const ids = (page: { readonly json: any }) => page.json.items.map(({ task_id }: any) => task_id)

describe("tasks", () => {
  effect("are queued, and shown with everything there is to know", function*() {
    yield* TestClock.setTime(1_000)
    const body = {
      task_type: "WaitTask",
      payload: { name: "a" },
      heading: "Mine",
      body: "text",
      img: "x.png",
      priority: 3
    }
    const created = yield* post("/tasks", body)
    assert.strictEqual(created.status, 201)
    assert.deepStrictEqual(Object.keys(created.json), ["task_id"])
    const { task_id } = created.json
    yield* reach(task_id, "running")
    const { json, status } = yield* get(`/tasks/${task_id}`)
    assert.strictEqual(status, 200)
    assert.deepStrictEqual(json, {
      task_id,
      parent_id: null,
      task_type: "WaitTask",
      status: "running",
      payload: { name: "a", size: 1 },
      progress: 0,
      heading: "Mine",
      body: "text",
      img: "x.png",
      priority: 3,
      concurrency_key: null,
      parked: false,
      attempt: 1,
      created_at: iso(1_000),
      scheduled_at: null,
      started_at: iso(1_000),
      retry_at: null,
      completed_at: null,
      result: null,
      error: null,
      typed_error: null
    })
  })

  effect("that fail say why", function*() {
    const id = yield* waiting("a")
    yield* fail("a")
    yield* reach(id, "failed")
    const { json } = yield* get(`/tasks/${id}`)
    assert.strictEqual(json.status, "failed")
    assert.strictEqual(json.error.type, "NoSuchName")
    assert.deepStrictEqual(Object.keys(json.error), ["type", "message", "trace"])
  })

  effect("are cancelled with a note", function*() {
    const id = yield* waiting("a")
    const { json, status } = yield* post(`/tasks/${id}/cancel`, { note: "not now" })
    assert.strictEqual(status, 200)
    assert.strictEqual(json.status, "cancelled")
    assert.include(json.error.message, "not now")
  })

  effect("are cancelled without a body too", function*() {
    const id = yield* waiting("a")
    assert.strictEqual((yield* post(`/tasks/${id}/cancel`)).json.status, "cancelled")
  })

  effect("are retried when they have ended, as new ones", function*() {
    const id = yield* waiting("a")
    const refused = yield* post(`/tasks/${id}/retry`)
    assert.strictEqual(refused.status, 409)
    assert.deepInclude(refused.json, { error: "TaskNotFinished", task_id: id, status: "running" })
    assert.match(refused.json.message, /cancel it first/)
    yield* finish("a")
    yield* reach(id, "done")
    const again = yield* post(`/tasks/${id}/retry`)
    assert.strictEqual(again.status, 201)
    assert.notStrictEqual(again.json.task_id, id)
  })

  effect("are removed, one or all that have ended", function*() {
    const id = yield* waiting("a")
    const removed = yield* remove(`/tasks/${id}`)
    assert.strictEqual(removed.status, 204)
    assert.strictEqual(removed.text, "")
    const gone = yield* remove(`/tasks/${id}`)
    assert.strictEqual(gone.status, 404)
    assert.deepInclude(gone.json, { error: "TaskNotFound", task_id: id })
    for (const n of [1, 2, 3]) yield* reach(yield* quick(n), "done")
    const kept = yield* waiting("b")
    assert.deepStrictEqual((yield* remove("/tasks")).json, { deleted_count: 3 })
    assert.deepStrictEqual(ids(yield* get("/tasks")), [kept])
  })

  effect("that are not there are 404, whatever is asked of them", function*() {
    for (const [method, path] of [["GET", ""], ["POST", "/cancel"], ["POST", "/retry"], ["DELETE", ""]] as const) {
      const { json, status } = yield* send(method, `/tasks/nobody${path}`)
      assert.strictEqual(status, 404, path)
      assert.strictEqual(json.error, "TaskNotFound")
      assert.strictEqual(
        json.message,
        `There is no task with the id "nobody". It may have been removed, or pruned by retention.`
      )
    }
  })

  effect("are listed newest first, in pages that neither repeat nor hide when tasks come and go", function*() {
    const all: Array<string> = []
    for (let i = 0; i < 9; i++) all.unshift(yield* waiting(String(i)))
    const first = yield* get("/tasks", { limit: "3" })
    assert.deepStrictEqual(ids(first), all.slice(0, 3))
    yield* waiting("new")
    yield* remove(`/tasks/${all[2]}`)
    const second = yield* get("/tasks", { limit: "3", before: first.json.next })
    assert.deepStrictEqual(ids(second), all.slice(3, 6))
    const third = yield* get("/tasks", { limit: "3", before: second.json.next })
    assert.deepStrictEqual(ids(third), all.slice(6))
    assert.isNull(third.json.next)
  })

  effect("are found by status, type, parent and text", function*() {
    const running = yield* waiting("a")
    const done = yield* quick(1)
    yield* reach(done, "done")
    const named = yield* post("/tasks", { task_type: "WaitTask", payload: { name: "b" }, heading: "Ünique Heading" })
    const { task_id } = named.json
    assert.deepStrictEqual(ids(yield* get("/tasks", { status: "done" })), [done])
    assert.deepStrictEqual(ids(yield* get("/tasks", { task_type: "WaitTask" })), [task_id, running])
    assert.deepStrictEqual(ids(yield* get("/tasks", { q: "nique head" })), [task_id])
    assert.deepStrictEqual(ids(yield* get("/tasks", { q: "quick" })), [done])
    assert.deepStrictEqual(ids(yield* get("/tasks", { q: "nothing of the kind" })), [])
    assert.deepStrictEqual(ids(yield* get("/tasks", { parent_id: "x" })), [])
    assert.deepStrictEqual(ids(yield* get("/tasks", { recurring_id: "x" })), [])
    assert.deepStrictEqual(ids(yield* get("/tasks", { concurrency_key: "WaitTask/a" })), [])
  })

  effect("are found by their concurrency key, and by whether they wait for it", function*() {
    const keyed = (name: string) =>
      Effect.map(post("/tasks", { task_type: "KeyedTask", payload: { name } }), ({ json }) => json.task_id)
    const active = yield* keyed("a")
    yield* reach(active, "running")
    const parked = yield* keyed("a")
    const other = yield* keyed("b")
    yield* reach(other, "running")
    assert.deepStrictEqual(ids(yield* get("/tasks", { concurrency_key: "KeyedTask/a" })), [parked, active])
    assert.deepStrictEqual(ids(yield* get("/tasks", { parked: "true" })), [parked])
    assert.deepStrictEqual(ids(yield* get("/tasks", { parked: "false" })), [other, active])
    assert.deepStrictEqual(ids(yield* get("/tasks", { concurrency_key: "KeyedTask/a", parked: "false" })), [active])
    assert.strictEqual((yield* get("/tasks", { parked: "yes" })).status, 422)
    const cancelled = yield* post("/tasks/cancel", { parked: true })
    assert.strictEqual(cancelled.json.count, 1)
    yield* reach(parked, "cancelled")
  })

  effect("refuse conditions that cannot be, and say which", function*() {
    const { json, status } = yield* get("/tasks", { status: "sleeping", limit: "0" })
    assert.strictEqual(status, 422)
    assert.strictEqual(json.error, "ValidationFailed")
    assert.deepStrictEqual(json.issues.map(({ path }: any) => path).sort(), [["query", "limit"], ["query", "status"]])
  })
})

describe("a query", () => {
  effect("with a key that does not exist is refused, with those that do", function*() {
    const { json, status } = yield* get("/tasks", { stauts: "done" })
    const message =
      "Unknown key; the known ones are status, task_type, parent_id, recurring_id, concurrency_key, parked, q, created_from, created_before, before, limit"
    assert.strictEqual(status, 422)
    assert.deepStrictEqual(json, {
      error: "ValidationFailed",
      message: `query.stauts: ${message}`,
      issues: [{ path: ["query", "stauts"], message }]
    })
    for (const path of ["/recurring", "/task-types", "/recurring/x/outcomes", "/timeline"]) {
      const { json, status } = yield* get(path, { stauts: "done" })
      assert.strictEqual(status, 422, path)
      assert.deepStrictEqual(json.issues[0].path, ["query", "stauts"], path)
    }
  })

  effect("that would limit what is removed, if it could, removes nothing", function*() {
    yield* reach(yield* quick(1), "done")
    assert.strictEqual((yield* remove("/tasks", { status: "failed" })).status, 422)
    assert.lengthOf((yield* get("/tasks")).json.items, 1)
  })

  effect("may have anything in it where a server is watched", function*() {
    for (const path of ["/health", "/ready", "/metrics"]) {
      assert.strictEqual((yield* get(path, { probe: "1" })).status, 200, path)
    }
    const events = yield* listen({ query: { lastEventId: "" } })
    assert.strictEqual(events.response.statusCode, 200)
  })
})

describe("a task that cannot be queued", () => {
  effect("says what is wrong with its payload, field by field", function*() {
    const payload = { name: 7, size: 0, unknown: 1, at: "yesterday" }
    const { json, status } = yield* post("/tasks", { task_type: "WaitTask", payload })
    assert.strictEqual(status, 422)
    assert.strictEqual(json.error, "ValidationFailed")
    assert.deepStrictEqual(
      json.issues.map(({ path }: any) => path.join(".")).sort(),
      ["body.payload.at", "body.payload.name", "body.payload.size", "body.payload.unknown"]
    )
  })

  effect("has a payload although its task takes none", function*() {
    const issuesOf = (payload: unknown) =>
      Effect.map(post("/tasks", { task_type: "PlainTask", payload }), ({ json, status }) => [status, json.issues])
    assert.deepStrictEqual(yield* issuesOf({ n: 1, name: "a" }), [
      422,
      [
        { path: ["body", "payload", "n"], message: "Unknown key; no keys are known here" },
        { path: ["body", "payload", "name"], message: "Unknown key; no keys are known here" }
      ]
    ])
    for (const payload of [[], [1], "a", 1, null]) assert.strictEqual((yield* issuesOf(payload))[0], 422)
    for (const payload of [{}, undefined]) assert.strictEqual((yield* issuesOf(payload))[0], 201)
  })

  effect("is of a type that is not known", function*() {
    const { json, status } = yield* post("/tasks", { task_type: "Nothing" })
    assert.strictEqual(status, 422)
    assert.deepInclude(json, { error: "TaskNotRegistered", task_type: "Nothing" })
  })

  effect("has a key that does not exist, or no JSON", function*() {
    const extra = yield* post("/tasks", { task_type: "QuickTask", paylod: {} })
    assert.strictEqual(extra.status, 422)
    assert.deepStrictEqual(extra.json.issues[0].path, ["body", "paylod"])
    const broken = yield* post("/tasks", "{ nothing")
    assert.strictEqual(broken.status, 422)
    const missing = yield* post("/tasks")
    assert.strictEqual(missing.status, 422)
    const list = yield* post("/tasks", [])
    assert.strictEqual(list.status, 422)
  })

  effect("comes as something else than JSON", function*() {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]) {
      const { json, status } = yield* send("POST", "/tasks", {
        body: "task_type=QuickTask",
        headers: { "content-type": type }
      })
      assert.strictEqual(status, 415, type)
      assert.strictEqual(json.error, "NotJson")
    }
  })

  effect("takes instants as ISO 8601", function*() {
    const created = yield* post("/tasks", { task_type: "WaitTask", payload: { name: "a", at: "2026-01-01T00:00:00Z" } })
    const { json } = yield* get(`/tasks/${created.json.task_id}`)
    assert.strictEqual(json.payload.at, "2026-01-01T00:00:00.000Z")
  })
})

describe("an Idempotency-Key", () => {
  const key = { "idempotency-key": "once" }

  effect("that is empty is none, and is refused", function*() {
    const { json, status } = yield* post("/tasks", { task_type: "QuickTask" }, { "idempotency-key": "" })
    assert.deepStrictEqual([status, json.issues?.[0]?.path], [422, ["headers", "idempotency-key"]])
  })
  const task = { task_type: "QuickTask", payload: { n: 1 } }

  effect("queues one task for any number of requests", function*() {
    const answers = yield* Effect.all(Array.from({ length: 20 }, () => post("/tasks", task, key)), { concurrency: 20 })
    assert.deepStrictEqual(new Set(answers.map(({ status }) => status)), new Set([201]))
    assert.strictEqual(new Set(answers.map(({ json }) => json.task_id)).size, 1)
    assert.strictEqual((yield* get("/tasks")).json.items.length, 1)
  })

  effect("is for one request only", function*() {
    yield* post("/tasks", task, key)
    const { json, status } = yield* post("/tasks", { ...task, payload: { n: 2 } }, key)
    assert.strictEqual(status, 422)
    assert.deepInclude(json, { error: "IdempotencyKeyReused", key: "once" })
  })

  effect("may be used again after a failure, and after a day", function*() {
    assert.strictEqual((yield* post("/tasks", { ...task, task_type: "Nothing" }, key)).status, 422)
    const first = yield* post("/tasks", task, key)
    assert.strictEqual(first.status, 201)
    yield* TestClock.adjust("1 day")
    const second = yield* post("/tasks", task, key)
    assert.notStrictEqual(second.json.task_id, first.json.task_id)
  })
})

describe("task types", () => {
  effect("say what they take, as JSON Schema", function*() {
    const { json } = yield* get("/task-types")
    const wait = json.find(({ task_type }: any) => task_type === "WaitTask")
    assert.deepInclude(wait, {
      route: "/wait_task",
      display_name: "Wait Task",
      semaphore: "multiple",
      defaults: { heading: "Waiting" }
    })
    assert.deepInclude(wait.payload_schema, { type: "object", required: ["name"] })
    assert.hasAllKeys(wait.payload_schema.properties, ["name", "at", "size"])
  })

  effect("say what is filled in where it is left out, and fill it in", function*() {
    const { json } = yield* get("/task-types")
    const { payload_schema } = json.find(({ task_type }: any) => task_type === "FilledTask")
    assert.notProperty(payload_schema, "required")
    assert.deepInclude(payload_schema.properties.name, { type: "string", default: "anybody" })
    assert.deepInclude(payload_schema.properties.times, { type: "integer", default: 3 })
    const { json: created } = yield* post("/tasks", { task_type: "FilledTask", payload: { times: 7 } })
    assert.deepStrictEqual((yield* get(`/tasks/${created.task_id}`)).json.payload, { name: "anybody", times: 7 })
  })
})

describe("PATCH of a task", () => {
  effect("does not exist", function*() {
    const { headers, status } = yield* patch("/tasks/x", {})
    assert.strictEqual(status, 405)
    assert.strictEqual(headers.allow, "GET, DELETE")
  })
})
