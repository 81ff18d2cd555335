/**
 * What operators see: metrics, spans and annotated logs.
 */
import { assert } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as References from "effect/References"
import * as Tracer from "effect/Tracer"
import { over, theme } from "../internal/suite.ts"
import * as Testing from "../Testing.ts"
import { addHourly, addSlow, doing, manager, Retrying, Single, sleeping, test, Work } from "./world.ts"

/** The metric with this name and these attributes. */
const metric = Effect.fnUntraced(function*(id: string, attributes: Readonly<Record<string, string>> = {}) {
  const all = yield* Metric.snapshot
  return all.find((one) =>
    one.id === id && Object.entries(attributes).every(([key, value]) => one.attributes?.[key] === value)
  )
})

const count = Effect.fnUntraced(function*(id: string, attributes: Readonly<Record<string, string>>) {
  const found = yield* metric(id, attributes)
  if (found?.type === "Counter") return Number(found.state.count)
  if (found?.type === "Gauge") return Number(found.state.value)
  return found?.type === "Histogram" ? found.state.count : undefined
})

export const metrics = theme("metrics", [
  test("count ended tasks and measure how long they took", function*() {
    const { addTaskToQueue } = yield* manager
    yield* addTaskToQueue(Work.template(sleeping("a", "5 seconds")))
    yield* addTaskToQueue(Work.template(doing("b", { _tag: "Fail" })))
    yield* addTaskToQueue(Work.template(doing("c", { _tag: "Fail" })))
    yield* Testing.runUntilIdle()
    assert.strictEqual(yield* count("brinjal_tasks_total", { task: "Work", status: "done" }), 1)
    assert.strictEqual(yield* count("brinjal_tasks_total", { task: "Work", status: "failed" }), 2)
    const duration = yield* metric("brinjal_task_duration_seconds", { task: "Work" })
    assert.deepInclude(duration?.state, { count: 3, max: 5, sum: 5 })
  }),
  test("count occurrences by what became of them", function*() {
    yield* addSlow("skip")
    yield* Testing.advance("4 hours")
    assert.strictEqual(yield* count("brinjal_occurrences_total", { outcome: "Started", reason: "" }), 2)
    assert.strictEqual(yield* count("brinjal_occurrences_total", { outcome: "Skipped", reason: "Overlap" }), 2)
  }),
  test("measure how late instances start", function*() {
    const { addTaskToQueue } = yield* manager
    yield* Testing.advance("50 minutes")
    yield* addTaskToQueue(Single.template(sleeping("first", "15 minutes")))
    yield* addHourly({ templateTask: Single.template(doing("late")) as never })
    yield* Testing.advance("1 hour")
    const lateness = yield* metric("brinjal_start_lateness_seconds", { task: "Single" })
    assert.deepInclude(lateness?.state, { count: 1, max: 300 })
  }),
  test("show who runs and who waits, by pool", function*() {
    const { addTaskToQueue } = yield* manager
    for (const label of ["a", "b", "c"]) yield* addTaskToQueue(Single.template(sleeping(label, "1 minute")))
    yield* Testing.settle
    assert.strictEqual(yield* count("brinjal_active_tasks", { pool: "single" }), 1)
    assert.strictEqual(yield* count("brinjal_queue_depth", { pool: "single" }), 2)
    yield* Testing.runUntilIdle()
    assert.strictEqual(yield* count("brinjal_active_tasks", { pool: "single" }), 0)
    assert.strictEqual(yield* count("brinjal_queue_depth", { pool: "single" }), 0)
  })
])

/** What was logged and traced during a test. */
interface Written {
  readonly spans: Array<Tracer.NativeSpan>
  readonly logs: Array<Readonly<Record<string, unknown>>>
}

/** Starts afresh whenever it is built, because a suite may run over several stores. */
const recording = (written: Written): Layer.Layer<never> =>
  Layer.unwrap(Effect.sync(() => {
    written.spans.length = written.logs.length = 0
    return recorder(written)
  }))

const recorder = ({ logs, spans }: Written): Layer.Layer<never> =>
  Layer.mergeAll(
    Layer.succeed(
      Tracer.Tracer,
      Tracer.make({
        span(options) {
          const span = new Tracer.NativeSpan(options)
          spans.push(span)
          return span
        }
      })
    ),
    Logger.layer([
      Logger.make(({ cause, fiber, message }) => {
        logs.push({ message, cause: Cause.pretty(cause), ...fiber.getRef(References.CurrentLogAnnotations) })
      })
    ])
  )

