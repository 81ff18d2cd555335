import { assert, describe } from "@effect/vitest"
import { TestClock } from "effect/testing"
import { add, effect, everyMinute, get, iso } from "./support.ts"

const minute = 60_000

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
