/**
 * Acting on many tasks at once: retrying, cancelling and removing those of a search.
 */
import { assert } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { BulkResult, SearchOptions, Selection } from "../../TaskSelection.ts"
import { TaskStore } from "../../TaskStore.ts"
import { theme } from "../internal/suite.ts"
import { ended, keepAll, t0, task } from "../store/records.ts"
import * as Testing from "../Testing.ts"
import { configured, doing, journal, manager, Multiple, Single, sleeping, test, Work } from "./world.ts"

const labels = Effect.fnUntraced(function*(search?: SearchOptions) {
  const { searchTasks } = yield* manager
  return (yield* searchTasks({ limit: Infinity, ...search })).map(({ payload, status }) =>
    `${(payload as { readonly label: string }).label} ${status}`
  )
})

const withoutLast = <E>(result: Effect.Effect<BulkResult, E>) =>
  Effect.map(result, ({ count, refused, skipped }) => ({ count, skipped, refused }))

/** The manager's methods, without where a next part would begin. */
const acting = Effect.map(manager, ({ cancelTasks, removeTasks, retryTasks }) => ({
  retryTasks: (...args: Parameters<typeof retryTasks>) => withoutLast(retryTasks(...args)),
  cancelTasks: (...args: Parameters<typeof cancelTasks>) => withoutLast(cancelTasks(...args)),
  removeTasks: (...args: Parameters<typeof removeTasks>) => withoutLast(removeTasks(...args))
}))

const failing = (label: string) => doing(label, { _tag: "Fail" })

/** Three that have failed, of two types, one that is done, one that runs, and two that wait for it. */
const someTasks = Effect.gen(function*() {
  const { addTaskToQueue } = yield* manager
  yield* addTaskToQueue(Work.template(failing("a")))
  yield* addTaskToQueue(Multiple.template(failing("b")))
  yield* addTaskToQueue(Work.template(failing("c")))
  yield* Testing.settle
  yield* addTaskToQueue(Work.template(doing("d")))
  yield* Testing.settle
  yield* addTaskToQueue(Single.template(sleeping("e", "1 hour")))
  yield* addTaskToQueue(Single.template(sleeping("f", "1 hour")))
  yield* addTaskToQueue(Single.template(sleeping("g", "1 hour")))
  yield* Testing.settle
})

const nothing = { skipped: 0, refused: [] }

const startsOf = (label: string) =>
  Effect.map(journal, (lines) => lines.filter((line) => line.endsWith(` ${label} starts`)).length)

export const retrying = theme("retrying many tasks", [
  test("queues those that have failed again, in place of the old ones", function*() {
    yield* someTasks
    const { searchTasks } = yield* manager
    const { retryTasks } = yield* acting
    const before = yield* searchTasks({ taskType: "Work", status: "failed" })
    assert.deepStrictEqual(yield* retryTasks({ taskType: "Work" }), { count: 2, ...nothing })
    yield* Testing.settle
    const after = yield* searchTasks({ taskType: "Work", status: "failed" })
    assert.deepStrictEqual(after.map(({ payload }) => payload), before.map(({ payload }) => payload))
    assert.notDeepEqual(after.map(({ taskId }) => taskId), before.map(({ taskId }) => taskId))
    assert.deepStrictEqual([yield* startsOf("a"), yield* startsOf("b"), yield* startsOf("d")], [2, 1, 1])
  }),
  test("retries nothing twice, however many do so at once, and whatever has failed again meanwhile", function*() {
    const { addTasksToQueue } = yield* manager
    const { retryTasks } = yield* acting
    yield* addTasksToQueue(["a", "b", "c"].map((label) => Multiple.template(failing(label))))
    yield* Testing.settle
    const again = retryTasks({ taskType: "Multiple" })
    const [one, other] = yield* Effect.all([again, again], { concurrency: "unbounded" })
    yield* Testing.settle
    assert.strictEqual((yield* labels()).length, 3)
    const starts = [yield* startsOf("a"), yield* startsOf("b"), yield* startsOf("c")]
    assert.strictEqual(starts[0]! + starts[1]! + starts[2]!, 3 + one.count + other.count)
  }),
  test("keeps the old ones if told so", function*() {
    yield* someTasks
    const { retryTasks } = yield* acting
    assert.deepStrictEqual(yield* retryTasks({ taskType: "Multiple" }, { keep: true }), { count: 1, ...nothing })
    yield* Testing.settle
    assert.deepStrictEqual(yield* labels({ taskType: "Multiple" }), ["b failed", "b failed"])
  }),
  test("retries those that are done or cancelled only if they are meant", function*() {
    yield* someTasks
    const { retryTasks } = yield* acting
    assert.deepStrictEqual(yield* retryTasks({ payload: { label: "d" } }), { count: 0, ...nothing })
    assert.deepStrictEqual(yield* retryTasks({ status: "done" }), { count: 1, ...nothing })
    yield* Testing.settle
    assert.strictEqual(yield* startsOf("d"), 2)
  }),
  test("leaves those that cannot be queued, and tells why", function*() {
    const store = yield* TaskStore
    // asleep until they end, so that this process does not take them for its own
    const given = { taskType: "Work", payload: doing("a"), semaphore: "elsewhere", retryAt: t0 + 86_400_000 }
    yield* store.insertTasks([task("t1", given), task("t2", given)])
    yield* store.settle(ended(task("t1", given), "failed", { retryAt: null }), 0, keepAll)
    yield* store.settle(ended(task("t2", given), "failed", { retryAt: null }), 0, keepAll)
    const { retryTasks } = yield* acting
    const { count, refused, skipped } = yield* retryTasks({ status: "failed" })
    assert.deepStrictEqual([count, skipped], [0, 0])
    assert.deepStrictEqual(refused.map(({ count, error }) => [error._tag, count]), [["TaskPoolNotFound", 2]])
    assert.deepStrictEqual(yield* labels(), ["a failed", "a failed"])
  })
])

