/**
 * What the `SqlClient` costs over `node:sqlite` used by hand with prepared statements: inserts with a commit each, inserts
 * by the thousand in a transaction, and selects of one row by key. Files with a write-ahead log, both in the same rounds.
 */
import { SqliteClient } from "brinjal/sqlite"
import { Effect, ManagedRuntime } from "effect"
import { SqlClient } from "effect/sql"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { DatabaseSync } from "node:sqlite"
import { type Contender, goal, interleave, ranking, ratio, title } from "./harness.ts"

const rounds = 7
const batch = 1_000
const durability = ["NORMAL", "FULL"] as const
type Durability = (typeof durability)[number]

const folder = Fs.mkdtempSync(Path.join(Os.tmpdir(), "brinjal-bench-"))
const schema =
  "CREATE TABLE job (id INTEGER PRIMARY KEY, name TEXT NOT NULL, payload TEXT NOT NULL, due INTEGER NOT NULL)"
const insertion = "INSERT INTO job (name, payload, due) VALUES (?, ?, ?)"
const selection = "SELECT * FROM job WHERE id = ?"
const values = (i: number) =>
  [`job-${i}`, "{\"sourcePath\":\"/data\",\"compressionLevel\":9}", 1_767_225_600_000 + i] as const

/** How often per second something happens that `run` does `count` times. */
const rate = async (count: number, run: () => unknown): Promise<number> => {
  const from = performance.now()
  await run()
  return count / (performance.now() - from) * 1_000
}

/** The three measured programs. */
interface Programs {
  readonly single: (count: number) => unknown
  readonly batched: (batches: number) => unknown
  readonly select: (count: number) => unknown
}

const raw = (synchronous: Durability): Programs => {
  const database = new DatabaseSync(Path.join(folder, `raw-${synchronous}.db`))
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}; ${schema}`)
  const insert = database.prepare(insertion)
  const byId = database.prepare(selection)
  const single = (count: number) => {
    for (let i = 0; i < count; i++) insert.run(...values(i))
  }
  return {
    single,
    batched: (batches) => {
      for (let i = 0; i < batches; i++) {
        database.exec("BEGIN IMMEDIATE")
        single(batch)
        database.exec("COMMIT")
      }
    },
    select: (count) => {
      for (let i = 1; i <= count; i++) byId.all(1 + i % batch)
    }
  }
}

const ours = async (synchronous: Durability): Promise<Programs> => {
  const filename = Path.join(folder, `ours-${synchronous}.db`)
  const runtime = ManagedRuntime.make(SqliteClient.layer({ filename, synchronous }))
  const sql = await runtime.runPromise(SqlClient.SqlClient)
  await runtime.runPromise(sql.unsafe(schema))
  const single = (count: number) =>
    Effect.gen(function*() {
      for (let i = 0; i < count; i++) {
        const [name, payload, due] = values(i)
        yield* sql`INSERT INTO job (name, payload, due) VALUES (${name}, ${payload}, ${due})`
      }
    })
  return {
    single: (count) => runtime.runPromise(single(count)),
    batched: (batches) => runtime.runPromise(Effect.repeat(sql.withTransaction(single(batch)), { times: batches - 1 })),
    select: (count) =>
      runtime.runPromise(Effect.gen(function*() {
        for (let i = 1; i <= count; i++) yield* sql`SELECT * FROM job WHERE id = ${1 + i % batch}`
      }))
  }
}

const contenders = (
  count: number,
  pick: (programs: Programs) => unknown,
  rows: ReadonlyArray<readonly [string, Programs]>
): ReadonlyArray<Contender> => rows.map(([name, programs]) => ({ name, run: () => rate(count, () => pick(programs)) }))

const compare = async (synchronous: Durability) => {
  const rows = [["node:sqlite", raw(synchronous)], ["SqliteClient", await ours(synchronous)]] as const
  const count = synchronous === "FULL" ? 500 : 5_000

  title(`Inserts per second, one per commit, synchronous = ${synchronous}`)
  const single = await interleave(contenders(count, ({ single }) => single(count), rows), rounds)
  ranking(single, "inserts/s")
  const singleRatio = ratio(single, "SqliteClient", "node:sqlite")
  goal("one per commit, at least 0.5 of node:sqlite", singleRatio, singleRatio >= 0.5)

  title(`Inserts per second, ${batch} per commit, synchronous = ${synchronous}`)
  ranking(await interleave(contenders(10 * batch, ({ batched }) => batched(10), rows), rounds), "inserts/s")

  if (synchronous === "FULL") return
  title("Selects of one row by key per second")
  ranking(await interleave(contenders(10_000, ({ select }) => select(10_000), rows), rounds), "selects/s")
}

for (const synchronous of durability) await compare(synchronous)
Fs.rmSync(folder, { recursive: true })
