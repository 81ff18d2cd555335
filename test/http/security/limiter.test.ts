import { assert, describe, it } from "@effect/vitest"
import * as limiter from "../../../src/http/internal/security/limiter.ts"

describe("a limiter", () => {
  it("lets a burst pass, and then so many in a second", () => {
    const ask = limiter.make(2, 5)
    for (let i = 0; i < 5; i++) assert.isUndefined(ask("a", 0))
    assert.strictEqual(ask("a", 0), 500)
    assert.strictEqual(ask("a", 400), 100)
    assert.isUndefined(ask("a", 500))
    assert.isUndefined(ask("b", 500), "another one is not concerned")
  })

  it("takes no more than a burst from a long silence, and nothing from a clock that is set back", () => {
    const ask = limiter.make(1, 3)
    for (let i = 0; i < 3; i++) assert.isUndefined(ask("a", 1e9))
    assert.strictEqual(ask("a", 1e9), 1_000)
    assert.strictEqual(ask("a", 0), 1_000)
    for (let i = 0; i < 3; i++) assert.isUndefined(ask("a", 2e9))
    assert.strictEqual(ask("a", 2e9), 1_000)
  })

  it("remembers the last 10,000", () => {
    const ask = limiter.make(1, 1)
    assert.isUndefined(ask("first", 0))
    assert.strictEqual(ask("first", 0), 1_000)
    for (let i = 0; i < 9_999; i++) ask(`k${i}`, 0)
    assert.strictEqual(ask("first", 0), 1_000)
    for (let i = 0; i < 10_000; i++) ask(`m${i}`, 0)
    assert.isUndefined(ask("first", 0), "it was forgotten")
  })
})
