import { assert, describe, it } from "@effect/vitest"
import { Health, RecurringTaskInfo, TaskError } from "brinjal"
import { DateTime, Deferred, Duration, Effect, Fiber, Option } from "effect"
import { TestClock } from "effect/testing"
import * as Fs from "node:fs"
import { version } from "../../../src/http/internal/v1/version.ts"
import { effect, get, iso, layer, post, reach, send } from "./support.ts"

const epoch = DateTime.makeUnsafe(0)

/** Asks a server whose manager is not as it should be whether it is ready. */
const readiness = (trouble: Partial<Health.Health>) =>
  Effect.provide(
    get("/ready"),
    layer({}, {}, {
      replace: ({ health }) => ({
        health: Effect.map(health, (health) => new Health.Health({ ...health, ...trouble }))
      })
    })
  )

const away = new TaskError.TaskStoreError({ operation: "getTask", cause: new Error("password=secret at /var/lib/db") })

/** Two tasks have waited for half a minute, as there is no room for them, and one sleeps. */
const letWait = Effect.gen(function*() {
  yield* TestClock.setTime(60_000)
  for (let i = 0; i < 12; i++) yield* post("/tasks", { task_type: "WaitTask", payload: { name: "a" } })
  yield* post("/tasks", { task_type: "QuickTask", delay_ms: 60_000 })
  yield* TestClock.setTime(90_000)
})

