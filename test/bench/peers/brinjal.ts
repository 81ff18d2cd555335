/**
 * Brinjal over Postgres or SQLite, with its defaults. What is left is asked of the database, as with the others.
 */
import { PgClient } from "@effect/sql-pg"
import { Task, TaskManager } from "brinjal"
import { TaskStoreSql } from "brinjal/sql"
import { SqliteClient } from "brinjal/sqlite"
import { Effect, Layer, ManagedRuntime, Redacted, Schema } from "effect"
import { SqlClient } from "effect/sql"
import type { Job, Make, Peer } from "./peer.ts"

const payload = { index: Schema.Int, queuedAt: Schema.Number }

/** What `npm run bench` compares: the pool of ten, and one of five hundred for tasks that hardly do anything. */
class Ten extends Task.make("Ten", { payload, semaphore: "multiple" }) {}
class Many extends Task.make("Many", { payload, semaphore: "many" }) {}

const clientOf = (url: string) =>
  url.startsWith("sqlite:")
    ? SqliteClient.layer({ filename: url.slice("sqlite:".length), synchronous: "FULL" })
    : PgClient.layer({ url: Redacted.make(url), maxConnections: 10 })

const make = (task: typeof Ten | typeof Many, settings: string): Make => async (url): Promise<Peer> => {
  const client = clientOf(url)
  const managed = TaskManager.layer.pipe(
    Layer.provide(TaskManager.configure({ pools: { many: 500 } })),
    Layer.provide(TaskStoreSql.layer),
    Layer.provideMerge(client)
  )
  const producer = ManagedRuntime.make(
    Layer.mergeAll(Ten.handledElsewhere, Many.handledElsewhere).pipe(
      Layer.provideMerge(managed)
    )
  )
  const queue = (job: Job) =>
    TaskManager.TaskManager.use(({ addTaskToQueue }) => addTaskToQueue((task as typeof Ten).template(job)))
  const sql = <A>(f: (sql: SqlClient.SqlClient) => Effect.Effect<A, unknown>) =>
    producer.runPromise(SqlClient.SqlClient.use(f))
  return {
    settings,
    reset: () => sql((sql) => sql`delete from brinjal_tasks`),
    enqueue: (job) => producer.runPromise(queue(job)),
    enqueueMany: (jobs) =>
      producer.runPromise(
        TaskManager.TaskManager.use(({ addTasksToQueue }) =>
          addTasksToQueue(jobs.map((job) => (task as typeof Ten).template(job)))
        )
      ),
    work: async (seen) => {
      const handled = (task as typeof Ten).toLayer((job) => Effect.sync(() => seen(job)))
      const worker = ManagedRuntime.make(Layer.provideMerge(handled, managed))
      await worker.context()
      return () => worker.dispose()
    },
    left: async () => {
      const [row] = await sql((sql) =>
        sql<{ readonly left: number }>`select count(*) as left from brinjal_tasks where completed_at is null`
      )
      return Number(row!.left)
    },
    close: () => producer.dispose()
  }
}

/** Ten tasks at once. */
export const ten = make(Ten, "defaults; tasks in the pool \"multiple\" (10 at once)")

/** Five hundred tasks at once. */
export const many = make(Many, "defaults; tasks in a pool of 500")
