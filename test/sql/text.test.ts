import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import * as text from "../../src/sql/internal/text.ts"

const awkward = [
  "\0",
  "\u001a",
  "\u001a0000",
  "\\u0000",
  "\\\\u0000",
  "\ud83e",
  "\udeb8",
  "🫛",
  "\u001ad83e",
  "é"
] as const

const anyText = Arbitrary.map(
  Arbitrary.schema(Schema.Array(Schema.Union([Schema.Literals(awkward), Schema.String]))),
  (parts) => parts.join("")
)

const anyJson = Arbitrary.map(
  Arbitrary.all({
    keys: Arbitrary.array(anyText),
    texts: Arbitrary.array(anyText),
    rest: Arbitrary.schema(Schema.Union([Schema.Finite, Schema.Boolean, Schema.Null]))
  }),
  ({ keys, rest, texts }) => ({
    rest: Object.is(rest, -0) ? 0 : rest,
    texts,
    // `fromEntries` makes `__proto__` a field like any other, as `JSON.parse` does
    inner: Object.fromEntries(keys.map((key, i) => [key, texts[i] ?? null]))
  })
)

/** Half of a pair that stands alone. */
const half = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

const textsIn = (value: unknown): ReadonlyArray<string> => {
  if (typeof value === "string") return [value]
  if (typeof value !== "object" || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => [key, ...textsIn(inner)])
}

const many = { arbitrary: { runs: 500 } }

describe("text", () => {
  it.prop("keeps any text, in characters that a database can keep", [anyText], ([given]) => {
    const kept = text.toText(given)
    assert.isFalse(kept.includes("\0"))
    assert.isFalse(half.test(kept))
    assert.strictEqual(text.fromText(kept), given)
  }, many)

  it("leaves an ordinary text as it is", () => {
    assert.strictEqual(text.toText("a \\u0000 🫛 é\n"), "a \\u0000 🫛 é\n")
  })

  it.prop("keeps any JSON, also what is in its texts and keys", [anyJson], ([given]) => {
    const kept = text.toJson(given)
    assert.isFalse(textsIn(JSON.parse(kept)).some((text) => text.includes("\0") || half.test(text)))
    assert.deepStrictEqual(text.fromJson(kept), given)
  }, many)

  it.prop("keeps a text in JSON as it keeps it alone", [anyText], ([given]) => {
    assert.strictEqual(JSON.parse(text.toJson(given)), text.toText(given))
  }, many)
})
