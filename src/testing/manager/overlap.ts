/**
 * What happens to an occurrence that finds no room: the six policies, and what counts as active.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { theme } from "../internal/suite.ts"
import * as Testing from "../Testing.ts"
import { addHourly, addSlow, doing, hourly, journal, manager, Single, sleeping, test, timeline } from "./world.ts"

/** Ids of the tasks that have not ended. */
const liveIds = Effect.flatMap(
  manager,
  ({ getAllTasks }) =>
    Effect.map(
      getAllTasks,
      (tasks) => tasks.filter(({ completedAt }) => Option.isNone(completedAt)).map(({ taskId }) => taskId)
    )
)

export const overlap = theme("overlap", [
  test("skip leaves the running one alone, and says who was in the way", function*() {
    yield* addSlow("skip")
    yield* Testing.advance("2 hours")
    const { outcomes } = yield* manager
    const [skipped, started] = yield* outcomes("hourly")
    assert.deepStrictEqual(yield* timeline, ["01:00 Started running", "02:00 Skipped Overlap"])
    assert.deepStrictEqual(skipped?.blockedBy, [Option.getOrThrow(started!.taskId)])
  }),
  test("bufferOne lets one wait, which starts when there is room", function*() {
    yield* addHourly({ overlap: "bufferOne", payload: sleeping("slow", "150 minutes"), endAt: "2026-01-01T03:00:00Z" })
    yield* Testing.advance("2 hours")
    assert.deepInclude(yield* hourly, { buffered: 1, exhausted: false })
    yield* Testing.advance("10 hours")
    assert.deepStrictEqual(yield* timeline, [
      "01:00 Started done",
      "03:00 Skipped BufferFull",
      "02:00 Started done"
    ])
    assert.deepStrictEqual(yield* journal, [
      "1h slow starts",
      "3h 30m slow ends",
      "3h 30m slow starts",
      "6h slow ends"
    ])
    assert.deepInclude(yield* hourly, { buffered: 0, exhausted: true })
  }),
  test("bufferAll lets them wait up to its limit, first come first served", function*() {
    yield* addSlow("bufferAll", { bufferLimit: 2, endAt: "2026-01-01T05:00:00Z" })
    yield* Testing.advance("1 day")
    assert.deepStrictEqual((yield* timeline).sort(), [
      "01:00 Started done",
      "02:00 Started done",
      "03:00 Started done",
      "04:00 Started done",
      "05:00 Started done"
    ])
    assert.deepStrictEqual((yield* journal).filter((line) => line.endsWith("starts")), [
      "1h slow starts",
      "2h 30m slow starts",
      "4h slow starts",
      "5h 30m slow starts",
      "7h slow starts"
    ])
  }),
  test("cancelOther cancels the running one and starts when it has ended", function*() {
    yield* addHourly({
      overlap: "cancelOther",
      payload: doing("slow", { _tag: "Finalize", millis: 3_000 }, { _tag: "Sleep", millis: 5_400_000 }),
      endAt: "2026-01-01T02:00:00Z"
    })
    yield* Testing.advance("5 hours")
    assert.deepStrictEqual(yield* timeline, ["01:00 Started cancelled", "02:00 Started done"])
    assert.deepStrictEqual((yield* journal).slice(0, 4), [
      "1h slow starts",
      "2h slow is interrupted",
      "2h 3s a finalizer ends",
      "2h 3s slow starts"
    ])
  }),
  test("cancelOther says why in the record of the cancelled one", function*() {
    yield* addSlow("cancelOther")
    yield* Testing.advance("2 hours")
    const { getAllTasks } = yield* manager
    assert.include(Option.getOrThrow((yield* getAllTasks)[0]!.error).message, "Overlap")
  }),
  test("cancelOther does not wait for ever for one that does not obey", function*() {
    yield* addHourly({
      overlap: "cancelOther",
      payload: doing("deaf", { _tag: "Deaf", millis: 5_400_000 }),
      endAt: "2026-01-01T02:00:00Z"
    })
    yield* Testing.advance("2 hours")
    yield* Testing.advance("10 seconds")
    assert.deepStrictEqual(yield* timeline, ["01:00 Started cancelled", "02:00 Started running"])
    yield* Testing.advance("3 hours")
  }),
  test("terminateOther takes its place at once", function*() {
    yield* addHourly({
      overlap: "terminateOther",
      payload: doing("slow", { _tag: "Finalize", millis: 3_000 }, { _tag: "Sleep", millis: 5_400_000 }),
      endAt: "2026-01-01T02:00:00Z"
    })
    yield* Testing.advance("5 hours")
    assert.deepStrictEqual(yield* timeline, ["01:00 Started cancelled", "02:00 Started done"])
    assert.include(yield* journal, "2h slow starts")
  }),
  test("allowAll starts beside the others", function*() {
    yield* addSlow("allowAll", { endAt: "2026-01-01T03:00:00Z" })
    yield* Testing.advance("3 hours")
    assert.deepStrictEqual(yield* timeline, ["01:00 Started done", "02:00 Started running", "03:00 Started running"])
  }),
  test("applies at the limit, not below it", function*() {
    yield* addHourly({ maxConcurrent: 2, payload: sleeping("slow", "150 minutes"), endAt: "2026-01-01T04:00:00Z" })
    yield* Testing.advance("10 hours")
    assert.deepStrictEqual(yield* timeline, [
      "01:00 Started done",
      "02:00 Started done",
      "03:00 Skipped Overlap",
      "04:00 Started done"
    ])
  })
])

export const active = theme("what is active", [
  test("an instance that waits for its pool is active", function*() {
    const { addTaskToQueue } = yield* manager
    yield* addTaskToQueue(Single.template(sleeping("first", "3 hours")))
    yield* addHourly({ templateTask: Single.template(doing("a")) as never, endAt: "2026-01-01T03:00:00Z" })
    yield* Testing.advance("150 minutes")
    assert.deepStrictEqual(yield* timeline, ["01:00 Started queued", "02:00 Skipped Overlap"])
    assert.deepInclude(yield* hourly, { totalRuns: 0 })
  }),
  test("an instance that has ended in whatever way is not", function*() {
    const { cancelTask } = yield* manager
    yield* addHourly({ payload: doing("a", { _tag: "Die", text: "oh no" }) })
    yield* Testing.advance("1 hour")
    const { updateRecurringTask } = yield* manager
    yield* updateRecurringTask("hourly", { templateTask: Single.template(doing("a", { _tag: "Never" })) })
    yield* Testing.advance("1 hour")
    for (const taskId of yield* liveIds) yield* cancelTask(taskId)
    yield* updateRecurringTask("hourly", { templateTask: Single.template(doing("a", { _tag: "Leave" })) })
    yield* Testing.advance("2 hours")
    assert.deepStrictEqual(yield* timeline, [
      "01:00 Started failed",
      "02:00 Started cancelled",
      "03:00 Started failed",
      "04:00 Started failed"
    ])
  }),
  test("a removed instance that waited is not", function*() {
    const { addTaskToQueue, removeTask } = yield* manager
    yield* addTaskToQueue(Single.template(sleeping("first", "90 minutes")))
    yield* addHourly({ templateTask: Single.template(doing("a")) as never, endAt: "2026-01-01T02:00:00Z" })
    yield* Testing.advance("1 hour")
    yield* removeTask((yield* liveIds)[1]!)
    yield* Testing.advance("1 hour")
    assert.deepStrictEqual(yield* timeline, ["01:00 Started cancelled", "02:00 Started done"])
  })
])
