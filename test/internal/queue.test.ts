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

  it("takes others in their order, wherever they belong", () => {
    const self = queue.make<Named>()
    for (const name of ["d", "b", "f", "a", "e"]) queue.insert(self, node(name), isAfter)
    const c = node("c")
    queue.insert(self, c, isAfter)
    queue.remove(self, c)
    for (const one of [node("g"), node("c"), node("h", 1)]) queue.insert(self, one, isAfter)
    assert.strictEqual(drain(self), "h a b c d e f g")
  })

  it("takes many in front of younger ones, each in a few steps", () => {
    const self = queue.make<Named>()
    queue.push(self, node("z"))
    let steps = 0
    for (let i = 1_000; i < 6_000; i++) {
      queue.insert(self, node(`${i}`), (a, b) => {
        steps++
        return isAfter(a, b)
      })
    }
    assert.isAtMost(steps, 20_000)
    assert.strictEqual(queue.shift(self)?.name, "1000")
    assert.strictEqual(drain(self).slice(-6), "5999 z")
  })
})

const isAfter = (other: Named, node: Named) => other.name > node.name
