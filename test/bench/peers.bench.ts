/**
 * Durable queues for Node on the same Postgres (BullMQ on a Redis of its own), each in a process and a database of its own
 * and set up as its documentation advises for throughput; Brinjal with its defaults. They take turns, measure by measure.
 * Needs `BRINJAL_TEST_POSTGRES_URL`. `PEERS` and `MEASURES` name some of them, with commas between, `ROUNDS` is how many.
 */
import { figure, goal, hasEnded, interleave, median, ranking, type Result, table, title } from "./harness.ts"
import * as databases from "./peers/databases.ts"
import { makers } from "./peers/index.ts"
import { type Measure, sizes } from "./peers/measures.ts"
import { Remote } from "./peers/remote.ts"

const rounds = Number(process.env.ROUNDS ?? 3)
const server = process.env.BRINJAL_TEST_POSTGRES_URL

/** The names in a variable of the environment, or all that there are. */
const named = (variable: string, known: ReadonlyArray<string>): ReadonlyArray<string> => {
  const names = process.env[variable]?.split(/,(?! )/) ?? known
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length > 0) throw new Error(`There is no ${unknown.join("; ")}. ${variable} may name ${known.join("; ")}`)
  return names
}

const peers = named("PEERS", Object.keys(makers))
const measures = named("MEASURES", Object.keys(sizes)) as ReadonlyArray<Measure>

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
  console.log(`${name} is left out: it did not start`)
  await place.drop()
  return undefined
}

type Throughput = Exclude<Measure, "idle">

const throughput: Readonly<Record<Throughput, string>> = {
  alone: "Queued one by one, each awaited: per second",
  fifty: "Queued, 50 in flight: per second",
  thousand: "Queued by 1,000: per second",
  drain: "10,000 jobs that do nothing, until the last is recorded: per second"
}

const compare = async (running: ReadonlyArray<Running>, measure: Throughput): Promise<ReadonlyArray<Result>> => {
  const contenders = running.map(({ name, remote }) => ({ name, run: () => remote.measure(measure) }))
  const results = await interleave(contenders, rounds)
  title(throughput[measure])
  ranking(results, "per second")
  return results
}

/** What is wanted of a queue: a measure, and how many times that of the best other one on Postgres. */
interface Goal {
  readonly text: string
  readonly measure: Throughput
  readonly name: string
  readonly least: number
}

const wanted: ReadonlyArray<Goal> = [
  { text: "queued one by one", measure: "alone", name: "brinjal", least: 1.5 },
  { text: "50 in flight", measure: "fifty", name: "brinjal", least: 10 },
  { text: "by 1,000", measure: "thousand", name: "brinjal", least: 1.8 },
  { text: "10,000 run", measure: "drain", name: "brinjal", least: 2 },
  { text: "10,000 run in a pool of 500", measure: "drain", name: "brinjal, pool of 500", least: 2 }
]

const isPeer = (name: string): boolean => !name.startsWith("brinjal") && name !== "BullMQ"

const check = (results: ReadonlyArray<Result>, { least, name, text }: Goal): void => {
  const ours = results.find((result) => result.name === name)
  const peers = results.filter((result) => isPeer(result.name) && hasEnded(result))
  if (ours === undefined || peers.length === 0) return
  const value = median(ours.samples) / Math.max(...peers.map(({ samples }) => median(samples)))
  goal(`${text}, of the best on Postgres (goal: at least ${least})`, value, value >= least)
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
    for (const name of peers) {
      const one = await start(name)
      if (one !== undefined) running.push(one)
    }
    const results = new Map<Measure, ReadonlyArray<Result>>()
    for (const measure of measures) if (measure !== "idle") results.set(measure, await compare(running, measure))
    console.log()
    for (const goal of wanted) check(results.get(goal.measure) ?? [], goal)
    if (measures.includes("idle")) await idle(running)
  } finally {
    await end(running)
  }
}
