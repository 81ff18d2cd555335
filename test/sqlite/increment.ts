/**
 * Increments the number in a database, a number of times: `increment.ts <file> <times>`. Started by `locks.test.ts`.
 */
import { SqliteClient } from "brinjal/sqlite"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

const [filename = ":memory:", times = "1"] = process.argv.slice(2)

const increment = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ text: string }>`SELECT text FROM t`
  yield* Effect.yieldNow
  yield* sql`UPDATE t SET text = ${String(Number(row!.text) + 1)}`
})

const program = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => Effect.repeat(sql.withTransaction(increment), { times: Number(times) - 1 })
)

await Effect.runPromise(Effect.provide(program, SqliteClient.layer({ filename, busyTimeout: "30 seconds" })))
