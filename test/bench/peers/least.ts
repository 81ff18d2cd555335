/**
 * The least that a queue can cost in the tables that Brinjal has: a row is inserted, reserved and ended, in batches, by
 * statements that look at nothing else. No retention, counters, limits of pools, cancellation, leases or processes that die:
 * what it cannot do is the difference to Brinjal, and what it costs is the price of the tables, with their indexes and
 * constraints.
 */
import { PgClient } from "@effect/sql-pg"
import { TaskStoreSql } from "brinjal/sql"
import { Effect, Layer, Redacted } from "effect"
import { Pool } from "pg"
import type { Job, Make, Peer } from "./peer.ts"

const insertion = `insert into brinjal_tasks
    (task_id, payload, created_at, history_of, task_type, priority, semaphore, status, attempt, progress)
  select *, '', 'Job', 0, 'jobs', 'queued', 0, 0 from unnest($1::text[], $2::jsonb[], $3::bigint[])`

const turn = `with
    ended as (
      update brinjal_tasks set status = 'done', attempt = 1, progress = 100, started_at = $2, completed_at = $2,
        reserved_by = null, reserved_until = null
      where task_id = any($1::text[])
    ),
    next as (
      select task_id from brinjal_tasks where task_type = 'Job' and status = 'queued' and reserved_by is null
      order by priority desc, created_at, task_id limit 500 for update skip locked
    )
  update brinjal_tasks as t set reserved_by = 'least', reserved_until = $2::bigint + 30000
  from next where t.task_id = next.task_id returning t.task_id, t.payload`

/** How many turns are under way at the same time. */
const lanes = 2

/** Puts calls together that come while others are being written. */
const grouped = (write: (jobs: ReadonlyArray<Job>) => Promise<unknown>) => {
  let waiting: Array<{ readonly job: Job; readonly done: (written: Promise<unknown>) => void }> = []
  let isWriting = false
  const flush = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      const written = write(batch.map(({ job }) => job))
      await written.catch(() => {})
      for (const { done } of batch) done(written)
    }
    isWriting = false
  }
  return (job: Job) =>
    new Promise<unknown>((done) => {
      waiting.push({ job, done })
      if (isWriting) return
      isWriting = true
      setImmediate(flush)
    })
}

/** A peer over a database of its own. */
export const make: Make = async (url): Promise<Peer> => {
  const tables = TaskStoreSql.layer.pipe(Layer.provide(PgClient.layer({ url: Redacted.make(url) })))
  await Effect.runPromise(Effect.scoped(Layer.build(tables)))
  const pool = new Pool({ connectionString: url, max: 10 })
  const run = (name: string, text: string, values: Array<unknown>) => pool.query({ name, text, values })
  const insert = async (jobs: ReadonlyArray<Job>) => {
    const now = Date.now()
    const payloads = jobs.map((job) => JSON.stringify(job))
    await run("insert", insertion, [jobs.map(() => crypto.randomUUID()), payloads, jobs.map(() => now)])
    void pool.query("notify least").catch(() => {})
  }
  return {
    settings: "batches of 500 in two lanes",
    reset: () => pool.query("delete from brinjal_tasks"),
    enqueue: grouped(insert),
    enqueueMany: insert,
    work: async (seen) => {
      const client = await pool.connect()
      const life = { isOver: false }
      let sleeping: Array<() => void> = []
      const wakeAll = () => {
        for (const wake of sleeping) wake()
        sleeping = []
      }
      const lane = async (): Promise<void> => {
        let ended: ReadonlyArray<string> = []
        while (!life.isOver) {
          const woken = new Promise<void>((resolve) => sleeping.push(resolve))
          const { rows } = await run("turn", turn, [ended, Date.now()])
          ended = rows.map(({ task_id }) => task_id)
          for (const { payload } of rows) {
            seen(payload)
            await undefined
          }
          if (rows.length === 0) await woken
        }
      }
      client.on("notification", wakeAll)
      await client.query("listen least")
      const running = Array.from({ length: lanes }, lane)
      return async () => {
        life.isOver = true
        wakeAll()
        await Promise.all(running)
        client.release(true)
      }
    },
    left: async () => {
      const { rows } = await pool.query("select count(*) as left from brinjal_tasks where completed_at is null")
      return Number(rows[0].left)
    },
    close: () => pool.end()
  }
}
