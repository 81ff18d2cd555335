/**
 * Bad input: a typed error says what was wrong, before anything is stored.
 */
import { assert } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type { Behaviour, When } from "../../RecurringTaskSpec.ts"
import { TaskStore } from "../../TaskStore.ts"
import { theme } from "../internal/suite.ts"
import { addHourly, doing, manager, Orphan, test, Work } from "./world.ts"

/** The message of the error for a recurring task, which must not be stored. */
const refused = Effect.fnUntraced(function*(options: When & Behaviour & { readonly recurringId?: string }) {
  const { addRecurringTask, getAllRecurringTasks } = yield* manager
  const error = yield* Effect.flip(addRecurringTask({ ...options, templateTask: Work.template(doing("a")) }))
  assert.deepStrictEqual(yield* getAllRecurringTasks, [])
  return `${error._tag}: ${error.message}`
})

const cron = "0 2 * * *"

export const recurrences = theme("bad recurrences", [
  test("a cron expression that cannot be read", function*() {
    assert.include(yield* refused({ cronExpression: "61 * * * *" }), `InvalidRecurrence: "61 * * * *"`)
    assert.include(yield* refused({ cronExpression: "every day" }), `InvalidRecurrence: "every day"`)
    assert.include(yield* refused({ cronExpression: "" }), "InvalidRecurrence")
  }),
  test("a date that never comes", function*() {
    assert.include(yield* refused({ cronExpression: "0 0 30 2 *" }), "NeverFires: ")
  }),
  test("a time zone that nobody knows", function*() {
    const text = yield* refused({ cronExpression: cron, timezone: "Mars/Olympus" })
    assert.strictEqual(
      text,
      `InvalidRecurrence: Wrong timezone "Mars/Olympus": there is no such time zone. ` +
        "Write an IANA name such as Europe/London, UTC, or an offset such as +05:30."
    )
  }),
  test("none at all", function*() {
    assert.strictEqual(
      yield* refused({} as When),
      `InvalidRecurringTask: The option "cronExpression" of the recurring task is wrong: ` +
        `give a cronExpression such as "0 2 * * *", or a recurrence.`
    )
  })
])

export const options = theme("bad options", [
  test("an id that is no name", function*() {
    assert.strictEqual(
      yield* refused({ recurringId: "", cronExpression: cron }),
      `InvalidRecurringTask: The option "recurringId" of the recurring task is wrong: it must not be empty.`
    )
    const wrong = [
      ["x".repeat(201), "it has 201 characters, and may have 200."],
      ["..", "it must be a text that the path of a URL can have."],
      ["half \ud83e", "it must be a text that the path of a URL can have."]
    ] as const
    for (const [recurringId, why] of wrong) {
      assert.include(yield* refused({ recurringId, cronExpression: cron }), why)
    }
  }),
  test("no room for a single instance", function*() {
    for (const maxConcurrent of [0, -1, 1.5, Number.NaN]) {
      assert.strictEqual(
        yield* refused({ cronExpression: cron, maxConcurrent }),
        `InvalidRecurringTask: The option "maxConcurrent" of the recurring task is wrong: ` +
          `it must be a whole number above 0.`
      )
    }
  }),
  test("durations that are none", function*() {
    const wrong = (option: string) =>
      `InvalidRecurringTask: The option "${option}" of the recurring task is wrong: ` +
      `it must be a finite duration such as "5 minutes", not a negative one.`
    for (const none of [-5, Number.NaN, "Infinity", "soon" as never] as const) {
      assert.strictEqual(yield* refused({ cronExpression: cron, jitter: none }), wrong("jitter"))
      assert.strictEqual(yield* refused({ cronExpression: cron, startDeadline: none }), wrong("startDeadline"))
      assert.strictEqual(yield* refused({ cronExpression: cron, catchUp: { window: none } }), wrong("catchUp.window"))
    }
  }),
  test("counts that are none", function*() {
    assert.include(yield* refused({ cronExpression: cron, maxRuns: 0 }), `"maxRuns"`)
    assert.include(yield* refused({ cronExpression: cron, pauseAfterFailures: 0 }), `"pauseAfterFailures"`)
    assert.include(yield* refused({ cronExpression: cron, bufferLimit: 0 }), `"bufferLimit"`)
    assert.include(yield* refused({ cronExpression: cron, catchUp: { max: 0 } }), `"catchUp.max"`)
  }),
  test("policies that nobody knows", function*() {
    assert.include(yield* refused({ cronExpression: cron, overlap: "queue" as never }), `"overlap"`)
    assert.include(yield* refused({ cronExpression: cron, onMissed: "some" as never }), `"onMissed"`)
  }),
  test("an end before the beginning, and instants that are none", function*() {
    const text = yield* refused({ cronExpression: cron, startAt: "2026-06-01", endAt: "2026-05-01" })
    assert.strictEqual(
      text,
      `InvalidRecurringTask: The option "endAt" of the recurring task is wrong: ` +
        `it is before startAt, so nothing would ever run.`
    )
    // the last one is an instant in nanoseconds: there is no such year
    for (const none of ["tomorrow", "5", "2026-02-30", Number.NaN, Infinity, 1_767_225_600_000_000_000]) {
      const wrong = `is wrong: it must be an instant such as "2026-01-31T09:00:00Z".`
      assert.include(
        yield* refused({ cronExpression: cron, startAt: none }),
        `"startAt" of the recurring task ${wrong}`
      )
      assert.include(yield* refused({ cronExpression: cron, endAt: none }), `"endAt" of the recurring task ${wrong}`)
    }
  })
])

