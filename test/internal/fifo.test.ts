import { assert, describe, it } from "@effect/vitest"
import * as fifo from "../../src/internal/fifo.ts"

describe("fifo", () => {
  it("gives what came first, and keeps its array as small as what waits", () => {
    const self = fifo.make<number>()
    for (let i = 0; i < 10_000; i++) {
      fifo.push(self, i)
      if (i >= 10) assert.strictEqual(fifo.shift(self), i - 10)
    }
    assert.strictEqual(fifo.size(self), 10)
    assert.isBelow(self.items.length, 100)
  })

  it("reads pages, newest first", () => {
    const self = fifo.make<number>()
    for (let i = 0; i < 5; i++) fifo.push(self, i)
    fifo.shift(self)
    assert.deepStrictEqual([fifo.newest(self, 0, 2), fifo.newest(self, 2, 10)], [[4, 3], [2, 1]])
  })

  it("grows and shrinks while it goes round", () => {
    const self = fifo.make<number>()
    const naive: Array<number> = []
    for (let i = 0; i < 2_000; i++) {
      fifo.push(self, i)
      naive.push(i)
      if (i % 200 < 100) continue
      for (let taken = 0; taken < 2; taken++) assert.strictEqual(fifo.shift(self), naive.shift())
    }
    assert.deepStrictEqual(fifo.newest(self, 0, Infinity), naive.toReversed())
    assert.strictEqual(fifo.first(self), naive[0])
  })

  it("adds one in its place, and takes one out wherever it is", () => {
    const self = fifo.make<number>()
    const isLater = (a: number, b: number) => a > b
    for (const item of [9, 9, 2, 7, 1, 5, 3]) fifo.insert(self, item, isLater)
    fifo.shift(self)
    fifo.insert(self, 4, isLater)
    assert.deepStrictEqual([fifo.remove(self, 5), fifo.remove(self, 2), fifo.remove(self, 8)], [true, true, false])
    assert.deepStrictEqual(fifo.newest(self, 0, Infinity), [9, 9, 7, 4, 3])
  })
})
