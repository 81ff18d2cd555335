/**
 * Sees to it that one process at a time uses a file, also after a crash: the lock is one that the operating system
 * takes back when a process ends, however it ends. Node has no such lock of its own, SQLite has.
 */
import { SqliteClient } from "brinjal/sqlite"
import { Effect, Layer, Schema } from "effect"
import { SqlClient, type SqlError } from "effect/sql"

/** Another process has the lock. */
export class Held extends Schema.TaggedError<Held>()("Held", { pid: Schema.Int }) {
  override get message() {
    return `process ${this.pid} of this program uses it`
  }
}

/** Says who has the lock, and takes it, in that order: nobody else can read what the holder has not committed. */
const take = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE IF NOT EXISTS holder (pid INTEGER NOT NULL)`
  yield* sql.withTransaction(Effect.andThen(sql`DELETE FROM holder`, sql`INSERT INTO holder VALUES (${process.pid})`))
  yield* sql`BEGIN IMMEDIATE`
})

const holder = SqlClient.SqlClient.use((sql) => sql<{ pid: number }>`SELECT pid FROM holder`)

const takeOrSayWhoHasIt = Effect.catchIf(
  take,
  isLocked,
  () => Effect.flatMap(holder, ([row]) => Effect.fail(new Held({ pid: row?.pid ?? 0 })))
)

/** Layer that has the lock as long as it lives. */
export const layer = (file: string): Layer.Layer<never, Held | SqlError.SqlError> =>
  Layer.effectDiscard(takeOrSayWhoHasIt).pipe(
    Layer.provide(SqliteClient.layer({ filename: file, busyTimeout: 0, disableWAL: true }))
  )

function isLocked(error: SqlError.SqlError): boolean {
  return error.reason._tag === "LockTimeoutError"
}
