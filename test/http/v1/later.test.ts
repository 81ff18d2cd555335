import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { TaskStore } from "brinjal"
import { TaskApiClient } from "brinjal/http"
import { DateTime, Duration, Effect, Layer, Option } from "effect"
import { TestClock } from "effect/testing"
import { stores } from "../../sql/stores.ts"
import { effect, finish, get, iso, layer, listen, post, reach, remove, Server, until } from "./support.ts"

/** Less than a lease and than what calls of a store may take, as databases answer in real time. */
const soon = 4_000

const hour = 3_600_000

const task = { task_type: "WaitTask", payload: { name: "a" } }

/** Queues a task for later, and gives its id. */
const later = (more: object) => Effect.map(post("/tasks", { ...task, ...more }), ({ json }) => json.task_id as string)

const shown = (taskId: string) => Effect.map(get(`/tasks/${taskId}`), ({ json }) => json)

const nextTurn = () => new Promise<void>((resolve) => void setImmediate(resolve))

/** Waits until a task has this status, while the clock goes on: what is due while a database answers is a moment late. */
const becomes = (taskId: string, status: string) =>
  Effect.race(
    reach(taskId, status),
    Effect.forever(Effect.andThen(TestClock.adjust("1 millis"), Effect.promise(nextTurn)))
  )

/** Fails if a task has started before its time. */
const startedFrom = Effect.fnUntraced(function*(taskId: string, instant: number) {
  const { started_at } = yield* shown(taskId)
  assert.isAtLeast(Date.parse(started_at), instant)
})

const ids = (page: { readonly json: any }) => page.json.items.map(({ task_id }: any) => task_id)

const all: ReadonlyArray<readonly [string, Layer.Layer<TaskStore.TaskStore>]> = [
  ["memory", TaskStore.layerMemory],
  ...stores.map(([name, store]) => [name, Layer.orDie(store)] as const)
]

