import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, DateTime, Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { client } from "./support.ts"

const back = (value: unknown) =>
  Effect.scoped(Effect.gen(function*() {
    const sql = yield* client()
    yield* sql`CREATE TABLE v (value)`
    yield* sql`INSERT INTO v ${sql.insert({ value })}`
    const [row] = yield* sql<{ value: unknown }>`SELECT value FROM v`
    return row!.value
  }))

const withSafeIntegers = Effect.provideService(SqlClient.SafeIntegers, true)

/** Any character but NUL, where Node 22 stops to read, and half of a surrogate pair, which UTF-8 has no place for. */
const character = Arbitrary.filter(
  Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 0x10ffff }))),
  (code) => code < 0xd800 || code > 0xdfff
)

const text = Arbitrary.map(Arbitrary.array(character), (codes) => String.fromCodePoint(...codes))

/** Without NaN, which is null in SQLite. */
const number = Arbitrary.filter(Arbitrary.schema(Schema.Number), (value) => !Number.isNaN(value))

const other = Arbitrary.schema(Schema.Union([Schema.Null, Schema.Int, Schema.Uint8Array]))

const int64 = Schema.BigInt.check(Schema.isBetweenBigInt({ minimum: -(2n ** 63n), maximum: 2n ** 63n - 1n }))

describe("values", () => {
  it.effect.prop("come back as they went in", [text, number, other], (values) =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* Effect.forEach(values, back), [...values])
    }))

  it.effect.prop(
    "64-bit integers come back with SafeIntegers",
    [int64],
    ([value]) =>
      Effect.gen(function*() {
        assert.strictEqual(yield* withSafeIntegers(back(value)), value)
      })
  )

  it.effect("booleans are 1 and 0, dates are ISO 8601 in UTC, undefined is null", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* back(true), 1)
      assert.strictEqual(yield* back(false), 0)
      const date = DateTime.makeUnsafe("2026-01-02T03:04:05.006+01:00")
      assert.strictEqual(yield* back(DateTime.toDate(date)), "2026-01-02T02:04:05.006Z")
      assert.strictEqual(yield* back(undefined), null)
    }))

  it.effect("an integer beyond 2^53 is an error, not another integer", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(back(2n ** 53n + 1n))
      assert.include(error.message, "9007199254740993")
      assert.strictEqual(yield* withSafeIntegers(back(2n ** 53n + 1n)), 2n ** 53n + 1n)
    }))

  it.effect("SafeIntegers holds where it is provided and nowhere else", () =>
    Effect.gen(function*() {
      const sql = yield* client()
      const select = sql`SELECT 1 AS one`
      assert.deepStrictEqual(yield* withSafeIntegers(select), [{ one: 1n }])
      assert.deepStrictEqual(yield* select, [{ one: 1 }])
      assert.deepStrictEqual(yield* withSafeIntegers(select.values), [[1n]])
    }))

  for (
    const [name, value] of [
      ["an object", {}],
      ["an array", [1]],
      ["a function", () => 1],
      ["a symbol", Symbol()],
      ["an invalid date", new Date(Number.NaN)],
      ["a bigint of 65 bits", 2n ** 64n]
    ] as const
  ) {
    it.effect(`${name} is refused`, () =>
      Effect.gen(function*() {
        const sql = yield* client()
        const error = yield* Effect.flip(sql.unsafe("SELECT ?, ?", [1, value]))
        assert.strictEqual(error.reason._tag, "UnknownError")
      }))
  }

  it.effect("the error for a value names the parameter", () =>
    Effect.gen(function*() {
      const sql = yield* client()
      const error = yield* Effect.flip(sql.unsafe("SELECT ?, ?", [1, new Map()]))
      assert.strictEqual(error.message, "Parameter 2 is not a value of SQLite: Map")
    }))
})
