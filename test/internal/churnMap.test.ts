import { assert, describe, it } from "@effect/vitest"
import { ChurnMap, PassingMap } from "../../src/internal/churnMap.ts"

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
    assert.deepStrictEqual([...self.values()], [...expected.values()])
    assert.strictEqual(self.size, expected.size)
    assert.isFalse(self.has("1"))
    assert.isUndefined(self.get("1"))
    assert.strictEqual(self.get("19999"), 19_999)
  })
})

describe("PassingMap", () => {
  it("is a map, whether its entries leave at once or stay", () => {
    const self = new PassingMap<number>()
    const expected = new Map<string, number>()
    for (let i = 0; i < 5_000; i++) {
      const key = `${i % 7 === 0 ? i - 3 : i}`
      if (!expected.has(key)) self.set(key, i)
      if (!expected.has(key)) expected.set(key, i)
      assert.strictEqual(self.get(key), expected.get(key))
      const gone = `${i % 3 === 0 ? i : i - 20 - (i % 5)}`
      assert.strictEqual(self.delete(gone), expected.delete(gone))
      assert.strictEqual(self.has(gone), expected.has(gone))
      assert.strictEqual(self.size, expected.size)
      if (i % 100 === 0) assert.deepStrictEqual([...self.values()], [...expected.values()])
    }
    assert.deepStrictEqual([...self.values()], [...expected.values()])
  })

  it("has one entry for a key, in its first place", () => {
    const self = new PassingMap<number>()
    for (const [key, value] of [["a", 1], ["b", 2], ["a", 3], ["b", 4], ["c", 5], ["c", 6]] as const) {
      self.set(key, value)
    }
    assert.deepStrictEqual([...self.values()], [3, 4, 6])
    assert.strictEqual(self.size, 3)
    assert.isTrue(self.delete("c"))
    assert.isUndefined(self.get("c"))
    assert.strictEqual(self.get("b"), 4)
  })
})
