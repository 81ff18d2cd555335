import { assert, describe, it } from "@effect/vitest"
import * as queue from "../../src/internal/queue.ts"

interface Named extends queue.Node {
  readonly name: string
}

const node = (name: string, priority = 0): Named => ({
  name,
  priority,
  previous: undefined,
  next: undefined,
  line: undefined
})

const drain = (self: queue.Queue<Named>) => {
  const names: Array<string> = []
  for (let next = queue.shift(self); next !== undefined; next = queue.shift(self)) names.push(next.name)
  return names.join(" ")
}

describe("queue", () => {
  it("serves a higher priority first, and in order of arrival within one", () => {
    const self = queue.make<Named>()
    for (const one of [node("a"), node("b", 5), node("c"), node("d", -1), node("e", 5)]) queue.push(self, one)
    assert.strictEqual(self.size, 5)
    assert.strictEqual(drain(self), "b e a c d")
    assert.strictEqual(self.size, 0)
  })

  it("serves whoever comes after a line of another priority has emptied", () => {
    const self = queue.make<Named>()
    queue.push(self, node("a", 5))
    queue.shift(self)
    for (const one of [node("b"), node("c", -1), node("d", 9)]) queue.push(self, one)
    assert.strictEqual(drain(self), "d b c")
  })

  it("lets anybody leave from anywhere, once", () => {
    const self = queue.make<Named>()
    const all = [node("a"), node("b"), node("c"), node("d")]
    for (const one of all) queue.push(self, one)
    for (const one of [all[1]!, all[0]!, all[3]!, all[1]!]) queue.remove(self, one)
    assert.strictEqual(self.size, 1)
    assert.strictEqual(drain(self), "c")
    assert.isAtMost(self.lines.length, 1)
  })
})
