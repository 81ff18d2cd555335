/**
 * Measures durable schedules in a process of its own: so many that are due every second, watched for so many seconds.
 * Arguments: scheduler, number of schedules, URL of the database, seconds, places in the pool.
 *
 * For Brinjal a firing is an instance that begins to run, and counts for the second of its nominal time. BullMQ does not
 * say which second a job is meant for beyond its own record of the time, which is used.
 */
import { PgClient } from "@effect/sql-pg"
import { Task, TaskManager } from "brinjal"
import { TaskStoreSql } from "brinjal/sql"
import { SqliteClient } from "brinjal/sqlite"
import { Queue, Worker } from "bullmq"
import { DateTime, Effect, Layer, ManagedRuntime, Option, Redacted, Schema } from "effect"
import { answer, cpuMillis } from "./harness.ts"
import { summary } from "./lateness.ts"

const [name = "brinjal on SQLite", count = "1000", url = "", duration = "10", places = "1000"] = process.argv.slice(2)
const jobs = Number(count)
const seconds = Number(duration)

/** How late a firing may still be noticed. */
const patience = 5_000

/** Code that has just been loaded is slow. */
const warmUp = 5_000

let first = Infinity
const firings = new Uint8Array(jobs * seconds)
const lateness: Array<number> = []

const record = (job: number, scheduledAt: number): void => {
  const second = Math.round((scheduledAt - first) / 1_000)
  if (!(second >= 0 && second < seconds)) return
  firings[job * seconds + second]!++
  lateness.push(Date.now() - first - second * 1_000)
}

class Tick extends Task.make("Tick", { payload: { index: Schema.Int }, semaphore: "ticks" }) {}

const startBrinjal = async (): Promise<void> => {
  const client = url.startsWith("sqlite:")
    ? SqliteClient.layer({ filename: url.slice("sqlite:".length) })
    : PgClient.layer({ url: Redacted.make(url), maxConnections: 10 })
  const handled = Tick.toLayer(({ index }) =>
    Effect.map(
      Task.CurrentTask,
      ({ scheduledAt }) => record(index, Option.match(scheduledAt, { onNone: () => 0, onSome: DateTime.toEpochMillis }))
    )
  )
  const manager = TaskManager.layer.pipe(
    Layer.provide(TaskManager.configure({ pools: { ticks: Number(places) } })),
    Layer.provide(TaskStoreSql.layer),
    Layer.provide(client)
  )
  const runtime = ManagedRuntime.make(Layer.provideMerge(handled, manager))
  await runtime.runPromise(TaskManager.TaskManager.use(({ addRecurringTask }) =>
    Effect.forEach(
      Array.from({ length: jobs }, (_, index) => index),
      (index) =>
        addRecurringTask({
          recurringId: `job-${index}`,
          cronExpression: "* * * * * *",
          templateTask: Tick.template({ index }),
          maxConcurrent: 10
        }),
      { concurrency: "unbounded", discard: true }
    )
  ))
}

const startBullMq = async (): Promise<void> => {
  const { hostname: host, port } = new URL(url)
  const connection = { host, port: Number(port), maxRetriesPerRequest: null }
  const queue = new Queue("ticks", { connection, defaultJobOptions: { removeOnComplete: true } })
  for (let i = 0; i < jobs; i += 100) {
    await Promise.all(
      Array.from(
        { length: 100 },
        (_, k) => queue.upsertJobScheduler(`job-${i + k}`, { every: 1_000 }, { name: "tick", data: { index: i + k } })
      )
    )
  }
  const worker = new Worker("ticks", async (job) => record(job.data.index, job.timestamp + (job.opts.delay ?? 0)), {
    connection,
    concurrency: 100
  })
  await worker.waitUntilReady()
}

const sleepUntil = (at: number) => new Promise((resolve) => setTimeout(resolve, at - Date.now()))

await (name === "BullMQ" ? startBullMq() : startBrinjal())
first = Math.ceil(Date.now() / 1_000) * 1_000 + warmUp
await sleepUntil(first - 100)
const cpu = cpuMillis()
await sleepUntil(first + seconds * 1_000)
const used = cpuMillis() - cpu
await sleepUntil(Date.now() + patience)

answer(summary(firings, lateness, used / (seconds * 10)))
