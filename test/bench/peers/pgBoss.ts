/**
 * pg-boss, as its documentation sets it up for throughput: notifications, batches of 500, and bursts.
 */
import { Pool } from "pg"
import { PgBoss } from "pg-boss"
import type { Job, Make } from "./peer.ts"

const queue = "bench"

/** A peer over a database of its own. */
export const make: Make = async (url) => {
  const boss = new PgBoss({ connectionString: url, max: 12, supervise: false, schedule: false, useListenNotify: true })
  boss.on("error", (error: unknown) => console.error("pg-boss:", error))
  await boss.start()
  await boss.createQueue(queue, { notify: true })
  const pool = new Pool({ connectionString: url, max: 2 })
  return {
    settings: "useListenNotify, batchSize 500, localConcurrency 4, burstWhenBatchFull, pollingIntervalSeconds 0.5",
    reset: () => boss.deleteAllJobs(queue),
    enqueue: (job) => boss.send(queue, job),
    enqueueMany: (jobs) => boss.insert(queue, jobs.map((data) => ({ data }))),
    work: async (seen) => {
      const options = { batchSize: 500, pollingIntervalSeconds: 0.5, localConcurrency: 4, burstWhenBatchFull: true }
      await boss.work<Job>(queue, options, async (jobs) => jobs.forEach(({ data }) => seen(data)))
      return () => boss.offWork(queue, { wait: true })
    },
    left: async () => {
      const { rows } = await pool.query(
        "select count(*) as n from pgboss.job where name = $1 and state < 'completed'",
        [
          queue
        ]
      )
      return Number(rows[0].n)
    },
    close: async () => {
      await boss.stop({ graceful: false, close: true })
      await pool.end()
    }
  }
}
