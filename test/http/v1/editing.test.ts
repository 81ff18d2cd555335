import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { add, effect, get, iso, patch, post } from "./support.ts"

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
    assert.deepStrictEqual(refused.json.issues[0].path, ["body", "payload", "name"])
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