export const cancelling = theme("cancelling many tasks", [
  test("ends those that wait first, so that none starts in the place of one that ran", function*() {
    yield* someTasks
    const { cancelTasks } = yield* acting
    assert.deepStrictEqual(yield* cancelTasks({ taskType: "Single" }, { note: "wrong" }), { count: 3, ...nothing })
    assert.deepStrictEqual(yield* labels({ taskType: "Single" }), ["g cancelled", "f cancelled", "e cancelled"])
    assert.deepStrictEqual([yield* startsOf("e"), yield* startsOf("f"), yield* startsOf("g")], [1, 0, 0])
    const { searchTasks } = yield* manager
    for (const { error } of yield* searchTasks({ taskType: "Single" })) {
      assert.include(Option.getOrThrow(error).message, "Requested (wrong)")
    }
  }),
  test("leaves those that run if only those that wait are meant, and the other way round", function*() {
    yield* someTasks
    const { cancelTasks } = yield* acting
    assert.deepStrictEqual(yield* cancelTasks({ status: "queued" }), { count: 2, ...nothing })
    assert.deepStrictEqual(yield* labels({ taskType: "Single" }), ["g cancelled", "f cancelled", "e running"])
    assert.deepStrictEqual(yield* cancelTasks({ status: "running" }), { count: 1, ...nothing })
    assert.deepStrictEqual(yield* labels({ status: "running" }), [])
  }),
  test("also ends those that are to start later", function*() {
    const { scheduleTask } = yield* manager
    const { cancelTasks } = yield* acting
    yield* scheduleTask(Work.template(doing("a")), { delay: "1 day" })
    assert.deepStrictEqual(yield* cancelTasks({ taskType: "Work" }), { count: 1, ...nothing })
    yield* Testing.advance("2 days")
    assert.deepStrictEqual(yield* labels(), ["a cancelled"])
  })
])

export const removing = theme("removing many tasks", [
  test("removes those that have ended, and cancels the others first", function*() {
    yield* someTasks
    const { removeTasks } = yield* acting
    assert.deepStrictEqual(yield* removeTasks({ taskType: "Work" }), { count: 3, ...nothing })
    assert.deepStrictEqual(yield* labels({ taskType: "Work" }), [])
    assert.deepStrictEqual(yield* removeTasks({ taskType: "Single" }), { count: 3, ...nothing })
    assert.deepStrictEqual(yield* labels(), ["b failed"])
    assert.include(yield* journal, "0s e is interrupted")
    assert.deepStrictEqual([yield* startsOf("f"), yield* startsOf("g")], [0, 0])
  })
])

/** More than are read at once from a database. */
const many = 230

const manyTasks = Effect.gen(function*() {
  const { addTasksToQueue } = yield* manager
  yield* addTasksToQueue([
    Single.template(sleeping("first", "1 hour")),
    ...Array.from({ length: many }, (_, i) => Single.template(doing(String(i + 1))))
  ])
  yield* Testing.settle
})

