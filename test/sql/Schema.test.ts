import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Logger, References } from "effect"
import { SqlClient, type SqlError, type Statement } from "effect/sql"
import { TaskStoreSql } from "../../src/sql/index.ts"
import * as backlog from "../../src/sql/internal/backlog.ts"
import { make } from "../../src/sql/internal/database.ts"
import type { TaskStoreError } from "../../src/TaskError.ts"
import { TaskStore } from "../../src/TaskStore.ts"
import {
  claimed,
  claimOf,
  config,
  ended,
  insertConfig,
  insertConfigWithInstance,
  keepAll,
  task
} from "../../src/testing/store/records.ts"
import { databases, schemaName, storeOver, tables } from "./databases.ts"

const prefix = "zoo_"

const open = <A, E>(self: Effect.Effect<A, E, TaskStore>) =>
  Effect.provide(self, TaskStoreSql.layerWith({ prefix }).pipe(Layer.fresh))

const created = ["outcomes", "tasks", "configs", "processes", "announcements", "answers", "pauses", "migrations"]

/** Tables with a prefix in the schema that the connection uses, dropped at the end. */
const withPrefix = <A, E>(self: Effect.Effect<A, E, SqlClient.SqlClient>) =>
  Effect.ensuring(
    self,
    SqlClient.SqlClient.use((sql) =>
      Effect.forEach(created, (name) => Effect.ignore(sql`drop table if exists ${sql(prefix + name)}`))
    )
  )

