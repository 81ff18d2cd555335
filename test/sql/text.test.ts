import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/testing/FastCheck"
import * as text from "../../src/sql/internal/text.ts"

const awkward = ["\0", "\u001a", "\u001a0000", "\\u0000", "\\\\u0000", "\ud83e", "\udeb8", "🫛", "\u001ad83e", "é"]

const anyText = fc.array(fc.oneof(fc.constantFrom(...awkward), fc.string({ unit: "binary" })), { maxLength: 6 })
  .map((parts) => parts.join(""))

const keepable = (kept: string) => !kept.includes("\0") && !kept.includes("\\u0000") && kept.isWellFormed()

describe("text", () => {
  it("keeps any text, in characters that a database can keep", () => {
    fc.assert(fc.property(anyText, (given) => {
      const kept = text.toText(given)
      assert.isFalse(kept.includes("\0"))
      assert.isTrue(kept.isWellFormed())
      assert.strictEqual(text.fromText(kept), given)
    }))
  })

  it("leaves an ordinary text as it is", () => {
    assert.strictEqual(text.toText("a \\u0000 🫛 é\n"), "a \\u0000 🫛 é\n")
  })

  it("keeps any JSON, also what is in its texts and keys", () => {
    const anyJson = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        anyText,
        fc.double({ noDefaultInfinity: true, noNaN: true }).map((n) => n === 0 ? 0 : n),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.array(fc.tuple(anyText, tie("value")), { maxLength: 3 }).map((fields) => Object.fromEntries(fields))
      )
    })).value
    fc.assert(fc.property(anyJson, (given) => {
      const kept = text.toJson(given)
      assert.isTrue(keepable(JSON.stringify(JSON.parse(kept))) || kept.includes("\\\\u0000"))
      assert.deepStrictEqual(text.fromJson(kept), given)
    }))
  })

  it("keeps a text in JSON as it keeps it alone", () => {
    fc.assert(fc.property(anyText, (given) => {
      assert.strictEqual(JSON.parse(text.toJson(given)), text.toText(given))
    }))
  })
})