describe("the server", () => {
  effect("says that it is alive, and that work gets done", function*() {
    assert.deepStrictEqual((yield* get("/health")).json, { status: "ok" })
    const { json, status } = yield* get("/ready")
    assert.strictEqual(status, 200)
    assert.deepStrictEqual(json, {
      ready: true,
      store: { ok: true, detail: "It answers." },
      scheduler: { ok: true, detail: "Nothing is late." },
      lag_ms: 0
    })
  })

  effect("says what it is, and what time it has", function*() {
    yield* TestClock.setTime(5)
    const { json } = yield* get("/info")
    assert.deepStrictEqual(json, {
      version,
      store: "memory",
      server_time: iso(5),
      caller: { name: "everybody", role: "admin" },
      authentication: false
    })
    assert.strictEqual(version, JSON.parse(Fs.readFileSync("package.json", "utf8")).version)
  })

  effect("says what it does not have in the shape of all its errors", function*() {
    const nowhere = yield* get("/nowhere")
    assert.strictEqual(nowhere.status, 404)
    assert.deepInclude(nowhere.json, { error: "RouteNotFound" })
    assert.include(nowhere.json.message, "/v1/nowhere")
    const wrong = yield* send("PUT", "/tasks")
    assert.strictEqual(wrong.status, 405)
    assert.deepInclude(wrong.json, {
      error: "MethodNotAllowed",
      message: `/v1/tasks accepts only ${wrong.headers.allow}.`
    })
  })

  effect("shows its metrics to Prometheus", function*() {
    const { json } = yield* post("/tasks", { task_type: "QuickTask" })
    yield* reach(json.task_id, "done")
    const { headers, text } = yield* get("/metrics")
    assert.match(headers["content-type"]!, /^text\/plain/)
    assert.match(text, /^# TYPE brinjal_tasks_total counter$/m)
    assert.match(text, /^brinjal_tasks_total\{[^}]*QuickTask[^}]*\} \d+$/m)
  })

  effect("shows what waits in the store, and who would run it", function*() {
    yield* letWait
    const { json } = yield* get("/backlog")
    const { handled_by } = json[0]
    assert.lengthOf(handled_by, 1)
    const none = { waiting: 0, reserved: 0, asleep: 0, parked: 0, waiting_since: null, handled_by, paused: null }
    const shown = json.filter(({ asleep, waiting }: any) => asleep + waiting > 0)
    assert.deepStrictEqual(shown, [
      { ...none, task_type: "QuickTask", asleep: 1 },
      { ...none, task_type: "WaitTask", waiting: 2, waiting_since: iso(60_000) }
    ])
  })

  effect("pauses a task type, whether it is known or not, and shows that until it is resumed", function*() {
    const pause = yield* post("/task-types/QuickTask/pause", { note: "maintenance" })
    assert.strictEqual(pause.status, 200)
    assert.deepInclude(pause.json, { task_type: "QuickTask" })
    assert.strictEqual(pause.json.paused.note, "maintenance")
    const { json } = yield* post("/tasks", { task_type: "QuickTask" })
    const { paused: { since } } = (yield* post("/task-types/QuickTask/pause")).json
    assert.strictEqual(since, pause.json.paused.since)
    assert.strictEqual((yield* post("/task-types/no%20%2F%20type/pause")).status, 200)
    const paused = (yield* get("/backlog")).json.filter((one: any) => one.paused !== null)
    assert.deepStrictEqual(paused.map((one: any) => [one.task_type, one.waiting, one.paused]), [
      ["QuickTask", 1, { since, note: "" }],
      ["no / type", 0, { since, note: "" }]
    ])
    const resumed = { task_type: "QuickTask", resumed: true }
    assert.deepStrictEqual((yield* post("/task-types/QuickTask/resume")).json, resumed)
    assert.deepStrictEqual((yield* post("/task-types/QuickTask/resume")).json, { ...resumed, resumed: false })
    yield* reach(json.task_id, "done")
    const refused = yield* post("/task-types/%20/pause")
    assert.strictEqual(refused.status, 422)
    assert.deepInclude(refused.json, { error: "InvalidTaskType", task_type: " ", issue: "is empty" })
  })

  effect("shows Prometheus what waits in the store", function*() {
    yield* letWait
    const { text } = yield* get("/metrics")
    for (const [task, waiting, sleeping, oldest] of [["WaitTask", 2, 0, 30], ["QuickTask", 0, 1, 0]]) {
      assert.include(text, `\nbrinjal_store_waiting_tasks{task="${task}"} ${waiting}\n`)
      assert.include(text, `\nbrinjal_store_sleeping_tasks{task="${task}"} ${sleeping}\n`)
      assert.include(text, `\nbrinjal_store_oldest_waiting_seconds{task="${task}"} ${oldest}\n`)
      assert.include(text, `\nbrinjal_store_handlers{task="${task}"} 1\n`)
    }
    assert.match(text, /^# HELP brinjal_store_waiting_tasks .* every process.*maximum/m)
  })

  it.effect("shows Prometheus its own metrics even if the store does not answer, and does not keep it waiting", () =>
    Effect.gen(function*() {
      const asked = yield* Deferred.make<void>()
      const silent = Effect.andThen(Deferred.succeed(asked, undefined), Effect.never)
      const metrics = (backlog: Effect.Effect<never, TaskError.TaskStoreError>) =>
        Effect.provide(get("/metrics"), layer({}, {}, { replace: () => ({ backlog }) }))
      const asking = yield* Effect.forkChild(metrics(silent))
      yield* Deferred.await(asked)
      yield* TestClock.adjust("3 seconds")
      for (const { status, text } of [yield* Fiber.join(asking), yield* metrics(Effect.fail(away))]) {
        assert.strictEqual(status, 200)
        assert.include(text, "brinjal_queue_depth")
        assert.notInclude(text, "brinjal_store")
      }
    }))

  it.effect("is not ready when the store does not answer, and does not say what only its owner should know", () =>
    Effect.gen(function*() {
      const { json, status, text } = yield* readiness({
        storeReachable: false,
        lastStoreFailure: Option.some({ at: epoch, operation: "getTask", message: "password=secret at /var/lib/db" })
      })
      assert.strictEqual(status, 503)
      assert.deepInclude(json, { ready: false, store: { ok: false, detail: "It does not answer." } })
      assert.strictEqual(json.scheduler.detail, "It cannot be known without the store.")
      assert.notInclude(text, "secret")
    }))

  it.effect("is not ready when the store does not take what is written", () =>
    Effect.gen(function*() {
      const { json, status } = yield* readiness({ storeFailingSince: Option.some(epoch) })
      assert.strictEqual(status, 503)
      assert.strictEqual(json.store.detail, `It does not take what is written, since ${iso(0)}.`)
    }))

  it.effect("is not ready when its timer is late, or when it is stopping", () =>
    Effect.gen(function*() {
      const late = yield* readiness({ lag: Duration.minutes(2) })
      assert.strictEqual(late.status, 503)
      assert.deepInclude(late.json, { ready: false, lag_ms: 120_000 })
      const stopping = yield* readiness({ stopping: true })
      assert.strictEqual(stopping.status, 503)
      assert.strictEqual(stopping.json.scheduler.detail, "It is stopping.")
    }))

  it.effect("is not ready when an occurrence is overdue", () =>
    Effect.gen(function*() {
      const { json, status } = yield* Effect.provide(
        Effect.gen(function*() {
          yield* post("/recurring", { recurring_id: "r", cron_expression: "0 2 * * *", task_type: "QuickTask" })
          return yield* get("/ready")
        }),
        layer({}, {}, {
          replace: ({ getAllRecurringTasks }) => ({
            getAllRecurringTasks: Effect.map(getAllRecurringTasks, (all) =>
              all.map((info) =>
                new RecurringTaskInfo.RecurringTaskInfo({
                  ...info,
                  nextRun: Option.some(DateTime.makeUnsafe(-60_000))
                })
              ))
          })
        })
      )
      assert.strictEqual(status, 503)
      assert.deepInclude(json, { ready: false, lag_ms: 60_000 })
      assert.strictEqual(json.scheduler.detail, "An occurrence is overdue for 1m.")
    }))

  it.effect("tells a client that the store is away, and nothing more", () =>
    Effect.gen(function*() {
      const fails = () => Effect.fail(away)
      const answers = yield* Effect.provide(
        Effect.all([get("/tasks/x"), get("/tasks"), post("/tasks", { task_type: "QuickTask" })]),
        layer({}, {}, { replace: () => ({ getTask: fails, searchTasks: fails, addTaskToQueue: fails }) })
      )
      for (const { json, status, text } of answers) {
        assert.strictEqual(status, 503)
        assert.deepStrictEqual(json, {
          error: "TaskStoreError",
          message: "The task store failed in \"getTask\".",
          operation: "getTask"
        })
        assert.notInclude(text, "secret")
      }
    }))
})