/** What the defect says that a question ends with. */
const mistake = <A, E, R>(question: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(Effect.sandbox(question)), (cause) => String(Cause.squash(cause)))

export const questions = theme("bad questions", [
  test("numbers of things that are none", function*() {
    const { outcomes, searchTasks, upcoming } = yield* manager
    yield* addHourly({})
    for (const value of [-1, 1.5, Number.NaN]) {
      const text = (option: string) => `RangeError: The option "${option}" is ${value}: give a whole number, 0 or more.`
      assert.strictEqual(yield* mistake(searchTasks({ limit: value })), text("limit"))
      assert.strictEqual(yield* mistake(searchTasks({ offset: value })), text("offset"))
      assert.strictEqual(yield* mistake(outcomes("hourly", { limit: value })), text("limit"))
      assert.strictEqual(yield* mistake(outcomes("hourly", { offset: value })), text("offset"))
      assert.strictEqual(yield* mistake(upcoming("hourly", { count: value })), text("count"))
    }
  }),
  test("all the occurrences of what never ends", function*() {
    const { upcoming } = yield* manager
    yield* addHourly({})
    assert.strictEqual(
      yield* mistake(upcoming("hourly", { count: Infinity })),
      `RangeError: The option "count" is Infinity: give a whole number, 0 or more.`
    )
  }),
  test("an ordinal that is none", function*() {
    const { outcomes } = yield* manager
    yield* addHourly({ runImmediately: true })
    for (const before of [1.5, Number.NaN, Infinity]) {
      assert.strictEqual(
        yield* mistake(outcomes("hourly", { before })),
        `RangeError: The option "before" is ${before}: give a whole number, the ordinal of an outcome.`
      )
    }
    assert.deepStrictEqual(yield* outcomes("hourly", { before: -1 }), [])
  }),
  test("all of them, or none", function*() {
    const { addTaskToQueue, outcomes, searchTasks, upcoming } = yield* manager
    yield* addHourly({ runImmediately: true })
    yield* addTaskToQueue(Work.template(doing("b")))
    assert.lengthOf(yield* searchTasks({ limit: Infinity }), 2)
    assert.lengthOf(yield* searchTasks({ limit: 0 }), 0)
    assert.lengthOf(yield* outcomes("hourly", { limit: Infinity }), 1)
    assert.lengthOf(yield* outcomes("hourly", { limit: 0 }), 0)
    assert.lengthOf(yield* upcoming("hourly", { count: 0 }), 0)
  }),
  test("for a key within the work of that key", function*() {
    const { once } = yield* manager
    const asked = (key: string) => (work: Effect.Effect<string>) => once({ key }, work).pipe(Effect.orDie)
    assert.strictEqual(yield* asked("a")(asked("b")(Effect.succeed("done"))), "done")
    assert.strictEqual(yield* asked("a")(Effect.succeed("again")), "done")
    assert.strictEqual(
      yield* mistake(asked("c")(asked("c")(Effect.succeed("done")))),
      `Error: TaskManager.once for the key "c" within its own work would wait for itself. Use another key there.`
    )
  }),
  test("a key that is empty, or too long for an index", function*() {
    const { once } = yield* manager
    assert.strictEqual(
      yield* mistake(once({ key: "" }, Effect.succeed("done"))),
      `RangeError: The option "key" is empty: give every piece of work a key of its own, such as the id of its request.`
    )
    assert.strictEqual(
      yield* mistake(once({ key: "x".repeat(501) }, Effect.succeed("done"))),
      `RangeError: The option "key" has 501 characters, and may have 500: give a hash of what makes it so long.`
    )
  }),
  test("durations that are none", function*() {
    const { addTaskToQueue, cancelTask, once } = yield* manager
    const taskId = yield* addTaskToQueue(Work.template(doing("a")))
    for (const value of [Number.NaN, -1]) {
      const text = (option: string) =>
        `RangeError: The option "${option}" is ${value}: give a duration such as "5 minutes".`
      const kept = once({ key: "k", request: "", timeToLive: value }, Effect.succeed("done"))
      assert.strictEqual(yield* mistake(cancelTask(taskId, { grace: value })), text("grace"))
      assert.strictEqual(yield* mistake(kept), text("timeToLive"))
    }
  }),
  test("instants that are none", function*() {
    const { explain, searchTasks } = yield* manager
    yield* addHourly({})
    const text = (option: string) =>
      `RangeError: The option "${option}" is "tomorrow", which is not an instant: give one such as "2026-01-31T09:00:00Z".`
    assert.strictEqual(yield* mistake(explain("hourly", "tomorrow")), text("instant"))
    assert.strictEqual(yield* mistake(searchTasks({ createdFrom: "tomorrow" })), text("createdFrom"))
    assert.strictEqual(yield* mistake(searchTasks({ createdBefore: "tomorrow" })), text("createdBefore"))
  })
])

