/**
 * What is measured of every queue: figures per second and times, each by the same program.
 */
import { quantile } from "../harness.ts"
import { type Job, type Peer, steadyMillis } from "./peer.ts"

/** The name of a measure, and how many jobs it takes. */
export const sizes = { alone: 400, fifty: 4_000, thousand: 10_000, drain: 10_000, idle: 100 }

/** What can be measured. */
export type Measure = keyof typeof sizes

/** No measure takes longer than this. A peer that is too slow is measured by what it did in that time. */
const patience = 20_000

const job = (index: number): Job => ({ index, queuedAt: steadyMillis() })

/** How many a second, of something done `count` times by so many at once. */
const rate = async (count: number, callers: number, one: (index: number) => Promise<unknown>): Promise<number> => {
  const from = steadyMillis()
  let done = 0
  const caller = async () => {
    while (done < count && steadyMillis() - from < patience) await one(done++)
  }
  await Promise.all(Array.from({ length: callers }, caller))
  return done / (steadyMillis() - from) * 1_000
}

const thousand = (first: number): ReadonlyArray<Job> => Array.from({ length: 1_000 }, (_, i) => job(first + i))

const fill = async (peer: Peer, count: number): Promise<void> => {
  for (let i = 0; i < count; i += 1_000) await peer.enqueueMany(thousand(i))
}

const pause = (millis: number) => new Promise<void>((resolve) => setTimeout(resolve, millis))

/** Waits until all have run, and then until all of them are recorded: asking costs the database time. Gives what is left. */
const emptied = async (peer: Peer, from: number, haveRun: () => boolean): Promise<number> => {
  while (!haveRun() && steadyMillis() - from < patience) await pause(5)
  for (;;) {
    const left = await peer.left()
    if (left === 0 || steadyMillis() - from > patience) return left
    await pause(5)
  }
}

/** Queues and runs everything; counts from the start of the worker to the last one that is recorded as completed. */
const drain = async (peer: Peer): Promise<number> => {
  await fill(peer, sizes.drain)
  const runs = new Uint8Array(sizes.drain)
  let ran = 0
  const from = steadyMillis()
  const stop = await peer.work(({ index }) => {
    runs[index]!++
    ran++
  })
  const left = await emptied(peer, from, () => ran >= sizes.drain)
  const perSecond = (sizes.drain - left) / (steadyMillis() - from) * 1_000
  await stop()
  const twice = runs.filter((times) => times > 1).length
  if (twice > 0) console.error(`${twice} jobs ran more than once`)
  return perSecond
}

const measures: Readonly<Record<Exclude<Measure, "idle">, (peer: Peer) => Promise<number>>> = {
  alone: (peer) => rate(sizes.alone, 1, (index) => peer.enqueue(job(index))),
  fifty: (peer) => rate(sizes.fifty, 50, (index) => peer.enqueue(job(index))),
  thousand: async (peer) =>
    1_000 * await rate(sizes.thousand / 1_000, 1, (index) => peer.enqueueMany(thousand(index * 1_000))),
  drain
}

/** Takes one figure of a queue that is empty before and after. */
export const measure = async (peer: Peer, name: Exclude<Measure, "idle">): Promise<number> => {
  await peer.reset()
  const figure = await measures[name](peer)
  await peer.reset()
  return figure
}

/** Queues one job after another, each when nothing else is to be done. What a peer makes ready at first is not counted. */
export const trickle = async (peer: Peer): Promise<void> => {
  await peer.reset()
  for (let i = 0; i < sizes.idle; i++) {
    await pause(20 + Math.random() * 60)
    await peer.enqueue(job(i))
  }
}

/** Waits for jobs that another process queues, and says how long each was on its way. */
export const latencies = async (
  peer: Peer,
  ready: () => void
): Promise<{ readonly p50: number; readonly p99: number }> => {
  const seen: Array<number> = []
  const stop = await peer.work(({ queuedAt }) => void seen.push(steadyMillis() - queuedAt))
  ready()
  for (const until = steadyMillis() + patience; seen.length < sizes.idle && steadyMillis() < until;) await pause(10)
  await stop()
  if (seen.length < sizes.idle) console.error(`only ${seen.length} of ${sizes.idle} jobs came`)
  return { p50: quantile(seen, 0.5), p99: quantile(seen, 0.99) }
}
