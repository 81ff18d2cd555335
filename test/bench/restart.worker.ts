/**
 * Fills a database, or starts a manager over it. Arguments: its URL, then `fill` with how many recurring tasks and finished
 * instances, or `start`.
 */
import { PgClient } from "@effect/sql-pg"
import { Task, TaskManager } from "brinjal"
import { TaskStoreSql } from "brinjal/sql"
import { SqliteClient } from "brinjal/sqlite"
import { Effect, Layer, ManagedRuntime, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { answer, heapUsed } from "./harness.ts"

const [url = "", what = "start", configs = "1000", finished = "10000"] = process.argv.slice(2)

class Nightly extends Task.make("Nightly", {}) {}

const client = url.startsWith("sqlite:")
  ? SqliteClient.layer({ filename: url.slice("sqlite:".length) })
  : PgClient.layer({ url: Redacted.make(url), maxConnections: 10 })

const layer = Nightly.toLayer(() => Effect.void).pipe(
  Layer.provideMerge(TaskManager.layer),
  Layer.provide(TaskStoreSql.layer),
  Layer.provideMerge(client)
)

/** Recurring tasks that are due at different minutes of the night. */
const addConfigs = TaskManager.TaskManager.use(({ addRecurringTask }) =>
  Effect.forEach(
    Array.from({ length: Number(configs) }, (_, i) => i),
    (i) =>
      addRecurringTask({
        recurringId: `nightly-${i}`,
        cronExpression: `${i % 60} ${Math.floor(i / 60) % 24} * * *`,
        timezone: "Europe/London",
        templateTask: Nightly.template({})
      }),
    { concurrency: 2_000, discard: true }
  )
)

/** Copies of one finished instance, spread over the recurring tasks. */
const addFinished = Effect.gen(function*() {
  const manager = yield* TaskManager.TaskManager
  const sql = yield* SqlClient.SqlClient
  yield* manager.run(Nightly.template({}))
  const columns = [
    "payload, task_type, priority, semaphore, created_at, covers, status, attempt, progress, heading, body, img",
    "started_at, retry_at, completed_at, success, error, failure, owner, lease_until"
  ].join(", ")
  const numbers = sql.onDialectOrElse({
    pg: () => sql`select n from generate_series(1, ${Number(finished)}::int) as n`,
    orElse: () =>
      sql`with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ${Number(finished)})
        select n from numbers`
  })
  const id = `'nightly-' || (n % ${Number(configs)})`
  yield* sql`insert into brinjal_tasks (task_id, recurring_id, parent_id, history_of, ${sql.literal(columns)})
    select 'finished-' || n, ${sql.literal(`${id}, ${id}, ${id}, ${columns}`)}
    from (${numbers}) as numbers, (select * from brinjal_tasks order by seq limit 1) as one`
})

const fill = async (): Promise<void> => {
  const runtime = ManagedRuntime.make(layer)
  const from = performance.now()
  await runtime.runPromise(Effect.andThen(addConfigs, addFinished))
  await runtime.runPromise(
    SqlClient.SqlClient.use((sql) => sql.onDialectOrElse({ pg: () => sql`vacuum analyze`, orElse: () => sql`analyze` }))
  )
  await runtime.dispose()
  answer({ seconds: (performance.now() - from) / 1_000 })
}

const start = async (): Promise<void> => {
  const from = performance.now()
  const runtime = ManagedRuntime.make(layer)
  await runtime.context()
  const ready = performance.now() - from
  const all = await runtime.runPromise(TaskManager.TaskManager.use((manager) => manager.getAllRecurringTasks))
  const settled = performance.now() - from
  answer({ ready, settled, megabytes: await heapUsed() / 1e6, configs: all.length })
}

await (what === "fill" ? fill() : start())
