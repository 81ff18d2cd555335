import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { produced, simulated } from "./simulation/production.ts"
import { arbitrary } from "./simulation/scenarios.ts"

describe("Simulation against the manager", () => {
  it.effect.prop(
    "tells what a real manager does, to the millisecond",
    [arbitrary],
    ([scenario]) =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* simulated(scenario), yield* produced(scenario))
      }),
    { arbitrary: { runs: 500 }, timeout: 500_000 }
  )
})