for (const [name, store] of all) {
  const test = (name: string, program: () => Generator<Effect.Effect<any, any, any>, void, any>) =>
    it.effect(
      name,
      () => Effect.provide(Effect.gen(program), layer({}, {}, { store })) as Effect.Effect<void, unknown>
    )

  describe(`a task for later, in ${name}`, () => {
    test("is queued until its instant, or until its delay has passed", function*() {
      const at = yield* later({ start_at: "1970-01-01T02:00:00+01:00" })
      const after = yield* later({ delay_ms: soon, payload: { name: "b" } })
      const waiting = { status: "queued", attempt: 0, created_at: iso(0), started_at: null, retry_at: null }
      assert.deepInclude(yield* shown(at), { ...waiting, scheduled_at: iso(hour) })
      assert.deepInclude(yield* shown(after), { ...waiting, scheduled_at: iso(soon) })
      yield* TestClock.adjust(soon)
      yield* becomes(after, "running")
      yield* startedFrom(after, soon)
      assert.deepInclude(yield* shown(at), waiting)
      yield* finish("b")
      yield* becomes(after, "done")
      yield* TestClock.setTime(hour)
      yield* becomes(at, "running")
      yield* startedFrom(at, hour)
      yield* finish("a")
      yield* becomes(at, "done")
      assert.deepInclude(yield* shown(at), { attempt: 1, scheduled_at: iso(hour), result: "a" })
    })

    test("starts now if its instant is past, or its delay none", function*() {
      yield* TestClock.setTime(soon)
      const past = yield* later({ start_at: iso(0) })
      const none = yield* later({ delay_ms: 0 })
      for (const taskId of [past, none]) yield* becomes(taskId, "running")
      assert.deepInclude(yield* shown(past), { scheduled_at: iso(0), created_at: iso(soon) })
      assert.strictEqual((yield* shown(none)).scheduled_at, (yield* shown(none)).created_at)
    })

    test("is listed with all others, page by page", function*() {
      const first = yield* later({ delay_ms: hour })
      const now = yield* later({})
      const second = yield* later({ start_at: iso(hour), heading: "In an hour" })
      yield* becomes(now, "running")
      const page = yield* get("/tasks", { limit: "2" })
      assert.deepStrictEqual(ids(page), [second, now])
      assert.deepStrictEqual(page.json.items.map(({ scheduled_at }: any) => scheduled_at), [iso(hour), null])
      assert.deepStrictEqual(ids(yield* get("/tasks", { limit: "2", before: page.json.next })), [first])
      assert.deepStrictEqual(ids(yield* get("/tasks", { status: "queued" })), [second, first])
      assert.deepStrictEqual(ids(yield* get("/tasks", { status: "queued", q: "an hour" })), [second])
    })

    test("never runs once it is cancelled or removed", function*() {
      const cancelled = yield* later({ delay_ms: soon })
      const removed = yield* later({ delay_ms: soon })
      const { json, status } = yield* post(`/tasks/${cancelled}/cancel`, { note: "not any more" })
      assert.deepStrictEqual([status, json.status, json.started_at], [200, "cancelled", null])
      assert.include(json.error.message, "not any more")
      assert.strictEqual((yield* remove(`/tasks/${removed}`)).status, 204)
      assert.strictEqual((yield* get(`/tasks/${removed}`)).status, 404)
      const last = yield* later({ delay_ms: soon, task_type: "QuickTask", payload: {} })
      yield* TestClock.adjust(soon)
      yield* becomes(last, "done")
      assert.deepInclude(yield* shown(cancelled), { status: "cancelled", attempt: 0, scheduled_at: iso(soon) })
      assert.sameMembers(ids(yield* get("/tasks")), [cancelled, last])
    })

    test("can be retried once it is cancelled, at once", function*() {
      const cancelled = yield* later({ delay_ms: soon })
      assert.strictEqual((yield* post(`/tasks/${cancelled}/retry`)).status, 409)
      yield* post(`/tasks/${cancelled}/cancel`)
      const { json } = yield* post(`/tasks/${cancelled}/retry`)
      yield* becomes(json.task_id, "running")
      assert.deepInclude(yield* shown(json.task_id), { scheduled_at: null, attempt: 1 })
    })

    test("is on the live stream, at first and in every state", function*() {
      const taskId = yield* later({ delay_ms: soon })
      const events = yield* listen()
      const snapshot = yield* events.next
      assert.deepStrictEqual(snapshot?.data.tasks, [yield* shown(taskId)])
      const other = yield* later({ start_at: iso(soon), payload: { name: "b" } })
      const isOf = (taskId: string, status: string) => (event: { readonly event: string; readonly data: any }) =>
        event.event === "task" && event.data.task_id === taskId && event.data.status === status
      yield* TestClock.adjust("20 millis")
      assert.deepStrictEqual((yield* until(events, isOf(other, "queued"))).data, yield* shown(other))
      yield* TestClock.adjust(soon)
      for (const one of [taskId, other]) yield* becomes(one, "running")
      yield* TestClock.adjust("20 millis")
      assert.deepInclude((yield* until(events, isOf(other, "running"))).data, { scheduled_at: iso(soon), attempt: 1 })
    })

    test("is queued once for an Idempotency-Key, and another start is another request", function*() {
      const key = { "idempotency-key": "once" }
      const request = { ...task, start_at: "1970-01-01T01:00:00Z" }
      const first = yield* post("/tasks", request, key)
      yield* TestClock.adjust("10 minutes")
      const again = yield* post("/tasks", { ...request, start_at: "1970-01-01T02:00:00+01:00" }, key)
      assert.deepStrictEqual([again.status, again.json], [201, first.json])
      for (
        const other of [{ start_at: iso(2 * soon) }, { start_at: undefined }, { start_at: undefined, delay_ms: 1 }]
      ) {
        const { json, status } = yield* post("/tasks", { ...request, ...other }, key)
        assert.deepStrictEqual([status, json.error], [422, "IdempotencyKeyReused"])
      }
      const delayed = { ...task, delay_ms: soon }
      const one = yield* post("/tasks", delayed, { "idempotency-key": "other" })
      yield* TestClock.adjust("10 minutes")
      assert.deepStrictEqual((yield* post("/tasks", delayed, { "idempotency-key": "other" })).json, one.json)
      assert.strictEqual((yield* shown(one.json.task_id)).scheduled_at, iso(soon + 600_000))
      assert.lengthOf((yield* get("/tasks")).json.items, 2)
    })

    test("is queued, shown and cancelled by the typed client", function*() {
      const { base } = yield* Server
      const client = yield* TaskApiClient.make({ baseUrl: base.replace(/\/v1$/, "") }).pipe(
        Effect.provide(NodeHttpClient.layerNodeHttp)
      )
      const create = (when: { readonly startAt: DateTime.Utc } | { readonly delay: Duration.Duration }) =>
        client.tasks.create({ headers: {}, payload: { taskType: "WaitTask", payload: { name: "a" }, ...when } })
      const startAt = DateTime.makeUnsafe(2 * soon)
      const at = yield* create({ startAt })
      const after = yield* create({ delay: Duration.millis(soon) })
      const { items } = yield* client.tasks.list({ query: { status: "queued" } })
      assert.deepStrictEqual(items.map(({ scheduledAt, taskId }) => [taskId, scheduledAt]), [
        [after.taskId, Option.some(DateTime.makeUnsafe(soon))],
        [at.taskId, Option.some(startAt)]
      ])
      const cancelled = yield* client.tasks.cancel({ params: { task_id: at.taskId }, payload: null })
      assert.strictEqual(cancelled.status, "cancelled")
      const both = yield* Effect.flip(create({ startAt, delay: Duration.hours(1) }))
      assert.strictEqual(both._tag, "ValidationFailed")
    })
  })
}

