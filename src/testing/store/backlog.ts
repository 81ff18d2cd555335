/**
 * What a store must guarantee to those who ask how much waits in it, and for how long.
 */
import { assert } from "@effect/vitest"
import { type TaskRecord, TaskStore } from "../../TaskStore.ts"
import { theme } from "../internal/suite.ts"
import { claimed, ended, keepAll, t0, task, test } from "./records.ts"

const minute = 60_000

const at = (minutes: number) => t0 + minutes * minute

/** Makes tasks, each under a name of its own. */
const insert = (...given: ReadonlyArray<Partial<TaskRecord>>) =>
  TaskStore.use((store) => store.insertTasks(given.map((fields, i) => task(`t${i + 1}`, fields))))

const backlog = (most = 100, except?: ReadonlyArray<string>) =>
  TaskStore.use((store) => store.backlog({ most, except }))

const waits = (taskType: string, waiting: number, minutes: number) => ({
  taskType,
  waiting,
  reserved: 0,
  asleep: 0,
  parked: 0,
  since: at(minutes)
})

const turn = {
  owner: "me/1",
  endings: [],
  retention: keepAll,
  claims: [],
  reservations: [],
  leaseUntil: at(9),
  returns: []
}

export const backlogs = theme("the backlog", [
  test("is what waits of each type, and since when", function*() {
    assert.deepStrictEqual(yield* backlog(), [])
    yield* insert(
      { createdAt: at(3) },
      { taskType: "emoji 🫛", createdAt: at(7) },
      { createdAt: at(2), priority: -1 },
      { taskType: "a\0b", createdAt: at(4) },
      { createdAt: at(5), priority: 9 }
    )
    assert.deepStrictEqual(yield* backlog(), [
      waits("Backup", 3, 2),
      waits("a\0b", 1, 4),
      waits("emoji 🫛", 1, 7)
    ])
    assert.deepStrictEqual(yield* backlog(100, ["Backup", "a\0b", "unknown"]), [waits("emoji 🫛", 1, 7)])
  }),
  test("has neither what runs nor what has ended", function*() {
    const store = yield* TaskStore
    yield* insert({ createdAt: at(1) }, { createdAt: at(2) }, { createdAt: at(3) })
    yield* claimed("t1")
    yield* store.settle(ended(task("t2"), "cancelled"), 0, keepAll)
    assert.deepStrictEqual(yield* backlog(), [waits("Backup", 1, 3)])
    yield* store.removeTasks(["t3"])
    assert.deepStrictEqual(yield* backlog(), [])
  }),
  test("has what is reserved: the process that has reserved it may be gone", function*() {
    const store = yield* TaskStore
    yield* insert({ createdAt: at(1) }, { createdAt: at(2) }, { taskType: "Cleanup", createdAt: at(3) })
    const reservations = [task("t1"), task("t3")]
    assert.deepStrictEqual((yield* store.turn({ ...turn, reservations })).reserved, [true, true])
    assert.deepStrictEqual(yield* backlog(), [
      { ...waits("Backup", 2, 1), reserved: 1 },
      { ...waits("Cleanup", 1, 3), reserved: 1 }
    ])
    yield* store.turn({ ...turn, returns: reservations })
    assert.deepStrictEqual(yield* backlog(), [waits("Backup", 2, 1), waits("Cleanup", 1, 3)])
  }),
  test("has what sleeps apart; once it is woken, it waits since its time", function*() {
    const store = yield* TaskStore
    yield* insert(
      { createdAt: at(1), scheduledAt: at(8), retryAt: at(8) },
      { createdAt: at(5) },
      { taskType: "Cleanup", scheduledAt: at(9), retryAt: at(9) }
    )
    const asleep = { taskType: "Cleanup", waiting: 0, reserved: 0, asleep: 1, parked: 0, since: null }
    assert.deepStrictEqual(yield* backlog(), [{ ...waits("Backup", 1, 5), asleep: 1 }, asleep])
    yield* store.wakeTasks(at(8), 10)
    assert.deepStrictEqual(yield* backlog(), [waits("Backup", 2, 5), asleep])
    yield* store.removeTasks(["t2"])
    assert.deepStrictEqual(yield* backlog(), [waits("Backup", 1, 8), asleep])
  }),
  test("waits again since it last began, if its process has given it back", function*() {
    const store = yield* TaskStore
    yield* insert({ createdAt: at(1) })
    const { task: running } = yield* claimed("t1", { now: at(6) })
    yield* store.requeue({ ...running, status: "queued", owner: null, leaseUntil: null }, 1)
    assert.deepStrictEqual(yield* backlog(), [waits("Backup", 1, 6)])
  }),
  test("is not counted to its end, but what is least urgent is not forgotten", function*() {
    yield* insert(
      { createdAt: at(3), priority: 2 },
      { createdAt: at(4), priority: 2 },
      { createdAt: at(5), priority: 2 },
      { createdAt: at(2), priority: 1 },
      { taskType: "Cleanup", createdAt: at(6) }
    )
    assert.deepStrictEqual(yield* backlog(2), [waits("Backup", 2, 2), waits("Cleanup", 1, 6)])
    assert.deepStrictEqual(yield* backlog(1), [waits("Backup", 1, 2), waits("Cleanup", 1, 6)])
  }),
  test("has the first that will wake, and as many as are asked for", function*() {
    yield* insert({ retryAt: at(3) }, { taskType: "Cleanup", retryAt: at(2) }, { retryAt: at(1) })
    const asleep = (taskType: string, asleep: number) => ({
      taskType,
      waiting: 0,
      reserved: 0,
      asleep,
      parked: 0,
      since: null
    })
    assert.deepStrictEqual(yield* backlog(3), [asleep("Backup", 2), asleep("Cleanup", 1)])
    assert.deepStrictEqual(yield* backlog(2), [asleep("Backup", 1), asleep("Cleanup", 1)])
  }),
  test("has what is parked apart, as many as are asked for", function*() {
    const store = yield* TaskStore
    const parkedOn = (key: string) => ({ concurrency: { key, limit: 1 }, parked: true })
    yield* insert(
      parkedOn("Backup/b"),
      { ...parkedOn("Backup/a"), createdAt: at(3) },
      { ...parkedOn("Cleanup/a"), taskType: "Cleanup" },
      { ...parkedOn("Cleanup/b"), taskType: "Cleanup", retryAt: at(9) }
    )
    const none = { waiting: 0, reserved: 0, asleep: 0, since: null }
    const cleanup = { ...none, taskType: "Cleanup", asleep: 1 }
    assert.deepStrictEqual(yield* backlog(), [
      { ...none, taskType: "Backup", parked: 2 },
      { ...cleanup, parked: 1 }
    ])
    assert.deepStrictEqual(yield* backlog(1), [
      { ...none, taskType: "Backup", parked: 1 },
      { ...cleanup, parked: 0 }
    ])
    yield* store.unparkTasks(["Backup/a"], 1)
    assert.deepStrictEqual((yield* backlog())[0], { ...waits("Backup", 1, 3), parked: 1 })
  })
])
