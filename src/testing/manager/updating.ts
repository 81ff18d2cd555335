/**
 * Updating recurring tasks: what an update changes from now on, what it keeps, and who of several succeeds.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Recurrence from "../../Recurrence.ts"
import { RecurringTaskConflict } from "../../TaskError.ts"
import { theme } from "../internal/suite.ts"
import * as Testing from "../Testing.ts"
import {
  addHourly,
  addSlow,
  doing,
  hourly,
  journal,
  manager,
  nextRun,
  Single,
  sleeping,
  test,
  timeline,
  Work
} from "./world.ts"

export const updating = theme("updating", [
  test("an option that need not be there can be taken away again", function*() {
    const { updateRecurringTask } = yield* manager
    yield* addHourly({ maxRuns: 1, endAt: "2026-01-01T02:30:00Z", startDeadline: "1 minute" })
    const changed = yield* updateRecurringTask("hourly", { maxRuns: null, endAt: null, startDeadline: null })
    assert.deepInclude(changed, { maxRuns: Option.none(), endAt: Option.none(), startDeadline: Option.none() })
    yield* Testing.advance("4 hours")
    assert.strictEqual((yield* timeline).length, 4)
  }),
  test("changes what it is from now on, and keeps its id and history", function*() {
    const { updateRecurringTask } = yield* manager
    yield* addHourly({})
    yield* Testing.advance("90 minutes")
    const info = yield* updateRecurringTask("hourly", { recurrence: Recurrence.every("2 hours") })
    assert.deepInclude(info, { recurringId: "hourly", totalRuns: 1 })
    yield* Testing.advance("3 hours")
    assert.deepStrictEqual(yield* timeline, ["01:00 Started done", "02:00 Started done", "04:00 Started done"])
  }),
  test("leaves what was due already in the pool of its task", function*() {
    const { addRecurringTask, addTaskToQueue, searchTasks, updateRecurringTask } = yield* manager
    yield* addTaskToQueue(Single.template(sleeping("busy", "2 hours")))
    yield* addRecurringTask({
      recurringId: "hourly",
      recurrence: Recurrence.every("1 hour"),
      templateTask: Single.template(doing("a"))
    })
    yield* Testing.advance("59 minutes")
    yield* Testing.stepClock("2 minutes")
    yield* updateRecurringTask("hourly", { templateTask: Work.template(doing("b")) })
    yield* Testing.settle
    assert.deepStrictEqual(yield* journal, ["0s busy starts"])
    const [due] = yield* searchTasks({ parentId: "hourly" })
    assert.deepInclude(due, { taskType: "Single", status: "queued" })
    yield* Testing.advance("65 minutes")
    assert.deepStrictEqual(yield* journal, ["0s busy starts", "2h 2m busy ends", "2h 2m a starts", "2h 2m a ends"])
  }),
  test("is not read as a miss: nothing runs at once because of it", function*() {
    const { updateRecurringTask } = yield* manager
    yield* addHourly({ onMissed: "all" })
    yield* Testing.advance("50 minutes")
    yield* updateRecurringTask("hourly", { recurrence: Recurrence.every("1 minute") })
    yield* Testing.settle
    assert.deepStrictEqual(yield* timeline, [])
    yield* Testing.advance("1 minute")
    assert.deepStrictEqual(yield* timeline, ["00:51 Started done"])
  }),
  test("of everything but the times leaves the next run alone", function*() {
    const { updateRecurringTask } = yield* manager
    yield* addHourly({})
    yield* Testing.advance("30 minutes")
    yield* updateRecurringTask("hourly", { maxConcurrent: 5, overlap: "bufferOne" })
    yield* updateRecurringTask("hourly", {})
    assert.deepStrictEqual(yield* nextRun, Option.some("2026-01-01T01:00:00.000Z"))
    assert.deepInclude(yield* hourly, { maxConcurrent: 5, overlap: "bufferOne" })
  }),
  test("moves a cron expression into another time zone", function*() {
    const { addRecurringTask, getRecurringTask, updateRecurringTask } = yield* manager
    yield* addRecurringTask({
      recurringId: "hourly",
      cronExpression: "0 2 * * *",
      templateTask: Work.template(doing("a"))
    })
    yield* updateRecurringTask("hourly", { timezone: "America/New_York" })
    assert.deepStrictEqual(yield* nextRun, Option.some("2026-01-01T07:00:00.000Z"))
    assert.deepInclude(yield* getRecurringTask("hourly"), {
      cronExpression: Option.some("0 2 * * *"),
      timezone: Option.some("America/New_York")
    })
  }),
  test("a new template is used by the next instance, not by one that is there", function*() {
    const { updateRecurringTask } = yield* manager
    yield* addSlow("bufferOne", { endAt: "2026-01-01T02:00:00Z" })
    yield* Testing.advance("110 minutes")
    yield* updateRecurringTask("hourly", { templateTask: Single.template(doing("new")) })
    yield* Testing.advance("3 hours")
    assert.deepStrictEqual(yield* journal, [
      "1h slow starts",
      "2h 30m slow ends",
      "2h 30m new starts",
      "2h 30m new ends"
    ])
  }),
  test("a version counts the changes of what it is meant to do, and nothing else", function*() {
    const { disableRecurringTask, enableRecurringTask, updateRecurringTask } = yield* manager
    yield* addHourly({})
    yield* Testing.advance("3 hours")
    yield* disableRecurringTask("hourly")
    yield* enableRecurringTask("hourly")
    assert.strictEqual((yield* hourly).version, 1)
    assert.strictEqual((yield* updateRecurringTask("hourly", { maxConcurrent: 2 })).version, 2)
    assert.strictEqual((yield* updateRecurringTask("hourly", { maxConcurrent: 2 })).version, 2)
    assert.strictEqual((yield* hourly).version, 2)
  }),
  test("of all who change the same version one succeeds", function*() {
    const { updateRecurringTask } = yield* manager
    yield* addHourly({})
    yield* Testing.advance("2 hours")
    const to = (maxConcurrent: number) =>
      Effect.exit(Effect.map(updateRecurringTask("hourly", { maxConcurrent }, { version: 1 }), (info) => info.version))
    const exits = yield* Effect.all([to(2), to(3), to(4)], { concurrency: "unbounded" })
    const conflict = Exit.fail(new RecurringTaskConflict({ recurringId: "hourly", expected: 1, actual: 2 }))
    assert.deepStrictEqual(exits, [Exit.succeed(2), conflict, conflict])
    assert.strictEqual((yield* hourly).maxConcurrent, 2)
  }),
  test("a version that was seen too early is refused also where nothing would change", function*() {
    const { updateRecurringTask } = yield* manager
    yield* addHourly({})
    yield* updateRecurringTask("hourly", { maxConcurrent: 2 }, { version: 1 })
    const error = yield* Effect.flip(updateRecurringTask("hourly", { maxConcurrent: 2 }, { version: 1 }))
    assert.strictEqual(error._tag, "RecurringTaskConflict")
  }),
  test("room that an update makes is used at once", function*() {
    const { updateRecurringTask } = yield* manager
    yield* addSlow("bufferAll", { endAt: "2026-01-01T02:00:00Z" })
    yield* Testing.advance("2 hours")
    yield* updateRecurringTask("hourly", { maxConcurrent: 2 })
    yield* Testing.settle
    assert.deepStrictEqual(yield* timeline, ["01:00 Started running", "02:00 Started running"])
  }),
  test("that is wrong changes nothing", function*() {
    const { updateRecurringTask } = yield* manager
    yield* addHourly({})
    const before = yield* hourly
    const error = yield* Effect.flip(updateRecurringTask("hourly", { maxConcurrent: 0 }))
    assert.strictEqual(error._tag, "InvalidRecurringTask")
    assert.deepStrictEqual(yield* hourly, before)
    assert.strictEqual((yield* Effect.flip(updateRecurringTask("unknown", {})))._tag, "RecurringTaskNotFound")
  })
])
