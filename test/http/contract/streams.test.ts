import { assert, describe } from "@effect/vitest"
import { TestClock } from "effect/testing"
import { create, effect, get, life, listen, post, puppet, queue, reach, remove, tell, until } from "./support.ts"

const taskKeys = [
  "task_id",
  "parent_id",
  "task_type",
  "status",
  "progress",
  "img",
  "heading",
  "body",
  "started_at",
  "completed_at"
]

describe("the queue", () => {
  effect("lists tasks with their ten keys, oldest first", function*() {
    const ids = [yield* puppet("a"), yield* create("example_cpu_task"), yield* create("example_cpu_task")]
    const tasks = yield* queue
    assert.deepStrictEqual(tasks.map(({ task_id }) => task_id), ids)
    for (const task of tasks) assert.deepStrictEqual(Object.keys(task), taskKeys)
    assert.deepStrictEqual(tasks[2], {
      task_id: ids[2],
      parent_id: null,
      task_type: "ExampleCPUTask",
      status: "queued",
      progress: 0,
      img: null,
      heading: null,
      body: null,
      started_at: null,
      completed_at: null
    })
    assert.deepInclude(tasks[0], { status: "running", started_at: "1970-01-01T00:00:00.000Z" })
  })

  effect("deletes a task, and says which is unknown", function*() {
    const id = yield* puppet("a")
    assert.deepInclude(yield* remove(`/${id}`), {
      status: 200,
      text: JSON.stringify({ message: `Task ${id} deleted successfully` })
    })
    assert.deepStrictEqual(yield* queue, [])
    const { json, status } = yield* remove(`/${id}`)
    assert.deepStrictEqual([status, json], [404, { detail: `Task with ID ${id} not found` }])
  })

  effect("deletes all that have ended", function*() {
    assert.deepStrictEqual((yield* remove("/completed")).json, {
      message: "No completed tasks found",
      deleted_count: 0,
      failed_count: 0
    })
    const [done, failed, live] = [yield* puppet("done"), yield* puppet("failed"), yield* puppet("live")]
    yield* tell("done", { succeed: "" })
    yield* tell("failed", { fail: "" })
    yield* reach(done!, "done")
    yield* reach(failed!, "failed")
    assert.deepStrictEqual((yield* remove("/completed")).json, {
      message: "Deleted 2 completed task(s)",
      deleted_count: 2,
      failed_count: 0,
      failed_task_ids: []
    })
    assert.deepStrictEqual((yield* queue).map(({ task_id }) => task_id), [live])
  })
})

describe("the stream of the queue", () => {
  effect("begins with all tasks, one line of JSON and an empty line", function*() {
    const id = yield* puppet("a")
    const { headers, next, status } = yield* listen("/queue/stream")
    assert.strictEqual(status, 200)
    assert.strictEqual(headers["content-type"], "text/event-stream; charset=utf-8")
    assert.strictEqual(headers["content-length"], undefined)
    const frame = yield* next
    assert.match(frame!, /^data: \{.*\}$/)
    const message = JSON.parse(frame!.slice("data: ".length))
    assert.strictEqual(message.type, "queue_updated")
    assert.deepStrictEqual(message.tasks, yield* queue)
    assert.strictEqual(message.tasks[0].task_id, id)
  })

  effect("tells every reader of tasks that come and go, and of nothing else", function*() {
    const readers = [yield* listen("/queue/stream"), yield* listen("/queue/stream")]
    for (const reader of readers) assert.deepStrictEqual(yield* reader.json, { type: "queue_updated", tasks: [] })
    const id = yield* puppet("a")
    yield* tell("a", { update: { progress: 10 } }, { update: { heading: "x" } }, { succeed: "" })
    yield* reach(id, "done")
    const other = yield* puppet("b")
    yield* remove(`/${id}`)
    yield* remove(`/${other}`)
    for (const reader of readers) {
      const added = yield* reader.json
      assert.strictEqual(added.type, "task_added")
      assert.deepStrictEqual(Object.keys(added.task), taskKeys)
      assert.deepInclude(added.task, { task_id: id, status: "queued" })
      assert.deepInclude((yield* reader.json).task, { task_id: other })
      assert.deepStrictEqual(yield* reader.json, { type: "task_removed", task_id: id })
      assert.deepStrictEqual(yield* reader.json, { type: "task_removed", task_id: other })
    }
  })

  effect("tells of tasks of recurring tasks, and of those that are pruned", function*() {
    yield* post("/recurring/HTTPKindsTask", { query: { cron_expression: "* * * * *" }, body: { count: 1 } })
    const reader = yield* listen("/queue/stream")
    yield* reader.json
    yield* TestClock.adjust("11 minutes")
    const messages: Array<any> = []
    while (messages.length < 12) messages.push(yield* reader.json)
    const added = messages.filter(({ type }) => type === "task_added").map(({ task }) => task.task_id)
    assert.lengthOf(added, 11)
    assert.deepStrictEqual(messages.find(({ type }) => type === "task_removed"), {
      type: "task_removed",
      task_id: added[0]
    })
  })

  effect("sends a comment after each 30 seconds without an event", function*() {
    const reader = yield* listen("/queue/stream")
    yield* reader.json
    for (let i = 0; i < 3; i++) {
      yield* TestClock.adjust("30 seconds")
      assert.strictEqual(yield* reader.next, ": keepalive")
    }
    yield* TestClock.adjust("29 seconds")
    yield* puppet("a")
    assert.strictEqual((yield* reader.json).type, "task_added")
    yield* TestClock.adjust("29 seconds")
    yield* puppet("b")
    assert.match((yield* reader.next)!, /^data: /)
  })
})

