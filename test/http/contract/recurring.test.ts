import { assert, describe } from "@effect/vitest"
import { Recurrence, TaskManager } from "brinjal"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { effect, get, patch, post, Puppet, queue, reach, remove, tell } from "./support.ts"

const add = (taskType: string, query: Record<string, string> | string, body?: unknown) =>
  post(`/recurring/${taskType}`, { query, body })

const list = Effect.map(get("/recurring"), ({ json }) => json as ReadonlyArray<any>)

const places = (json: any) => json.detail.map(({ loc }: { loc: ReadonlyArray<string> }) => loc.join("."))

describe("recurring tasks", () => {
  effect("are none at first", function*() {
    assert.strictEqual((yield* get("/recurring")).text, "[]")
  })

  effect("are added with an answer that says so, and run nothing yet", function*() {
    const { json, status } = yield* add("ExampleCPUTask", { cron_expression: "*/5 * * * *" })
    assert.strictEqual(status, 200)
    assert.deepStrictEqual(json, {
      recurring_id: json.recurring_id,
      message: "Recurring ExampleCPUTask task created with cron: */5 * * * *"
    })
    assert.deepStrictEqual(yield* queue, [])
    assert.deepStrictEqual(yield* list, [{
      recurring_id: json.recurring_id,
      cron_expression: "*/5 * * * *",
      task_type: "ExampleCPUTask",
      max_concurrent: 1,
      enabled: true,
      next_run: "1970-01-01T00:05:00.000Z",
      last_run: null,
      consecutive_failures: 0,
      total_runs: 0,
      total_failures: 0,
      created_at: "1970-01-01T00:00:00.000Z"
    }])
  })

  effect("are listed in the order in which they were added", function*() {
    yield* add("ExampleIOTask", { cron_expression: "0 2 * * *", max_concurrent: "3" })
    yield* add("ExampleCPUTask", "cron_expression=*/5+*+*+*+*")
    const configs = yield* list
    assert.deepStrictEqual(
      configs.map((config) => [config.task_type, config.cron_expression, config.max_concurrent]),
      [["ExampleIOTask", "0 2 * * *", 3], ["ExampleCPUTask", "*/5 * * * *", 1]]
    )
  })

  effect("are disabled and enabled, again and again, and stay listed", function*() {
    const id = (yield* add("PuppetTask", { cron_expression: "* * * * *" })).json.recurring_id
    for (const verb of ["disable", "disable", "enable", "enable"]) {
      const { json, status } = yield* patch(`/recurring/${id}/${verb}`)
      assert.deepStrictEqual([status, json], [200, { message: `Recurring task ${id} ${verb}d successfully` }])
      assert.strictEqual((yield* list)[0].enabled, verb === "enable")
    }
  })

  effect("that are unknown are said to be, by name", function*() {
    for (const verb of ["enable", "disable"]) {
      const { json, status } = yield* patch(`/recurring/nope/${verb}`)
      assert.deepStrictEqual([status, json], [404, { detail: "Recurring task nope not found" }])
    }
    const { json, status } = yield* add("NopeTask", { cron_expression: "* * * * *" })
    assert.deepStrictEqual([status, json], [404, { detail: "Task NopeTask is not registered" }])
    assert.strictEqual((yield* add("puppet_task", { cron_expression: "* * * * *" })).status, 404)
  })

  effect("need a cron expression in the query", function*() {
    for (const body of [undefined, { cron_expression: "* * * * *" }]) {
      const { json, status } = yield* add("PuppetTask", {}, body)
      assert.deepStrictEqual([status, places(json)], [422, ["query.cron_expression"]])
      assert.deepInclude(json.detail[0], { msg: "field required", type: "value_error.missing" })
    }
  })

  effect("need a whole number above 0 of instances", function*() {
    for (const max_concurrent of ["0", "-1", "1.5", "many", ""]) {
      const { json, status } = yield* add("PuppetTask", { cron_expression: "* * * * *", max_concurrent })
      assert.deepStrictEqual([max_concurrent, status, places(json)], [max_concurrent, 422, ["query.max_concurrent"]])
    }
    assert.deepStrictEqual(yield* list, [])
  })

  effect("take six fields with the seconds first", function*() {
    yield* add("PuppetTask", { cron_expression: "30 * * * * *" })
    assert.strictEqual((yield* list)[0].next_run, "1970-01-01T00:00:30.000Z")
  })

  effect("take a time zone, and say which one is none", function*() {
    yield* add("PuppetTask", { cron_expression: "0 12 * * *", timezone: "Asia/Tokyo" })
    assert.strictEqual((yield* list)[0].next_run, "1970-01-01T03:00:00.000Z")
    const { json, status } = yield* add("PuppetTask", { cron_expression: "0 12 * * *", timezone: "Mars/Base" })
    assert.strictEqual(status, 422)
    assert.include(json.detail[0].msg, "Mars/Base")
    assert.deepStrictEqual(json.detail[0].loc, ["query", "timezone"])
  })

  effect("make copies of the template, whose parent they are", function*() {
    const id =
      (yield* add("PuppetTask", { cron_expression: "* * * * *" }, { name: "copy", heading: "H" })).json.recurring_id
    yield* TestClock.adjust("1 minute")
    const [task] = yield* queue
    assert.deepInclude(task, { parent_id: id, task_type: "PuppetTask", heading: "H", status: "running" })
    yield* tell("copy", { fail: "no" })
    yield* reach(task.task_id, "failed")
    assert.deepInclude((yield* list)[0], {
      last_run: "1970-01-01T00:01:00.000Z",
      next_run: "1970-01-01T00:02:00.000Z",
      total_runs: 1,
      total_failures: 1,
      consecutive_failures: 1
    })
  })

  effect("that have no cron expression are described in words", function*() {
    const manager = yield* TaskManager.TaskManager
    yield* manager.addRecurringTask({ recurrence: Recurrence.every("90 seconds"), templateTask: Puppet.template({}) })
    assert.strictEqual((yield* list)[0].cron_expression, "every 1m 30s")
  })

  effect("cannot be read or removed one by one here", function*() {
    assert.strictEqual((yield* get("/recurring/x")).status, 405)
    assert.strictEqual((yield* remove("/recurring/x")).status, 405)
  })
})
