/**
 * Durable queues for Node on the same Postgres (BullMQ on a Redis of its own), each in a process and a database of its own
 * and set up as its documentation advises for throughput; Brinjal with its defaults. They take turns, measure by measure.
 * Needs `BRINJAL_TEST_POSTGRES_URL`.
 */
import { figure, goal, interleave, median, ranking, type Result, table, title } from "./harness.ts"
import * as databases from "./peers/databases.ts"
import { makers } from "./peers/index.ts"
import type { Measure } from "./peers/measures.ts"
import { Remote } from "./peers/remote.ts"

const rounds = Number(process.env.ROUNDS ?? 3)
const server = process.env.BRINJAL_TEST_POSTGRES_URL
const wanted = process.env.PEERS?.split(",") ?? Object.keys(makers)

interface Running {
  readonly name: string
  readonly place: databases.Place
  readonly remote: Remote
}

const placeFor = (name: string): Promise<databases.Place | undefined> =>
  name === "BullMQ" ? databases.redis() : databases.postgres(server!, name)

const start = async (name: string): Promise<Running | undefined> => {
  const place = await placeFor(name)
  if (place === undefined) {
    console.log(`${name} is left out: there is no redis-server`)
    return undefined
  }
  const remote = new Remote(name, place.url)
  const started = await remote.next()
  if (started.kind === "started") {
    console.log(`${name}: ${started.settings}`)
    return { name, place, remote }
  }
  await place.drop()
  throw new Error(`${name} did not start`)
}

const throughput: Readonly<Record<Exclude<Measure, "idle">, string>> = {
  alone: "Queued one by one, each awaited: per second",
  fifty: "Queued, 50 in flight: per second",
  thousand: "Queued by 1,000: per second",
  drain: "10,000 jobs that do nothing, until the last is recorded: per second"
}

const compare = async (running: ReadonlyArray<Running>, measure: Exclude<Measure, "idle">) => {
  const contenders = running.map(({ name, remote }) => ({ name, run: () => remote.measure(measure) }))
  const results = await interleave(contenders, rounds)
  title(throughput[measure])
  ranking(results, "per second")
  return results
}

/** The median of a queue against the best of others. */
const against = (results: ReadonlyArray<Result>, name: string, isPeer: (name: string) => boolean): number => {
  const medianOf = (result: Result) => median(result.samples)
  const best = Math.max(...results.filter((result) => isPeer(result.name)).map(medianOf))
  return medianOf(results.find((result) => result.name === name)!) / best
}

const isPostgres = (name: string) => !name.startsWith("brinjal") && name !== "BullMQ"

const goals = (all: Readonly<Record<Exclude<Measure, "idle">, ReadonlyArray<Result>>>): void => {
  const best = (measure: Exclude<Measure, "idle">, name = "brinjal") => against(all[measure], name, isPostgres)
  const check = (text: string, value: number, least: number) =>
    goal(`${text}, of the best on Postgres (goal: at least ${least})`, value, value >= least)
  console.log()
  check("queued one by one", best("alone"), 1.5)
  check("50 in flight", best("fifty"), 10)
  check("by 1,000", best("thousand"), 1.8)
  check("10,000 run", best("drain"), 2)
  check("10,000 run in a pool of 500", best("drain", "brinjal, pool of 500"), 2)
}

const idle = async (running: ReadonlyArray<Running>): Promise<void> => {
  const rows: Array<ReadonlyArray<string>> = []
  for (const { name, place, remote } of running) {
    const worker = new Remote(name, place.url)
    await worker.next()
    const { p50, p99 } = await worker.latencyFrom(remote)
    await worker.close()
    rows.push([name, figure(p50), figure(p99)])
    if (!name.startsWith("brinjal")) continue
    goal(`${name}: p50 at most 5 ms`, p50, p50 <= 5)
    goal(`${name}: p99 at most 25 ms`, p99, p99 <= 25)
  }
  title("From one process to another when nothing else is to be done")
  table(["", "p50 ms", "p99 ms"], rows)
}

const end = async (running: ReadonlyArray<Running>): Promise<void> => {
  for (const { place, remote } of running) {
    await remote.close()
    await place.drop()
  }
}

if (server === undefined) {
  console.log("Left out: set BRINJAL_TEST_POSTGRES_URL, for example to postgres://postgres@127.0.0.1:5432/test")
} else {
  const running: Array<Running> = []
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => void end(running).then(() => process.exit(1)))
  try {
    for (const name of wanted) {
      const one = await start(name)
      if (one !== undefined) running.push(one)
    }
    goals({
      alone: await compare(running, "alone"),
      fifty: await compare(running, "fifty"),
      thousand: await compare(running, "thousand"),
      drain: await compare(running, "drain")
    })
    await idle(running)
  } finally {
    await end(running)
  }
}
