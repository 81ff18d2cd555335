import { assert, describe, it } from "@effect/vitest"
import * as heap from "../../src/internal/heap.ts"

const entry = (at: number): heap.Entry => ({ at, index: -1 })

const drain = (entries: Array<heap.Entry>) => {
  const order: Array<number> = []
  while (entries.length > 0) {
    order.push(entries[0]!.at)
    heap.remove(entries, entries[0]!)
  }
  return order
}

describe("heap", () => {
  it("gives entries in order of time", () => {
    const entries: Array<heap.Entry> = []
    for (const at of [5, 3, 9, 1, 7, 3]) heap.push(entries, entry(at))
    assert.deepStrictEqual(drain(entries), [1, 3, 3, 5, 7, 9])
  })

  it("removes an entry from anywhere, once", () => {
    const entries: Array<heap.Entry> = []
    const all = [5, 3, 9, 1, 7].map(entry)
    for (const one of all) heap.push(entries, one)
    heap.remove(entries, all[1]!)
    heap.remove(entries, all[1]!)
    assert.deepStrictEqual(drain(entries), [1, 5, 7, 9])
  })
})
