import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { SqlClient } from "effect/sql"
import { TestClock } from "effect/testing"
import { spawn } from "node:child_process"
import * as Path from "node:path"
import { client, clientWithTable, file, texts } from "./support.ts"

/** Two clients of one file, the first in the middle of a transaction that `release` ends. */
const locked = Effect.gen(function*() {
  const filename = yield* file
  const first = yield* clientWithTable({ filename })
  const second = yield* client({ filename, busyTimeout: "2 seconds" })
  const release = yield* Deferred.make<void>()
  const holder = yield* Effect.forkChild(
    first.withTransaction(Effect.andThen(first`INSERT INTO t (text) VALUES ('first')`, Deferred.await(release))),
    { startImmediately: true }
  )
  return {
    filename,
    first,
    second,
    release: Effect.andThen(Deferred.succeed(release, undefined), Fiber.join(holder))
  }
})

const insert = (sql: SqlClient.SqlClient) => sql`INSERT INTO t (text) VALUES ('second')`

describe("locks", () => {
  for (
    const [what, run] of [
      ["a statement", insert],
      ["a transaction", (sql: SqlClient.SqlClient) => sql.withTransaction(insert(sql))]
    ] as const
  ) {
    it.effect(`${what} waits for another connection, and other fibers run`, () =>
      Effect.gen(function*() {
        const { release, second } = yield* locked
        const fiber = yield* Effect.forkChild(run(second), { startImmediately: true })
        yield* TestClock.adjust("1 second")
        assert.isUndefined(fiber.pollUnsafe())
        yield* release
        yield* TestClock.adjust("20 millis")
        yield* Fiber.join(fiber)
        assert.deepStrictEqual(yield* texts(second), ["first", "second"])
      }))
  }

  it.effect("a statement gives up after its timeout, and says on what", () =>
    Effect.gen(function*() {
      const { filename, release, second } = yield* locked
      const fiber = yield* Effect.forkChild(Effect.flip(insert(second)), { startImmediately: true })
      yield* TestClock.adjust("1999 millis")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      const error = yield* Fiber.join(fiber)
      assert.strictEqual(error.reason._tag, "LockTimeoutError")
      assert.isTrue(error.isRetryable)
      assert.strictEqual(error.message, `${JSON.stringify(filename)} is locked by another connection`)
      yield* release
      yield* insert(second)
    }))

  it.effect("readers do not wait for writers", () =>
    Effect.gen(function*() {
      const { release, second } = yield* locked
      assert.deepStrictEqual(yield* texts(second), [])
      yield* release
      assert.deepStrictEqual(yield* texts(second), ["first"])
    }))

  it.effect("the wait of a transaction can be interrupted, unless it must not be", () =>
    Effect.gen(function*() {
      const { first, release, second } = yield* locked
      const waiting = yield* Effect.forkChild(second.withTransaction(insert(second)), { startImmediately: true })
      yield* Fiber.interrupt(waiting)

      const must = yield* Effect.forkChild(Effect.uninterruptible(second.withTransaction(insert(second))), {
        startImmediately: true
      })
      const interrupting = yield* Effect.forkChild(Fiber.interrupt(must), { startImmediately: true })
      yield* TestClock.adjust("1 second")
      assert.isUndefined(must.pollUnsafe())
      yield* release
      yield* TestClock.adjust("20 millis")
      yield* Fiber.join(interrupting)
      assert.deepStrictEqual(yield* texts(first), ["first", "second"])
    }))

  it.effect("a transaction that has read what changed since must start again", () =>
    Effect.gen(function*() {
      const filename = yield* file
      const first = yield* clientWithTable({ filename })
      const second = yield* client({ filename })
      const error = yield* Effect.all([texts(second), insert(first), insert(second)]).pipe(
        second.withTransaction,
        Effect.provideService(SqlClient.BeginTransaction, "BEGIN"),
        Effect.flip
      )
      assert.strictEqual(error.reason._tag, "SerializationError")
      assert.isTrue(error.isRetryable)
    }))

  it.live("processes that write one file lose nothing of each other", () =>
    Effect.gen(function*() {
      const filename = yield* file
      const sql = yield* clientWithTable({ filename })
      yield* sql`INSERT INTO t (text) VALUES ('0')`
      yield* Effect.all([increment(filename, 100), increment(filename, 100)], { concurrency: 2, discard: true })
      assert.deepStrictEqual(yield* texts(sql), ["200"])
    }))
})

/** A process of its own that increments the number in the file. */
const increment = (filename: string, times: number) =>
  Effect.callback<void>((resume) => {
    const program = Path.join(import.meta.dirname, "increment.ts")
    const child = spawn(process.execPath, ["--conditions=source", program, filename, String(times)], {
      stdio: ["ignore", "inherit", "pipe"]
    })
    let complaint = ""
    child.stderr.on("data", (text) => complaint += text)
    child.once("exit", (code) =>
      resume(code === 0 && complaint === "" ? Effect.void : Effect.die(new Error(`exit ${code}: ${complaint}`))))
    return Effect.sync(() =>
      child.kill()
    )
  })
