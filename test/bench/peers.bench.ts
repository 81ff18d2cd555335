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

const rounds = Number(process.env.ROUNDS ?? 5)
const server = process.env.BRINJAL_TEST_POSTGRES_URL

/** The names in a variable of the environment, or all that there are. */
const named = (variable: string, known: ReadonlyArray<string>): ReadonlyArray<string> => {
  const names = process.env[variable]?.split(/,(?! )/) ?? known
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length > 0) {
    const quoted = (list: ReadonlyArray<string>) => list.map((name) => `"${name}"`).join(",")
    throw new Error(`There is no ${quoted(unknown)}. ${variable} takes some of ${quoted(known)}, without the quotes.`)
  }
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

/** A queue that can do nothing else. What it reaches is what the tables cost, with their indexes and constraints. */
const least = "least on the same tables"

const isPeer = (name: string): boolean => !name.startsWith("brinjal") && name !== least && name !== "BullMQ"
const isBullMq = (name: string): boolean => name === "BullMQ"
const isLeast = (name: string): boolean => name === least

/** What is wanted of a queue: a measure, and how many times that of the best of some others. */
interface Goal {
  readonly text: string
  readonly measure: Throughput
  readonly name: string
  readonly others: (name: string) => boolean
  readonly least: number
}

const pool = "brinjal, pool of 500"

const wanted: ReadonlyArray<Goal> = [
  { text: "one by one, of the best on Postgres", measure: "alone", name: "brinjal", others: isPeer, least: 1.5 },
  { text: "50 in flight, of the best on Postgres", measure: "fifty", name: "brinjal", others: isPeer, least: 10 },
  { text: "50 in flight, of BullMQ", measure: "fifty", name: "brinjal", others: isBullMq, least: 2 },
  { text: `50 in flight, of the ${least}`, measure: "fifty", name: "brinjal", others: isLeast, least: 1 / 2 },
  { text: "by 1,000, of the best on Postgres", measure: "thousand", name: "brinjal", others: isPeer, least: 1.8 },
  { text: `by 1,000, of the ${least}`, measure: "thousand", name: "brinjal", others: isLeast, least: 1 / 2 },
  { text: "10,000 run, of the best on Postgres", measure: "drain", name: "brinjal", others: isPeer, least: 1.5 },
  { text: "10,000 run, of BullMQ", measure: "drain", name: "brinjal", others: isBullMq, least: 3 },
  { text: `10,000 run, of the ${least}`, measure: "drain", name: "brinjal", others: isLeast, least: 1 / 2 },
  {
    text: "10,000 run in a pool of 500, of the best on Postgres",
    measure: "drain",
    name: pool,
    others: isPeer,
    least: 1.5
  }
]

const check = (results: ReadonlyArray<Result>, { least, name, others, text }: Goal): void => {
  const ours = results.find((result) => result.name === name)
  const compared = results.filter((result) => others(result.name) && hasEnded(result))
  if (ours === undefined || compared.length === 0) return
  const value = median(ours.samples) / Math.max(...compared.map(({ samples }) => median(samples)))
  goal(`${text} (goal: at least ${least})`, value, value >= least)
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