for (const [name, client] of databases) {
  const layer = storeOver(client)

  describe(`the schema on ${name}`, () => {
    it.effect("is made once, and found again", () =>
      Effect.gen(function*() {
        yield* open(TaskStore.use((store) => store.insertTasks([task("t1")])))
        assert.deepStrictEqual(yield* open(TaskStore.use((store) => store.getTask("t1"))), task("t1"))
      }).pipe(withPrefix, Effect.provide(client)))

    it.effect("made by many processes that start at once is made once", () =>
      Effect.gen(function*() {
        const stores = Array.from({ length: 4 }, (_, i) =>
          open(TaskStore.use((store) => store.insertTasks([task(`t${i}`)]))))
        yield* Effect.all(stores, { concurrency: "unbounded" })
        const live = yield* open(TaskStore.use((store) =>
          store.liveTasks
        ))
        assert.sameMembers(live.map(({ taskId }) => taskId), ["t0", "t1", "t2", "t3"])
      }).pipe(withPrefix, Effect.provide(client)))

    it.effect("with a Postgres schema of its own is made once, too", () =>
      Effect.gen(function*() {
        const sql = yield* SqlClient.SqlClient
        const schema = `brinjal_zoo_${process.pid}`
        const make = Effect.scoped(TaskStoreSql.make({ schema, prefix }))
        yield* Effect.all(Array.from({ length: 6 }, () => make), { concurrency: "unbounded" })
        yield* sql.onDialectOrElse({ pg: () => sql`drop schema ${sql(schema)} cascade`, orElse: () => Effect.void })
      }).pipe(withPrefix, Effect.provide(client)))

    it.effect("of a newer version is refused, with what to do about it", () =>
      Effect.gen(function*() {
        yield* open(Effect.void)
        const sql = yield* SqlClient.SqlClient
        yield* sql`insert into ${sql("zoo_migrations")} (migration_id, name) values (1000, 'from the future')`
        const error = yield* Effect.flip(open(Effect.void))
        assert.deepInclude(error, { _tag: "IncompatibleDatabase", reason: "NewerVersion" })
        assert.match(error.message, /newer version of brinjal \(step 1000/)
      }).pipe(withPrefix, Effect.provide(client)))

    it.effect("whose making loses its connection is refused with a typed error", () =>
      Effect.gen(function*() {
        const sql = yield* SqlClient.SqlClient
        const withTransaction = () => Effect.die(new Error("The rollback has failed, too."))
        const losing = Object.assign(sql.bind(undefined), sql, { withTransaction })
        const error = yield* Effect.flip(Effect.provideService(open(Effect.void), SqlClient.SqlClient, losing))
        assert.deepInclude(error, { _tag: "TaskStoreError", operation: "migrate" })
      }).pipe(withPrefix, Effect.provide(client)))

    it.effect("makes wrong states impossible", () =>
      Effect.gen(function*() {
        const sql = yield* SqlClient.SqlClient
        const store = yield* TaskStore
        const { tasks, outcomes } = yield* tables
        yield* insertConfigWithInstance("nightly", "t1")
        const refused = (statement: Effect.Effect<unknown, SqlError.SqlError>) =>
          Effect.map(Effect.flip(statement), ({ reason }) =>
            assert.oneOf(reason._tag, ["ConstraintError", "UniqueViolation"]))
        yield* refused(sql`update ${tasks} set status = 'lost'`)
        yield* refused(sql`update ${tasks} set status = 'done'`)
        yield* refused(sql`update ${tasks} set status = 'running'`)
        yield* refused(sql`update ${tasks} set owner = 'nobody'`)
        yield* refused(sql`update ${tasks} set completed_at = 1`)
        yield* refused(sql`update ${tasks} set lease_until = 1`)
        yield* refused(sql`update ${outcomes} set recurring_id = 'unknown'`)
        yield* refused(sql`update ${outcomes} set task_id = null`)
        yield* refused(sql`update ${outcomes} set outcome = 'Missed'`)
        assert.strictEqual((yield* Effect.flip(store.insertTasks([task("t1")])))._tag, "TaskStoreError")
      }).pipe(Effect.provide(layer)))

    it.effect("starts an occurrence once, whoever decides", () =>
      Effect.gen(function*() {
        const store = yield* TaskStore
        yield* insertConfigWithInstance("nightly", "t1")
        const again = { ...(yield* store.outcomes("nightly", { offset: 0, limit: 1 }))[0]!, taskId: "t2" }
        const commit = {
          expected: 1,
          config: config("nightly", { version: 2 }),
          outcomes: [again],
          tasks: [task("t2")]
        }
        assert.strictEqual((yield* Effect.flip(store.commit(commit, keepAll)))._tag, "TaskStoreError")
        assert.isUndefined(yield* store.getTask("t2"))
        assert.strictEqual((yield* store.getConfig("nightly"))?.record.version, 1)
      }).pipe(Effect.provide(layer)))

    it.effect("keeps what it cannot read, and shows the rest", () => {
      const logged: Array<string> = []
      const logger = Logger.make<unknown, void>(({ message }) => void logged.push(String(message)))
      return Effect.gen(function*() {
        const sql = yield* SqlClient.SqlClient
        const store = yield* TaskStore
        const { configs } = yield* tables
        yield* insertConfig(config("old"))
        yield* insertConfig(config("new"))
        yield* sql`update ${configs} set spec = '{"recurrence":{"_tag":"Never heard of"}}' where recurring_id = 'old'`
        assert.deepStrictEqual((yield* store.configs).map(({ record }) => record.recurringId), ["new"])
        assert.match(logged.join("\n"), /Recurring task "old" cannot be read/)
        assert.strictEqual((yield* Effect.flip(store.getConfig("old")))._tag, "TaskStoreError")
        assert.isFalse(yield* insertConfig(config("old")))
        assert.isTrue(yield* store.removeConfig("old"))
      }).pipe(
        Effect.provide(layer),
        Effect.provideService(References.CurrentLoggers, new Set([logger]))
      )
    })

    it.effect("lets processes of the version before go on beside new ones", () =>
      Effect.gen(function*() {
        const sql = yield* SqlClient.SqlClient
        const store = yield* TaskStore
        const { processes } = yield* tables
        const types = sql.onDialectOrElse({ pg: () => sql`'["Old"]'::jsonb`, orElse: () => sql`'["Old"]'` })
        const asBefore = sql`insert into ${processes} (owner, lease_until, task_types) values ('old/1', 5, ${types})
          on conflict (owner) do update set lease_until = excluded.lease_until, task_types = excluded.task_types`
        const young = { owner: "new/1", leaseUntil: 5, taskTypes: ["New"], pools: { default: 3 } }
        yield* store.heartbeat({ ...young, now: 1 })
        for (let beats = 0; beats < 2; beats++) yield* asBefore
        const known = yield* store.heartbeat({ ...young, now: 2 })
        assert.deepStrictEqual(known.processes, [young, { owner: "old/1", leaseUntil: 5, taskTypes: ["Old"] }])
        const [seen] = yield* sql<
          { types: unknown }
        >`select task_types as types from ${processes} where owner = 'new/1'`
        assert.deepStrictEqual(typeof seen!.types === "string" ? JSON.parse(seen!.types) : seen!.types, ["New"])
      }).pipe(Effect.provide(layer)))

    it.effect("keeps what processes of the version before do not know of a task", () =>
      Effect.gen(function*() {
        const sql = yield* SqlClient.SqlClient
        const store = yield* TaskStore
        yield* store.insertTasks([task("t1"), task("t2")])
        const known = { retries: { count: 2, since: 5 }, abandoned: 1 }
        for (const id of ["t1", "t2"]) {
          const { task: running } = yield* claimed(id)
          yield* store.requeue({ ...running, status: "queued", ...known }, 1)
          yield* store.claim(claimOf(task(id, { attempt: 1 })))
        }
        const schema = yield* schemaName
        // on SQLite, each version has its own statements, which name no column that it does not know
        const asBefore = (name: string, target: object, change: object) => {
          const [targets, changes] = [target, change].map((row) => JSON.stringify([{ ord: 1, expected: 2, ...row }]))
          return sql.onDialectOrElse({
            pg: () => sql`select ${sql(`${schema}.brinjal_${name}`)}(${targets}::json, ${changes}::json)`,
            orElse: () => Effect.succeed(["not there"])
          })
        }
        const changed = { attempt: 2, progress: 50, started_at: 1 }
        const answers = [
          yield* asBefore("update_tasks", { task_id: "t1" }, { ...changed, status: "running" }),
          yield* asBefore("requeue_tasks", { task_id: "t2", owner: null }, { ...changed, status: "queued" })
        ]
        assert.deepStrictEqual(answers.map(({ length }) => length), [1, 1])
        for (const id of ["t1", "t2"]) assert.deepInclude(yield* store.getTask(id), known)
      }).pipe(Effect.provide(layer)))

    it.effect("stays as small as it is told, after ten thousands of runs", () =>
      Effect.gen(function*() {
        const sql = yield* SqlClient.SqlClient
        const { tasks, outcomes } = yield* tables
        const few = { done: 3, failed: 2, cancelled: 1, outcomes: 5 }
        yield* insertConfig(config("nightly"))
        yield* Effect.forEach(Array.from({ length: 100 }, (_, i) => i), (i) => runMany(i, few), { discard: true })
        const count = (table: typeof tasks) => sql<{ count: number }>`select count(*) as count from ${table}`
        assert.strictEqual(Number((yield* count(tasks))[0]!.count), 2 * (3 + 2 + 1))
        assert.strictEqual(Number((yield* count(outcomes))[0]!.count), 5)
        const { counters } = (yield* TaskStore.use((store) => store.getConfig("nightly")))!
        assert.deepInclude(counters, { totalRuns: 10_000, totalFailures: 3_300 })
      }).pipe(Effect.provide(layer)), 120_000)

    it.effect("uses its indexes", () =>
      Effect.gen(function*() {
        yield* Effect.forEach(Array.from({ length: 20 }, (_, i) => i), (i) => runMany(i, keepAll), { discard: true })
        const { tasks, outcomes } = yield* tables
        const sql = yield* SqlClient.SqlClient
        // what is rare is what an index is for
        yield* sql`delete from ${tasks} where status = 'cancelled' and seq % 50 > 0`
        // of nothing else, since other tests in the same database count on tables that nobody has analyzed
        yield* Effect.forEach([tasks, outcomes], (table) => sql`analyze ${table}`)
        const uses = Effect.fnUntraced(function*(index: string, statement: Parameters<typeof planOf>[0]) {
          assert.include(yield* planOf(statement), index)
        })
        yield* uses("task_id", sql`select * from ${tasks} where task_id = 'x'`)
        yield* uses("tasks_owner", sql`update ${tasks} set lease_until = 1 where owner = 'x'`)
        yield* uses("tasks_parent", sql`select * from ${tasks} where parent_id = 'x' order by seq desc limit 10`)
        yield* uses(
          "tasks_history",
          sql`select seq from ${tasks}
          where history_of = 'a' and status = 'done' and completed_at is not null
          order by completed_at desc, seq desc limit 10 offset 10`
        )
        yield* uses("tasks_active", sql`select * from ${tasks} where recurring_id = 'x' and completed_at is null`)
        yield* uses("tasks_owner", sql`select count(*) from ${tasks} where semaphore = 'x' and owner is not null`)
        yield* uses("tasks_reserved", sql`select * from ${tasks} where reserved_by is not null and reserved_until < 1`)
        yield* uses("outcomes_task", sql`update ${outcomes} set status = 'done' where task_id = 'x'`)
        // pages, without sorting what is not on them
        const readsInOrder = Effect.fnUntraced(function*(index: string, statement: Parameters<typeof planOf>[0]) {
          const plan = yield* planOf(statement)
          assert.include(plan, index)
          assert.notMatch(plan, /sort|b-tree/i)
        })
        const older = sql`seq < coalesce((select seq from ${tasks} where task_id = 'x'), 0)`
        yield* readsInOrder("tasks", sql`select * from ${tasks} where ${older} order by seq desc limit 10`)
        yield* readsInOrder(
          "tasks_status",
          sql`select * from ${tasks} where status = 'cancelled' and completed_at is not null order by seq desc limit 10`
        )
        yield* readsInOrder(
          "tasks_parent",
          sql`select * from ${tasks} where parent_id = 'x' and ${older} order by seq desc limit 10`
        )
        const line = sql`select * from ${tasks}
          where status = 'queued' and reserved_by is null and retry_at is null and not parked and task_type = 'Backup'`
        const inLine = sql`order by priority desc, created_at, task_id limit 10`
        yield* readsInOrder("tasks_queue", sql`${line} ${inLine}`)
        yield* readsInOrder("tasks_queue", sql`${line} and priority < 5 ${inLine}`)
        yield* readsInOrder("tasks_queue", sql`${line} and priority = 5 and (created_at, task_id) > (5, 'x') ${inLine}`)
        yield* readsInOrder(
          "tasks_asleep",
          sql`select seq from ${tasks} where status = 'queued' and retry_at is not null and retry_at <= 5
            order by retry_at limit 10`
        )
        yield* readsInOrder(
          "tasks_parked",
          sql`select task_id from ${tasks} where concurrency_key = 'a' and parked and retry_at is null ${inLine}`
        )
        yield* uses(
          "tasks_concurrency",
          sql`select count(*) from ${tasks}
            where concurrency_key = 'a' and concurrency_key is not null and completed_at is null and not parked`
        )
        const database = yield* make(sql, { schema: yield* schemaName, prefix: "brinjal_" })
        const counted = yield* planOf(backlog.statement(database, { most: 10, except: ["Cleanup"] }))
        for (const index of ["tasks_queue", "tasks_reserved", "tasks_asleep", "tasks_parked"]) {
          assert.include(counted, index)
        }
        assert.notMatch(counted, /scan on \w*tasks|scan \w*tasks(?! using)/i)
        yield* readsInOrder(
          "outcomes",
          sql`select * from ${outcomes} where recurring_id = 'a' and ordinal < 50 and outcome = 'Missed'
          order by ordinal desc limit 10`
        )
      }).pipe(Effect.provide(layer)))
  })
}

/** How the database would run a statement. */
const planOf = (statement: Statement.Statement<object>) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) => {
    const explain = sql.literal(sql.onDialectOrElse({ pg: () => "explain", orElse: () => "explain query plan" }))
    const plan = sql.withTransaction(Effect.andThen(
      sql.onDialectOrElse({ pg: () => Effect.asVoid(sql`set local enable_seqscan = off`), orElse: () => Effect.void }),
      sql`${explain} ${statement}`
    ))
    return Effect.map(plan, (rows) => JSON.stringify(rows))
  })

