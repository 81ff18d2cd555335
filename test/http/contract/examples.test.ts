import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { create, effect, life, listen, queue, reach } from "./support.ts"

const last = (taskId: string) => Effect.map(life(taskId), (events) => events.at(-1))

describe("ExampleCPUTask", () => {
  effect("prepares for 3 seconds, takes 100 steps, and ends with success", function*() {
    const id = yield* create("example_cpu_task", { name: "mine", sleep_time: 0.01 })
    yield* TestClock.adjust("2999 millis")
    const [preparing] = yield* queue
    assert.deepInclude(preparing, { status: "running", progress: -1, heading: "Starting up" })
    yield* TestClock.adjust("501 millis")
    const [half] = yield* queue
    assert.deepInclude(half, { status: "running", heading: "mine" })
    assert.isTrue(half.progress > 30 && half.progress <= 50, `progress ${half.progress}`)
    yield* TestClock.adjust("500 millis")
    const done = yield* last(id)
    assert.deepInclude(done, {
      status: "done",
      progress: 100,
      started_at: "1970-01-01T00:00:00.000Z",
      completed_at: "1970-01-01T00:00:04.000Z"
    })
    assert.include(done.body, "success")
  })

  effect("shows more than one progress, up to 100", function*() {
    const id = yield* create("example_cpu_task", { sleep_time: 0.1 })
    const events = yield* listen(`/${id}/stream`)
    for (let i = 0; i < 130; i++) yield* TestClock.adjust("100 millis")
    const progress = (yield* events.rest).map((task) => task.progress)
    assert.strictEqual(progress.at(-1), 100)
    assert.isAbove(new Set(progress).size, 20)
    assert.includeMembers(progress, [-1, 0, 100])
  })

  effect("fails right after the preparation when it is certain to", function*() {
    const id = yield* create("example_cpu_task", { name: "mine", failure_probability: 1 })
    yield* TestClock.adjust("3 seconds")
    const failed = yield* last(id)
    assert.deepInclude(failed, {
      status: "failed",
      progress: -1,
      heading: "mine",
      body: "Task failed due to failure probability (1.0)",
      error_type: "Exception",
      error_message: "Task failed with probability 1.0",
      completed_at: null
    })
    assert.include(failed.error_traceback, "Task failed with probability 1.0")
  })

  effect("runs one at a time", function*() {
    for (let i = 0; i < 3; i++) yield* create("example_cpu_task", { sleep_time: 0 })
    for (let i = 0; i < 3; i++) {
      const statuses = (yield* queue).map(({ status }) => status)
      assert.deepStrictEqual(statuses.filter((status) => status === "running"), ["running"])
      yield* TestClock.adjust("3 seconds")
    }
    assert.deepStrictEqual((yield* queue).map(({ status }) => status), ["done", "done", "done"])
  })
})

describe("ExampleIOTask", () => {
  effect("writes its progress to a file and reads it there", function*() {
    const id = yield* create("example_io_task", { sleep_time: 0 })
    yield* reach(id, "done")
    const done = yield* last(id)
    assert.deepInclude(done, { status: "done", progress: 100, heading: "Example I/O task" })
    assert.include(done.body, "success")
  })

  effect("runs ten at a time", function*() {
    for (let i = 0; i < 11; i++) yield* create("example_io_task", { sleep_time: 60 })
    const statuses = (yield* queue).map(({ status }) => status)
    assert.lengthOf(statuses.filter((status) => status === "running"), 10)
  })
})
