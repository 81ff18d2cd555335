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
})
