import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import type { SqlClient } from "effect/sql"
import { clientWithTable, texts } from "./support.ts"

const add = (sql: SqlClient.SqlClient, text: string) => sql`INSERT INTO t (text) VALUES (${text})`

describe("transactions", () => {
  it.effect("commit all or nothing", () =>
    Effect.gen(function*() {
      const sql = yield* clientWithTable()
      yield* sql.withTransaction(Effect.andThen(add(sql, "a"), add(sql, "b")))
      yield* Effect.flip(sql.withTransaction(Effect.andThen(add(sql, "c"), Effect.fail("no"))))
      assert.deepStrictEqual(yield* texts(sql), ["a", "b"])
    }))

  it.effect("nested ones roll back to where they began", () =>
    Effect.gen(function*() {
      const sql = yield* clientWithTable()
      const inner = sql.withTransaction(Effect.andThen(add(sql, "lost"), Effect.fail("no")))
      const outer = Effect.all([add(sql, "a"), Effect.flip(inner), sql.withTransaction(add(sql, "b")), add(sql, "c")])
      yield* sql.withTransaction(outer)
      assert.deepStrictEqual(yield* texts(sql), ["a", "b", "c"])
    }))

  it.effect("are rolled back by an interruption in their middle, and let the next one in", () =>
    Effect.gen(function*() {
      const sql = yield* clientWithTable()
      const reached = yield* Deferred.make<void>()
      const fiber = yield* Effect.forkChild(sql.withTransaction(
        Effect.all([add(sql, "lost"), Deferred.succeed(reached, undefined), Effect.never], { discard: true })
      ))
      yield* Deferred.await(reached)
      const next = yield* Effect.forkChild(add(sql, "kept"), { startImmediately: true })
      yield* Fiber.interrupt(fiber)
      yield* Fiber.join(next)
      assert.deepStrictEqual(yield* texts(sql), ["kept"])
    }))

  it.effect("of many fibers follow one another", () =>
    Effect.gen(function*() {
      const sql = yield* clientWithTable()
      yield* add(sql, "0")
      const increment = sql.withTransaction(Effect.gen(function*() {
        const [text] = yield* texts(sql)
        yield* Effect.yieldNow
        yield* sql`UPDATE t SET text = ${String(Number(text) + 1)}`
      }))
      yield* Effect.all(Array.from({ length: 50 }, () => increment), { concurrency: "unbounded", discard: true })
      assert.deepStrictEqual(yield* texts(sql), ["50"])
    }))

  it.effect("keep statements of other fibers out", () =>
    Effect.gen(function*() {
      const sql = yield* clientWithTable()
      const reached = yield* Deferred.make<void>()
      const proceed = yield* Deferred.make<void>()
      const fiber = yield* Effect.forkChild(sql.withTransaction(Effect.all([
        add(sql, "lost"),
        Deferred.succeed(reached, undefined),
        Deferred.await(proceed),
        Effect.fail("no")
      ])))
      yield* Deferred.await(reached)
      const reader = yield* Effect.forkChild(texts(sql), { startImmediately: true })
      yield* Deferred.succeed(proceed, undefined)
      yield* Fiber.await(fiber)
      assert.deepStrictEqual(yield* Fiber.join(reader), [])
    }))

  it.effect("a waiting one can be interrupted", () =>
    Effect.gen(function*() {
      const sql = yield* clientWithTable()
      const release = yield* Deferred.make<void>()
      const first = yield* Effect.forkChild(sql.withTransaction(Deferred.await(release)), { startImmediately: true })
      const second = yield* Effect.forkChild(sql.withTransaction(add(sql, "never")), { startImmediately: true })
      yield* Fiber.interrupt(second)
      yield* Deferred.succeed(release, undefined)
      yield* Fiber.join(first)
      assert.deepStrictEqual(yield* texts(sql), [])
    }))

  it.effect("run what was asked for after the commit, after the commit", () =>
    Effect.gen(function*() {
      const sql = yield* clientWithTable()
      const seen: Array<ReadonlyArray<string>> = []
      const look = sql.afterCommit(Effect.flatMap(Effect.orDie(texts(sql)), (all) => Effect.sync(() => seen.push(all))))
      yield* sql.withTransaction(Effect.andThen(look, add(sql, "a")))
      yield* Effect.flip(sql.withTransaction(Effect.andThen(look, Effect.fail("no"))))
      assert.deepStrictEqual(seen, [["a"]])
    }))

  it.effect("roll back when the commit fails, and the client goes on", () =>
    Effect.gen(function*() {
      const sql = yield* clientWithTable()
      yield* sql`CREATE TABLE child (parent INTEGER REFERENCES t (id) DEFERRABLE INITIALLY DEFERRED)`
      const orphan = sql`INSERT INTO child (parent) VALUES (99)`
      const error = yield* Effect.flip(sql.withTransaction(Effect.andThen(add(sql, "lost"), orphan)))
      assert.strictEqual(error.reason._tag, "ConstraintError")
      yield* sql.withTransaction(add(sql, "kept"))
      assert.deepStrictEqual(yield* texts(sql), ["kept"])
    }))

  it.effect("that SQLite has ended let nothing more in", () =>
    Effect.gen(function*() {
      const sql = yield* clientWithTable()
      yield* add(sql, "a")
      const ended = Effect.ignore(sql`INSERT OR ROLLBACK INTO t (id, text) VALUES (1, 'again')`)
      const goingOn = Effect.andThen(add(sql, "b"), Effect.andThen(ended, add(sql, "c")))
      const error = yield* Effect.flip(sql.withTransaction(goingOn))
      assert.include(error.message, "SQLite has rolled back the transaction")
      assert.include(error.message, "UNIQUE constraint failed: t.id")
      const atCommit = yield* Effect.flip(sql.withTransaction(Effect.andThen(add(sql, "d"), ended)))
      assert.include(atCommit.message, "SQLite has rolled back the transaction")
      yield* sql.withTransaction(add(sql, "e"))
      assert.deepStrictEqual(yield* texts(sql), ["a", "e"])
    }))
})
