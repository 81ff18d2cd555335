import { assert, describe } from "@effect/vitest"
import { TaskManager } from "brinjal"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { effect, finish, get, iso, patch, post, reach, remove, send } from "./support.ts"

const minute = 60_000

const nightly = { recurring_id: "nightly", cron_expression: "0 2 * * *", task_type: "QuickTask", payload: { n: 1 } }

const add = (more: object = {}) => Effect.map(post("/recurring", { ...nightly, ...more }), ({ json }) => json)

const everyMinute = {
  recurring_id: "often",
  cron_expression: "* * * * *",
  task_type: "WaitTask",
  payload: { name: "a" }
}

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
      ["payload.jitter_ms", "payload.max_concurrent", "payload.overlap"]
    )
    const both = yield* post("/recurring", { ...nightly, recurrence: { _tag: "Every", period: 1_000, phase: 0 } })
    assert.deepStrictEqual(both.json.issues[0].path, ["payload", "recurrence"])
    const neither = yield* post("/recurring", { task_type: "QuickTask" })
    assert.deepStrictEqual(neither.json.issues[0].path, ["payload", "cron_expression"])
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
      assert.deepStrictEqual([status, json.issues?.[0]?.path], [422, ["payload", "recurring_id"]])
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

describe("an edit", () => {
  effect("changes what it says, and leaves the rest", function*() {
    yield* add({ heading: "Old", max_runs: 3, start_at: iso(5), timezone: "Europe/London" })
    const { json } = yield* patch("/recurring/nightly", { cron_expression: "30 3 * * *", payload: { n: 2 } })
    assert.deepInclude(json, {
      cron_expression: "30 3 * * *",
      timezone: "Europe/London",
      heading: "Old",
      max_runs: 3,
      start_at: iso(5)
    })
    assert.deepStrictEqual(json.payload, { n: 2 })
    const headed = yield* patch("/recurring/nightly", { heading: "New" })
    assert.deepInclude(headed.json, { heading: "New" })
    assert.deepStrictEqual(headed.json.payload, { n: 2 })
  })

  effect("takes limits away with null", function*() {
    const limits = { max_runs: 3, start_at: iso(5), end_at: iso(1e12), pause_after_failures: 2, start_deadline_ms: 5 }
    yield* add(limits)
    const none = Object.fromEntries(Object.keys(limits).map((key) => [key, null]))
    const { json, status } = yield* patch("/recurring/nightly", none)
    assert.strictEqual(status, 200)
    assert.deepInclude(json, none)
  })

  effect("changes the type of the task, with its own payload", function*() {
    yield* add()
    const refused = yield* patch("/recurring/nightly", { task_type: "WaitTask" })
    assert.deepStrictEqual(refused.json.issues[0].path, ["payload", "payload", "name"])
    const { json } = yield* patch("/recurring/nightly", { task_type: "WaitTask", payload: { name: "x" } })
    assert.deepInclude(json, { task_type: "WaitTask" })
  })

  effect("with If-Match is refused when somebody else was first, and not when time has passed", function*() {
    const { version } = yield* add({ cron_expression: "* * * * *" })
    yield* TestClock.adjust("3 minutes")
    yield* post("/recurring/nightly/disable")
    const mine = yield* patch("/recurring/nightly", { max_concurrent: 2 }, { "if-match": `"${version}"` })
    assert.strictEqual(mine.status, 200)
    assert.notStrictEqual(mine.json.version, version)
    const late = yield* patch("/recurring/nightly", { max_concurrent: 3 }, { "if-match": `"${version}"` })
    assert.strictEqual(late.status, 409)
    assert.deepInclude(late.json, { error: "VersionMismatch", recurring_id: "nightly", actual: mine.json.version })
    assert.strictEqual((yield* get("/recurring/nightly")).json.max_concurrent, 2)
    assert.strictEqual((yield* patch("/recurring/nightly", { jitter_ms: 1 }, { "if-match": "*" })).status, 200)
  })

  effect("with If-Match by many at once is done by one", function*() {
    const { version } = yield* add()
    const edits = Array.from(
      { length: 20 },
      (_, i) => patch("/recurring/nightly", { jitter_ms: i + 1 }, { "if-match": `"${version}"` })
    )
    const answers = yield* Effect.all(edits, { concurrency: "unbounded" })
    assert.strictEqual(answers.filter(({ status }) => status === 200).length, 1)
    assert.strictEqual(answers.filter(({ status }) => status === 409).length, 19)
  })
})

