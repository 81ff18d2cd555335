/**
 * A million runs through a manager over a database, half of them of recurring tasks: the tables must not grow with how many
 * there have been. On SQLite, and on Postgres when `BRINJAL_TEST_POSTGRES_URL` is set. `RUNS` changes the number.
 */
import { PgClient } from "@effect/sql-pg"
import { Task, TaskManager } from "brinjal"
import { TaskStoreSql } from "brinjal/sql"
import { SqliteClient } from "brinjal/sqlite"
import { Effect, Layer, ManagedRuntime, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { figure, goal, table, title } from "./harness.ts"
import * as databases from "./peers/databases.ts"

const runs = Number(process.env.RUNS ?? 1_000_000)
const steps = 10
const recurring = 100
const atOnce = 500
const server = process.env.BRINJAL_TEST_POSTGRES_URL

class Work extends Task.make("Work", { semaphore: "many" }) {}

const ids = Array.from({ length: recurring }, (_, i) => `recurring-${i}`)

const clientOf = (url: string) =>
  url.startsWith("sqlite:")
    ? SqliteClient.layer({ filename: url.slice("sqlite:".length) })
    : PgClient.layer({ url: Redacted.make(url), maxConnections: 10 })

let left = 0
let done = () => {}

const handler = Work.toLayer(() =>
  Effect.sync(() => {
    if (--left === 0) done()
  })
)

const layerOver = (url: string) =>
  Layer.provideMerge(handler, TaskManager.layer).pipe(
    Layer.provide(TaskManager.configure({ pools: { many: atOnce } })),
    Layer.provide(TaskStoreSql.layer),
    Layer.provideMerge(clientOf(url))
  )

const add = TaskManager.TaskManager.use(({ addRecurringTask }) =>
  Effect.forEach(ids, (recurringId) =>
    addRecurringTask({
      recurringId,
      cronExpression: "0 2 1 1 *",
      overlap: "allowAll",
      templateTask: Work.template({})
    }), { discard: true })
)

/** So many runs, every second one of a recurring task. */
const some = (count: number) =>
  TaskManager.TaskManager.use(({ addTaskToQueue, triggerRecurringTask }) => {
    const template = Work.template({})
    return Effect.forEach(
      Array.from({ length: count }, (_, i) => i),
      (i) => Effect.asVoid(i % 2 === 0 ? addTaskToQueue(template) : triggerRecurringTask(ids[(i >> 1) % recurring]!)),
      { concurrency: atOnce, discard: true }
    )
  })

interface Size {
  readonly tasks: number
  readonly outcomes: number
  readonly bytes: number
}

const size = SqlClient.SqlClient.use((sql) =>
  sql.onDialectOrElse({
    pg: () =>
      sql<
        Size
      >`select (select count(*) from brinjal_tasks) as tasks, (select count(*) from brinjal_outcomes) as outcomes,
        pg_total_relation_size('brinjal_tasks') + pg_total_relation_size('brinjal_outcomes')
          + pg_total_relation_size('brinjal_configs') as bytes`,
    orElse: () =>
      sql<
        Size
      >`select (select count(*) from brinjal_tasks) as tasks, (select count(*) from brinjal_outcomes) as outcomes,
        (select page_count from pragma_page_count) * (select page_size from pragma_page_size) as bytes`
  })
)

/** What takes dead rows away where the server does not do so by itself. */
const tidying = SqlClient.SqlClient.use((sql): Effect.Effect<Effect.Effect<unknown, unknown>, unknown> =>
  sql.onDialectOrElse({
    pg: () =>
      Effect.map(sql<{ readonly autovacuum: string }>`show autovacuum`, ([row]) => {
        if (row!.autovacuum === "on") return Effect.void
        console.log("\nautovacuum is off on this server: there is a vacuum after every step")
        return sql`vacuum`
      }),
    orElse: () => Effect.succeed(Effect.void)
  })
)

const bench = async (name: string, place: databases.Place): Promise<void> => {
  const runtime = ManagedRuntime.make(layerOver(place.url))
  const step = runs / steps
  try {
    await runtime.runPromise(add)
    const tidy = await runtime.runPromise(tidying)
    const rows: Array<ReadonlyArray<string>> = []
    const bytes: Array<number> = []
    for (let i = 1; i <= steps; i++) {
      const from = performance.now()
      const finished = new Promise<void>((resolve) => {
        left = step
        done = resolve
      })
      await runtime.runPromise(some(step))
      await finished
      const seconds = (performance.now() - from) / 1_000
      await runtime.runPromise(tidy)
      const [now] = await runtime.runPromise(size)
      bytes.push(Number(now!.bytes))
      const megabytes = (Number(now!.bytes) / 1e6).toFixed(1)
      rows.push([
        figure(i * step),
        figure(Number(now!.tasks)),
        figure(Number(now!.outcomes)),
        megabytes,
        figure(step / seconds)
      ])
    }
    title(`${name}: tables after ${figure(runs)} runs`)
    table(["runs", "tasks", "outcomes", "MB", "runs a second"], rows)
    const growth = bytes.at(-1)! / bytes[1]!
    console.log()
    goal(`${name}: as large as after a fifth of the runs, at most a quarter more`, growth, growth <= 1.25)
  } finally {
    await runtime.dispose()
    await place.drop()
  }
}

const folder = Fs.mkdtempSync(Path.join(Os.tmpdir(), "brinjal-bench-"))
await bench("SQLite", {
  url: `sqlite:${Path.join(folder, "tasks.db")}`,
  drop: async () => Fs.rmSync(folder, { recursive: true, force: true })
})
if (server === undefined) console.log("\nPostgres is left out: set BRINJAL_TEST_POSTGRES_URL")
else await bench("Postgres", await databases.postgres(server, "flat"))
