import { assert, describe, it } from "@effect/vitest"
import { ChurnMap } from "../../src/internal/churnMap.ts"

describe("ChurnMap", () => {
  it("keeps what is there, in the order of its arrival, however much comes and goes", () => {
    const self = new ChurnMap<number>()
    const expected = new Map<string, number>()
    for (let i = 0; i < 20_000; i++) {
      self.set(`${i}`, i)
      expected.set(`${i}`, i)
      const gone = `${i - 1 - (i % 7) * 11}`
      assert.strictEqual(self.delete(gone), expected.delete(gone))
    }
    assert.deepStrictEqual([...self.keys()], [...expected.keys()])
    assert.deepStrictEqual([...self.values()], [...expected.values()])
    assert.strictEqual(self.size, expected.size)
    assert.isFalse(self.has("1"))
    assert.isUndefined(self.get("1"))
    assert.strictEqual(self.get("19999"), 19_999)
  })
})
