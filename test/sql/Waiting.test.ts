/**
 * What waits on Postgres for a row that somebody else is writing does then what it is there for, with the row as it is then.
 */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { SqlClient } from "effect/sql"
import { type Commit, TaskStore, type Turn } from "../../src/TaskStore.ts"
import {
  claimed,
  config,
  ended,
  insertConfigWithInstance,
  instance,
  keepAll,
  outcome,
  t0,
  task
} from "../../src/testing/store/records.ts"
import { blocked, databases, storeOver, tables } from "./databases.ts"

const owner = "process-1"
const running = instance("t1", "nightly", { status: "running", attempt: 1, startedAt: t0, owner })
const request = { reason: "Requested", note: "", grace: null } as const

const decision: Commit = {
  expected: 1,
  config: config("nightly", { version: 2 }),
  outcomes: [outcome(1)],
  tasks: [],
  active: 1,
  cancels: [{ taskId: "t1", request }]
}

/** A write, and what it makes of a running task `t1`, an instance of `nightly`, a queued one, `t2`, and a reserved one, `t3`. */
type Write = (store: typeof TaskStore.Service) => Effect.Effect<unknown, unknown>

const status = (store: typeof TaskStore.Service) =>
  Effect.map(store.getTask("t1"), (found) => [found?.status, found?.progress, found?.lent])

const writes: Readonly<Record<string, readonly [write: Write, expected: unknown]>> = {
  update: [(store) => Effect.andThen(store.update({ ...running, progress: 5 }, 1), status(store)), [
    "running",
    5,
    false
  ]],
  requeue: [
    (store) => Effect.andThen(store.requeue({ ...running, status: "queued" }, 1), status(store)),
    ["queued", 0, false]
  ],
  lend: [(store) => Effect.andThen(store.lend("t1", 1), status(store)), ["running", 0, true]],
  settle: [
    (store) => Effect.andThen(store.settle(ended(running, "done"), 1, keepAll), status(store)),
    ["done", 0, false]
  ],
  turn: [
    (store) =>
      store.turn({ ...emptyTurn, returns: [task("t3")] }).pipe(
        Effect.andThen(store.getTask("t3")),
        Effect.map((found) => found?.owner)
      ),
    null
  ],
  heartbeat: [
    (store) =>
      Effect.map(
        store.heartbeat({ owner, now: t0, leaseUntil: t0 + 1_000, taskTypes: [] }),
        ({ held }) => held.map(({ taskId }) => taskId)
      ),
    ["t1"]
  ],
  commit: [
    (store) =>
      store.commit(decision, { ...keepAll, outcomes: 1 }).pipe(
        Effect.andThen(Effect.all([store.getConfig("nightly"), store.getTask("t1"), store.outcomes("nightly", page)])),
        Effect.map(([found, task, told]) => [found?.record.version, task?.cancelRequest, told.map(({ from }) => from)])
      ),
    [2, request, [outcome(1).from]]
  ],
  removeTasks: [(store) => store.removeTasks(["t2"]), ["t2"]],
  removeConfig: [(store) => Effect.andThen(store.removeConfig("nightly"), store.configs), []]
}

const emptyTurn: Turn = {
  owner,
  endings: [],
  retention: keepAll,
  claims: [],
  reservations: [],
  leaseUntil: t0 + 1_000,
  returns: []
}

const page = { offset: 0, limit: 10 }

/** Writes everything again as it is, and commits that when something waits for it. */
const meanwhile = <A, E>(self: Effect.Effect<A, E>) =>
  Effect.gen(function*() {
    const sql = yield* SqlClient.SqlClient
    const { configs, tasks } = yield* tables
    const written = yield* Deferred.make<void>()
    const end = yield* Deferred.make<void>()
    const holder = sql`update ${tasks} set priority = priority`.pipe(
      Effect.andThen(sql`update ${configs} set last_run = last_run`),
      Effect.andThen(Deferred.succeed(written, undefined)),
      Effect.andThen(Deferred.await(end))
    )
    const holding = yield* Effect.forkChild(sql.withTransaction(holder))
    yield* Deferred.await(written)
    const waiting = yield* Effect.forkChild(self, { startImmediately: true })
    yield* blocked(1)
    yield* Deferred.succeed(end, undefined)
    yield* Fiber.join(holding)
    return yield* Fiber.join(waiting)
  })

for (const [name, client] of databases.filter(([name]) => name === "Postgres")) {
  describe(`waiting for a row on ${name}`, () => {
    for (const [operation, [write, expected]] of Object.entries(writes)) {
      it.effect(`does not keep ${operation} from what it is there for`, () =>
        Effect.gen(function*() {
          const store = yield* TaskStore
          yield* insertConfigWithInstance("nightly", "t1")
          yield* claimed("t1", { owner })
          yield* store.insertTasks([task("t2"), task("t3")])
          yield* store.turn({ ...emptyTurn, reservations: [task("t3")] })
          assert.deepStrictEqual(yield* meanwhile(write(store)), expected)
        }).pipe(Effect.provide(storeOver(client))))
    }
  })
}
