import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { SqlError } from "effect/sql"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { client, clientWithTable, file, folder, texts } from "./support.ts"

const schema = [
  "CREATE TABLE p (id INTEGER PRIMARY KEY, u TEXT UNIQUE, n INTEGER NOT NULL DEFAULT 0 CHECK (n >= 0))",
  "CREATE TABLE c (id INTEGER PRIMARY KEY REFERENCES p (id), a TEXT, b TEXT)",
  "CREATE UNIQUE INDEX c_ab ON c (a, b)",
  "CREATE TABLE r (a TEXT)",
  "INSERT INTO p (id, u) VALUES (1, 'one'), (2, 'two')",
  "INSERT INTO c (id, a, b) VALUES (1, 'x', 'y')",
  "INSERT INTO r (rowid, a) VALUES (1, 'x')"
]

const reasonOf = (statement: string) =>
  Effect.gen(function*() {
    const sql = yield* client()
    yield* Effect.forEach(schema, (text) => sql.unsafe(text))
    return (yield* Effect.flip(sql.unsafe(statement))).reason
  })

const cannotOpen = (config: { readonly filename: string; readonly readonly?: boolean }) =>
  Effect.map(Effect.flip(client(config)), (error) => [error.reason._tag, error.message] as const)

const summary = ({ reason }: SqlError.SqlError) => [reason._tag, reason.isRetryable] as const

