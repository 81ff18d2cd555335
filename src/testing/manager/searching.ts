/**
 * Reading and searching tasks.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { SearchOptions } from "../../TaskSelection.ts"
import { theme } from "../internal/suite.ts"
import * as Testing from "../Testing.ts"
import { addHourly, doing, Keyed, manager, Multiple, Single, sleeping, test, Work } from "./world.ts"

const labels = Effect.fnUntraced(function*(options?: SearchOptions) {
  const { searchTasks } = yield* manager
  return (yield* searchTasks(options)).map(({ payload }) => (payload as { readonly label: string }).label)
})

/** Two ended tasks, one that runs, and one that waits for it. */
const someTasks = Effect.gen(function*() {
  const { addTaskToQueue } = yield* manager
  yield* addTaskToQueue(Work.template(doing("done"), { heading: "Daily" }))
  yield* addTaskToQueue(Multiple.template(doing("failed", { _tag: "Fail" }), { heading: "Daily", priority: 7 }))
  yield* Testing.settle
  yield* addTaskToQueue(Single.template(sleeping("running", "1 hour")))
  yield* addTaskToQueue(Single.template(doing("queued")))
  yield* Testing.settle
})

export const searching = theme("searching", [
  test("without conditions gives all tasks, newest first", function*() {
    yield* someTasks
    assert.deepStrictEqual(yield* labels(), ["queued", "running", "failed", "done"])
  }),
  test("by one or several attributes", function*() {
    yield* someTasks
    assert.deepStrictEqual(yield* labels({ status: "done" }), ["done"])
    assert.deepStrictEqual(yield* labels({ taskType: "Single" }), ["queued", "running"])
    assert.deepStrictEqual(yield* labels({ taskType: "Single", status: "queued" }), ["queued"])
    assert.deepStrictEqual(yield* labels({ heading: "Daily", priority: 7 }), ["failed"])
    assert.deepStrictEqual(yield* labels({ heading: null }), ["queued", "running"])
    assert.deepStrictEqual(yield* labels({ attempt: 0 }), ["queued"])
    assert.deepStrictEqual(yield* labels({ status: "done", heading: "Weekly" }), [])
  }),
  test("by the concurrency key, and by whether it is in use", function*() {
    const { addTasksToQueue } = yield* manager
    yield* addTasksToQueue(
      ["acme/1", "acme/2", "zoo/1", "none"].map((label) => Keyed.template(sleeping(label, "1 hour")))
    )
    yield* Testing.settle
    assert.deepStrictEqual(yield* labels({ concurrencyKey: "Keyed/acme" }), ["acme/2", "acme/1"])
    assert.deepStrictEqual(yield* labels({ concurrencyKey: null }), ["none"])
    assert.deepStrictEqual(yield* labels({ parked: true }), ["acme/2"])
    assert.deepStrictEqual(yield* labels({ parked: false, concurrencyKey: "Keyed/acme" }), ["acme/1"])
  }),
  test("by fields of the payload", function*() {
    yield* someTasks
    assert.deepStrictEqual(yield* labels({ payload: { label: "failed" } }), ["failed"])
    assert.deepStrictEqual(yield* labels({ payload: { "steps.0.millis": 3_600_000 } }), ["running"])
    assert.deepStrictEqual(yield* labels({ taskType: "Work", payload: { label: "failed" } }), [])
  }),
  test("in pages", function*() {
    yield* someTasks
    assert.deepStrictEqual(yield* labels({ limit: 2 }), ["queued", "running"])
    assert.deepStrictEqual(yield* labels({ offset: 1, limit: 2 }), ["running", "failed"])
    assert.deepStrictEqual(yield* labels({ offset: 4 }), [])
  }),
  test("in pages that begin after a task, and by a part of a text", function*() {
    yield* someTasks
    const { searchTasks } = yield* manager
    const [, running] = yield* searchTasks()
    assert.deepStrictEqual(yield* labels({ before: running!.taskId, limit: 1 }), ["failed"])
    assert.deepStrictEqual(yield* labels({ text: "MULTI" }), ["failed"])
    assert.deepStrictEqual(yield* labels({ createdBefore: running!.createdAt }), [])
  }),
  test("shows the encoded result of a task that is done, and the typed error of one that failed", function*() {
    yield* someTasks
    const { searchTasks } = yield* manager
    const [done] = yield* searchTasks({ status: "done" })
    const [failed] = yield* searchTasks({ status: "failed" })
    assert.deepStrictEqual(Option.getOrUndefined(done!.result), "done")
    assert.deepStrictEqual(Option.getOrUndefined(failed!.typedError), { _tag: "WorkFailed", label: "failed" })
  }),
  test("by what a task says while it runs", function*() {
    const { addTaskToQueue } = yield* manager
    const say = { _tag: "Say", progress: 40, heading: "halfway" } as const
    yield* addTaskToQueue(Work.template(doing("a", say, { _tag: "Sleep", millis: 60_000 })))
    yield* Testing.advance("1 second")
    assert.deepStrictEqual(yield* labels({ progress: 40, heading: "halfway", status: "running" }), ["a"])
  }),
  test("finds the instances of a recurring task by their parent", function*() {
    yield* addHourly({})
    yield* Testing.advance("2 hours")
    assert.deepStrictEqual(yield* labels({ parentId: "hourly" }), ["a", "a"])
    assert.deepStrictEqual(yield* labels({ parentId: null }), [])
  }),
  test("getAllTasks gives them oldest first, getTask one of them", function*() {
    yield* someTasks
    const { getAllTasks, getTask } = yield* manager
    const all = yield* getAllTasks
    assert.deepStrictEqual(all.map(({ status }) => status), ["done", "failed", "running", "queued"])
    assert.deepStrictEqual(yield* getTask(all[2]!.taskId), all[2])
    assert.strictEqual((yield* Effect.flip(getTask("unknown")))._tag, "TaskNotFound")
  })
])
