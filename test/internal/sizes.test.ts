import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import * as sizes from "../../src/internal/sizes.ts"

const bytesOf = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value)).length

/** The size that a refusal names. */
const sizeOf = (value: unknown): number | null => sizes.refusal("Work", "payload", value, -1)!.size

const anyText = Arbitrary.map(
  Arbitrary.schema(Schema.Array(Schema.Union([Schema.Literals(["\0", "\"", "\ud83e", "🫛", "€"]), Schema.String]))),
  (parts) => parts.join("")
)

const anyJson = Arbitrary.map(
  Arbitrary.all({
    texts: Arbitrary.array(anyText),
    rest: Arbitrary.array(Arbitrary.schema(Schema.Union([Schema.Finite, Schema.Boolean, Schema.Null])))
  }),
  ({ rest, texts }) => ({ rest, texts, inner: Object.fromEntries(texts.map((text, i) => [text, rest[i] ?? null])) })
)

describe("the size of a value", () => {
  it.prop("is no less than that of its JSON, and little more", [anyJson], ([value]) => {
    const digits = value.rest.filter((one) => typeof one === "number").length * 2 * 310
    assert.isAtLeast(sizeOf(value)!, bytesOf(value))
    assert.isAtMost(sizeOf(value)!, 1.6 * bytesOf(value) + digits + 10)
  })

  it.prop("is never overlooked at a glance", [anyJson], ([value]) => {
    const limit = bytesOf(value) - 1
    assert.isAbove(sizes.refusal("Work", "payload", value, limit)!.size!, limit)
    assert.isUndefined(sizes.refusal("Work", "payload", value, sizeOf(value)!))
  })

  it("counts a number as a database writes it", () => {
    assert.isAbove(sizeOf(Array.from({ length: 1_000 }, () => 1e300))!, 300_000)
  })

  it("is unknown if the value is nested too deep, or contains itself", () => {
    let deep: unknown = null
    for (let i = 0; i < 100_000; i++) deep = [deep]
    const round: Array<unknown> = []
    round.push(round)
    for (const value of [deep, round]) {
      const error = sizes.refusal("Work", "success", value, 1_000)!
      assert.isNull(error.size)
      assert.include(error.message, "is nested too deep, or contains itself")
      assert.isAbove(sizes.about(value), 1e9)
    }
  })
})

describe("a text", () => {
  it("is cut, and says so, if it is too long", () => {
    assert.strictEqual(sizes.cut("abc", 3), "abc")
    assert.strictEqual(sizes.cut("abcd", 3), "abc… (1 more character)")
    assert.strictEqual(sizes.cut("ab😀d", 3), "ab… (3 more characters)")
  })
})