describe("the history of a recurring task", () => {
  effect("is read in pages, newest first, whatever happens meanwhile", function*() {
    yield* add({ recurring_id: "often", cron_expression: "* * * * *" })
    yield* TestClock.adjust("10 minutes")
    const first = yield* get("/recurring/often/outcomes", { limit: "4" })
    assert.deepStrictEqual(first.json.items.map(({ from }: any) => from), [10, 9, 8, 7].map((n) => iso(n * minute)))
    assert.deepInclude(first.json.items[0], {
      recurring_id: "often",
      outcome: "Started",
      trigger: "schedule",
      status: "done",
      count: 1
    })
    yield* TestClock.adjust("3 minutes")
    const second = yield* get("/recurring/often/outcomes", { limit: "4", before: first.json.next })
    assert.deepStrictEqual(second.json.items.map(({ from }: any) => from), [6, 5, 4, 3].map((n) => iso(n * minute)))
    const last = yield* get("/recurring/often/outcomes", { limit: "4", before: second.json.next })
    assert.deepStrictEqual(last.json.items.map(({ from }: any) => from), [2, 1].map((n) => iso(n * minute)))
    assert.isNull(last.json.next)
  })

  effect("is filtered by outcome", function*() {
    yield* add(everyMinute)
    yield* TestClock.adjust("3 minutes")
    const skipped = yield* get("/recurring/often/outcomes", { outcome: "Skipped" })
    assert.isAbove(skipped.json.items.length, 0)
    for (const item of skipped.json.items) assert.deepInclude(item, { outcome: "Skipped", reason: "Overlap" })
    const started = yield* get("/recurring/often/outcomes", { outcome: "Started" })
    assert.strictEqual(started.json.items.length, 1)
  })

  effect("is explained, and what comes next is told", function*() {
    yield* add(everyMinute)
    yield* TestClock.adjust("2 minutes")
    const { json } = yield* get("/recurring/often/explain", { at: iso(2 * minute) })
    assert.deepInclude(json, { verdict: "Skipped", reason: "Overlap", source: "record" })
    assert.include(json.text, "Skipped (Overlap)")
    const next = yield* get("/recurring/often/upcoming", { count: "2" })
    assert.deepStrictEqual(next.json, { upcoming: [iso(3 * minute), iso(4 * minute)] })
    assert.strictEqual((yield* get("/recurring/often/explain", { at: "soon" })).status, 422)
  })
})

