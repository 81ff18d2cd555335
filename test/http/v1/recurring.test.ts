import { assert, describe } from "@effect/vitest"
import { TaskManager } from "brinjal"
import { TestClock } from "effect/testing"
import { add, effect, everyMinute, get, iso, nightly, patch, post, remove, send } from "./support.ts"

const minute = 60_000

describe("a recurring task", () => {
  effect("is added and shown with everything there is to know", function*() {
    yield* TestClock.setTime(minute)
    const { headers, json, status } = yield* post("/recurring", {
      ...nightly,
      timezone: "Europe/London",
      heading: "Backup",
      max_concurrent: 2,
      overlap: "bufferAll",
      buffer_limit: 5,
      on_missed: "all",
      catch_up_window_ms: 3_600_000,
      catch_up_max: 3,
      start_deadline_ms: 60_000,
      jitter_ms: 1_000,
      start_at: "1970-01-01T00:00:00Z",
      end_at: "2030-01-01T00:00:00+01:00",
      max_runs: 9,
      pause_after_failures: 3
    })
    assert.strictEqual(status, 201)
    assert.strictEqual(headers.etag, `"${json.version}"`)
    const { version, ...shown } = json
    assert.match(version, /^[\da-z]+-1$/)
    assert.deepStrictEqual(shown, {
      recurring_id: "nightly",
      recurrence: { _tag: "Cron", expression: "0 2 * * *", timezone: "Europe/London", dst: "vixie" },
      description: "at 02:00 every day, Europe/London",
      cron_expression: "0 2 * * *",
      timezone: "Europe/London",
      task_type: "QuickTask",
      payload: { n: 1 },
      heading: "Backup",
      body: null,
      img: null,
      priority: 0,
      max_concurrent: 2,
      overlap: "bufferAll",
      buffer_limit: 5,
      on_missed: "all",
      catch_up_window_ms: 3_600_000,
      catch_up_max: 3,
      start_deadline_ms: 60_000,
      jitter_ms: 1_000,
      start_at: "1970-01-01T00:00:00.000Z",
      end_at: "2029-12-31T23:00:00.000Z",
      max_runs: 9,
      pause_after_failures: 3,
      enabled: true,
      note: "",
      exhausted: false,
      buffered: 0,
      next_run: "1970-01-01T01:00:00.000Z",
      last_run: null,
      total_runs: 0,
      total_failures: 0,
      consecutive_failures: 0,
      created_at: iso(minute),
      updated_at: iso(minute)
    })
    assert.deepStrictEqual((yield* get("/recurring/nightly")).json, json)
    assert.deepStrictEqual((yield* get("/recurring")).json, [json])
  })

  effect("takes any recurrence", function*() {
    const { cron_expression: _, ...rest } = nightly
    const recurrence = { _tag: "Every", period: 5_000, phase: 0 }
    const { json, status } = yield* post("/recurring", { ...rest, recurrence })
    assert.strictEqual(status, 201)
    assert.deepInclude(json, { cron_expression: null, timezone: null })
    assert.deepStrictEqual(json.recurrence, recurrence)
  })

  effect("says what is wrong with its cron text, and where", function*() {
    const { json, status } = yield* post("/recurring", { ...nightly, cron_expression: "0 25 * * *" })
    assert.strictEqual(status, 422)
    assert.deepInclude(json, { error: "InvalidRecurrence", input: "0 25 * * *", field: "hour", position: 2 })
    const never = yield* post("/recurring", { ...nightly, cron_expression: "0 0 30 2 *" })
    assert.strictEqual(never.status, 422)
    assert.strictEqual(never.json.error, "NeverFires")
  })

  effect("says which option is wrong", function*() {
    const wrong = yield* post("/recurring", { ...nightly, max_concurrent: 0, jitter_ms: "long", overlap: "never" })
    assert.strictEqual(wrong.status, 422)
    assert.deepStrictEqual(
      wrong.json.issues.map(({ path }: any) => path.join(".")).sort(),
      ["body.jitter_ms", "body.max_concurrent", "body.overlap"]
    )
    const instants = yield* post("/recurring", { ...nightly, start_at: "24 Dec", end_at: "1970-02-30T00:00:00Z" })
    assert.deepStrictEqual(
      instants.json.issues.map(({ path }: any) => path.join(".")).sort(),
      ["body.end_at", "body.start_at"]
    )
    const both = yield* post("/recurring", { ...nightly, recurrence: { _tag: "Every", period: 1_000, phase: 0 } })
    assert.deepStrictEqual(both.json.issues[0].path, ["body", "recurrence"])
    const neither = yield* post("/recurring", { task_type: "QuickTask" })
    assert.deepStrictEqual(neither.json.issues[0].path, ["body", "cron_expression"])
    const order = yield* post("/recurring", { ...nightly, start_at: iso(2), end_at: iso(1) })
    assert.deepInclude(order.json, { error: "InvalidRecurringTask", option: "endAt" })
  })

  effect("that is there already is a conflict, unless it is the same", function*() {
    yield* add()
    assert.strictEqual((yield* post("/recurring", nightly)).status, 201)
    const { json, status } = yield* post("/recurring", { ...nightly, max_concurrent: 2 })
    assert.strictEqual(status, 409)
    assert.deepInclude(json, { error: "RecurringTaskExists", recurring_id: "nightly" })
  })

  effect("has an id that a path can have, however long or odd", function*() {
    for (const recurring_id of ["a".repeat(200), "😀".repeat(100), "a/b", "%2F", "a?b#c", "a\0b", "__proto__", " "]) {
      const path = `/recurring/${encodeURIComponent(recurring_id)}`
      assert.strictEqual((yield* post("/recurring", { ...nightly, recurring_id })).status, 201)
      assert.strictEqual((yield* get(path)).json.recurring_id, recurring_id)
      assert.strictEqual((yield* post(`${path}/disable`, { note: "odd" })).status, 200)
      assert.strictEqual((yield* get(`${path}/outcomes`)).status, 200)
      assert.strictEqual((yield* remove(path)).status, 204)
    }
    for (const recurring_id of ["", ".", "..", "\ud800"]) {
      const { json, status } = yield* post("/recurring", { ...nightly, recurring_id })
      assert.deepStrictEqual([status, json.issues?.[0]?.path], [422, ["body", "recurring_id"]])
    }
  })

  effect("is added once for an Idempotency-Key", function*() {
    const { recurring_id: _, ...unnamed } = nightly
    const key = { "idempotency-key": "k" }
    const first = yield* post("/recurring", unnamed, key)
    const second = yield* post("/recurring", unnamed, key)
    assert.strictEqual(second.json.recurring_id, first.json.recurring_id)
    assert.strictEqual((yield* get("/recurring")).json.length, 1)
  })

  effect("runs, and its tasks are found by its id", function*() {
    yield* add({ recurring_id: "often", cron_expression: "* * * * *" })
    yield* TestClock.adjust("2 minutes")
    const { items } = (yield* get("/tasks", { recurring_id: "often" })).json
    assert.deepStrictEqual(items.map(({ scheduled_at }: any) => scheduled_at), [iso(2 * minute), iso(minute)])
    yield* post("/tasks", { task_type: "QuickTask", payload: {} })
    assert.deepStrictEqual((yield* get("/tasks", { parent_id: "often" })).json.items, items)
    assert.deepInclude((yield* get("/recurring/often")).json, { total_runs: 2, last_run: iso(2 * minute) })
  })

  effect("is switched off with a note, and on again", function*() {
    yield* add()
    const off = yield* post("/recurring/nightly/disable", { note: "moving house" })
    assert.deepInclude(off.json, { enabled: false, note: "moving house", next_run: null })
    assert.deepInclude((yield* post("/recurring/nightly/enable")).json, { enabled: true, note: "" })
    assert.deepInclude((yield* post("/recurring/nightly/disable")).json, { enabled: false, note: "" })
  })

  effect("is triggered, unless it is busy", function*() {
    yield* add(everyMinute)
    const first = yield* post("/recurring/often/trigger")
    assert.strictEqual(first.status, 201)
    const busy = yield* post("/recurring/often/trigger")
    assert.strictEqual(busy.status, 409)
    assert.deepInclude(busy.json, { error: "RecurringTaskBusy", max_concurrent: 1 })
    assert.deepStrictEqual(busy.json.blocked_by, [first.json.task_id])
  })

  effect("is triggered for an occurrence of the past, but not of the future", function*() {
    yield* TestClock.setTime(10 * minute)
    yield* add(everyMinute)
    const { json, status } = yield* post("/recurring/often/trigger", { scheduled_at: "1970-01-01T01:05:00+01:00" })
    assert.strictEqual(status, 201)
    assert.strictEqual((yield* get(`/tasks/${json.task_id}`)).json.scheduled_at, iso(5 * minute))
    const future = yield* post("/recurring/often/trigger", { scheduled_at: "2999-01-01T00:00:00Z" })
    assert.strictEqual(future.status, 422)
    assert.deepStrictEqual(future.json.issues, [
      { path: ["body", "scheduled_at"], message: "Give a time that has come: this one is in the future." }
    ])
    assert.strictEqual((yield* post("/recurring/often/trigger", { scheduled_at: "yesterday" })).status, 422)
  })

  effect("is removed, with or without what runs", function*() {
    yield* add(everyMinute)
    const { task_id } = (yield* post("/recurring/often/trigger")).json
    assert.strictEqual((yield* remove("/recurring/often", { instances: "interrupt" })).status, 204)
    assert.strictEqual((yield* get(`/tasks/${task_id}`)).json.status, "cancelled")
    yield* add(everyMinute)
    const kept = (yield* post("/recurring/often/trigger")).json.task_id
    assert.strictEqual((yield* remove("/recurring/often")).status, 204)
    assert.strictEqual((yield* get(`/tasks/${kept}`)).json.status, "running")
    assert.strictEqual((yield* remove("/recurring/often", { instances: "all" })).status, 422)
  })

  effect("that is not there is 404, whatever is asked of it", function*() {
    const paths = [
      ["GET", ""],
      ["DELETE", ""],
      ["POST", "/enable"],
      ["POST", "/disable"],
      ["POST", "/trigger"],
      ["GET", "/outcomes"],
      ["GET", "/upcoming"],
      ["GET", `/explain?at=${iso(0)}`]
    ] as const
    for (const [method, path] of paths) {
      const { json, status } = yield* send(method, `/recurring/nobody${path}`)
      assert.strictEqual(status, 404, path)
      assert.deepInclude(json, { error: "RecurringTaskNotFound", recurring_id: "nobody" })
    }
    assert.strictEqual((yield* patch("/recurring/nobody", {})).status, 404)
  })
})

describe("what a manager keeps", () => {
  effect("is not changed by looking at it", function*() {
    yield* add()
    const manager = yield* TaskManager.TaskManager
    const before = yield* manager.getAllRecurringTasks
    for (const path of ["/recurring", "/recurring/nightly/outcomes", `/timeline?from=${iso(0)}&to=${iso(1)}`]) {
      yield* get(path)
    }
    assert.deepStrictEqual(yield* manager.getAllRecurringTasks, before)
  })
})
