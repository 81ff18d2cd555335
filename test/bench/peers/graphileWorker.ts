/**
 * graphile-worker with the preset that its documentation gives for throughput, and 24 jobs at once.
 */
import { Logger, makeWorkerUtils, run } from "graphile-worker"
import { Pool } from "pg"
import type { Job, Make } from "./peer.ts"

const silent = new Logger(() => () => {})

/** A peer over a database of its own. */
export const make: Make = async (url) => {
  const preset = {
    worker: {
      connectionString: url,
      maxPoolSize: 25,
      logger: silent,
      concurrentJobs: 24,
      pollInterval: 2_000,
      localQueue: { size: 500 },
      completeJobBatchDelay: 0,
      failJobBatchDelay: 0
    }
  }
  const utils = await makeWorkerUtils({ preset })
  await utils.migrate()
  const pool = new Pool({ connectionString: url, max: 2 })
  return {
    settings: "concurrentJobs 24, localQueue 500, completeJobBatchDelay 0, failJobBatchDelay 0",
    reset: () => pool.query("delete from graphile_worker._private_jobs"),
    enqueue: (job) => utils.addJob("bench", job),
    enqueueMany: (jobs) => utils.addJobs(jobs.map((payload) => ({ identifier: "bench", payload }))),
    work: async (seen) => {
      const bench = async (payload: unknown) => seen(payload as Job)
      const runner = await run({ preset, taskList: { bench }, noHandleSignals: true })
      return () => runner.stop()
    },
    left: async () => {
      const { rows } = await pool.query("select count(*) as n from graphile_worker._private_jobs")
      return Number(rows[0].n)
    },
    close: async () => {
      await utils.release()
      await pool.end()
    }
  }
}
