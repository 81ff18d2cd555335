/**
 * What a turn on Postgres looks at, however much there is. A connection plans its statements when the tables are small, and
 * keeps the plans when they have grown.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { type Claimed, TaskStore } from "../../src/TaskStore.ts"
import { claimOf, ended, insertConfigWithInstance, keepAll, t0, task } from "../../src/testing/store/records.ts"
import { databases, postgresOf, schemaName, storeOver, tables } from "./databases.ts"

const isThere = databases.some(([name]) => name === "Postgres")

/** How many rows a transaction has looked at so far. */
const seen = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  const schema = yield* schemaName
  const [row] = yield* sql<{ rows: number }>`select sum(seq_tup_read + idx_tup_fetch)::int as rows
    from pg_stat_xact_user_tables where schemaname = ${schema}`
  return row!.rows
})

/** The newest ten stay, and what has ended since `t0`. */
const recent = { ...keepAll, done: 10, since: t0 }

/** Claims a task that waits, ends it, and claims another one. */
const turns = (first: string, second: string) =>
  TaskStore.use((store) =>
    Effect.gen(function*() {
      const answer = yield* store.claim(claimOf(task(first)))
      assert.isObject(answer)
      yield* store.settle(ended((answer as Claimed).task, "done"), 1, recent)
      yield* store.claim(claimOf(task(second), { limit: 2 }))
    })
  )

/** Tasks that have run, and others. */
const crowd = Effect.fnUntraced(function*(count: number) {
  const ids = Array.from({ length: count }, (_, i) => `t${i}`)
  yield* TaskStore.use((store) => store.insertTasks(ids.flatMap((id) => [`${id}.1`, `${id}.2`]).map((id) => task(id))))
  yield* Effect.forEach(ids, (id) => turns(`${id}.1`, `${id}.2`), { concurrency: "unbounded", discard: true })
})

describe.skipIf(!isThere)("a turn on Postgres", () => {
  it.effect("looks at as many rows of a big table as of a small one", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      const { tasks } = yield* tables
      const looks = (id: string) =>
        sql.withTransaction(Effect.gen(function*() {
          const before = yield* seen
          yield* turns(`${id}.1`, `${id}.2`)
          return (yield* seen) - before
        }))
      yield* insertConfigWithInstance("nightly", "instance")
      const store = yield* TaskStore
      yield* store.insertTasks(["small", "big"].flatMap((id) => [task(`${id}.1`), task(`${id}.2`)]))
      yield* sql`vacuum analyze ${tasks}`
      const few = yield* looks("small")
      yield* crowd(1_000)
      const many = yield* looks("big")
      assert.isAtLeast(few, 3)
      assert.isAtMost(many, few + 20)
    }).pipe(Effect.provide(storeOver(postgresOf(1)))))
})
