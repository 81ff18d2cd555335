/**
 * Tasks per second through the SQL store alone, beside what the same client and the same database can do at most with a
 * narrow table in the same run: everything acknowledged after its commit. Postgres when `BRINJAL_TEST_POSTGRES_URL` is set.
 */
import { PgClient } from "@effect/sql-pg"
import { Effect, Layer, ManagedRuntime, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { oneOff, queued } from "../../src/internal/records.ts"
import { TaskStoreSql } from "../../src/sql/index.ts"
import { SqliteClient } from "../../src/sqlite/index.ts"
import { type TaskRecord, TaskStore, type TemplateRecord } from "../../src/TaskStore.ts"
import { type Contender, figure, goal, interleave, median, ranking, ratio, type Result, title } from "./harness.ts"

const rounds = Number(process.env.ROUNDS ?? 5)
const prefix = `bench_${process.pid}_`
const retention = { done: 10, failed: 100, cancelled: 100, outcomes: 100 }
const now = Date.UTC(2026, 0, 1)

let nextId = 0

const template: TemplateRecord = {
  taskType: "Backup",
  payload: { path: "/data", level: 9 },
  heading: "Daily backup",
  body: null,
  img: null,
  priority: 0,
  semaphore: "default",
  concurrency: null
}

const task = (): TaskRecord =>
  queued(`0199b5f0-0000-7000-8000-${String(nextId++).padStart(12, "0")}`, template, oneOff(null), now)

const many = (count: number): ReadonlyArray<TaskRecord> => Array.from({ length: count }, task)

type Program = Effect.Effect<unknown, unknown, TaskStore | SqlClient.SqlClient>

/** `count` of something, one after another or some at a time. */
const repeated = (count: number, concurrency: number, one: Program): Program =>
  Effect.forEach(Array.from({ length: count }), () => one, { concurrency, discard: true })

/** Rows of a narrow table with an id and an index for what is to be done. */
const rawRows = (count: number) =>
  SqlClient.SqlClient.use((sql) => {
    const ids = JSON.stringify(many(count).map(({ taskId }) => taskId))
    const rows = sql.onDialectOrElse({
      pg: () => sql`select id, '{"path":"/data"}' from json_array_elements_text(${ids}::json) as id`,
      orElse: () => sql`select value, '{"path":"/data"}' from json_each(${ids})`
    })
    return sql`insert into ${sql(`${prefix}raw`)} (id, payload) ${rows}`
  })

const raw = Effect.suspend(() => {
  const { taskId } = task()
  return SqlClient.SqlClient.use((sql) =>
    sql`insert into ${sql(`${prefix}raw`)} (id, payload) values (${taskId}, '{"path":"/data"}')`
  )
})

const rawMany = (count: number) => Effect.suspend(() => rawRows(count))

const enqueue = Effect.suspend(() => TaskStore.use((store) => store.insertTasks([task()])))

const enqueueMany = (count: number) => Effect.suspend(() => TaskStore.use((store) => store.insertTasks(many(count))))

/** A task from the queue to its end. */
const runOne = (queued: TaskRecord) =>
  TaskStore.use((store) =>
    Effect.flatMap(
      store.claim({ task: queued, owner: "bench", now, leaseUntil: now + 30_000, limit: 500, maxConcurrent: Infinity }),
      (claimed) =>
        typeof claimed === "object"
          ? store.settle(
            { ...claimed.task, status: "done", progress: 100, completedAt: now + 1, owner: null, leaseUntil: null },
            1,
            retention
          )
          : Effect.die(new Error(`not claimed: ${claimed}`))
    )
  )

const empty = SqlClient.SqlClient.use((sql) =>
  Effect.andThen(sql`delete from ${sql(`${prefix}tasks`)}`, sql`delete from ${sql(`${prefix}raw`)}`)
)

/** Things per second of a program that does `count` of them. */
const rate = (runtime: ManagedRuntime.ManagedRuntime<TaskStore | SqlClient.SqlClient, unknown>) =>
async (
  count: number,
  program: (queued: ReadonlyArray<TaskRecord>) => Program,
  queued: ReadonlyArray<TaskRecord> = []
): Promise<number> => {
  await runtime.runPromise(empty)
  for (let i = 0; i < queued.length; i += 1_000) {
    await runtime.runPromise(TaskStore.use((store) => store.insertTasks(queued.slice(i, i + 1_000))))
  }
  const from = performance.now()
  await runtime.runPromise(program(queued))
  return count / (performance.now() - from) * 1_000
}

const names = {
  raw: "raw: insert and commit one row, one client",
  raw50: "raw: the same, 50 in flight",
  rawMany: "raw: 1,000 rows per commit",
  one: "enqueue one by one",
  fifty: "enqueue, 50 in flight",
  batch: "enqueue 1,000 per call",
  runOne: "claim and settle one by one",
  runMany: "claim and settle, 500 in flight"
}

const contenders = (runtime: ManagedRuntime.ManagedRuntime<TaskStore | SqlClient.SqlClient, unknown>) => {
  const measure = rate(runtime)
  const drain = (count: number, concurrency: number) =>
    measure(count, (queued) => Effect.forEach(queued, runOne, { concurrency, discard: true }), many(count))
  const all: ReadonlyArray<Contender> = [
    { name: names.raw, run: () => measure(500, () => repeated(500, 1, raw)) },
    { name: names.raw50, run: () => measure(2_000, () => repeated(2_000, 50, raw)) },
    { name: names.rawMany, run: () => measure(20_000, () => repeated(20, 1, rawMany(1_000))) },
    { name: names.one, run: () => measure(500, () => repeated(500, 1, enqueue)) },
    { name: names.fifty, run: () => measure(10_000, () => repeated(10_000, 50, enqueue)) },
    { name: names.batch, run: () => measure(20_000, () => repeated(20, 1, enqueueMany(1_000))) },
    { name: names.runOne, run: () => drain(300, 1) },
    { name: names.runMany, run: () => drain(10_000, 500) }
  ]
  return all
}

const setUp = SqlClient.SqlClient.use((sql) =>
  Effect.andThen(
    sql`create table ${sql(`${prefix}raw`)}
      (id text primary key, state integer not null default 0, payload text not null)`,
    sql`create index ${sql(`${prefix}raw_ready`)} on ${sql(`${prefix}raw`)} (id) where state = 0`
  )
)

const tearDown = SqlClient.SqlClient.use((sql) =>
  Effect.forEach(
    ["raw", "outcomes", "tasks", "configs", "processes", "announcements", "migrations"],
    (table) => sql`drop table if exists ${sql(prefix + table)}`
  )
)

const bench = async (name: string, client: Layer.Layer<SqlClient.SqlClient, unknown>): Promise<void> => {
  const runtime = ManagedRuntime.make(TaskStoreSql.layerWith({ prefix }).pipe(Layer.provideMerge(client)))
  await runtime.runPromise(setUp)
  const results = await interleave(contenders(runtime), rounds)
  await runtime.runPromise(tearDown)
  await runtime.dispose()
  title(`${name}: per second, everything committed`)
  ranking(results, "per second")
  goals(results)
}

const goals = (results: ReadonlyArray<Result>): void => {
  const one = ratio(results, names.one, names.raw)
  const batch = ratio(results, names.batch, names.rawMany)
  const drained = median(results.find(({ name }) => name === names.runMany)!.samples)
  goal("enqueue one by one, of raw single inserts (goal: at least 0.5)", one, one >= 0.5)
  goal("enqueue 1,000 per call, of raw 1,000-row commits (goal: at least 0.5)", batch, batch >= 0.5)
  console.log(`         claimed and settled: ${figure(drained)} per second`)
}

const folder = Fs.mkdtempSync(Path.join(Os.tmpdir(), "brinjal-bench-"))
const file = (synchronous: "NORMAL" | "FULL") =>
  SqliteClient.layer({ filename: Path.join(folder, `${synchronous}.db`), synchronous })

await bench("SQLite, synchronous = NORMAL", file("NORMAL"))
await bench("SQLite, synchronous = FULL", file("FULL"))
Fs.rmSync(folder, { recursive: true })

const url = process.env.BRINJAL_TEST_POSTGRES_URL
if (url === undefined) {
  console.log(
    "\nPostgres is left out: set BRINJAL_TEST_POSTGRES_URL, for example to postgres://postgres@localhost/test"
  )
} else {
  await bench("Postgres, synchronous_commit = on", PgClient.layer({ url: Redacted.make(url), maxConnections: 10 }))
}
