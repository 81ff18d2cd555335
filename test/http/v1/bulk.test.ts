import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { TaskError } from "brinjal"
import { TaskApiClient } from "brinjal/http"
import { DateTime, Effect } from "effect"
import { TestClock } from "effect/testing"
import { effect, fail, get, iso, layer, post, reach, Server, waiting } from "./support.ts"

const idsOf = (query: Readonly<Record<string, string>>) =>
  Effect.map(get("/tasks", query), ({ json }) => json.items.map(({ task_id }: any) => task_id as string))

/** Tasks that have failed, oldest first. */
const failed = (...names: ReadonlyArray<string>) =>
  Effect.forEach(names, (name) =>
    Effect.gen(function*() {
      const id = yield* waiting(name)
      yield* fail(name)
      yield* reach(id, "failed")
      return id
    }))

const nothing = { skipped: 0, refused: [], more: false }
const nothingMore = { ...nothing, next: null }

describe("many tasks at once", () => {
  effect("are retried, in place of the old ones", function*() {
    yield* failed("a", "b")
    const { json, status } = yield* post("/tasks/retry", { task_type: "WaitTask" })
    assert.strictEqual(status, 200)
    assert.deepStrictEqual(json, { count: 2, ...nothingMore })
    const [again] = yield* idsOf({})
    yield* reach(again!, "failed")
    assert.lengthOf(yield* idsOf({}), 2)
    assert.deepStrictEqual((yield* post("/tasks/retry", { q: again, keep: true })).json, { count: 1, ...nothingMore })
    assert.lengthOf(yield* idsOf({}), 3)
  })

  effect("are cancelled, and removed", function*() {
    const ids = yield* Effect.forEach(["a", "b"], waiting)
    const { json, status } = yield* post("/tasks/cancel", { status: "running", note: "not today" })
    assert.deepStrictEqual([status, json], [200, { count: 2, ...nothing }])
    assert.include((yield* get(`/tasks/${ids[0]}`)).json.error.message, "not today")
    assert.deepStrictEqual((yield* post("/tasks/remove", { status: "cancelled" })).json, { count: 2, ...nothing })
    assert.deepStrictEqual(yield* idsOf({}), [])
  })

  effect("are those that every condition holds for, and only counted in a dry run", function*() {
    const [a] = yield* failed("a", "b")
    yield* TestClock.setTime(60_000)
    const [c] = yield* failed("c")
    const counted = (body: object) =>
      Effect.map(post("/tasks/remove", { ...body, dry_run: true }), ({ json }) => json.count)
    assert.strictEqual(yield* counted({ status: "failed" }), 3)
    assert.strictEqual(yield* counted({ created_from: iso(60_000) }), 1)
    assert.strictEqual(yield* counted({ created_before: "1970-01-01T01:01:00+01:00" }), 2)
    assert.strictEqual(yield* counted({ q: a }), 1)
    assert.strictEqual(yield* counted({ task_type: "QuickTask" }), 0)
    assert.strictEqual(yield* counted({ recurring_id: "nightly" }), 0)
    assert.deepStrictEqual(yield* idsOf({ created_from: iso(60_000) }), [c!])
    assert.lengthOf(yield* idsOf({ created_before: iso(60_000) }), 2)
  })

  effect("are done in parts, the newest first", function*() {
    const [a] = yield* failed("a", "b", "c")
    const part = () => post("/tasks/remove", { status: "failed", limit: 2 })
    assert.deepStrictEqual((yield* part()).json, { count: 2, ...nothing, more: true })
    assert.deepStrictEqual(yield* idsOf({}), [a!])
    assert.deepStrictEqual((yield* part()).json, { count: 1, ...nothing })
  })

  effect("are retried in parts, each once, whatever has failed again", function*() {
    const [a, b] = yield* failed("a", "b", "c")
    const first = yield* post("/tasks/retry", { status: "failed", limit: 2 })
    assert.deepStrictEqual(first.json, { count: 2, ...nothing, more: true, next: b })
    const second = yield* post("/tasks/retry", { status: "failed", limit: 2, before: first.json.next })
    assert.deepStrictEqual(second.json, { count: 1, ...nothingMore })
    assert.notInclude(yield* idsOf({}), a)
  })

  effect("are not all of them because a condition was forgotten", function*() {
    yield* failed("a")
    for (const action of ["retry", "cancel", "remove"]) {
      for (const body of [{}, { limit: 1, dry_run: true }, { q: "" }]) {
        const { json, status } = yield* post(`/tasks/${action}`, body)
        assert.strictEqual(status, 422)
        assert.strictEqual(json.error, "ValidationFailed")
        assert.include(json.issues[0].message, "Give at least one condition")
      }
    }
    assert.lengthOf(yield* idsOf({}), 1)
  })

  effect("have a status that something can be done to", function*() {
    for (const [action, status] of [["retry", "queued"], ["cancel", "done"], ["remove", "lost"]]) {
      const { json, status: answered } = yield* post(`/tasks/${action}`, { status })
      assert.strictEqual(answered, 422)
      assert.deepStrictEqual(json.issues[0].path, ["body", "status"])
    }
  })

  effect("do not hide tasks whose ids are these words", function*() {
    for (const word of ["retry", "cancel", "remove"]) {
      assert.deepInclude((yield* get(`/tasks/${word}`)).json, { error: "TaskNotFound", task_id: word })
      assert.deepInclude((yield* post(`/tasks/${word}/cancel`)).json, { error: "TaskNotFound", task_id: word })
    }
  })

  effect("are retried by the typed client", function*() {
    yield* failed("a", "b")
    const { base } = yield* Server
    const client = yield* TaskApiClient.make({ baseUrl: base.replace(/\/v1$/, "") }).pipe(
      Effect.provide(NodeHttpClient.layerNodeHttp)
    )
    const payload = { status: "failed", createdFrom: DateTime.makeUnsafe(0) } as const
    assert.deepStrictEqual(yield* client.tasks.retryMany({ payload }), { count: 2, ...nothingMore })
  })

  const error = new TaskError.TasksPartlyDone({
    done: 312,
    reason: `The task store failed in "once".`,
    cause: new Error("secret")
  })

  it.effect("say how far they came if the store fails", () =>
    Effect.gen(function*() {
      const { json, status } = yield* post("/tasks/retry", { status: "failed" })
      assert.strictEqual(status, 503)
      assert.deepStrictEqual(json, {
        error: "TasksPartlyDone",
        message: error.message,
        done: 312,
        reason: error.reason
      })
    }).pipe(Effect.provide(layer({}, {}, { replace: () => ({ retryTasks: () => Effect.fail(error) }) }))))
})
