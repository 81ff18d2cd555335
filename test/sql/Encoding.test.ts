/**
 * In which encodings of a database of Postgres tasks are kept.
 */
import { PgClient } from "@effect/sql-pg"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { TaskStoreSql } from "../../src/sql/index.ts"
import { TaskStore } from "../../src/TaskStore.ts"
import { task } from "../../src/testing/store/records.ts"
import { databases, live } from "./databases.ts"

const server = process.env.BRINJAL_TEST_POSTGRES_URL ?? ""

/** A store in a database with this encoding, which is gone afterwards. */
const storeIn = (encoding: string) =>
  Layer.unwrap(Effect.gen(function*() {
    const sql = yield* SqlClient.SqlClient
    const name = `brinjal_test_${process.pid}_${encoding.toLowerCase()}`
    yield* Effect.acquireRelease(
      sql`create database ${sql(name)} encoding ${sql.literal(`'${encoding}'`)}
        lc_collate 'C' lc_ctype 'C' template template0`,
      () => Effect.orDie(sql`drop database ${sql(name)} with (force)`)
    )
    const url = new URL(server)
    url.pathname = `/${name}`
    return TaskStoreSql.layer.pipe(Layer.provide(live(PgClient.layer({ url: Redacted.make(url.href) }))))
  })).pipe(Layer.provide(live(PgClient.layer({ url: Redacted.make(server) }))))

for (const [database] of databases.filter(([database]) => database === "Postgres")) {
  describe(`the encoding of a database of ${database}`, () => {
    for (const encoding of ["UTF8", "SQL_ASCII"]) {
      it.effect(`may be ${encoding}, which keeps every text`, () =>
        Effect.gen(function*() {
          const store = yield* TaskStore
          const heading = "é 日本 🍆"
          yield* store.insertTasks([task("t", { heading, payload: { [heading]: heading } })])
          const [stored] = yield* store.liveTasks
          assert.strictEqual(stored!.heading, heading)
          assert.deepStrictEqual(stored!.payload, { [heading]: heading })
        }).pipe(Effect.provide(storeIn(encoding))))
    }

    it.effect("may not be one that does not hold every text, and it is said what to do", () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Effect.provide(TaskStore, storeIn("LATIN1")))
        assert.deepInclude(error, { _tag: "IncompatibleDatabase", reason: "Encoding" })
        assert.include(String(error), "Its encoding is LATIN1")
        assert.include(String(error), "create database NAME encoding 'UTF8' template template0")
      }))
  })
}
