import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import * as alarms from "../../src/internal/alarms.ts"

interface Alarm extends alarms.Entry<Alarm> {
  readonly name: number
}

const alarm = (name: number): Alarm => ({ ...alarms.unset, name })

const ring = (set: alarms.Alarms<Alarm>): Array<Alarm> => {
  const rung: Array<Alarm> = []
  for (let next = alarms.first(set); next !== undefined; next = alarms.first(set)) {
    alarms.remove(set, next)
    rung.push(next)
  }
  return rung
}

const int = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

/** Sets the alarm of this name, or takes it away. */
const Step = Schema.Struct({ name: int(0, 11), at: Schema.NullOr(int(1, 4)) })

describe("alarms", () => {
  it("rings those of one instant in the order in which they were set", () => {
    const set = alarms.make<Alarm>()
    for (const name of [3, 1, 2]) alarms.set(set, alarm(name), 7)
    alarms.set(set, alarm(4), 5)
    assert.deepStrictEqual(ring(set).map(({ name }) => name), [4, 3, 1, 2])
  })

  it("has one place for a herd", () => {
    const set = alarms.make<Alarm>()
    for (let name = 0; name < 1_000; name++) alarms.set(set, alarm(name), 7)
    assert.strictEqual(set.entries.length, 1)
  })

  it.prop("rings what is set, once, in order of time", [Arbitrary.array(Arbitrary.schema(Step), { maxLength: 60 })], ([
    steps
  ]) => {
    const set = alarms.make<Alarm>()
    const all = Array.from({ length: 12 }, (_, name) => alarm(name))
    const expected = new Map<number, number>()
    for (const { at, name } of steps) {
      if (at === null) {
        alarms.remove(set, all[name]!)
        expected.delete(name)
      } else {
        alarms.set(set, all[name]!, at)
        expected.set(name, at)
      }
      for (const one of all) assert.strictEqual(alarms.isSet(one), expected.has(one.name))
    }
    const rung = ring(set)
    assert.deepStrictEqual(new Map(rung.map(({ at, name }) => [name, at])), expected)
    assert.strictEqual(rung.length, expected.size)
    assert.deepStrictEqual(rung.map(({ at }) => at), rung.map(({ at }) => at).sort((a, b) => a - b))
    assert.isFalse(all.some(alarms.isSet))
  }, { arbitrary: { runs: 500 } })
})