describe("a preview", () => {
  effect("says what a cron text means", function*() {
    const { json, status } = yield* post("/preview", {
      cron_expression: "0 2 * * *",
      timezone: "Europe/London",
      count: 2
    })
    assert.strictEqual(status, 200)
    assert.deepStrictEqual(json, {
      description: "at 02:00 every day, Europe/London",
      upcoming: ["1970-01-01T01:00:00.000Z", "1970-01-02T01:00:00.000Z"],
      warnings: [],
      error: null
    })
  })

  effect("warns of what is probably not meant so", function*() {
    const { json } = yield* post("/preview", { cron_expression: "*/7 * * * *" })
    assert.deepStrictEqual(json.warnings.map(({ warning }: any) => warning), ["Irregular"])
  })

  effect("never fails for a text that cannot be read, and says why and where", function*() {
    for (const cron_expression of ["", "nonsense", "0 25 * * *", "* * * * * * * *", "0 0 30 2 *", "@never", "\u0000"]) {
      const { json, status } = yield* post("/preview", { cron_expression })
      assert.strictEqual(status, 200, cron_expression)
      assert.isNull(json.description)
      assert.deepStrictEqual(json.upcoming, [])
      assert.isString(json.error.message)
    }
    const { json } = yield* post("/preview", { cron_expression: "0 25 * * *", timezone: "UTC" })
    assert.deepInclude(json.error, { error: "InvalidRecurrence", field: "hour", position: 2 })
    const zone = yield* post("/preview", { cron_expression: "0 2 * * *", timezone: "Europe/Atlantis" })
    assert.strictEqual(zone.json.error.field, "timezone")
  })

  effect("places H by the id that the recurring task will have", function*() {
    const previewed = yield* post("/preview", { cron_expression: "H H * * *", recurring_id: "nightly", count: 1 })
    const added = yield* add({ cron_expression: "H H * * *" })
    assert.strictEqual(previewed.json.upcoming[0], added.next_run)
  })
})

describe("the timeline", () => {
  effect("shows what ran and what will run", function*() {
    yield* add(everyMinute)
    yield* TestClock.adjust("2 minutes")
    yield* finish("a")
    const [started] = (yield* get("/tasks")).json.items
    yield* reach(started.task_id, "done")
    const { json, status } = yield* get("/timeline", { from: iso(0), to: iso(5 * minute) })
    assert.strictEqual(status, 200)
    assert.strictEqual(json.now, iso(2 * minute))
    const [row] = json.rows
    assert.deepInclude(row, { recurring_id: "often", task_type: "WaitTask", enabled: true, truncated: false })
    assert.deepStrictEqual(
      row.past.map(({ from, outcome, reason, status }: any) => [from, outcome, reason, status]),
      [[iso(minute), "Started", "", "done"], [iso(2 * minute), "Skipped", "Overlap", null]]
    )
    assert.deepInclude(row.past[0], {
      started_at: iso(minute),
      completed_at: iso(2 * minute),
      task_id: started.task_id
    })
    assert.deepStrictEqual(row.upcoming, [3, 4, 5].map((n) => iso(n * minute)))
  })

  effect("is bounded, and says so", function*() {
    yield* add({ cron_expression: "* * * * * *" })
    const { json } = yield* get("/timeline", { from: iso(0), to: iso(86_400_000) })
    assert.strictEqual(json.rows[0].upcoming.length, 500)
    assert.isTrue(json.rows[0].truncated)
    const long = yield* get("/timeline", { from: iso(0), to: iso(40 * 86_400_000) })
    assert.strictEqual(long.status, 422)
    assert.deepStrictEqual(long.json.issues[0].path, ["query", "to"])
    assert.strictEqual((yield* get("/timeline", { from: iso(5), to: iso(0) })).status, 422)
    assert.strictEqual((yield* get("/timeline")).status, 422)
  })

  effect("shows changes of the clock", function*() {
    yield* TestClock.setTime(Date.UTC(2026, 2, 28))
    yield* add({ timezone: "Europe/London" })
    const span = { from: "2026-03-28T00:00:00Z", to: "2026-03-30T00:00:00Z" }
    const { json } = yield* get("/timeline", span)
    assert.deepStrictEqual(json.clock_changes, [
      { timezone: "Europe/London", at: "2026-03-29T01:00:00.000Z", offset_before_ms: 0, offset_after_ms: 3_600_000 }
    ])
  })

  effect("is of one recurring task, if asked", function*() {
    yield* add()
    yield* add(everyMinute)
    const { json } = yield* get("/timeline", { from: iso(0), to: iso(minute), recurring_id: "often" })
    assert.deepStrictEqual(json.rows.map(({ recurring_id }: any) => recurring_id), ["often"])
    const none = yield* get("/timeline", { from: iso(0), to: iso(minute), recurring_id: "nobody" })
    assert.strictEqual(none.status, 404)
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
