import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import * as gate from "../../src/internal/gate.ts"

const enter = (self: gate.Gate) => Effect.suspend(() => gate.enter(self) ?? Effect.void)

describe("gate", () => {
  it("lets in at once whoever finds room", () => {
    const self = gate.make(2)
    assert.isUndefined(gate.enter(self))
    assert.isUndefined(gate.enter(self))
    assert.isDefined(gate.enter(self))
    gate.leave(self)
    assert.isUndefined(gate.enter(self))
    assert.strictEqual(self.within, 2)
  })

  it.effect("lets in one after the other in the order in which they came", () =>
    Effect.gen(function*() {
      const self = gate.make(1)
      const entered: Array<string> = []
      gate.enter(self)
      for (const name of ["a", "b", "c"]) {
        yield* Effect.forkChild(Effect.andThen(enter(self), Effect.sync(() => entered.push(name))), {
          startImmediately: true
        })
      }
      assert.deepStrictEqual(entered, [])
      gate.leave(self)
      assert.deepStrictEqual(entered, ["a"])
      gate.leave(self)
      assert.deepStrictEqual(entered, ["a", "b"])
      assert.strictEqual(self.within, 1)
    }))

  it.effect("lets more in when the limit grows, and sends nobody out when it shrinks", () =>
    Effect.gen(function*() {
      const self = gate.make(1)
      gate.enter(self)
      const second = yield* Effect.forkChild(enter(self), { startImmediately: true })
      const third = yield* Effect.forkChild(enter(self), { startImmediately: true })
      gate.resize(self, 3)
      yield* Fiber.awaitAll([second, third])
      assert.strictEqual(self.within, 3)
      gate.resize(self, 1)
      assert.strictEqual(self.within, 3)
      gate.leave(self)
      gate.leave(self)
      assert.isDefined(gate.enter(self))
    }))
})
