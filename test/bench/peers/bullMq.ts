/**
 * BullMQ over a Redis that appends every write to its log, a hundred jobs at once.
 */
import { Queue, Worker } from "bullmq"
import type { Job, Make } from "./peer.ts"

const name = "bench"

/** A peer over a Redis. */
export const make: Make = async (url) => {
  const { hostname: host, port } = new URL(url)
  const connection = { host, port: Number(port), maxRetriesPerRequest: null }
  const queue = new Queue(name, { connection, defaultJobOptions: { removeOnComplete: true, removeOnFail: true } })
  await queue.waitUntilReady()
  return {
    settings: "Redis with appendonly, appendfsync everysec (its default); concurrency 100, removeOnComplete",
    reset: () => queue.obliterate({ force: true }),
    enqueue: (job) => queue.add(name, job),
    enqueueMany: (jobs) => queue.addBulk(jobs.map((data) => ({ name, data }))),
    work: async (seen) => {
      const worker = new Worker<Job>(name, async (job) => seen(job.data), { connection, concurrency: 100 })
      await worker.waitUntilReady()
      return () => worker.close()
    },
    left: async () => (await queue.getJobCountByTypes("wait", "active", "prioritized", "delayed")),
    close: () => queue.close()
  }
}
