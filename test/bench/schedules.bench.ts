/**
 * Durable schedules that are due every second: how late they start, whether any is missed or doubled, and what they cost.
 * On SQLite, and on Postgres (with BullMQ on a Redis of its own beside it) when `BRINJAL_TEST_POSTGRES_URL` is set.
 */
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { figure, goal, inProcess, table, title } from "./harness.ts"
import { type Firings, heading, row } from "./lateness.ts"
import * as databases from "./peers/databases.ts"

const seconds = 10
const server = process.env.BRINJAL_TEST_POSTGRES_URL

const temporary = async (): Promise<databases.Place> => {
  const folder = Fs.mkdtempSync(Path.join(Os.tmpdir(), "brinjal-bench-"))
  return {
    url: `sqlite:${Path.join(folder, "tasks.db")}`,
    drop: async () => Fs.rmSync(folder, { recursive: true, force: true })
  }
}

const contenders: ReadonlyArray<readonly [string, () => Promise<databases.Place | undefined>]> = [
  ["brinjal on SQLite", temporary],
  ...(server === undefined ? [] : [
    ["brinjal on Postgres", () => databases.postgres(server, "schedules")],
    ["BullMQ", databases.redis]
  ] as const)
]

const measure = async (
  name: string,
  jobs: number,
  make: () => Promise<databases.Place | undefined>
): Promise<Firings | undefined> => {
  const place = await make()
  if (place === undefined) return undefined
  try {
    return await inProcess<Firings>("schedules.worker.ts", {
      args: [name, String(jobs), place.url, String(seconds), String(jobs)],
      timeoutSeconds: 150
    })
  } finally {
    await place.drop()
  }
}

title(`Durable schedules "* * * * * *", ${seconds} seconds`)
if (server === undefined) console.log("Postgres is left out: set BRINJAL_TEST_POSTGRES_URL")
const rows: Array<ReadonlyArray<string>> = []
const results: Array<readonly [string, number, Firings]> = []
for (const jobs of [1_000, 10_000]) {
  for (const [name, make] of contenders) {
    const firings = await measure(name, jobs, make)
    rows.push(row(name, jobs, firings))
    if (firings !== undefined && name !== "BullMQ") results.push([name, jobs, firings])
  }
}
table(["", "schedules", "started", ...heading], rows)

console.log()
for (const [name, jobs, { cpu, duplicates, missed, p99 }] of results) {
  const latest = jobs === 1_000 ? 100 : 600
  const what = `${name}, ${figure(jobs)} schedules`
  goal(`${what}: nothing missed or doubled`, missed + duplicates, missed + duplicates === 0)
  goal(`${what}: p99 at most ${latest} ms`, p99, p99 <= latest)
  if (jobs === 1_000) goal(`${what}: at most 5 % of a core`, cpu, cpu <= 5)
}
