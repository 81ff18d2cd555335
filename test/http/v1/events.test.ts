import { assert, describe } from "@effect/vitest"
import { TaskManager } from "brinjal"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { effect, type Events, finish, get, iso, listen, post, reach, remove, until, Wait, waiting } from "./support.ts"

const snapshot = (events: Events) =>
  Effect.map(events.next, (event) => {
    assert.strictEqual(event?.event, "snapshot")
    return event!
  })

/** Lets the time pass for which changes are collected. */
const collected = TestClock.adjust("20 millis")

const taskIs = (taskId: string, status: string) => (event: { readonly event: string; readonly data: any }) =>
  event.event === "task" && event.data.task_id === taskId && event.data.status === status

describe("the live stream", () => {
  effect("begins with everything that is", function*() {
    yield* TestClock.setTime(5_000)
    const taskId = yield* waiting("a")
    yield* post("/recurring", { recurring_id: "r", cron_expression: "0 2 * * *", task_type: "QuickTask" })
    const events = yield* listen()
    assert.strictEqual(events.response.statusCode, 200)
    assert.strictEqual(events.response.headers["content-type"], "text/event-stream; charset=utf-8")
    const { data, id } = yield* snapshot(events)
    assert.match(id!, /^[\da-z]+-\d+$/)
    assert.deepInclude(data, { server_time: iso(5_000), part: 0, parts: 1 })
    assert.deepStrictEqual(data.tasks, [(yield* get(`/tasks/${taskId}`)).json])
    assert.deepStrictEqual(data.recurring, [(yield* get("/recurring/r")).json])
  })

  effect("tells every change of tasks and recurring tasks", function*() {
    const events = yield* listen()
    yield* snapshot(events)
    const taskId = yield* waiting("a")
    yield* collected
    for (const status of ["queued", "running"]) yield* until(events, taskIs(taskId, status))
    yield* finish("a")
    yield* reach(taskId, "done")
    yield* collected
    const done = yield* until(events, taskIs(taskId, "done"))
    assert.deepStrictEqual(done.data, (yield* get(`/tasks/${taskId}`)).json)
    yield* remove(`/tasks/${taskId}`)
    yield* collected
    assert.deepInclude(yield* events.next, { event: "task_removed", data: { task_id: taskId } })
    const { json } = yield* post("/recurring", {
      recurring_id: "r",
      cron_expression: "0 2 * * *",
      task_type: "QuickTask"
    })
    yield* collected
    assert.deepInclude(yield* events.next, { event: "recurring", data: json })
    yield* remove("/recurring/r")
    yield* collected
    assert.deepInclude(yield* events.next, { event: "recurring_removed", data: { recurring_id: "r" } })
  }, { limits: { streams: 2 } })

  effect("gives every reader all of it, under the same ids", function*() {
    const readers = yield* Effect.all([listen(), listen(), listen()])
    for (const reader of readers) yield* snapshot(reader)
    const taskId = yield* waiting("a")
    yield* finish("a")
    yield* reach(taskId, "done")
    yield* collected
    const ids = yield* Effect.forEach(
      readers,
      (reader) => Effect.map(until(reader, taskIs(taskId, "done")), ({ id }) => id)
    )
    assert.strictEqual(new Set(ids).size, 1)
  })

  effect("goes on after the last event that a reader had", function*() {
    const first = yield* listen()
    yield* snapshot(first)
    const a = yield* waiting("a")
    yield* collected
    const { id } = yield* until(first, taskIs(a, "running"))
    yield* first.close
    yield* finish("a")
    yield* reach(a, "done")
    const b = yield* waiting("b")
    yield* collected
    const again = yield* listen({ headers: { "last-event-id": id! } })
    const next = yield* again.next
    assert.deepInclude(next, { event: "task" })
    assert.deepInclude(next!.data, { task_id: a, status: "done" })
    yield* until(again, taskIs(b, "queued"))
    const asked = yield* listen({ query: { last_event_id: id! } })
    assert.deepStrictEqual(yield* asked.next, next)
  })

  effect("lets a reader in at once who has missed nothing", function*() {
    const first = yield* listen()
    const { id } = yield* snapshot(first)
    // the head of the response comes with the first byte, and no time passes here
    const again = yield* listen({ headers: { "last-event-id": id! } })
    const taskId = yield* waiting("a")
    yield* until(again, taskIs(taskId, "queued"))
  })

  effect("says that it cannot go on from an id that it does not know, and begins anew", function*() {
    const taskId = yield* waiting("a")
    const known = yield* listen()
    const { id } = yield* snapshot(known)
    const [epoch] = id!.split("-")
    const wrong = { nonsense: "UnknownId", "zz9-1": "Restarted", [`${epoch}-99999`]: "UnknownId", "": "UnknownId" }
    for (const [lastEventId, reason] of Object.entries(wrong)) {
      const events = yield* listen({ query: { last_event_id: lastEventId } })
      assert.deepStrictEqual(yield* events.next, { id: undefined, event: "gap", data: { reason, lost: null } })
      const { data } = yield* snapshot(events)
      assert.deepStrictEqual(data.tasks.map(({ task_id }: any) => task_id), [taskId])
    }
  })

  effect("is a sign of life when nothing happens", function*() {
    const events = yield* listen()
    yield* snapshot(events)
    yield* TestClock.adjust("15 seconds")
    const beat = yield* events.next
    assert.deepStrictEqual(beat, { id: undefined, event: "heartbeat", data: { server_time: iso(15_000) } })
    yield* TestClock.adjust("10 seconds")
    const taskId = yield* waiting("a")
    yield* until(events, taskIs(taskId, "queued"))
    yield* TestClock.adjust("20 seconds")
    assert.deepInclude(yield* until(events, ({ event }) => event === "heartbeat"), {
      data: { server_time: iso(45_000) }
    })
  })

  effect("sends what is in parts when it is much", function*() {
    const manager = yield* TaskManager.TaskManager
    for (let i = 0; i < 1_201; i++) yield* manager.addTaskToQueue(Wait.template({ name: String(i), size: 1 }))
    const events = yield* listen()
    const parts = yield* Effect.all([events.next, events.next, events.next])
    assert.deepStrictEqual(parts.map((part) => part!.data.part), [0, 1, 2])
    assert.deepStrictEqual(parts.map((part) => part!.data.parts), [3, 3, 3])
    assert.deepStrictEqual(parts.map((part) => part!.id === undefined), [true, true, false])
    const ids = parts.flatMap((part) => part!.data.tasks.map(({ task_id }: any) => task_id))
    assert.deepStrictEqual(ids, (yield* manager.getAllTasks).map(({ taskId }) => taskId))
  })

  effect("is refused when there are too many, and open again when one has gone", function*() {
    const first = yield* listen()
    yield* snapshot(first)
    yield* snapshot(yield* listen())
    const { headers, json, status } = yield* get("/events")
    assert.strictEqual(status, 429)
    assert.deepInclude(json, { error: "TooMany", what: "streams" })
    assert.strictEqual(headers["retry-after"], "10")
    yield* first.close
    // the server learns of it when it does
    let again = yield* listen()
    while (again.response.statusCode !== 200) again = yield* listen()
    yield* snapshot(again)
  }, { limits: { streams: 2 } })
})
