import { assert, describe, it } from "@effect/vitest"
import { SqliteClient } from "brinjal/sqlite"
import { Effect, Layer, Result } from "effect"
import { SqlClient } from "effect/sql"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { DatabaseSync } from "node:sqlite"
import * as Store from "../../examples/backup/Store.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "brinjal-"))),
  (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true }))
)

const opened = (store: Store.Store) => Effect.scoped(Layer.build(Store.layer(store)))

/** Why a store cannot be used, as the program says it. */
const complaint = (store: Store.Store) => Effect.map(Effect.flip(opened(store)), (error) => error.message)

const makeTable = (file: string) => new DatabaseSync(file).exec("create table brinjal_tasks (x)")

describe("--store", () => {
  const refused: ReadonlyArray<readonly [text: string, reason: string]> = [
    ["", "\"\" is not a store."],
    ["tasks.db", "\"tasks.db\" is not a store."],
    ["mysql://me:secret@host/tasks", "\"mysql:...\" is not a store."],
    ["sqlite:", "\"sqlite:\" names no file."],
    ["sqlite::memory:", "\"sqlite::memory:\" names no file."],
    ["postgres://me:secret@:70000", "the address of the database cannot be read."]
  ]

  for (const [text, reason] of refused) {
    it(`refuses "${text}", and tells no password`, () => {
      const message = Result.getOrThrow(Result.flip(Store.parse(text)))
      assert.isTrue(message.startsWith(reason), message)
      assert.include(message, "Write memory, sqlite:FILE, or postgres://")
      assert.notInclude(message, "secret")
    })
  }

  it("is said without its password", () => {
    const said = (text: string) => Store.describe(Result.getOrThrow(Store.parse(text)))
    assert.strictEqual(said("memory"), "memory")
    assert.strictEqual(said("sqlite:a/b.db"), "a/b.db")
    assert.strictEqual(said("postgresql://me:secret@host:5433/tasks"), "the database tasks on host:5433")
  })

  const unusable: ReadonlyArray<readonly [what: string, prepare: (file: string) => void, reason: RegExp]> = [
    [
      "in a folder that is not there",
      (file) => Fs.rmdirSync(Path.dirname(file)),
      /there is no folder .*, and it is not/
    ],
    ["that is a folder", (file) => Fs.mkdirSync(file), /it is a folder/],
    [
      "that is not a database",
      (file) => Fs.writeFileSync(file, "Dear diary, ".repeat(100)),
      /is not a SQLite database/
    ],
    ["with a table of that name that is another's", makeTable, /table "?brinjal_tasks"? already exists/]
  ]

  for (const [what, prepare, reason] of unusable) {
    it.live(`refuses a file ${what}`, () =>
      Effect.gen(function*() {
        const file = Path.join(yield* folder, "inner", "tasks.db")
        Fs.mkdirSync(Path.dirname(file))
        prepare(file)
        const message = yield* complaint(Store.Store.Sqlite({ file }))
        assert.isTrue(message.startsWith(`Tasks cannot be kept in ${file}: `), message)
        assert.match(message, reason)
        assert.include(message, "choose another place with --store")
      }))
  }

  it.live("refuses a file that a newer version has made", () =>
    Effect.gen(function*() {
      const file = Path.join(yield* folder, "tasks.db")
      yield* opened(Store.Store.Sqlite({ file }))
      yield* SqlClient.SqlClient.use((sql) =>
        sql`INSERT INTO brinjal_migrations (migration_id, name) VALUES (99, 'later')`
      ).pipe(Effect.provide(SqliteClient.layer({ filename: file })))
      assert.match(
        yield* complaint(Store.Store.Sqlite({ file })),
        /made by a newer version of brinjal .*Update brinjal/
      )
    }))

  it.live("refuses a database that does not answer, and tells no password", () =>
    Effect.gen(function*() {
      const store = Result.getOrThrow(Store.parse("postgres://me:secret@127.0.0.1:1/tasks"))
      const message = yield* complaint(store)
      assert.match(message, /^Tasks cannot be kept in the database tasks on 127\.0\.0\.1:1: .*ECONNREFUSED/)
      assert.notInclude(message, "secret")
    }))

  it.live("is used by one process at a time, and free when that one has ended", () =>
    Effect.gen(function*() {
      const store = Store.Store.Sqlite({ file: Path.join(yield* folder, "tasks.db") })
      yield* Effect.scoped(Effect.gen(function*() {
        yield* Layer.build(Store.layer(store))
        assert.match(yield* complaint(store), new RegExp(`process ${process.pid} of this program uses it`))
      }))
      yield* opened(store)
    }))
})