describe("errors", () => {
  for (
    const [statement, constraint] of [
      ["INSERT INTO p (id) VALUES (1)", "p.id"],
      ["INSERT INTO p (u) VALUES ('one')", "p.u"],
      ["INSERT INTO c (id, a, b) VALUES (2, 'x', 'y')", "c.a, c.b"],
      ["INSERT INTO r (rowid) VALUES (1)", "r.rowid"]
    ] as const
  ) {
    it.effect(`a duplicate of ${constraint} is a unique violation`, () =>
      Effect.gen(function*() {
        const reason = yield* reasonOf(statement)
        assert.strictEqual(reason._tag, "UniqueViolation")
        assert.propertyVal(reason, "constraint", constraint)
        assert.strictEqual(reason.message, `UNIQUE constraint failed: ${constraint}`)
      }))
  }

  for (
    const [statement, tag] of [
      ["INSERT INTO p (n) VALUES (NULL)", "ConstraintError"],
      ["INSERT INTO p (n) VALUES (-1)", "ConstraintError"],
      ["INSERT INTO c (id) VALUES (99)", "ConstraintError"],
      ["SELEKT 1", "SqlSyntaxError"],
      ["SELECT * FROM nowhere", "SqlSyntaxError"],
      ["SELECT json('{')", "UnknownError"]
    ] as const
  ) {
    it.effect(`${statement}: ${tag}`, () =>
      Effect.gen(function*() {
        const reason = yield* reasonOf(statement)
        assert.strictEqual(reason._tag, tag)
        assert.isFalse(reason.isRetryable)
      }))
  }

  it.effect("a full disk is trouble of the storage, which may pass", () =>
    Effect.gen(function*() {
      const filename = yield* file
      const sql = yield* clientWithTable({ filename })
      yield* sql`PRAGMA max_page_count = 4`
      const error = yield* Effect.flip(sql`INSERT INTO t (text) VALUES (${"x".repeat(100_000)})`)
      assert.deepStrictEqual(summary(error), ["ConnectionError", true])
      assert.strictEqual(error.message, `${JSON.stringify(filename)} cannot grow: database or disk is full`)
      yield* sql`INSERT INTO t (text) VALUES ('small')`
    }))

  it.effect("a file that is damaged, and one that never was a database", () =>
    Effect.gen(function*() {
      const filename = yield* file
      yield* Effect.scoped(Effect.gen(function*() {
        const sql = yield* clientWithTable({ filename })
        yield* sql`INSERT INTO t (text) VALUES (${"x".repeat(20_000)})`
      }))
      const bytes = Fs.readFileSync(filename)
      Fs.writeFileSync(filename, bytes.fill(0xff, 4_096))
      const damaged = yield* Effect.flip(Effect.flatMap(client({ filename }), (sql) => sql`SELECT * FROM t`))
      assert.deepStrictEqual(summary(damaged), ["UnknownError", false])
      assert.include(damaged.message, `${JSON.stringify(filename)} is damaged`)

      Fs.writeFileSync(filename, "This was never a database.".repeat(100))
      const [tag, message] = yield* cannotOpen({ filename })
      assert.strictEqual(tag, "UnknownError")
      assert.strictEqual(message, `${JSON.stringify(filename)} is not a SQLite database`)
    }))

  it.effect("a file that is deleted or replaced while it is open takes nothing that would be lost", () =>
    Effect.gen(function*() {
      const filename = yield* file
      const [sql, other] = [yield* clientWithTable({ filename }), `${filename}.other`]
      const insert = sql`INSERT INTO t (text) VALUES ('x')`
      yield* insert
      yield* Effect.scoped(clientWithTable({ filename: other }))
      const put = (path: string) => Effect.sync(() => Fs.renameSync(path, filename))
      const away = Effect.sync(() => Fs.renameSync(filename, `${filename}.away`))
      for (const happen of [away, put(other)]) {
        yield* happen
        for (const use of [insert, sql.withTransaction(insert), sql`SELECT * FROM t`]) {
          const error = yield* Effect.flip(use)
          assert.deepStrictEqual(summary(error), ["ConnectionError", true])
          assert.include(error.message, `${JSON.stringify(filename)} was deleted or replaced while it was open`)
        }
      }
      yield* put(`${filename}.away`)
      yield* sql.withTransaction(insert)
      assert.deepStrictEqual(yield* texts(sql), ["x", "x"])
    }))

  it.effect("a file that is deleted while it is open can be read on by a client that only reads", () =>
    Effect.gen(function*() {
      const filename = yield* file
      yield* Effect.scoped(
        Effect.flatMap(clientWithTable({ filename }), (sql) => sql`INSERT INTO t (text) VALUES ('x')`)
      )
      const sql = yield* client({ filename, readonly: true })
      Fs.unlinkSync(filename)
      assert.deepStrictEqual(yield* texts(sql), ["x"])
    }))

  it.effect("says why a file cannot be opened", () =>
    Effect.gen(function*() {
      const path = yield* folder
      const missing = Path.join(path, "missing")
      const there = JSON.stringify(Path.join(missing, "a.db"))
      assert.deepStrictEqual(yield* cannotOpen({ filename: Path.join(missing, "a.db") }), [
        "ConnectionError",
        `Cannot open ${there}: there is no folder ${missing}, and it is not created`
      ])
      assert.isFalse(Fs.existsSync(missing))
      assert.deepStrictEqual(yield* cannotOpen({ filename: path }), [
        "ConnectionError",
        `Cannot open ${JSON.stringify(path)}: it is a folder`
      ])
      assert.deepStrictEqual(yield* cannotOpen({ filename: missing, readonly: true }), [
        "ConnectionError",
        `Cannot open ${JSON.stringify(missing)}: there is no such file, and readonly does not create one`
      ])
    }))

  it.effect("says when the files beside a database are in the way", () =>
    Effect.gen(function*() {
      const filename = yield* file
      yield* Effect.scoped(clientWithTable({ filename }))
      Fs.mkdirSync(`${filename}-wal`)
      const [tag, message] = yield* cannotOpen({ filename })
      assert.strictEqual(tag, "ConnectionError")
      assert.strictEqual(
        message,
        `${
          JSON.stringify(filename)
        } cannot be used: SQLite can neither open nor create the files that it keeps beside it`
      )
    }))

  // root may do everything
  it.effect.skipIf(process.getuid?.() === 0)("says which permission is missing", () =>
    Effect.gen(function*() {
      const filename = yield* file
      yield* Effect.scoped(clientWithTable({ filename }))
      Fs.chmodSync(filename, 0o000)
      assert.include((yield* cannotOpen({ filename }))[1], "this user may not read it")
      const path = Path.dirname(filename)
      Fs.chmodSync(path, 0o500)
      yield* Effect.addFinalizer(() => Effect.sync(() => Fs.chmodSync(path, 0o700)))
      assert.include(
        (yield* cannotOpen({ filename: Path.join(path, "new.db") }))[1],
        `this user may not create files in ${path}`
      )
    }))
})
