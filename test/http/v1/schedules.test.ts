import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { add, effect, everyMinute, finish, get, iso, post, reach } from "./support.ts"

const minute = 60_000

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

  effect("takes instants as ISO 8601 and as nothing else, with any offset", function*() {
    const spanOf = (from: string) =>
      Effect.map(
        get("/timeline", { from, to: iso(86_400_000) }),
        ({ json, status }) => [status, json.from, json.issues]
      )
    for (
      const from of ["1970-01-01T01:00:00+01:00", "1970-01-01T01:00:00.000+0100", "1970-01-01", "1970-01-01T00:00"]
    ) {
      assert.deepStrictEqual(yield* spanOf(from), [200, iso(0), undefined], from)
    }
    for (const from of ["5", "24 Dec", "1970-02-30T00:00:00Z", "1970-01-01T01:00:00+01", "0", "now", ""]) {
      const [status, , [issue]] = yield* spanOf(from)
      assert.deepStrictEqual([status, issue.path], [422, ["query", "from"]], from)
      assert.include(issue.message, "an ISO 8601 date and time such as 2026-01-31T09:00:00Z")
    }
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

  effect("is of the first recurring tasks, and of those that a text finds, if asked", function*() {
    for (const id of ["first", "second", "third", "fourth"]) yield* add({ ...everyMinute, recurring_id: id })
    yield* add({ recurring_id: "nightly", cron_expression: "17 3 * * *", heading: "Yearly Statement" })
    const shown = (query: Record<string, string>) =>
      Effect.map(
        get("/timeline", { from: iso(0), to: iso(minute), ...query }),
        ({ json }) => [json.total, ...json.rows.map(({ recurring_id }: any) => recurring_id)]
      )
    assert.deepStrictEqual(yield* shown({ limit: "2" }), [5, "first", "second"])
    assert.deepStrictEqual(yield* shown({ q: "IR", limit: "1" }), [2, "first"])
    for (const q of ["ightl", "statement", "17 3"]) assert.deepStrictEqual(yield* shown({ q }), [1, "nightly"], q)
    assert.deepStrictEqual(yield* shown({ q: "nobody" }), [0])
    assert.strictEqual((yield* get("/timeline", { from: iso(0), to: iso(minute), limit: "0" })).status, 422)
  })
})