export const selecting = theme("selecting many tasks", [
  configured(
    { retention: { done: 1_000, cancelled: 1_000 } },
    test("goes through all of them, however many there are", function*() {
      yield* manyTasks
      const { cancelTasks, removeTasks, retryTasks } = yield* acting
      const [cancelled, again] = [{ status: "cancelled" }, { status: "queued" }] as const
      assert.deepStrictEqual(yield* cancelTasks(again), { count: many, ...nothing })
      assert.deepStrictEqual(yield* retryTasks(cancelled), { count: many, ...nothing })
      assert.deepStrictEqual([(yield* labels(cancelled)).length, (yield* labels(again)).length], [0, many])
      assert.deepStrictEqual(yield* removeTasks({ createdFrom: 0 }), { count: many + 1, ...nothing })
      assert.deepStrictEqual(yield* labels(), [])
    })
  ),
  test("takes the newest, if it is to be at most so many", function*() {
    yield* someTasks
    const { cancelTasks, removeTasks, retryTasks } = yield* acting
    assert.deepStrictEqual(yield* retryTasks({ taskType: "Work", limit: 1 }), { count: 1, ...nothing })
    yield* Testing.settle
    assert.deepStrictEqual([yield* startsOf("a"), yield* startsOf("c")], [1, 2])
    assert.deepStrictEqual(yield* cancelTasks({ taskType: "Single", limit: 2 }), { count: 2, ...nothing })
    assert.deepStrictEqual(yield* labels({ status: "running" }), ["e running"])
    assert.deepStrictEqual(yield* removeTasks({ status: "cancelled", limit: 1 }), { count: 1, ...nothing })
    assert.deepStrictEqual(yield* labels({ status: "cancelled" }), ["f cancelled"])
    assert.deepStrictEqual(yield* removeTasks({ status: "cancelled", limit: 0 }), { count: 0, ...nothing })
  }),
  test("goes on after a part with those that are older, whatever has failed again", function*() {
    yield* someTasks
    const { retryTasks } = yield* manager
    const { last } = yield* retryTasks({ status: "failed", limit: 2 })
    yield* Testing.settle
    assert.strictEqual((yield* retryTasks({ status: "failed", before: last })).count, 1)
    yield* Testing.settle
    assert.deepStrictEqual([yield* startsOf("a"), yield* startsOf("b"), yield* startsOf("c")], [2, 2, 2])
  }),
  test("only counts them in a dry run", function*() {
    yield* someTasks
    const { cancelTasks, removeTasks, retryTasks } = yield* acting
    const before = yield* labels()
    const dryRun = { dryRun: true } as const
    assert.deepStrictEqual(yield* retryTasks({ createdFrom: 0 }, dryRun), { count: 3, ...nothing })
    assert.deepStrictEqual(yield* retryTasks({ status: "done" }, dryRun), { count: 1, ...nothing })
    assert.deepStrictEqual(yield* cancelTasks({ createdFrom: 0 }, dryRun), { count: 3, ...nothing })
    assert.deepStrictEqual(yield* cancelTasks({ createdFrom: 0, limit: 2 }, dryRun), { count: 2, ...nothing })
    assert.deepStrictEqual(yield* removeTasks({ createdFrom: 0 }, dryRun), { count: 7, ...nothing })
    assert.deepStrictEqual(yield* labels(), before)
  }),
  test("needs a condition, since nobody means all by giving none", function*() {
    yield* someTasks
    const { cancelTasks, removeTasks, retryTasks } = yield* acting
    const before = yield* labels()
    const none: ReadonlyArray<Selection<never>> = [{}, { limit: 1, before: "t" }, {
      taskType: undefined,
      text: "",
      payload: {}
    }]
    for (const selection of none) {
      for (const act of [retryTasks, cancelTasks, removeTasks]) {
        assert.include(String(Cause.squash(yield* Effect.flip(Effect.sandbox(act(selection))))), "without a condition")
      }
    }
    assert.deepStrictEqual(yield* labels(), before)
  }),
  test("does not take a status that it cannot do anything to", function*() {
    const { cancelTasks } = yield* acting
    const wrong = { status: "done" as "queued" }
    const cause = yield* Effect.flip(Effect.sandbox(cancelTasks(wrong)))
    assert.include(String(Cause.squash(cause)), `The option "status" of TaskManager.cancelTasks is "done"`)
  })
])