/** A test that sees the spans and logs of the manager. */
const recorded = (name: string, body: (written: Written) => ReturnType<Parameters<typeof test>[1]>) => {
  const written: Written = { spans: [], logs: [] }
  return over(recording(written), test(name, () => body(written)))
}

/** What a span says of a task. */
const ofTask = ({ attributes }: Tracer.NativeSpan) => ({
  taskId: attributes.get("task.id"),
  taskType: attributes.get("task.type"),
  retryOf: attributes.get("task.retry_of")
})

export const traces = theme("spans and logs", [
  recorded("an instance has a span of its own, linked to the decision that made it", function*({ spans }) {
    yield* addHourly({})
    yield* Testing.advance("1 hour")
    const task = spans.find(({ name }) => name === "task Work")!
    const [link] = task.links
    assert.strictEqual(task.parent._tag, "None")
    assert.strictEqual(link?.span._tag === "Span" ? link.span.name : undefined, "brinjal.decide")
    assert.strictEqual(task.attributes.get("task.type"), "Work")
    assert.strictEqual(task.attributes.get("recurring.id"), "hourly")
    assert.strictEqual(task.attributes.get("task.scheduled_at"), Date.UTC(2026, 0, 1, 1))
    assert.strictEqual(task.status._tag, "Ended")
  }),
  recorded("a task that is queued has a span of its own, linked to that of its caller", function*({ spans }) {
    const { addTasksToQueue, addTaskToQueue, run } = yield* manager
    yield* addTaskToQueue(Work.template(doing("a")))
    yield* addTasksToQueue([Work.template(doing("b"))])
    yield* run(Work.template(doing("c")))
    yield* Testing.runUntilIdle()
    const callers = spans.filter(({ name }) => name === "task Work").map(({ attributes, links: [link], parent }) => {
      assert.strictEqual(parent._tag, "None")
      assert.deepStrictEqual([...attributes.keys()], ["task.id", "task.type", "task.attempt"])
      return link?.span._tag === "Span" ? link.span.name : undefined
    })
    assert.deepStrictEqual(callers, ["TaskManager.addTaskToQueue", "TaskManager.addTasksToQueue", "TaskManager.run"])
  }),
  recorded("the methods of the manager have spans", function*({ spans }) {
    const { getAllTasks, run } = yield* manager
    yield* run(Work.template(doing("a")))
    yield* getAllTasks
    assert.includeMembers(spans.map(({ name }) => name), ["TaskManager.run", "TaskManager.getAllTasks", "task Work"])
  }),
  recorded("the span of a method has the id of its task, as that of the task does", function*({ spans }) {
    const { addTaskToQueue, awaitTask, cancelTask, getTask, removeTask, retryTask, run, scheduleTask } = yield* manager
    const first = yield* addTaskToQueue(Work.template(doing("a", { _tag: "Fail" })))
    yield* Effect.exit(awaitTask(Work, first))
    yield* getTask(first)
    yield* run(Work.template(doing("b")))
    const later = yield* scheduleTask(Work.template(doing("c")), { delay: "1 hour" })
    yield* cancelTask(later)
    yield* removeTask(later)
    const second = yield* retryTask(first)
    const { taskId: ran } = spans.filter(({ name }) => name === "task Work").map(ofTask)[1]!
    const methods = spans.filter(({ name }) => name.startsWith("TaskManager.")).map((span) => ({
      name: span.name.slice("TaskManager.".length),
      ...ofTask(span)
    }))
    const work = { taskType: "Work", retryOf: undefined }
    assert.deepStrictEqual(methods, [
      { name: "addTaskToQueue", taskId: first, ...work },
      { name: "awaitTask", taskId: first, ...work },
      { name: "getTask", taskId: first, ...work },
      { name: "run", taskId: ran, ...work },
      { name: "scheduleTask", taskId: later, ...work },
      { name: "cancelTask", taskId: later, ...work },
      { name: "removeTask", taskId: later, ...work },
      { name: "retryTask", taskId: second, taskType: "Work", retryOf: first }
    ])
  }),
  recorded("the span of a method has the id of its recurring task, and of what it triggers", function*({ spans }) {
    const { addRecurringTask, explain, outcomes, triggerRecurringTask, upcoming } = yield* manager
    yield* addHourly({})
    const own = yield* addRecurringTask({ cronExpression: "0 0 * * *", templateTask: Work.template(doing("b")) })
    const triggered = yield* triggerRecurringTask("hourly")
    yield* upcoming(own)
    yield* outcomes(own)
    yield* explain(own, "2026-01-02T00:00:00Z")
    const methods = spans.filter(({ name }) => name.startsWith("TaskManager.")).map(({ attributes, name }) => [
      name.slice("TaskManager.".length),
      attributes.get("recurring.id"),
      attributes.get("task.id")
    ])
    assert.deepStrictEqual(methods, [
      ["addRecurringTask", "hourly", undefined],
      ["addRecurringTask", own, undefined],
      ["triggerRecurringTask", "hourly", triggered],
      ["upcoming", own, undefined],
      ["outcomes", own, undefined],
      ["explain", own, undefined]
    ])
  }),
  recorded("the span of a task has its first attempt, and an event for every further one", function*({ spans }) {
    const { addTaskToQueue } = yield* manager
    yield* addTaskToQueue(Retrying.template(doing("a", { _tag: "Fail" })))
    yield* Testing.runUntilIdle()
    const { attributes, events } = spans.find(({ name }) => name === "task Retrying")!
    assert.strictEqual(attributes.get("task.attempt"), 1)
    assert.deepStrictEqual(events.map(([name, , attributes]) => [name, attributes]), [
      ["attempt", { "task.attempt": 2 }],
      ["attempt", { "task.attempt": 3 }]
    ])
  }),
  recorded("a failure that nobody waits for is logged, once, after the last attempt", function*({ logs }) {
    const { addTaskToQueue, run } = yield* manager
    yield* Effect.exit(run(Work.template(doing("waited for", { _tag: "Fail" }))))
    const taskId = yield* addTaskToQueue(Retrying.template(doing("a", { _tag: "Fail" })))
    yield* addHourly({ payload: doing("b", { _tag: "Die", text: "oh no" }) })
    yield* Testing.advance("1 hour")
    const failures = logs.filter(({ message }) => String(message).includes("failed"))
    assert.deepStrictEqual(
      failures.map(({ cause, message, recurringId, task }) => [
        String(message),
        String(cause).split("\n")[0],
        task,
        recurringId
      ]),
      [
        [`Task "Retrying" failed after 3 attempts`, "WorkFailed: a failed as it was told to.", "Retrying", undefined],
        [`Task "Work" failed`, "Error: oh no", "Work", "hourly"]
      ]
    )
    assert.strictEqual(failures[0]!.taskId, taskId)
  }),
  recorded("so is that of a task for which nobody waits any more, but not while somebody does", function*({ logs }) {
    const { addTaskToQueue, awaitTask } = yield* manager
    const failing = Work.template(doing("a", { _tag: "Sleep", millis: 1_000 }, { _tag: "Fail" }))
    const [left, awaited] = [yield* addTaskToQueue(failing), yield* addTaskToQueue(failing)]
    yield* Effect.forkChild(Effect.timeoutOption(awaitTask(Work, left), "10 millis"))
    yield* Effect.forkChild(Effect.exit(awaitTask(Work, awaited)))
    yield* Testing.advance("2 seconds")
    const failures = logs.filter(({ message }) => String(message).includes("failed"))
    assert.deepStrictEqual(failures.map(({ taskId }) => taskId), [left])
  }),
  recorded("that a recurring task is disabled after its failures is logged", function*({ logs }) {
    yield* addHourly({ payload: doing("a", { _tag: "Fail" }), pauseAfterFailures: 2 })
    yield* Testing.advance("4 hours")
    const disabled = logs.filter(({ message }) => String(message).includes("disabled"))
    assert.deepStrictEqual(disabled.map(({ message, recurringId }) => [String(message), recurringId]), [
      [`Recurring task "hourly" is disabled: Paused after 2 failures in a row.`, "hourly"]
    ])
  }),
  recorded("logs say which task and recurring task they belong to", function*({ logs }) {
    const { getAllTasks } = yield* manager
    yield* addHourly({ payload: doing("a", { _tag: "Log", text: "hello" }) })
    yield* Testing.advance("1 hour")
    const [task] = yield* getAllTasks
    const log = logs.find(({ message }) => String(message) === "hello")
    assert.deepInclude(log, { task: "Work", taskId: task!.taskId, recurringId: "hourly" })
  })
])