describe("when a task is to start", () => {
  const refusal = (more: object) =>
    Effect.map(post("/tasks", { ...task, ...more }), ({ json, status }) => [status, json.error, json.issues])

  effect("cannot be said in two ways", function*() {
    assert.deepStrictEqual(yield* refusal({ start_at: iso(soon), delay_ms: soon }), [
      422,
      "ValidationFailed",
      [{ path: ["body", "delay_ms"], message: "Give either start_at or delay_ms, not both." }]
    ])
  })

  effect("has to be an instant, or whole milliseconds that can pass", function*() {
    const wrong = {
      start_at: ["tomorrow", "1970-02-30T00:00:00Z", "5", "", 3_600_000, null, {}],
      delay_ms: [-1, 0.5, "1 hour", "3600000", 1e16, 1e300, null, {}]
    }
    for (const [key, values] of Object.entries(wrong)) {
      for (const value of values) {
        const [status, error, issues] = yield* refusal({ [key]: value })
        assert.deepStrictEqual([status, error], [422, "ValidationFailed"], `${key} ${String(value)}`)
        for (const { path } of issues) assert.deepStrictEqual(path, ["body", key])
      }
    }
    assert.deepStrictEqual(ids(yield* get("/tasks")), [])
  })

  effect("is named with everything else that is wrong", function*() {
    const [, , issues] = yield* refusal({ start_at: "soon", delay_ms: -1, heading: 1, delay: "1 hour" })
    assert.sameMembers(issues.map(({ path }: any) => path[1]), ["start_at", "delay_ms", "heading", "delay"])
  })

  effect("can be as far away as anybody can say", function*() {
    const far = yield* later({ delay_ms: 1e15 })
    const last = yield* later({ start_at: "+275760-09-13T00:00:00Z" })
    yield* TestClock.adjust("1 day")
    const { items } = (yield* get("/tasks", { status: "queued" })).json
    assert.deepStrictEqual(items.map(({ scheduled_at, task_id }: any) => [task_id, scheduled_at]), [
      [last, "+275760-09-13T00:00:00.000Z"],
      [far, "+033658-09-27T01:46:40.000Z"]
    ])
  })
})