export const registrations = theme("bad registrations", [
  test("an id that is taken by another specification", function*() {
    yield* addHourly({})
    const error = yield* Effect.flip(addHourly({ maxConcurrent: 2 }))
    assert.strictEqual(
      error.message,
      `A recurring task "hourly" already exists with a different specification. ` +
        `Change it with updateRecurringTask, or choose another id.`
    )
    assert.strictEqual((yield* Effect.flip(addHourly({ payload: doing("b") })))._tag, "RecurringTaskExists")
  }),
  test("a template of a task that nobody handles, unless another process may", function*() {
    const { addRecurringTask } = yield* manager
    const { durable } = yield* TaskStore
    const added = addRecurringTask({ cronExpression: cron, templateTask: Orphan.template(doing("a")) })
      .pipe(Effect.provide(Orphan.handledElsewhere))
    const result = yield* Effect.match(added, { onFailure: ({ _tag }) => _tag, onSuccess: () => "added" })
    assert.strictEqual(result, durable ? "added" : "TaskNotRegistered")
  }),
  test("a priority that is no number is refused where the template is made", function*() {
    for (const priority of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const error = yield* Effect.flip(Work.templateEffect(doing("a"), { priority }))
      assert.strictEqual(error._tag, "InvalidTemplate")
      assert.deepStrictEqual(error.issues.map(({ path }) => path), [["priority"]])
    }
  }),
  test("a payload that does not fit is refused where the template is made", function*() {
    const error = yield* Effect.flip(Work.templateEffect({ label: 7 }))
    assert.strictEqual(error._tag, "InvalidTemplate")
    assert.include(error.message, `The payload does not fit the task "Work": label: `)
    assert.deepStrictEqual(error.issues.map(({ path }) => path), [["label"], ["steps"]])
    assert.throws(() => Work.template({ label: 7 } as never), /does not fit the task "Work"/)
  })
])
