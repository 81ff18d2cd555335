import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import { create, effect, post, puppet, reach, tell } from "./support.ts"

const search = (criteria: unknown) => Effect.map(post("/search", { body: criteria }), ({ json }) => json.task_ids)

describe("searching", () => {
  effect("finds nothing without criteria, with tasks or without", function*() {
    assert.deepStrictEqual((yield* post("/search", { body: {} })).text, `{"task_ids":[]}`)
    yield* puppet("a")
    assert.deepStrictEqual(yield* search({}), [])
    assert.deepStrictEqual(yield* search([]), [])
  })

  effect("compares parameters, oldest first", function*() {
    const first = yield* create("example_cpu_task", { name: "same" })
    yield* create("example_cpu_task", { name: "other" })
    const last = yield* create("example_cpu_task", { name: "same" })
    assert.deepStrictEqual(yield* search({ name: "same" }), [first, last])
    assert.deepStrictEqual(yield* search({ name: "Same" }), [])
  })

  effect("compares the status", function*() {
    const [a, b, c] = [yield* puppet("a"), yield* puppet("b"), yield* puppet("c")]
    yield* tell("c", { succeed: "ok" })
    yield* reach(c!, "done")
    assert.deepStrictEqual(yield* search({ status: "running" }), [a, b])
    assert.deepStrictEqual(yield* search({ status: "done", progress: 100 }), [c])
  })

  effect("compares the class and all criteria at once", function*() {
    const cpu = yield* create("example_cpu_task", { name: "x", sleep_time: 0.25 })
    yield* create("example_cpu_task", { name: "x" })
    const io = yield* create("example_io_task")
    assert.deepStrictEqual(yield* search({ task_type: "ExampleIOTask" }), [io])
    assert.deepStrictEqual(yield* search({ semaphore_name: "multiple" }), [io])
    assert.deepStrictEqual(
      yield* search({ task_type: "ExampleCPUTask", semaphore_name: "single", sleep_time: 0.25 }),
      [cpu]
    )
    assert.deepStrictEqual(yield* search({ task_type: "ExampleIOTask", name: "x" }), [])
  })

  effect("finds unset values with null, numbers for truth values, and nothing for lists and objects", function*() {
    const id = yield* create("http_kinds_task", { count: 1, flag: true })
    yield* reach(id, "done")
    assert.deepStrictEqual(yield* search({ heading: null, parent_id: null, error_type: null, note: null }), [id])
    assert.deepStrictEqual(yield* search({ flag: 1, count: true }), [id])
    assert.deepStrictEqual(yield* search({ flag: 0 }), [])
    assert.deepStrictEqual(yield* search({ tags: [] }), [])
    assert.deepStrictEqual(yield* search({ count: { $gt: 0 } }), [])
  })

  effect("finds failures by their type and message", function*() {
    const id = yield* puppet("a")
    yield* tell("a", { fail: "no luck" })
    yield* reach(id, "failed")
    assert.deepStrictEqual(yield* search({ error_type: "Broken", error_message: "no luck", results: "no luck" }), [id])
    assert.deepStrictEqual(yield* search({ body: "Task failed: no luck" }), [id])
  })

  effect("knows no attribute but those of tasks", function*() {
    yield* puppet("a")
    for (const name of ["unknown", "constructor", "__proto__", "toString", "started_at", "completed_at", "payload"]) {
      assert.deepStrictEqual([name, yield* search(JSON.parse(`{"${name}": null}`))], [name, []])
    }
  })

  effect("wants an object", function*() {
    const json = { "content-type": "application/json" }
    for (const body of [undefined, "", "null", "5", "[1]", `"text"`, "{"]) {
      const { json: answer, status } = yield* post("/search", { body, headers: json })
      assert.deepStrictEqual([body, status, answer.detail[0].loc[0]], [body, 422, "body"])
    }
  })
})