/** A hundred instances and as many one-off tasks, from the queue to their ends: of three one is done, failed, cancelled. */
const runMany = Effect.fnUntraced(function*(
  round: number,
  retention: typeof keepAll
): Effect.fn.Return<void, TaskStoreError, TaskStore> {
  const store = yield* TaskStore
  const statuses = ["done", "failed", "cancelled"] as const
  const ids = Array.from({ length: 200 }, (_, i) => `t${round}.${i}`)
  const given = (i: number) => i % 2 === 0 ? { recurringId: "nightly", parentId: "nightly" } : {}
  yield* store.insertTasks(ids.map((id, i) => task(id, given(i))))
  const taken = yield* Effect.forEach(ids, (id) => claimed(id), { concurrency: "unbounded" })
  yield* Effect.forEach(taken, ({ task }, i) => {
    const status = statuses[Math.floor(i / 2) % 3]!
    return store.settle(ended(task, status, { completedAt: round * 1_000 + i }), 1, retention)
  }, { concurrency: "unbounded", discard: true })
  const stored = yield* store.getConfig("nightly")
  if (stored === undefined) return
  const next = config("nightly", { version: stored.record.version + 1 })
  const skipped = Array.from({ length: 3 }, (_, i) => ({ ...skip, from: round * 10 + i, to: round * 10 + i }))
  yield* store.commit({ expected: stored.record.version, config: next, outcomes: skipped, tasks: [] }, retention)
})

const skip = {
  from: 0,
  to: 0,
  count: 1,
  outcome: "Skipped",
  reason: "Overlap",
  blockedBy: [],
  into: null,
  trigger: "schedule",
  decidedAt: 0,
  taskId: null,
  status: null
} as const
