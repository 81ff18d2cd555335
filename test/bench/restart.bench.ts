/**
 * Starting over a large database: how long a manager takes until all its recurring tasks are on their schedules again, and
 * what that takes of memory, with 100,000 recurring tasks and 1,000,000 finished instances in the tables. On SQLite, and on
 * Postgres when `BRINJAL_TEST_POSTGRES_URL` is set. `CONFIGS` and `FINISHED` change the numbers.
 */
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { figure, inProcess, table, title } from "./harness.ts"
import * as databases from "./peers/databases.ts"

const configs = Number(process.env.CONFIGS ?? 100_000)
const finished = Number(process.env.FINISHED ?? 1_000_000)
const rounds = 3
const server = process.env.BRINJAL_TEST_POSTGRES_URL

/** What a start took: milliseconds until the manager is there, and until nothing of the start is left to do. */
interface Start {
  readonly ready: number
  readonly settled: number
  readonly megabytes: number
  readonly configs: number
}

const child = <A>(url: string, ...args: ReadonlyArray<string>) =>
  inProcess<A>("restart.worker.ts", { args: [url, ...args], timeoutSeconds: 600, heapMegabytes: 8_192 })

const bench = async (name: string, place: databases.Place): Promise<void> => {
  try {
    const filled = await child<{ readonly seconds: number }>(place.url, "fill", String(configs), String(finished))
    if (filled === undefined) return console.log(`${name} could not be filled`)
    console.log(`\n${name}: filled in ${figure(filled.seconds)} s`)
    const rows: Array<ReadonlyArray<string>> = []
    for (let round = 1; round <= rounds; round++) {
      const start = await child<Start>(place.url, "start")
      rows.push(
        start === undefined
          ? [`start ${round}`, "did not end"]
          : [`start ${round}`, ...[start.configs, start.ready, start.settled, start.megabytes].map(figure)]
      )
    }
    table(["", "recurring tasks", "ready ms", "settled ms", "heap MB"], rows)
  } finally {
    await place.drop()
  }
}

title(`Restart with ${figure(configs)} recurring tasks and ${figure(finished)} finished instances`)
const folder = Fs.mkdtempSync(Path.join(Os.tmpdir(), "brinjal-bench-"))
await bench("SQLite", {
  url: `sqlite:${Path.join(folder, "tasks.db")}`,
  drop: async () => Fs.rmSync(folder, { recursive: true, force: true })
})
if (server === undefined) console.log("\nPostgres is left out: set BRINJAL_TEST_POSTGRES_URL")
else await bench("Postgres", await databases.postgres(server, "restart"))
