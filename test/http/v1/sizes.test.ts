import { assert, describe, it } from "@effect/vitest"
import { TaskManager } from "brinjal"
import { Effect } from "effect"
import { effect, get, layer, listen, post, send, until, Wait } from "./support.ts"

/** Queues waiting tasks of so many bytes each, and gives their ids. */
const queue = (count: number, bytes: number) =>
  Effect.flatMap(
    TaskManager.TaskManager,
    ({ addTasksToQueue }) =>
      addTasksToQueue(Array.from({ length: count }, () => Wait.template({ name: "x".repeat(bytes), size: 1 })))
  )

describe("what is too large", () => {
  it.effect("is refused with its size and the limit", () =>
    Effect.gen(function*() {
      const body = { task_type: "WaitTask", payload: { name: "x".repeat(1_000) } }
      const { json, status } = yield* post("/tasks", body)
      assert.strictEqual(status, 413)
      assert.deepInclude(json, { error: "TaskTooLarge", task_type: "WaitTask", part: "payload", limit: 1_000 })
      assert.include(json.message, "Store the data elsewhere")
      const recurring = yield* post("/recurring", { ...body, recurring_id: "r", cron_expression: "0 2 * * *" })
      assert.strictEqual(recurring.status, 413)
      const original = yield* send("POST", "/../wait_task", { body: body.payload })
      assert.strictEqual(original.status, 422)
      assert.include(JSON.stringify(original.json), "at most 1000 bytes are kept")
    }).pipe(Effect.provide(layer({}, { maxValueSize: 1_000 }))))
})

describe("large tasks", () => {
  effect("are listed in pages of fewer, none of them twice and none left out", function*() {
    const ids = yield* queue(40, 900_000)
    const seen: Array<string> = []
    const lengths: Array<number> = []
    let next: string | null = null
    do {
      const { json, text }: { json: any; text: string } = yield* get(
        "/tasks",
        next === null ? { limit: "30" } : { limit: "30", before: next }
      )
      assert.isBelow(text.length, 9_000_000)
      lengths.push(json.items.length)
      seen.push(...json.items.map(({ task_id }: any) => task_id))
      next = json.next
    } while (next !== null)
    assert.deepStrictEqual(seen, ids.toReversed())
    assert.deepStrictEqual(lengths, [9, 9, 9, 9, 4])
  })

  effect("are in parts of fewer at the beginning of the live stream", function*() {
    const ids = yield* queue(20, 900_000)
    const events = yield* listen()
    const seen: Array<string> = []
    yield* until(events, ({ data, event, id }) => {
      assert.strictEqual(event, "snapshot")
      assert.strictEqual(data.parts, 3)
      seen.push(...data.tasks.map(({ task_id }: any) => task_id))
      return id !== undefined
    })
    assert.deepStrictEqual(seen, [...ids])
  })
})

describe("small tasks", () => {
  effect("are listed in pages of as many as are asked for", function*() {
    const ids = yield* queue(70, 1)
    const pageOf = (query: Readonly<Record<string, string>>) =>
      Effect.map(get("/tasks", query), ({ json: { items, next } }) => [items.length, next])
    assert.deepStrictEqual(yield* pageOf({}), [70, null])
    assert.deepStrictEqual(yield* pageOf({ limit: "70" }), [70, null])
    assert.deepStrictEqual(yield* pageOf({ limit: "69" }), [69, ids[1]])
    assert.deepStrictEqual(yield* pageOf({ limit: "25" }), [25, ids[45]])
    assert.deepStrictEqual(yield* pageOf({ limit: "24", before: ids[24]! }), [24, null])
  })
})