describe("the stream of a task", () => {
  effect("is unknown for an unknown task", function*() {
    const { json, status } = yield* get("/nope/stream")
    assert.deepStrictEqual([status, json], [404, { detail: "Task with ID nope not found" }])
  })

  effect("begins with the present state, and has three more keys", function*() {
    const id = yield* puppet("a")
    yield* tell("a", { update: { heading: "H", progress: 40 } })
    const events = yield* listen(`/${id}/stream`)
    assert.strictEqual(events.headers["content-type"], "text/event-stream; charset=utf-8")
    const task = yield* until(events, ({ progress }) => progress === 40)
    assert.deepStrictEqual(Object.keys(task), [...taskKeys, "error_message", "error_type", "error_traceback"])
    assert.deepInclude(task, { status: "running", heading: "H", error_type: null })
  })

  effect("tells the changes up to the success, and ends", function*() {
    const id = yield* puppet("a")
    const events = yield* listen(`/${id}/stream`)
    yield* until(events, ({ status }) => status === "running")
    yield* tell("a", { update: { body: "B", progress: -1 } })
    // changes of one moment are told together
    yield* TestClock.adjust("50 millis")
    yield* until(events, ({ body, progress }) => body === "B" && progress === -1)
    yield* TestClock.adjust("1 second")
    yield* tell("a", { succeed: "result" })
    const rest = yield* events.rest
    assert.deepInclude(rest.at(-1), {
      status: "done",
      progress: 100,
      completed_at: "1970-01-01T00:00:01.050Z",
      error_type: null
    })
  })

  effect("tells the failure with type, message and trace, and ends", function*() {
    const id = yield* puppet("a")
    yield* tell("a", { update: { progress: 30, heading: "H" } }, { fail: "no luck" })
    const last = (yield* life(id)).at(-1)
    assert.deepInclude(last, {
      status: "failed",
      progress: 30,
      heading: "H",
      body: "Task failed: no luck",
      completed_at: null,
      error_type: "Broken",
      error_message: "no luck"
    })
    assert.include(last.error_traceback, "Broken: no luck")
  })

  effect("keeps what a failing task has said of it itself", function*() {
    const id = yield* puppet("a")
    yield* tell("a", { update: { body: "All of it FAILED." } }, { die: new RangeError("too far") })
    assert.deepInclude((yield* life(id)).at(-1), {
      body: "All of it FAILED.",
      error_type: "RangeError",
      error_message: "too far"
    })
  })

  effect("sends a comment after each 10 seconds without an event", function*() {
    const id = yield* puppet("a")
    yield* reach(id, "running")
    const events = yield* listen(`/${id}/stream`)
    assert.strictEqual((yield* events.json).status, "running")
    yield* TestClock.adjust("10 seconds")
    assert.strictEqual(yield* events.next, ": keepalive")
    yield* TestClock.adjust("9 seconds")
    yield* tell("a", { update: { progress: 1 } })
    assert.strictEqual((yield* events.json).progress, 1)
    yield* TestClock.adjust("9 seconds")
    yield* tell("a", { update: { progress: 2 } })
    assert.match((yield* events.next)!, /^data: /)
  })

  effect("of a task with text of every kind is still one line", function*() {
    const heading = "línea\nzwei\r\n<b>\u2028\u0000 \"quoted\" \\ 🍆"
    const id = yield* create("puppet_task", { name: "a", heading })
    const events = yield* listen(`/${id}/stream`)
    const frame = yield* events.next
    assert.notMatch(frame!, /[\r\n]/)
    assert.strictEqual(JSON.parse(frame!.slice("data: ".length)).heading, heading)
  })

  effect("ends when its task is deleted", function*() {
    const id = yield* puppet("a")
    const events = yield* listen(`/${id}/stream`)
    yield* until(events, ({ status }) => status === "running")
    yield* remove(`/${id}`)
    const rest = yield* events.rest
    assert.isTrue(rest.every(({ status }) => status === "failed"))
  })
})
